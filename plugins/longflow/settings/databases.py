"""Databases in the settings: their URLs, and queries with the bounds of the week."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import ValidationInfo

from longflow.settings.places import DATABASES, located, url
from longflow.settings.section import Problem, did_you_mean, shortened, shown, wrong

POSTGRESQL, MARIADB = "PostgreSQL", "MariaDB"
# MySQL speaks MariaDB's protocol.
_SYSTEMS = dict(zip(DATABASES, (POSTGRESQL, POSTGRESQL, MARIADB, MARIADB), strict=True))
# Values that a query may name, each after a colon.
_EDGES = ("week_start", "week_end")
BOUNDS = tuple(f"{edge}{suffix}" for edge in _EDGES for suffix in ("", "_utc", "_epoch"))

# A query is a line of the settings file, or a few pages; it stands in every release's manifest.
_LONGEST_QUERY = 20_000
_FIRST_WORDS = ("select", "with", "values", "table")
# Texts, quoted names and comments: a colon, a semicolon or a word within them means nothing.
_SKIPPED = {
    POSTGRESQL: r"""--[^\n]*|/\*.*?\*/|\b[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|"""
    r"""\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|::""",
    MARIADB: r"""\#[^\n]*|--(?=\s|$)[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|"""
    r""":=""",
}
_NAMED = r"(?<![\w:]):(?P<name>[A-Za-z_]\w*)"
_PARTS = {
    system: re.compile(f"(?P<skipped>{skipped})|{_NAMED}", re.DOTALL)
    for system, skipped in _SKIPPED.items()
}


class BoundQuery(NamedTuple):
    """A query as its server prepares it.

    Attributes:
        text: with `$1` of PostgreSQL or `?` of MariaDB in the places of names.
        names: of the values in their order.
    """

    text: str
    names: tuple[str, ...]


def system_of(url: object) -> str | None:
    """PostgreSQL or MariaDB (which stands for MySQL, too), if a URL names a database."""
    return _SYSTEMS.get(url.partition("://")[0]) if isinstance(url, str) else None


def place_url(value: str) -> str:
    """A folder, a URL of files or one of a database.

    Raises:
        WrongSettingError: it is none.
    """
    return url(value) if system_of(value) is None else _database_url(value)


def _database_url(value: str) -> str:
    """A URL of a database, if it names host and database and nothing else but a user and a port.

    Raises:
        WrongSettingError: it does not.
    """
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise wrong(
            f"{shown(value)} is not a valid URL: check brackets and port",
            f"write {_example(value)}",
        ) from None
    if parts.password is not None:
        # Settings end up in manifests, logs and backups.
        raise wrong(
            "the URL holds a password",
            "remove it, and name an Airflow connection that holds it (connection = ...)",
        )
    name = parts.path.strip("/")
    if not parts.hostname or not name or "/" in name:
        raise wrong(f"{shown(value)} does not name host and database", f"write {_example(value)}")
    if parts.query or parts.fragment:
        raise wrong(
            f"{shown(value)} has options", "put them into the extra of the connection: sslmode, ..."
        )
    return value


def _example(value: str) -> str:
    return f"{value.partition('://')[0]}://host:port/database"


def query_text(value: object, info: ValidationInfo) -> object:
    """A query; of a file whose name ends in `.sql`, what is in it.

    Raises:
        WrongSettingError: there is no such file, or it is no text.
    """
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"[^\n]+\.sql", value.strip(), re.IGNORECASE):
        path = located(value.strip(), info)
        try:
            value = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise wrong(f"there is no file {path}", "write it, or the query itself") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise wrong(f"{path} cannot be read: {reason}", "mend the file") from None
    if not value.strip():
        raise wrong("is empty", "write a query, or the name of a file that ends in .sql")
    if len(value) > _LONGEST_QUERY:
        raise wrong(f"has {len(value):,} characters", f"use at most {_LONGEST_QUERY:,}")
    return value.strip()


def query_problems(query: str, system: str, *, needs_bounds: bool) -> Iterator[Problem]:
    """What keeps a query from being run.

    Args:
        query: the query.
        system: PostgreSQL or MariaDB.
        needs_bounds: it has to name a bound of the week.
    """
    bare = _bare(query, system)
    words = re.findall(r"[a-z_]+", bare.lower())
    if not words or words[0] not in _FIRST_WORDS:
        yield Problem(
            f"begins with {shown(words[0]) if words else 'no word'}, so it is no query",
            "begin it with SELECT or WITH",
        )
    if ";" in bare.rstrip().removesuffix(";"):
        yield Problem("holds more than one statement", "write one query, with no semicolon in it")
    if "into" in words:
        yield Problem("has INTO, which writes", "remove it: longflow writes the rows to a file")
    if system == MARIADB and re.search(r"/\*M?!", query):
        yield Problem("has a comment that the server would run (/*!)", "remove it")
    names = _names(query, system)
    for name in names:
        if name not in BOUNDS:
            yield Problem(
                f"':{shortened(name)}' is no value that longflow knows",
                f"{did_you_mean(name, BOUNDS)}a query may name {_listed()}",
            )
    if needs_bounds and not names:
        yield Problem(
            "names no bound of the week, so each week would hold the whole table",
            f"add a condition such as acctstarttime < :week_end; there are {_listed()}",
        )


def bound(query: str, system: str) -> BoundQuery:
    """A query with its system's own marks in the places of the values it names."""
    names: list[str] = []

    def mark(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if system == POSTGRESQL:
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"
        names.append(name)
        return "?"

    text = _PARTS[system].sub(mark, query.strip().removesuffix(";"))
    return BoundQuery(text, tuple(names))


def _bare(query: str, system: str) -> str:
    """A query without texts, quoted names and comments."""
    return _PARTS[system].sub(lambda found: " " if found["name"] is None else found[0], query)


def _names(query: str, system: str) -> Mapping[str, None]:
    found = (one["name"] for one in _PARTS[system].finditer(query))
    return dict.fromkeys(name for name in found if name is not None)


def _listed() -> str:
    return ", ".join(f":{name}" for name in BOUNDS)
