"""SQL files, and the only texts ever inserted into SQL: quoted literals and identifiers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

# What DuckDB reads as one piece: strings (backslashes escape in E''), quoted identifiers, dollar-
# quoted strings. Quotes in comments and comment signs in quotes mean nothing, so one pattern finds
# all.
_PIECE = re.compile(
    r"""
    (?P<kept> (?<!\w) [eE] ' (?: [^'\\] | \\. | '' )* '
            | ' (?: [^'] | '' )* '
            | " (?: [^"] | "" )* "
            | (?<! [\w$] ) (?P<tag> \$ (?: [^\W\d] \w* )? \$ ) .*? (?P=tag) )
    | (?P<gap> (?: \s | -- [^\n]* )+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def sql_root() -> Path:
    """The folder `sql/`: within the package if it is an installed wheel, else beside `plugins/`."""
    package = Path(__file__).resolve().parent
    installed = package / "sql"
    return installed if installed.is_dir() else package.parents[1] / "sql"


@cache
def query(step: str, table: str, name: str = "query") -> str:
    """The text of `sql/<step>/<table>/<name>.sql`."""
    return (sql_root() / step / table / f"{name}.sql").read_text(encoding="utf-8")


@cache
def without_comments(text: str) -> str:
    """SQL without its comments, and with one space for each run of white space.

    Quoted text stays as it is. Comments in `/* */`, which can be nested, stay as well: no file of
    `sql/` has any.
    """
    return _PIECE.sub(lambda found: found["kept"] or " ", text).strip()


@cache
def tables(step: str) -> tuple[str, ...]:
    """Names of the tables of a step: the folders of `sql/<step>`, by name."""
    return tuple(sorted(p.name for p in (sql_root() / step).iterdir() if p.is_dir()))


@cache
def queries(step: str, table: str) -> tuple[str, ...]:
    """Names of the queries of a table: the SQL files of its folder, without ending, by name."""
    return tuple(sorted(path.stem for path in (sql_root() / step / table).glob("*.sql")))


def identifier(name: str) -> str:
    """A name quoted as an SQL identifier, for the statements that take no parameters."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A text quoted as an SQL string, for the statements that take no parameters (ATTACH)."""
    return "'" + str(text).replace("'", "''") + "'"
