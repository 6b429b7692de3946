"""Tables for the template of the PDF: headings with their spans, and cells in their parts."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from longflow.release.report.table import Cell, Content, Group, Mark, Row, Table

Json = dict[str, Any]

# Longer headings of single columns have several lines.
_HEAD_SIGNS = 11


def table_content(table: Table) -> Json:
    """A table as the template reads it.

    A column of numbers with errors is two there, so that points stand below each other and errors
    as well; `at` is the number of its first one, from 0, after that of the headings of rows.
    """
    with_error = [width > 0 for width in table.error_widths]
    starts = [sum(with_error[:at]) + at for at in range(len(with_error) + 1)]
    return {
        "corner": table.corner,
        "depth": table.depth,
        "columns": [
            {"text": column.is_text, "minor": column.is_minor, "error": has_error}
            for column, has_error in zip(table.columns, with_error, strict=True)
        ],
        "heads": [
            [
                {
                    "lines": [head.text] if head.columns > 1 else _lines(head.text),
                    "at": starts[head.first],
                    "columns": starts[head.first + head.columns] - starts[head.first],
                    "spans": head.columns > 1,
                    "rows": head.rows,
                    "words": head.columns == 1 and table.columns[head.first].is_text,
                    "published": head.columns == 1 and table.columns[head.first].is_published,
                }
                for head in heads
            ]
            for heads in table.head_rows
        ],
        "words": [starts[at] for at, column in enumerate(table.columns) if column.is_text],
        "starts": sorted(starts[at] for at in table.starts),
        "groups": [_group(group, table) for group in table.groups],
        "foot": None if table.foot is None else _group(table.foot, table),
    }


def _lines(heading: str) -> list[str]:
    return wrap(heading, _HEAD_SIGNS, break_long_words=False, break_on_hyphens=False)


def _group(group: Group, table: Table) -> Json:
    return {"title": group.title, "rows": [_row(row, table) for row in group.rows]}


def _row(row: Row, table: Table) -> Json:
    title = row.title
    return {
        "title": None
        if title is None
        else {
            "text": title.text,
            "name": title.name,
            "depth": title.depth,
            "rows": title.rows,
            "published": title.is_published,
        },
        "kind": row.kind,
        "cells": [
            _cell(content, places) for content, places in zip(row.cells, table.places, strict=True)
        ],
    }


def _cell(content: Content, places: int) -> Json | None:
    match content:
        case None:
            return None
        case str():
            return {"words": content}
        case Mark(text=text):
            return {"number": text, "given": False}
        case Cell():
            points, digits = content.lacks(places)
            return {
                "number": content.text,
                "given": content.is_given,
                "points": points,
                "digits": digits,
                "few": content.error == "*",
                "error": "" if content.error == "*" else content.error,
                "published": content.is_published,
            }
