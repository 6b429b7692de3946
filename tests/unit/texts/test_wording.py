"""A key with values becomes a text, and a language file that is wrong ends in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from longflow.errors import LongflowError
from longflow.texts import Wording
from longflow.texts.formats import Numbers

ENGLISH = Numbers(decimal=".", thousands=",", minus="\N{MINUS SIGN}", percent=" %")
CONTENT = {
    "numbers": {"decimal": ",", "thousands": ".", "minus": "-", "percent": "\N{NO-BREAK SPACE}%"},
    "writing": {"name": "Deutsch", "between": ", ", "spaces": "kept"},
    "names": {"mobile": "Mobilfunk"},
    "phrases": {
        "month": "{{ month }}/{{ year }}",
        "year": "{{ year }}: {{ share | percent(1) }}",
        "week": "KW {{ it }}",
    },
    "tables": {"table-1": {"definitions": {"own": "Nur hier."}}},
    "definitions": {"shared": "Ab {{ least | number }}\n Kunden."},
    "findings": {
        "shares": "{{ service | named }}: {{ years | each('year') | join('; ') }}",
        "weeks": "{{ count }} {{ 'Woche' if count == 1 else 'Wochen' }}{% if first %} ab"
        " {{ first | phrase('week') }}{% endif %}",
        "month": "{{ month | month }}",
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "de.yml"
    file.write_text(yaml.safe_dump(CONTENT), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("key", "values", "text"),
    [
        (
            "findings.shares",
            {
                "service": "mobile",
                "years": [{"year": 2019, "share": 3.14}, {"year": 2020, "share": 12}],
            },
            "Mobilfunk: 2019: 3,1\N{NO-BREAK SPACE}%; 2020: 12,0\N{NO-BREAK SPACE}%",
        ),
        ("findings.weeks", {"count": 1, "first": None}, "1 Woche"),
        ("findings.weeks", {"count": 2, "first": 23}, "2 Wochen ab KW 23"),
        ("findings.month", {"month": "2024-06"}, "6/2024"),
        ("definitions.shared", {"least": 10_000}, "Ab 10.000 Kunden."),
        ("definitions.own", {}, "Nur hier."),
    ],
)
def test_a_language_words_a_key_with_values(
    file: Path, key: str, values: dict[str, object], text: str
) -> None:
    assert Wording.read(file).text(key, **values) == text


@pytest.mark.parametrize(
    ("one", "other"), [(0.0, -0.0), (1, True), (1, 1.0), ([1.0], [1]), ({"a": 0.0}, {"a": -0.0})]
)
def test_equal_values_that_print_differently_are_different_texts(
    file: Path, one: object, other: object
) -> None:
    words = Wording.read(file)
    assert words.text("phrases.week", it=one) == f"KW {one}"
    assert words.text("phrases.week", it=other) == f"KW {other}"
    assert words.text("phrases.week", it=one) == f"KW {one}"


@pytest.mark.parametrize(
    ("key", "values", "place", "what"),
    [
        ("findings.none", {}, "findings.none", "the language has no such text"),
        ("findings.weeks", {}, "findings.weeks", "does not fit its values: 'count' is undefined"),
        ("findings.shares", {"service": "x", "years": []}, "names.x", "has no such text"),
        (
            "findings.shares",
            {"service": "mobile", "years": [{"year": 1}]},
            "phrases.year",
            "does not fit",
        ),
    ],
)
def test_a_text_that_does_not_fit_is_named(
    file: Path, key: str, values: dict[str, object], place: str, what: str
) -> None:
    with pytest.raises(LongflowError) as caught:
        Wording.read(file).text(key, **values)
    assert str(caught.value).startswith(f"{file}: {place}: ")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("findings: [", "while parsing"),
        ("[]", "this language file cannot be used"),
        (yaml.safe_dump({**CONTENT, "findings": {"one": 1}}), "findings.one is no text"),
        (yaml.safe_dump({**CONTENT, "definitions": {"own": "x"}}), "own is defined twice"),
        (yaml.safe_dump({**CONTENT, "numbers": {}}), "missing 4 required"),
    ],
)
def test_a_file_that_is_no_language_is_named(file: Path, text: str, what: str) -> None:
    file.write_text(text)
    with pytest.raises(LongflowError, match=what) as caught:
        Wording.read(file)
    assert str(caught.value).startswith(f"{file}: this language file cannot be used: ")


def test_a_language_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match="No such file"):
        Wording.read(tmp_path / "fr.yml")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (12345.67, 1, "12,345.7"),
        (-2.0, 1, "\N{MINUS SIGN}2.0"),
        (None, 1, ""),
        (0.1, None, "0.1"),
        (90.0, None, "90"),
        (10_000_000, None, "10,000,000"),
    ],
)
def test_number_has_thousands_set_off_and_a_real_minus(
    value: float | None, places: int | None, text: str
) -> None:
    assert ENGLISH.number(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.04, "+1.0"), (-0.1, "\N{MINUS SIGN}0.1"), (-0.04, "0.0"), (0, "0.0"), (0.04, "0.0")],
)
def test_difference_has_a_sign_unless_it_is_none(value: float, text: str) -> None:
    assert ENGLISH.signed(value, 1) == text
