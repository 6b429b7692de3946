"""`dictionary.md`: every column of every table, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longflow.release.metadata.columns import may_be_empty
from longflow.release.report import Report


def dictionary_of(report: Report) -> bytes:
    """The data dictionary as Markdown: of each table what it is, its key, and its columns."""
    lines = [f"# {report.say('files.dictionary')}", ""]
    lines += [report.say("files.dictionary_lead"), ""]
    for table in report.manifest["tables"]:
        lines += [*_table(table, report), ""]
    return "\n".join(lines[:-1]).encode() + b"\n"


def _table(table: Mapping[str, Any], report: Report) -> Iterator[str]:
    named = report.printing.table_words(table["id"])
    yield f"## {table['id']}"
    yield ""
    yield f"{named.number}: {named.title}. {table['meaning'].strip()}"
    yield ""
    yield report.say("files.key", columns=", ".join(f"`{name}`" for name in table["key"]))
    yield ""
    heads = [
        *(report.say("files.column"), report.say("files.type")),
        *(report.say("files.unit"), report.say("files.meaning")),
    ]
    yield _row(heads)
    yield _row("---" for _ in heads)
    for column in table["columns"]:
        empty = report.say("files.may_be_empty") if may_be_empty(table["id"], column) else ""
        kind = f"{column['type']}{empty}"
        yield _row([f"`{column['name']}`", kind, column["unit"] or "", column["meaning"].strip()])


def _row(cells: Any) -> str:  # noqa: ANN401 - of any kind of list
    return f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in cells)} |"
