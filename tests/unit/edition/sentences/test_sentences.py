"""Sentences say what the tables say: a number that moves moves its sentence, and no other does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from longflow.edition.sentences import Number, sentences
from longflow.release.findings import sentence_parts
from longflow.texts import wording

from tests.unit.edition.sentences.saying import FULL, said, text
from tests.unit.edition.sentences.tables import Made

# How a text says that nothing moved.
NOTHING_MOVED = ("no change", "not change", "stayed at", "within the error", "no difference")


def numbers(made: Made) -> Iterator[tuple[tuple[str, str], str, Number]]:
    """All numbers, with the sentence and the name of each."""
    for about, sentence in said(made).items():
        for name, number in sentence.numbers.items():
            if number is not None:
                yield about, name, number


SAID = sentences(FULL.tables)
# Of both services the same sentences are said.
EACH = [
    pytest.param(*of, id=f"{' '.join(of[0])} {of[1]}")
    for of in numbers(FULL)
    if of[0][1].partition(" ")[0] != "mobile"
]
MOVED = [
    case
    for case in EACH
    if isinstance(number := case.values[2], Number) and number.moved is not None
]


def put(made: Made, number: Number, value: float) -> Made:
    """The tables in which the cell of a number, or the first of them, holds another value."""
    cell = number.cells[0]
    if number.form == "hour":
        return made.at_hour(cell.table, dict(cell.key), round(value))
    return made.put(cell.table, dict(cell.key), cell.column, value)


def published(made: Made, number: Number, place: int = 0) -> float:
    cell = number.cells[place]
    if number.form == "hour":
        return number.value
    return float(made.find(cell.table, dict(cell.key))[cell.column])


@pytest.mark.parametrize(("about", "name", "number"), EACH)
def test_a_number_follows_its_cell(about: tuple[str, str], name: str, number: Number) -> None:
    value = published(FULL, number)
    later = -1 if name == "before_hour" else 1
    other = said(put(FULL, number, value + later if number.unit == "hour" else 0.7 * value))
    if about[0] in {"largest_step", "largest_dynamic"}:
        # The largest may be another one now.
        assert other.get(about) not in SAID
        return
    now = other[about].numbers[name]
    assert now is not None
    assert now.value != number.value
    before = next(of for of in SAID if of.key == about[0] and of.values == other[about].values)
    assert text(other[about]) != text(before)


@pytest.mark.parametrize(("about", "name", "number"), MOVED)
def test_a_change_within_its_error_is_no_change(
    about: tuple[str, str], name: str, number: Number
) -> None:
    if about[0] == "largest_step":
        return  # has a test of its own
    nothing = 1.0 if number.unit == "ratio" else 0.0
    value = nothing if number.form == "cell" else published(FULL, number, -1) * 1.0005
    after = said(put(FULL, number, value))[about]
    now = after.numbers[name]
    assert now is not None
    assert now.moved == "none"
    if about[0] not in {"since_base", "out_over_in"}:
        assert any(words in text(after) for words in NOTHING_MOVED), text(after)


@pytest.mark.parametrize(("about", "name", "number"), EACH)
def test_a_ratio_that_may_be_one_is_no_number_of_times(
    about: tuple[str, str], name: str, number: Number
) -> None:
    if number.unit != "ratio" or number.error is None:
        return
    # Its interval reaches from 0.99 to 1.05, or further.
    against = published(FULL, number, -1) if number.form == "ratio" else 1.0
    after = said(put(FULL, number, 1.02 * against))
    keys = {about[0], "no_largest_step"} if about[0] == "largest_step" else {about[0]}
    for (key, of), sentence in after.items():
        if key in keys and of == about[1]:
            assert not re.search(r"\b1\.0\d[^,;]*times", text(sentence)), text(sentence)


@pytest.mark.parametrize("segment", ["consumer", "business"])
def test_out_over_in_within_its_error_is_no_difference(segment: str) -> None:
    key = {"year": 2024, "service": "mobile", "segment": segment}
    made = FULL.put("segments", key, "out_in_ratio", 1.02)
    words = text(said(made)["out_over_in_by_segment", "mobile"])
    assert "about as much" in words
    assert words.count("(no difference beyond the error)") == 1


@pytest.mark.parametrize(("about", "name", "number"), MOVED)
def test_a_change_beyond_its_error_has_a_direction(
    about: tuple[str, str], name: str, number: Number
) -> None:
    if about[0] in {"largest_step", "largest_dynamic"}:
        return
    nothing = 1.0 if number.unit == "ratio" else 0.0
    against = nothing if number.form == "cell" else published(FULL, number, -1)
    for value, moved in ((against * 1.3 or 9.0, "up"), (against * 0.7 or -9.0, "down")):
        now = said(put(FULL, number, value))[about].numbers[name]
        assert now is not None
        assert now.moved == moved


@pytest.mark.parametrize("table", [table for table in FULL.rows if table != "errors"])
def test_a_withheld_cell_is_in_no_sentence(table: str) -> None:
    cells = {cell for *_, number in numbers(FULL) for cell in number.cells if cell.table == table}
    assert cells
    for cell in cells:
        made = FULL.withhold(cell.table, dict(cell.key))
        found = said(made)
        for sentence in found.values():
            assert all(
                cell not in number.cells
                for number in sentence.numbers.values()
                if number is not None
            )
        changed = [sentence for sentence in found.values() if sentence not in SAID]
        assert all(text(sentence) for sentence in changed)


@pytest.mark.parametrize("table", [*FULL.rows])
def test_a_table_without_rows_leaves_its_sentences_out(table: str) -> None:
    made = FULL.without(table)
    used = {cell.table for *_, number in numbers(made) for cell in number.cells}
    assert table not in used
    assert all(text(sentence) for sentence in said(made).values())


def test_without_tables_nothing_is_said() -> None:
    tables = {name: frame.clear() for name, frame in FULL.tables.items()}
    assert sentences(tables) == ()


def test_a_figure_whose_error_is_not_known_is_not_said() -> None:
    made = FULL.copy()
    for error in made.rows["errors"]:
        if error["table_id"] == "table-1" and error["column_name"] == "median_mb":
            error |= {"low": None, "high": None, "error": None, "reason": "few_subscribers"}
    assert set(said(FULL)) - set(said(made)) == {("median", "broadband")}


def test_distributions_of_other_populations_are_not_compared() -> None:
    made = FULL.copy()
    for row in made.rows["table-1"]:
        if row["year"] == 2023:
            row["population"] = "pppoe"
    found = said(made)["median", "broadband"]
    assert (found.numbers["out_change"], found.values["before"]) == (None, None)
    assert said(made)["mode", "broadband"].numbers["out_ratio"] is None
    assert said(made)["heaviest", "broadband"].numbers["in_change"] is None
    assert ("largest_step", "broadband out") not in said(made)


def test_no_printed_figure_is_compared_with_a_computed_one() -> None:
    made = FULL.copy()
    for row in made.rows["table-3"]:
        if row["year"] == 2023:
            row["status"] = "published"
    found = said(made)["protocols", "broadband"]
    assert found.numbers["tcp"] == said(FULL)["protocols", "broadband"].numbers["tcp"]
    assert found.numbers["tcp_change"] is None


def test_steps_that_differ_within_their_errors_leave_no_largest_one() -> None:
    step = {"measure": "yearly_mode_ratio", "service": "mobile", "direction": "in"}
    key = {**step, "from": "2023", "to": "2024"}
    # Apart by more than the errors of independent figures, but two steps share a year.
    assert ("largest_step", "mobile in") in said(FULL.put("growth", key, "value", 1.12))
    made = said(FULL.put("growth", key, "value", 1.15))
    assert ("largest_step", "mobile in") not in made
    assert "no yearly step from 2022 to 2024 stands out" in text(
        made["no_largest_step", "mobile in"]
    )


def test_a_withheld_dynamic_port_could_be_the_largest() -> None:
    key = {"year": 2024, "level": "port", "protocol": "UDP", "port": "4500"}
    assert ("largest_dynamic", "broadband") not in said(FULL.withhold("table-3", key))


def test_two_dynamic_ports_within_their_errors_are_both_named() -> None:
    key = {"year": 2024, "level": "port", "protocol": "UDP", "port": "4500"}
    # Shares of one total: their errors are added as they are.
    found = said(FULL.put("table-3", key, "share_percent", 1.38))["largest_dynamic", "broadband"]
    assert text(found) == (
        "The largest dynamic ports of broadband in 2024 were TCP 31000 with 1.4 % and UDP 4500 with"
        " 1.4 %; their difference is within the error."
    ).replace(" %", "\u00a0%")


def test_what_was_printed_is_marked_and_explained() -> None:
    found = [text(sentence) for sentence in sentences(FULL.printed().tables)]
    assert all(line.endswith(".ᵖ") for line in found[:-1])
    assert found[-1].startswith("What is marked ᵖ was printed in an earlier report.")
    assert "±" not in "".join(found)


def test_in_a_sentence_of_both_the_printed_number_is_marked() -> None:
    made = FULL.copy()
    for row in made.rows["growth"]:
        if row["to"] == "2023-06":
            row["status"] = "published"
    words = text(said(made)["growth", "broadband"])
    assert "(the year before: +15.722ᵖ" in words or "+15.7ᵖ" in words
    assert "grew by 11\u00a0%" in words


def test_a_printed_difference_within_its_rounding_is_no_change() -> None:
    made = FULL.printed()
    for row in made.rows["table-3"]:
        row["share_percent"] = round(row["share_percent"], 1)
        if row["protocol"] == "TCP" and row["level"] == "protocol":
            row["share_percent"] = {2022: 70.0, 2023: 67.4, 2024: 67.5}[row["year"]]
    number = said(made)["protocols", "broadband"].numbers["tcp_change"]
    assert number is not None
    assert (number.value, number.moved) == (0.1, "none")


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (4012.3, 3850.0, 4170.0, "4.01 ± 0.16 GB"),
        (4000.0, 3850.0, 4170.0, "4 ± 0.17 GB"),
        (843.2, 843.1, 843.3, "843.2 ± 0.1 MB"),
        (843.2, 843.19, 843.21, "843.2 MB"),
        (843.2, 780.0, 900.0, "843 ± 63 MB"),
        (843.2, 680.0, 1000.0, "840 ± 160 MB"),
        (12400.0, 9000.0, 21000.0, "12.4 ± 8.6 GB"),
    ],
)
def test_two_digits_of_the_error_decide_how_a_number_is_rounded(
    value: float, low: float, high: float, words: str
) -> None:
    made = FULL.copy()
    made.find("table-1", {"year": 2024, "direction": "out"})["median_mb"] = value
    for error in made.rows["errors"]:
        key = (error["table_id"], error["column_name"], error.get("year"), error.get("direction"))
        if key == ("table-1", "median_mb", 2024, "out"):
            error |= {"low": low, "high": high, "value": value}
    found = text(said(made)["median", "broadband"]).replace("\u00a0", " ")
    assert f"downloaded more than {words} a day" in found


@pytest.mark.parametrize(("about", "name", "number"), EACH)
def test_nothing_is_once_as_much(about: tuple[str, str], name: str, number: Number) -> None:
    # A peak among others may be at 1.00 times the mean, and errors keep their number.
    if number.unit != "ratio" or about[0] == "peaks":
        return
    value = published(FULL, number, -1) if number.form == "ratio" else 1.0
    made = put(FULL, number, value)
    for error in made.rows["errors"]:
        if error.get("low") is not None:
            error |= {"low": error["value"], "high": error["value"], "error": 0.0}
    for sentence in said(made).values():
        assert not re.search(r"(?<![\d.])1(\.0+)?\u00a0times", text(sentence)), text(sentence)


@pytest.mark.parametrize(
    ("still", "words"),
    [
        (
            ["subscribers"],
            "grew by 28 ± 8 %: +18.2 ± 5.5 points from the volume per consumer and +2.8 ± 0.8"
            " points from the move to IPoE; no change beyond the error from the number of"
            " consumers.",
        ),
        (
            ["subscribers", "volume_per_subscriber", "access_mix"],
            "grew by 28 ± 8 %: no change beyond the error from the number of consumers, the"
            " volume per consumer or the move to IPoE.",
        ),
    ],
)
def test_parts_of_growth_that_did_not_move_are_named_once(still: list[str], words: str) -> None:
    made = FULL
    for part in still:
        key = {"service": "broadband", "direction": "out", "from": "2023", "part": part}
        made = made.put("growth-parts", key, "growth_points", 0.0)
    found = text(said(made)["growth_parts", "broadband"]).replace("\u00a0", " ")
    assert found.endswith(words)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (("growth", "broadband"), "(the year before: no change)"),
        (
            ("growth_parts", "broadband"),
            "did not change beyond the error, and neither did any part: the number of consumers,"
            " the volume per consumer or the move to IPoE.",
        ),
        (("heaviest", "broadband"), "has not changed beyond the error in downloads or uploads."),
        (
            ("ports_since_first", "broadband"),
            "neither the share of QUIC in broadband bytes nor that of unencrypted HTTP has changed"
            " beyond the error.",
        ),
    ],
)
def test_that_nothing_moved_is_said_once(about: tuple[str, str], words: str) -> None:
    made = FULL.copy()
    for error in made.rows["errors"]:
        if error.get("low") is not None:
            error |= {"low": error["value"] / 9 - 30, "high": 9 * error["value"] + 30}
    for row in made.rows["growth"]:
        if row["measure"] == "yearly_growth_percent":
            row["value"] = 0.0
    assert words in text(said(made)[about])


def test_every_text_is_reached() -> None:
    cases = [FULL, FULL.printed()]
    step = {"measure": "yearly_mode_ratio", "service": "mobile", "direction": "in"}
    cases.append(FULL.without("hour-peaks"))
    cases.append(FULL.put("growth", {**step, "from": "2023", "to": "2024"}, "value", 1.2))
    reached = {f"sentences.{key}" for made in cases for key, _ in said(made)}
    assert reached == {key for key in wording().words if key.startswith("sentences.")}


def test_the_order_is_that_of_an_editor() -> None:
    topics = [sentence.topic for sentence in sentences(FULL.printed().tables)]
    assert list(dict.fromkeys(topics)) == [
        *("growth", "balance", "volumes", "concentration", "ports", "ip_versions", "hours"),
        "about",
    ]


def test_parts_are_the_text_and_name_their_numbers() -> None:
    found = said(FULL)["ipoe_share", ""]
    parts = sentence_parts(found)
    named: Mapping[str, str] = {part.number: part.text for part in parts if part.number}
    assert named == {
        "out_share": "60\u00a0%",
        "out_change": "1.0\u00a0points",
        "in_share": "43\u00a0%",
        "in_change": "1.0\u00a0points",
    }
    assert text(found) == "".join(part.text for part in parts)
