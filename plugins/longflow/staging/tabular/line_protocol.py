r"""Lines of InfluxDB's line protocol to columns of text.

A line is `measurement,tag=…,tag=… field=…,field=… time`. Values are named as Telegraf names them in
JSON: `name`, `tags.ifName`, `fields.ifHCInOctets`, `timestamp`. A backslash escapes commas, spaces
and equal signs in names and tags; fields that are texts stand in quotes.

Source: InfluxData, *Line protocol reference*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from longflow.staging.tabular.blocks import Block
from longflow.staging.tabular.csv_text import Rows

_LINES_LOOKED_AT = 1_000

_WORD = r"(?:\\.|[^\\, =])+"
# The measurement may hold equal signs.
_MEASUREMENT = r"(?:\\.|[^\\, ])+"
_TEXT = r'"(?:\\.|[^"\\])*"'
_FIELD = rf"{_WORD}=(?:{_TEXT}|[^\", ]+)"
_LINE = (
    rf"^(?P<name>{_MEASUREMENT})(?P<tags>(?:,{_WORD}={_WORD})*) +"
    rf"(?P<fields>{_FIELD}(?:,{_FIELD})*)(?: +(?P<timestamp>-?\d+))?\s*$"
)
_NO_RECORD = r"^\s*$|^#"


def keys_of(block: Block) -> list[str]:
    """Names in the first lines, in the order they come."""
    found = {"name": None, "timestamp": None}
    for line in block.data.decode().split("\n")[:_LINES_LOOKED_AT]:
        if parts := re.match(_LINE, line):
            for kind, pattern in (("tags", rf",({_WORD})="), ("fields", rf"(?:^|,)({_WORD})=")):
                without_texts = re.sub(_TEXT, "", parts[kind])
                names = re.findall(pattern, without_texts)
                found |= dict.fromkeys(f"{kind}.{_plain(name)}" for name in names)
    return list(found)


def is_line(text: str) -> bool:
    """Whether a line is one of the line protocol, with a time."""
    parts = re.match(_LINE, text)
    return parts is not None and parts["timestamp"] is not None


def rows(block: Block, names: Sequence[str]) -> Rows:
    """The records of a block of lines.

    Args:
        block: the lines.
        names: the wanted values, such as `tags.ifName`.
    """
    lines = pl.DataFrame(
        {
            "text": block.data.decode().split("\n")[:-1],
            "line": pl.Series(block.numbers, dtype=pl.Int64),
        }
    ).filter(~pl.col("text").str.contains(_NO_RECORD))
    passed_over = block.lines - lines.height
    parts = lines.select("line", pl.col("text").str.extract_groups(_LINE).alias("parts"))
    parts = parts.unnest("parts")
    is_odd = parts["name"].is_null()
    odd = parts["line"].filter(is_odd).to_list()
    parts = parts.filter(~is_odd)
    return Rows(
        parts.select(_value(name).alias(name) for name in names), parts["line"], odd, passed_over
    )


def _value(name: str) -> pl.Expr:
    """The column of a value; without values if no line has it."""
    kind, _, key = name.partition(".")
    if kind in {"name", "timestamp"}:
        return pl.col(kind)
    if kind not in {"tags", "fields"}:
        return pl.lit(None, dtype=pl.String)
    escaped = re.escape(re.sub(r"([, =])", r"\\\1", key))
    if kind == "tags":
        found = pl.col("tags").str.extract(rf",{escaped}=({_WORD})(?:,|$)")
        return found.str.replace_all(r"\\([, =])", "$1")
    # Fields before it may be texts with commas in them.
    found = pl.col("fields").str.extract(rf"^(?:{_FIELD},)*?{escaped}=({_TEXT}|[^\", ]+)(?:,|$)")
    # Whole numbers end in i, or u if they have no sign.
    return found.str.replace(r"^(-?\d+)[iu]$", "$1").str.strip_chars('"')


def _plain(name: str) -> str:
    return re.sub(r"\\([, =])", r"\1", name)
