"""The beginning of a delivered file, and what it shows by itself: packing, format, encoding."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import polars as pl
from polars.exceptions import PolarsError

from longflow.errors import LongflowError
from longflow.settings.source import MOST_UNPACKED_RATIO
from longflow.staging.packed import chunks, packed_by
from longflow.staging.tabular import line_protocol
from longflow.staging.tabular.csv_text import NO_RECORD, Header
from longflow.staging.tabular.read import scanned_parquet, unreadable
from longflow.trial.spellings import plain

Format = Literal["nfcapd", "csv", "json", "parquet", "line-protocol"]

# As much of a file shows what is in it.
_HEAD_BYTES = 4 * 1024 * 1024
_HEAD_LINES = 2_000
_LINES_LOOKED_AT = 50
_DELIMITERS = ",;\t| "
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Files that people have at hand and that are no deliveries, by their first bytes.
_OTHERS = {
    b"SQLite format 3\0": ("a database of SQLite", "export its table as CSV with titles"),
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "unpack it, or save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("a spreadsheet of Excel", "save it as CSV"),
    b"\xd4\xc3\xb2\xa1": ("captured packets (pcap)", "let a collector make flows of them"),
    b"\xa1\xb2\xc3\xd4": ("captured packets (pcap)", "let a collector make flows of them"),
    b"\x0a\x0d\x0d\x0a": ("captured packets (pcapng)", "let a collector make flows of them"),
    b"PGDMP": ("a dump of pg_dump", "export the table with \\copy … TO … CSV HEADER"),
    b"%PDF": ("a PDF", "deliver the data themselves"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it"),
    b"RRD\0": (
        "a database of RRDtool",
        "it keeps rates; deliver readings of the counters themselves, as Telegraf writes them",
    ),
    b"0\x82": ("in ASN.1 (BER)", "let the mediation system write the records as CSV"),
    b"\xbfO": ("in ASN.1 (BER)", "let the mediation system write the records as CSV"),
    b"SiLK": ("a file of SiLK", "print it with rwcut, and read that by preset silk"),
    b"\xde\xad\xbe\xef": ("a file of SiLK", "print it with rwcut, and read that by preset silk"),
}
# Texts that are no tables of records, by their beginning.
_OTHER_TEXTS = (
    (
        # A name with labels, and a value.
        r"[A-Za-z_:][\w:]*\{[^{}\n]*\} +[-+\dNI]\S*\s*$",
        "is what an exporter answers Prometheus: values of one moment, without its time",
        "export the answer of Prometheus to a query over a range of time (/api/v1/query_range)",
    ),
    (
        r"[\w.-]+(?:::\w+)?\.[\d.]+ = [\w-]+: ",
        "is what snmpwalk prints: values of one moment, without its time",
        "deliver readings with times, as a poller such as Telegraf writes them",
    ),
    (
        r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n\s+[\w-]+ = ",
        "is a detail file of FreeRADIUS: a record on several lines",
        "export the table radacct, which the module sql of FreeRADIUS fills",
    ),
    (
        r"(?:FLOW|CNTR),[\da-fA-F.:]+,",
        "is what sflowtool -l prints: sampled packets, without their times",
        "let sfcapd, pmacct or goflow2 make flows of them",
    ),
    (
        r"#:unix_secs,unix_nsecs,sysuptime,",
        "is what flow-export prints: times since the start of the router",
        "make nfcapd files of it by ft2nfdump, which comes with nfdump",
    ),
)


@dataclass(frozen=True)
class Head:
    """The beginning of a file.

    Attributes:
        format: what the file is.
        packing: the program that packed it as a whole; None if none did.
        encoding: of its text; empty for formats that are no text.
        has_mark: a byte order mark states the encoding.
        text: its first lines; empty for formats that are no text.
        is_whole: the file has no more lines than these.
    """

    format: Format
    packing: str | None
    encoding: str = ""
    has_mark: bool = False
    text: str = ""
    is_whole: bool = False

    @classmethod
    def of(cls, path: Path) -> Head:
        """Look at the beginning of a file.

        Raises:
            LongflowError: the file is empty, packed and damaged, or none that longflow reads.
            OSError: the disk failed.
        """
        packing = packed_by(path)
        data, is_whole = _first_bytes(path)
        if not data.strip(b"\0 \t\r\n"):
            raise LongflowError(
                "the file is empty" if not data else "the file has only white space in it",
                file=path,
                remedy="try one with records",
            )
        if data[:2] in {b"\x0c\xa5", b"\xa5\x0c"}:
            return cls("nfcapd", packing)
        if data.startswith(b"PAR1"):
            _check_parquet(path)
            return cls("parquet", packing)
        for sign, (what, remedy) in _OTHERS.items():
            if data.startswith(sign):
                raise LongflowError(
                    f"is {what}, which longflow does not read", file=path, remedy=remedy
                )
        if data.startswith(b"Date first seen"):
            raise LongflowError(
                "is what nfdump prints for people",
                file=path,
                remedy="print it by nfdump -o csv or -o json, or deliver the nfcapd file",
            )
        encoding, text, has_mark = _decoded(data, path)
        lines = text.splitlines(keepends=True)
        if not is_whole or len(lines) > _HEAD_LINES:
            is_whole = False
            lines = lines[: min(len(lines) - 1, _HEAD_LINES)] or lines
        text = "".join(lines)
        form: Format = "json" if text.lstrip()[:1] in {"{", "["} else "csv"
        head = cls(form, packing, encoding, has_mark, text, is_whole)
        first = next(iter(head.records), "")
        for pattern, what, remedy in _OTHER_TEXTS:
            if re.match(pattern, first) or re.match(pattern, text):
                raise LongflowError(what, file=path, remedy=remedy)
        return replace(head, format="line-protocol") if line_protocol.is_line(first) else head

    def written(self, path: Path, folder: Path) -> Path:
        """A file with the first records alone, in UTF-8 and not packed."""
        if self.format == "parquet":
            head = folder / "head.parquet"
            pl.scan_parquet(path).head(_HEAD_LINES).collect().write_parquet(head)
            return head
        head = folder / f"head.{self.format}"
        head.write_text(self.text, encoding="utf-8", newline="")
        return head

    @property
    def records(self) -> list[str]:
        """The first lines that can be titles or records."""
        lines = (line for line in self.text.splitlines() if not re.match(NO_RECORD, line))
        return list(islice(lines, _LINES_LOOKED_AT))

    @property
    def possible_titles(self) -> list[str]:
        """The first lines that can be titles, also behind the sign of a comment."""
        return self.text.splitlines()[:_LINES_LOOKED_AT]

    def delimiter(self, known: frozenset[str]) -> str:
        """What separates columns of CSV.

        Args:
            known: titles that columns have, in one spelling (`spellings.plain`).
        """

        def score(delimiter: str) -> tuple[int, int, int]:
            titles = max(
                (
                    sum(plain(name) in known for name in _fields(line, delimiter))
                    for line in self.possible_titles
                ),
                default=0,
            )
            counts = Counter(len(_fields(line, delimiter)) for line in self.records)
            fields, often = counts.most_common(1)[0] if counts else (1, 0)
            return titles, often if fields > 1 else 0, fields

        return max(_DELIMITERS, key=score)


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return list(Header.of_line(line, delimiter).names)
    except (csv.Error, ValueError):
        return []


def _check_parquet(path: Path) -> None:
    """Look at the schema.

    Raises:
        LongflowError: the file is compressed as a whole, or damaged.
    """
    try:
        scanned_parquet(path).collect_schema()
    except PolarsError as error:
        raise unreadable(error, path, "parquet") from error


def _first_bytes(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, unpacked, and whether they are all.

    Raises:
        LongflowError: packed data are damaged from the beginning.
    """
    pieces = chunks(path, _HEAD_BYTES, MOST_UNPACKED_RATIO)
    data = b""
    try:
        for piece in chain(pieces):
            data += piece
            if len(data) > _HEAD_BYTES:
                return data[:_HEAD_BYTES], False
    except LongflowError:
        # What can be read is shown; reading the whole file says what is wrong with the rest.
        if not data:
            raise
        return data, False
    return data, True


def _decoded(data: bytes, path: Path) -> tuple[str, str, bool]:
    """The encoding of a text, the text, and whether a mark states the encoding.

    Raises:
        LongflowError: it is no text.
    """
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return name, data[len(mark) :].decode(name, errors="replace"), True
    if b"\0" in data:
        raise LongflowError(
            "is neither text nor a format that longflow reads",
            file=path,
            remedy="try nfcapd, CSV, JSON or Parquet, also compressed by gzip, bzip2, xz or zstd",
        )
    found = {}
    for name in ("utf-8", "euc_jp", "cp932"):
        try:
            found[name] = codecs.getincrementaldecoder(name)().decode(data)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return name, found[name], False
    # Texts in EUC-JP read as CP932 are full of half-width katakana, which nobody writes.
    rated = {name: len(re.findall(r"[\uff61-\uff9f]", text)) for name, text in found.items()}
    japanese = [name for name in rated if _is_japanese(found[name])]
    if japanese:
        best = min(japanese, key=lambda name: rated[name])
        return best, found[best], False
    if sum(byte < 32 and byte not in b"\t\r\n\f" for byte in data[:10_000]) > 100:
        raise LongflowError(
            "is neither text nor a format that longflow reads",
            file=path,
            remedy="try nfcapd, CSV, JSON or Parquet, also compressed by gzip, bzip2, xz or zstd",
        )
    # Windows has characters where Latin-1 has signs that nobody writes.
    western = "cp1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"
    try:
        return western, codecs.getincrementaldecoder(western)().decode(data), False
    except UnicodeDecodeError:
        return "latin-1", data.decode("latin-1"), False


def _is_japanese(text: str) -> bool:
    """Whether the characters beyond ASCII are mostly kana and kanji that are in common use."""
    runs = re.findall(r"([A-Za-z]?)([^\x00-\x7f]+)([A-Za-z]?)", text)
    # In words of western languages, a letter with an accent and the one behind it look like one.
    if sum(len(run) == 1 and bool(before or after) for before, run, after in runs) * 2 > len(runs):
        return False
    others = re.findall(r"[^\x00-\x7f]", text)
    common = [one for one in others if "\u3040" <= one <= "\u30ff" or "\u4e00" <= one <= "\u9fff"]
    return len(common) > 0.8 * len(others) > 0
