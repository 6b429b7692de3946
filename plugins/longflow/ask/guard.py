"""Which statements are questions: one SELECT over the archive, with functions that read no files.

DuckDB itself refuses files outside the archive's data folder, and the archive is attached
read-only. But COPY could still write within that folder, some functions of DuckLake and of the
SQLite reader open files by themselves, and others run statements of their own. So a question is
parsed first, and whatever is not known to be harmless is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from longflow.errors import LongflowError
from longflow.sqlnames import NotAQueryError, statements

PLACE = "the question"
# Functions behind FROM that make rows of their arguments alone.
_HARMLESS = frozenset(
    {
        *("generate_series", "generate_subscripts", "json_each", "json_tree", "range"),
        *("repeat", "repeat_row", "unnest"),
    }
)
# The first words of statements that are no questions, and what to say about each.
_REFUSED = {
    **dict.fromkeys(("copy", "export"), "writes a file; choose --format and --output instead"),
    **dict.fromkeys(("attach", "detach", "use"), "opens or leaves a database; only the archive is"),
    **dict.fromkeys(("install", "load"), "brings an extension of DuckDB"),
    **dict.fromkeys(
        ("set", "reset", "pragma"),
        "changes settings, which are locked; for memory and time there are options",
    ),
    **dict.fromkeys(("insert", "update", "delete", "merge", "truncate"), "changes rows"),
    **dict.fromkeys(
        ("create", "alter", "drop", "comment"), "changes tables; name intermediate steps with WITH"
    ),
    **dict.fromkeys(
        ("pivot", "unpivot"),
        "is not a SELECT to DuckDB; write FROM (PIVOT … ON column IN (…) USING …)",
    ),
    "explain": "shows a plan, and may run what it explains",
}
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*([A-Za-z]+)", re.DOTALL)


def check_question(sql: str, known: Collection[str]) -> set[str]:
    """Check that a text is one question, before DuckDB sees it.

    Args:
        sql: the text.
        known: tables and views that it may read, in lower case.

    Returns:
        Those that it reads.

    Raises:
        LongflowError: it is not one SELECT, or reads something else than the archive.
    """
    try:
        sql.encode()
        found = statements(sql)
    except UnicodeEncodeError:
        raise LongflowError("it is no UTF-8", place=PLACE, remedy="write it in UTF-8") from None
    except NotAQueryError as error:
        raise _no_select(sql, error) from None
    except RecursionError:
        raise _too_deep() from None
    if len(found) != 1:
        raise LongflowError(
            "there is no statement" if not found else f"these are {len(found)} statements",
            place=PLACE,
            remedy="write one SELECT",
        )
    try:
        named = list(_tables(found[0], frozenset()))
    except RecursionError:
        raise _too_deep() from None
    reads: set[str] = set()
    for name in named:
        if name.lower() not in known:
            raise LongflowError(
                f"there is no table or view '{name[:80]}' in the archive",
                place=PLACE,
                remedy=f"there are {', '.join(sorted(known))}; FROM dictionary describes them",
            )
        reads.add(name.lower())
    return reads


def _too_deep() -> LongflowError:
    return LongflowError(
        "it is nested too deeply", place=PLACE, remedy="write lists with IN, or steps with WITH"
    )


def _no_select(sql: str, error: NotAQueryError) -> LongflowError:
    if "expression depth" in str(error):
        return _too_deep()
    first = _FIRST_WORD.match(sql)
    word = first[1].lower() if first else ""
    if word in _REFUSED:
        return LongflowError(
            f"{word.upper()} {_REFUSED[word]}", place=PLACE, remedy="write one SELECT"
        )
    if error.is_syntax:
        return LongflowError(str(error), place=PLACE, remedy="correct the SQL")
    return LongflowError("it is not a SELECT", place=PLACE, remedy="write one SELECT")


def _tables(node: Any, made: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - a tree of JSON
    """Tables and views below a node; `made` are those of WITH around it, in lower case.

    Raises:
        LongflowError: the node is of a kind that could reach beyond the archive.
    """
    if isinstance(node, list):
        for part in node:
            yield from _tables(part, made)
    if not isinstance(node, dict):
        return
    own = [entry["key"] for entry in (node.get("cte_map") or {}).get("map", ())]
    own += [node["cte_name"]] if isinstance(node.get("cte_name"), str) else []
    for name in own:
        # DuckDB takes a name that WITH has not made yet for that of a file.
        if not re.fullmatch(r"\w+", name):
            raise LongflowError(
                f"'{name[:80]}' is no name for a step of WITH",
                place=PLACE,
                remedy="use letters, digits and _",
            )
    made |= {name.lower() for name in own}
    kind = node.get("type")
    if kind == "BASE_TABLE":
        qualified = [node["catalog_name"], node["schema_name"]]
        if any(qualified) or node["at_clause"]:
            name = ".".join([part for part in (*qualified, node["table_name"]) if part])
            raise LongflowError(
                f"'{name[:80]}' names a database, a schema or a version",
                place=PLACE,
                remedy="name tables alone; --snapshot chooses another version",
            )
        if node["table_name"].lower() not in made:
            yield node["table_name"]
    elif kind == "TABLE_FUNCTION":
        name = node["function"]["function_name"]
        if name.lower() not in _HARMLESS or node["function"]["schema"]:
            raise LongflowError(
                f"the function {name[:80]} is not available behind FROM",
                place=PLACE,
                remedy="a question reads the archive alone; of such functions there are "
                f"{', '.join(sorted(_HARMLESS))}",
            )
    elif kind == "SHOW_REF" and node["query"] is None:
        raise LongflowError(
            "SHOW would list DuckDB's own tables too",
            place=PLACE,
            remedy="FROM dictionary lists those of the archive",
        )
    for part in node.values():
        yield from _tables(part, made)
