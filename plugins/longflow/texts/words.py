"""Words by their keys, in one language: each is a Jinja template over the values of its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml

from longflow.errors import LongflowError
from longflow.languages import FOLDER
from longflow.texts.formats import Numbers, Writing
from longflow.yamlfile import read_yaml

# A number in a text, with its name, between marks that no text has.
_NUMBER = re.compile("\x02(.*?)\x03(.*?)\x04")

# Texts that are kept, of some 300 bytes each.
_MOST_RENDERED = 100_000

_SAID_FIELDS = ("value", "places", "unit", "error", "error_places", "moved")


@cache
def wording(language: str = "en") -> Wording:
    """The words of a language, read once a process.

    Raises:
        LongflowError: there is no such file, or it cannot be read.
    """
    return Wording.read(FOLDER / f"{language}.yml")


class TableWords(NamedTuple):
    """What a published table is called.

    Attributes:
        number: what the report calls it: `Table 1`.
        title: its heading.
        unit: of its figures, in words.
    """

    number: str
    title: str
    unit: str


class TextPart(NamedTuple):
    """A part of a sentence.

    Attributes:
        text: its words.
        number: the name of the number that it is; None for words alone.
    """

    text: str
    number: str | None = None


@dataclass(frozen=True)
class SaidNumber:
    """A number as texts of sentences know it.

    Attributes:
        name: in its sentence.
        value: rounded, in its unit.
        places: its decimals.
        unit: of it.
        error: half width of its 95 % interval; None where there is none to say.
        error_places: decimals of the error.
        moved: for a change, `up`, `down`, or `none` beyond the error.
        is_marked: whether a mark says that an earlier report printed it; where its whole sentence
            is marked, it has none.
    """

    name: str
    value: float
    places: int
    unit: str
    error: float | None
    error_places: int | None
    moved: str | None
    is_marked: bool


class Wording:
    """The words of one language.

    Templates know the values of their key and these filters: `number(places)`, `signed(places)`
    and `percent(places)` write numbers, `month` a month `2024-06`, `week` a week by its Monday,
    `named` a word of `names`. `phrase(key)` is a text of `phrases` that knows the fields of the
    value, or the value itself as `it`, and `each(key)` a list of them. A value that is not given is
    an error. A number of a sentence is written by `said`, without its sign and with its unit and
    its error.

    Attributes:
        language: its code: `en`.
        words: the texts by dotted key, as they stand in the file: `findings.withheld`. Definitions
            stand below their table or, where several tables share them, by themselves; by key they
            are all `definitions.<key>`.
        writing: how the language sets texts.
        numbers: how the language writes numbers.
        filters: those of texts, also for templates that print numbers beside them.
    """

    def __init__(self, file: Path, content: Mapping[str, Any]) -> None:
        self.language = file.stem
        self._file = file
        self.words = dict(_flat(content))
        self.writing = Writing(**content["writing"])
        self.numbers = Numbers(**content["numbers"])
        self._environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - texts are no HTML; who prints them escapes them
        )
        self.filters: dict[str, Callable[..., Any]] = {
            "number": self.numbers.number,
            "signed": self.numbers.signed,
            "percent": self.numbers.percentage,
            "month": self.month,
            "week": self.week,
            "named": self.name,
            "phrase": self._phrase,
            "each": lambda items, key: [self._phrase(item, key) for item in items],
            "said": self._said,
        }
        self._environment.filters |= self.filters
        self._templates: dict[str, jinja2.Template] = {}
        # Verification renders what publication has rendered, and a drawing of two widths says each
        # plotted value twice: most texts are asked for again.
        self._rendered: dict[tuple[object, ...], str] = {}
        # Most texts are words alone: these need no template.
        self._plain = {
            key: self.writing.one_line(text) for key, text in self.words.items() if "{" not in text
        }

    @classmethod
    def read(cls, file: Path) -> Wording:
        """The words of a file.

        Raises:
            LongflowError: it cannot be read, or lacks what every language has.
        """
        try:
            return cls(file, read_yaml(file))
        except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError) as e:
            raise LongflowError(
                f"this language file cannot be used: {e}",
                file=file,
                remedy="restore it from a backup",
            ) from None

    def text(self, key: str, /, **values: object) -> str:
        """The text of a key.

        Raises:
            LongflowError: the language has no such key, or its text asks for another value.
        """
        return self._render(key, values)

    def note(self, kind: str, key: str, values: Mapping[str, object]) -> str:
        """The text of a footnote: a definition or a finding, by its key."""
        return self._render(f"{kind}s.{key}", values)

    def sentence(
        self,
        key: str,
        values: Mapping[str, object],
        numbers: Mapping[str, Mapping[str, Any] | None],
    ) -> tuple[TextPart, ...]:
        """The text of a sentence, in parts, so that each number can be linked.

        Args:
            key: of the sentence.
            values: its plain values.
            numbers: its numbers by name, as `findings.json` holds them; None for one that cannot be
                said.
        """
        all_imported = bool(numbers) and all(
            of is None or of["imported"] for of in numbers.values()
        )
        known = {
            name: None
            if number is None
            else SaidNumber(
                name,
                **{field: number[field] for field in _SAID_FIELDS},
                is_marked=number["imported"] and not all_imported,
            )
            for name, number in numbers.items()
        }
        text = self._render(f"sentences.{key}", {**values, **known})
        if all_imported:
            text = self._phrase(text, "imported")
        parts = _NUMBER.split(text)
        # Words, then the name of a number and its text, again and again.
        found = [TextPart(parts[0])]
        for name, number_text, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            found += [TextPart(number_text, name), TextPart(after)]
        return tuple(part for part in found if part.text)

    def _said(self, number: SaidNumber, unit: str | None = None) -> str:
        """A number with its error and unit, and around it the marks by which `sentence` finds it.

        Args:
            number: the number.
            unit: the phrase that adds the unit, where it is not that of the number's own.
        """
        text = self.numbers.number(abs(number.value), number.places)
        if number.is_marked:
            text = self._phrase(text, "imported")
        if number.error is not None:
            error = self.numbers.number(number.error, number.error_places)
            text = self._phrase({"value": text, "error": error}, "with_error")
        text = self._phrase(text, unit or f"unit_{number.unit}")
        return f"\x02{number.name}\x03{text}\x04"

    def table(self, table: str) -> TableWords:
        """What a published table is called, by its id."""
        return TableWords(
            *(self._render(f"tables.{table}.{word}", {}) for word in TableWords._fields)
        )

    def formula(self, table: str, column: str, key: Mapping[str, object]) -> str:
        """How a figure of a published table is worked out, in a row with these key columns."""
        return self._render(f"tables.{table}.formulas.{column}", key)

    def name(self, word: str) -> str:
        """What people call a word of the data: a service, a direction."""
        return self._render(f"names.{word}", {})

    def month(self, month: str) -> str:
        """A month `2024-06` as people write it."""
        year, number = month.split("-")
        return self._render("phrases.month", {"year": int(year), "month": int(number)})

    def week(self, monday: date | str) -> str:
        """A week as people write it, from its Monday; in footnotes this is a text."""
        monday = date.fromisoformat(monday) if isinstance(monday, str) else monday
        days = {"first": monday, "last": monday + timedelta(days=6)}
        return self._render("phrases.week", days)

    def _phrase(self, value: object, key: str) -> str:
        fields = value if isinstance(value, Mapping) else {"it": value}
        return self._render(f"phrases.{key}", fields)

    def _render(self, key: str, values: Mapping[str, object]) -> str:
        if key in self._plain:
            return self._plain[key]
        given = values.values()
        kinds = tuple(map(type, given))
        if not (_EXACT.issuperset(kinds) or all(map(_is_exact, given))):
            return self._rendered_anew(key, values)
        asked = (key, *values, *kinds, *given)
        text = self._rendered.get(asked)
        if text is None:
            if len(self._rendered) >= _MOST_RENDERED:
                self._rendered.clear()
            text = self._rendered[asked] = self._rendered_anew(key, values)
        return text

    def _rendered_anew(self, key: str, values: Mapping[str, object]) -> str:
        try:
            if key not in self._templates:
                self._templates[key] = self._environment.from_string(self.words[key])
            return self.writing.one_line(self._templates[key].render(values))
        except LongflowError:
            raise
        except KeyError:
            what = "the language has no such text"
        except (jinja2.TemplateError, TypeError, ValueError) as error:
            what = f"the text does not fit its values: {error}"
        raise LongflowError(
            what, file=self._file, place=key, remedy="correct the text, or restore the file"
        )


# Types whose values are all exact, as the function says: most texts are asked for with no others.
_EXACT = frozenset({str, int, bool, date, type(None)})


def _is_exact(value: object) -> bool:
    """Whether equal values of the same type are printed alike: 0.0 and -0.0 are not."""
    if isinstance(value, float):
        return value != 0
    return value is None or isinstance(value, str | int | date)


def _flat(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Texts by dotted key.

    Raises:
        ValueError: a text is none, or two definitions have one key.
    """
    seen: set[str] = set()
    for place, text in _leaves(content):
        # Of a definition only its own name counts, below whichever table it stands.
        above, _, name = place.rpartition(".")
        is_definition = above.startswith("tables.") and above.endswith(".definitions")
        key = f"definitions.{name}" if is_definition else place
        if key in seen:
            raise ValueError(f"{key} is defined twice")
        if not isinstance(text, str):
            raise ValueError(f"{place} is no text")
        seen.add(key)
        yield key, text


def _leaves(content: Mapping[str, Any], *above: str) -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, *above, str(name))
        else:
            yield ".".join([*above, str(name)]), value
