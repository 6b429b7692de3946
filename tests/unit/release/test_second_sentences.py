"""The second way of sentences agrees with them, and finds every number that is said wrongly."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from longflow.edition.sentences import sentences
from longflow.release.second_way import SecondSentences
from longflow.release.second_way.sentences import _rounds

from tests.unit.edition.sentences.tables import Made, full

Content = list[dict[str, Any]]
FULL = full()


def content(made: Made) -> Content:
    """Sentences as they are read from a release."""
    said: Content = json.loads(json.dumps([one.content() for one in sentences(made.tables)]))
    return said


SAID = content(FULL)
SECOND = SecondSentences(FULL.tables)


@pytest.mark.parametrize("made", [FULL, FULL.printed()], ids=["computed", "printed"])
def test_both_ways_agree(made: Made) -> None:
    said = content(made)
    count, problems = SecondSentences(made.tables).compare(said)
    assert problems == []
    assert count == sum(n is not None for one in said for n in one["numbers"].values()) > 100


def test_both_ways_agree_where_nothing_moved() -> None:
    made = FULL
    for year in (2022, 2023):
        for direction in ("in", "out"):
            row = FULL.find("table-1", {"year": 2024, "direction": direction})
            key = {"year": year, "direction": direction}
            made = made.put("table-1", key, "median_mb", row["median_mb"])
    said = content(made)
    moved = [one["numbers"]["out_change"]["moved"] for one in said if one["key"] == "median"]
    assert moved == ["none", "up"]
    assert SecondSentences(made.tables).compare(said)[1] == []


def test_both_ways_agree_on_a_growth_that_more_than_doubles() -> None:
    key = {"access": "ipoe", "direction": "in", "from": "2022-06"}
    made = FULL.put("growth-by-access", key, "growth_percent", 113.51684)
    said = content(made)
    (one,) = (one for one in said if one["key"] == "growth_by_access")
    assert one["numbers"]["ipoe_in_before"]["value"] == 110
    assert SecondSentences(made.tables).compare(said)[1] == []


@pytest.mark.parametrize(
    ("said", "error", "decimals", "rounds"),
    [
        (160.0, 155.0, 0, True),
        (160.0, 154.0, 0, False),
        (155.0, 155.0, 0, False),
        (0.3, 0.34, 1, True),
        (0.3, 0.36, 1, False),
        (0.0, 0.04, 1, True),
    ],
)
def test_an_error_is_said_with_two_digits(
    said: float, error: float, decimals: int, *, rounds: bool
) -> None:
    assert _rounds(said, error, decimals) is rounds


def _turned(number: dict[str, Any]) -> None:
    number["moved"] = {"up": "down", "down": "none", "none": "up"}[number["moved"]]


FORGED: dict[str, tuple[Callable[[dict[str, Any]], object], Callable[[dict[str, Any]], bool]]] = {
    "value": (lambda n: n.update(value=n["value"] * 1.2 + 1), lambda n: n["unit"] != "hour"),
    "hour": (lambda n: n.update(value=n["value"] - 1), lambda n: n["unit"] == "hour"),
    "moved": (_turned, lambda n: n["moved"] is not None),
    "error": (
        lambda n: n.update(error=n["error"] + 2 * 10 ** -n["error_places"]),
        lambda n: n["error"] is not None,
    ),
    "no error": (lambda n: n.update(error=None), lambda n: n["error"] is not None),
    "an error": (
        lambda n: n.update(error=0.5, error_places=1),
        lambda n: n["error"] is None and n["places"] < 2,
    ),
    "imported": (lambda n: n.update(imported=True), lambda n: True),
    "form": (lambda n: n.update(form="cell"), lambda n: len(n["cells"]) > 1),
    "cell": (
        lambda n: n["cells"][0]["key"].update(
            direction={"in": "out", "out": "in"}.get(n["cells"][0]["key"]["direction"])
        ),
        lambda n: "direction" in n["cells"][0]["key"] and n["unit"] != "hour",
    ),
    "form of an hour": (lambda n: n.update(form="cell"), lambda n: n["form"] == "hour"),
    "another week": (
        lambda n: n["cells"][0]["key"].update(week="2020-02-17"),
        lambda n: "week" in n["cells"][0]["key"],
    ),
    "no cell": (
        lambda n: n["cells"][0]["key"].update(year=1999),
        lambda n: "year" in n["cells"][0]["key"],
    ),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_number_that_is_said_wrongly_is_found(kind: str) -> None:
    forge, applies = FORGED[kind]
    forged = 0
    for place, one in enumerate(SAID):
        for name, number in one["numbers"].items():
            if number is None or not applies(number):
                continue
            wrong = copy.deepcopy(one)
            forge(wrong["numbers"][name])
            problems = SECOND.compare([wrong])[1]
            forged += 1
            # Both directions can have the same figure.
            assert problems or kind == "cell", (place, one["key"], name)
            assert all(
                line.startswith(f"findings.json: sentence 1 ({one['key']}), {name}: ")
                for line in problems
            )
    assert forged


def test_a_cell_that_is_withheld_by_now_is_found() -> None:
    number = next(of for of in SAID if of["key"] == "heaviest")["numbers"]["out_10"]
    [cell] = number["cells"]
    tables = FULL.withhold(cell["table"], cell["key"]).tables
    lines = SecondSentences(tables).compare(SAID)[1]
    assert any(line.endswith("out_10: one of its cells is withheld or missing") for line in lines)


def test_a_year_or_service_of_another_sentence_is_found() -> None:
    said = copy.deepcopy(next(of for of in SAID if of["key"] == "median"))
    said["values"] |= {"year": 2019, "before": 2018, "service": "mobile"}
    lines = SECOND.compare([said])[1]
    assert any("a cell of 2024, a year that the sentence does not name" in line for line in lines)
    assert any(line.endswith("a cell of broadband") for line in lines)


def test_a_change_since_a_week_that_is_not_the_oldest_is_found() -> None:
    said = copy.deepcopy(next(of for of in SAID if of["key"] == "daytime_share"))
    assert SECOND.compare([said])[1] == []
    said["values"]["before"] = "2023-05-29"
    assert SECOND.compare([said])[1] == [
        f"findings.json: sentence 1 (daytime_share), {name}: a change since the week 2020-02-17,"
        " the sentence names 2023-05-29"
        for name in ("out_change", "in_change")
    ]
