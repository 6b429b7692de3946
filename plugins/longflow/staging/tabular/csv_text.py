"""Lines of CSV to columns of text: what is a header, a record, a marker, or no line of CSV.

Lines in which nothing is odd are read a block at a time. A line is odd if it has another number of
fields than the header, or quotes that do not match; it is looked at by itself, so that a stray
quote takes no other line with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from longflow.faults import machine_fault
from longflow.staging.tabular.blocks import Block, occurrences

# Empty lines, pmacct's print_markers, comments, and what clients of databases draw: lines between
# titles and rows, and psql's count of rows.
NO_RECORD = r"^\s*$|^--(?:START|END)\b.*--\s*$|^#|^\+?-+(?:\+-+)+\+?\s*$|^\(\d+ rows?\)\s*$"
_QUOTED = r'"(?:[^"]|"")*"'
# A quoted text with line feeds, such as a postal address, goes over no more lines.
_MOST_LINES = 20


class Rows(NamedTuple):
    """Records of a block.

    Attributes:
        text: a column of text for each of the file's.
        lines: the number of each record's first line.
        odd: numbers of lines that should be records and are not.
        passed_over: how many lines hold no record and need none: markers, comments, titles, and
            empty ones.
        continued: how many lines continue the record of the line before.
    """

    text: pl.DataFrame
    lines: pl.Series
    odd: list[int]
    passed_over: int = 0
    continued: int = 0


@dataclass(frozen=True)
class Header:
    """The first line of a CSV file.

    Attributes:
        names: titles of its columns.
        text: the line itself; empty where the settings give the titles.
        delimiter: what separates its columns.
    """

    names: tuple[str, ...]
    text: str
    delimiter: str

    @classmethod
    def of_line(cls, text: str, delimiter: str) -> Header:
        """The titles in a line, without quotes, padding and the sign of a comment."""
        # Zeek, and logs in W3C's format, begin the line of titles with a word.
        shown = re.sub(r"^#[Ff]ields:?\s", "", text)
        (fields,) = csv.reader([shown.lstrip("#: ")], delimiter=delimiter)
        names = [field.strip() for field in fields]
        return cls(tuple(names), text, delimiter)

    def rows(self, block: Block) -> Rows:
        """The records of a block of lines."""
        fields = len(self.names)
        frame = self._read_at_once(block)
        if frame is not None:
            return Rows(frame, _numbers(block), [])
        line = pl.col("text")
        lines = pl.DataFrame(
            {"text": block.data.decode().split("\n")[:-1], "line": _numbers(block)},
        ).filter(~line.str.contains(NO_RECORD), line != self.text)
        # A delimiter behind the last column is no other column.
        is_trailing = line.str.contains(self._pattern(fields + 1)) & line.str.ends_with(
            self.delimiter
        )
        lines = lines.with_columns(
            text=pl.when(is_trailing).then(line.str.head(-1)).otherwise(line)
        ).with_columns(
            is_even=line.str.contains(self._pattern(fields)) & ~line.str.contains(self._escaped)
        )
        odd: list[int]
        even, odd = (lines, []) if lines["is_even"].all() else self._joined(lines)
        text = "\n".join(even["text"].to_list()) + "\n"
        frame = self._read(text.encode()) if even.height else self._nothing()
        continued = lines.height - even.height - len(odd)
        return Rows(frame, even["line"], odd, block.lines - lines.height, continued)

    @property
    def _escaped(self) -> str:
        """A quote that a backslash escapes: no delimiter follows, as behind the end of a field."""
        return rf'\\"[^"{re.escape(self.delimiter)}]'

    def _read_at_once(self, block: Block) -> pl.DataFrame | None:
        """The records of a block in which nothing is odd; None if something is."""
        data, count, between = block.data, block.lines, len(self.names) - 1
        delimiter = self.delimiter.encode()
        if (
            b'"' in data
            # Lines of nothing and markers have no delimiters.
            or (not between and b"\n\n" in data)
            or occurrences(data, delimiter) != count * between
            or data.startswith((b"#", b"-", b"\n"))
            # One byte is found ten times as fast as two.
            or (b"#" in data and b"\n#" in data)
            or (self.text and f"{self.text}\n".encode() in data)
        ):
            return None
        try:
            frame = self._read(data)
        except pl.exceptions.PolarsError as error:
            fault = machine_fault(error)
            if fault is not None:
                raise fault from error
            return None
        return frame if frame.height == count else None

    def _read(self, data: bytes) -> pl.DataFrame:
        return pl.read_csv(
            io.BytesIO(data),
            has_header=False,
            separator=self.delimiter,
            quote_char='"' if b'"' in data else None,
            schema=dict.fromkeys(map(str, range(len(self.names))), pl.String),
        )

    def _nothing(self) -> pl.DataFrame:
        return pl.DataFrame(schema=dict.fromkeys(map(str, range(len(self.names))), pl.String))

    def _joined(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
        """Lines that are records, odd ones mended or joined with those that follow, and others."""
        text, numbers = lines["text"].to_list(), lines["line"].to_list()
        is_even = lines["is_even"].to_list()
        kept: list[tuple[str, int]] = []
        odd: list[int] = []
        place = 0
        while place < len(text):
            taken = 1
            if is_even[place]:
                kept.append((text[place], numbers[place]))
            elif record := self._record(text[place : place + _MOST_LINES]):
                one, taken = record
                kept.append((one, numbers[place]))
            else:
                odd.append(numbers[place])
            place += taken
        return pl.DataFrame(kept, schema={"text": pl.String, "line": pl.Int64}, orient="row"), odd

    def _record(self, lines: Sequence[str]) -> tuple[str, int] | None:
        """A record made of an odd line, and how many lines it takes."""
        spellings: list[Callable[[str], str]] = [str, _doubled]
        if re.search(self._escaped, lines[0]):
            spellings.reverse()
        # Quotes within a field that does not begin with one are part of it.
        pattern = re.compile(self._pattern(len(self.names), quotes_within=True))
        for spelling in spellings:
            for taken in range(1, len(lines) + 1):
                joined = spelling("\n".join(lines[:taken]))
                if pattern.search(joined):
                    return self._written(joined), taken
                if '"' not in joined:
                    break
        return None

    def _written(self, text: str) -> str:
        """A record on one line, each field in quotes."""
        (fields,) = csv.reader(
            [text.replace("\n", " ")], delimiter=self.delimiter, skipinitialspace=True
        )
        return self.delimiter.join('"' + field.replace('"', '""') + '"' for field in fields)

    def _pattern(self, fields: int, *, quotes_within: bool = False) -> str:
        """A record of so many fields; quotes stand around whole fields."""
        delimiter = re.escape(self.delimiter)
        bare = rf'[^"{delimiter}\n]*'
        quoted = _QUOTED
        if quotes_within:
            bare = rf'(?:[^"{delimiter}\n][^{delimiter}\n]*)?'
            quoted = rf"[ \t]*{_QUOTED}[ \t]*"
        field = f"(?:{quoted}|{bare})"
        return rf"^{field}(?:{delimiter}{field}){{{fields - 1}}}$"


def _doubled(text: str) -> str:
    r"""Quotes that a backslash escapes, as MySQL writes them, doubled as CSV has them."""
    return re.sub(r'\\(["\\])', lambda found: '""' if found[1] == '"' else "\\", text)


def _numbers(block: Block) -> pl.Series:
    return pl.Series(block.numbers, dtype=pl.Int64)
