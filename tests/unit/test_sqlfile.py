"""SQL without its comments: what is the same statement, and what is not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from longflow.sqlfile import sql_root, without_comments

FILES = sorted(sql_root().rglob("*.sql"))


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("-- A row a day.\nSELECT 1 -- one\n", "SELECT 1"),
        ("SELECT  a,\n\n    b\n", "SELECT a, b"),
        ("SELECT a-- b's\nFROM t -- it's\n", "SELECT a FROM t"),
        ("SELECT '-- no  comment'", "SELECT '-- no  comment'"),
        ("SELECT 'it''s -- none' -- one", "SELECT 'it''s -- none'"),
        ('SELECT "a--b""--c" --d', 'SELECT "a--b""--c"'),
        ("SELECT $$a -- b$$, $x$ $$ -- ' $x$ -- '", "SELECT $$a -- b$$, $x$ $$ -- ' $x$"),
        (r"SELECT E'\' -- no', e'\\' -- '", r"SELECT E'\' -- no', e'\\'"),
        (r"SELECT DATE'\' -- '", r"SELECT DATE'\'"),
        ("SELECT $week - -1", "SELECT $week - -1"),
    ],
)
def test_comments_go_and_quoted_text_stays(text: str, without: str) -> None:
    assert without_comments(text) == without


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name + "/" + file.stem)
def test_duckdb_reads_the_same_statement(file: Path) -> None:
    text = file.read_text("utf-8")
    without = without_comments(text)
    assert pieces(without) == pieces(text)
    assert len(without) < len(text)


def pieces(text: str) -> list[tuple[str, object]]:
    """Every token of DuckDB's own tokenizer, with its type."""
    raw = text.encode()
    tokens = duckdb.tokenize(text)
    ends = [*(start for start, _ in tokens[1:]), len(raw)]
    return [
        (raw[start:end].decode().split("--")[0].rstrip(), kind)
        for (start, kind), end in zip(tokens, ends, strict=True)
    ]
