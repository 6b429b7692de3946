"""What all sections share: no unknown keys, exact types, and errors that name key and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from longflow.languages import languages
from longflow.week import FIRST_YEAR, LAST_YEAR, not_a_monday


@dataclass(frozen=True)
class Problem:
    """One error: a clause, what to do about it, and the key below at which it is."""

    what: str
    remedy: str
    key: tuple[str | int, ...] = ()


class WrongSettingError(ValueError):
    """What a validator raises; pydantic collects them, `reading` makes lines of them."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.what for problem in problems))


def wrong(what: str, remedy: str, *key: str | int) -> WrongSettingError:
    """A single problem, to be raised."""
    return WrongSettingError(Problem(what, remedy, key))


@dataclass(frozen=True)
class Kind:
    """What a setting is, in a word, for `docs/settings.md`; stands beside its type."""

    word: str


class Section(BaseModel):
    """A table of the settings file: unknown keys are mistakes, not extras.

    The text below a field says what it means; `docs/settings.md` is made of these.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        # So that a default has the type of its field: 90 of a field of fractions is 90.0, as it is
        # when the settings are read from the manifest of a release.
        validate_default=True,
    )


def known_time_zone(name: str) -> str:
    """The name, if the IANA database knows it.

    Raises:
        WrongSettingError: it does not.
    """
    try:
        ZoneInfo(name)
    # A folder of the database, or a name that no file may have, is not a zone either.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong(
            f"'{shortened(name)}' is not a time zone of the IANA database",
            "write one like Asia/Tokyo",
        ) from None
    return name


def _day(value: object) -> object:
    # Releases keep their settings as JSON, where a date is a text.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise wrong(f"{shown(value)} is not a date", "write it as 2024-06-03, without quotes")


def _monday(value: date) -> date:
    if problem := not_a_monday(value):
        raise wrong(*problem)
    return value


def _year(value: object) -> object:
    number = value
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value, re.ASCII):
        number = int(value)
    if not isinstance(number, int) or not FIRST_YEAR <= number <= LAST_YEAR:
        raise wrong(
            f"'{shortened(str(value))}' is not a year", f"give one from {FIRST_YEAR} to {LAST_YEAR}"
        )
    return number


def _not_empty(value: str) -> str:
    if not value.strip():
        raise wrong("is empty", "enter a text, or remove the line")
    return value


def _language(value: str) -> str:
    known = languages()
    if value not in known:
        raise wrong(f"{shown(value)} is no language of reports", f"choose {' or '.join(known)}")
    return value


def once_each(values: list[Any]) -> list[Any]:
    """A list, if it names nothing twice.

    Raises:
        WrongSettingError: it does.
    """
    for place, value in enumerate(values):
        if value in values[:place]:
            raise wrong(f"names {shown(value)} twice", "name each once")
    return values


def at_most(length: int) -> Callable[[str], str]:
    """A check that a text is no longer than that."""

    def check(value: str) -> str:
        if len(value) > length:
            raise wrong(f"has {len(value):,} characters", f"use at most {length}")
        return value

    return check


Language = Annotated[str, AfterValidator(_language), Kind("language")]
Text = Annotated[str, AfterValidator(_not_empty), AfterValidator(at_most(1_000))]
TimeZone = Annotated[str, AfterValidator(known_time_zone), Kind("time zone")]
Year = Annotated[int, BeforeValidator(_year), Kind("year")]
Day = Annotated[date, BeforeValidator(_day), Kind("date")]
Monday = Annotated[date, BeforeValidator(_day), AfterValidator(_monday), Kind("date of a Monday")]
Service = Literal["broadband", "mobile"]
Access = Literal["pppoe", "ipoe", ""]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question about the nearest known name, with a space behind it; empty if none is near."""
    near = get_close_matches(name, [one for one in known if one], n=1)
    return f"did you mean {near[0]}? " if near else ""


def shortened(text: str, most: int = 60) -> str:
    """A text that fits into a line."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def without_secrets(text: str) -> str:
    """A URL without the parts that may hold a password: user information and the query."""
    # A password may hold slashes: everything up to the last @ goes.
    text = re.sub(r"://.*@", "://…@", text, flags=re.DOTALL)
    return re.sub(r"(://[^?#]*)[?#].*", r"\1?…", text)


def not_before_first(unit: str, last: date | None, info: ValidationInfo) -> date | None:
    """The last day, or week, of a span whose field `first` comes before it.

    Raises:
        WrongSettingError: it is before the first.
    """
    first = info.data.get("first")
    if last is not None and first is not None and last < first:
        raise wrong(f"the last {unit} {last} is before the first {first}", "swap the two")
    return last


def shown(value: object) -> str:
    """A value as it may be printed in a line: short, and without secrets."""
    if isinstance(value, str):
        return f"'{shortened(without_secrets(value))}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a section"
    try:
        return shortened(str(value))
    except ValueError:
        # Python writes no number of more than 4,300 digits.
        return "a number with thousands of digits"
