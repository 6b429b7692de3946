"""The changes since a release, for `changes.json` and the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from longflow.edition.tables import is_drawn
from longflow.release.changes.moves import Move

CHANGES = "changes.json"

# Number of the largest moves to name if there is no room for all.
_MOST_NAMED = 5


@dataclass(frozen=True)
class Changes:
    """The changes since a release; `compared_with` is None if there is none.

    Attributes:
        compared_with: name of the former release.
        causes: differences between the two, by kind: revisions, settings, code, published_figures.
        moves: values that moved, in the order of tables and rows.
        tables_added: tables that the former release lacks.
        tables_removed: tables that this release lacks.
        accepted: why closed years may move.
    """

    compared_with: str | None
    causes: dict[str, list[str]]
    moves: tuple[Move, ...]
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    accepted: str | None = None

    @property
    def stopping(self) -> list[Move]:
        """Moves of closed years beyond their error: of tables, then of drawings; largest first."""
        return _ordered(move for move in self.moves if move.closed and move.beyond_error)

    def named(self, moves: list[Move]) -> str:
        """The first of some moves in one line, and the number of others."""
        more = len(moves) - _MOST_NAMED
        return "; ".join(map(str, moves[:_MOST_NAMED])) + (f"; and {more} more" if more > 0 else "")

    @property
    def largest(self) -> list[Move]:
        """All moves: of tables, then of drawings; largest first."""
        return _ordered(self.moves)

    def summary(self) -> dict[str, Any]:
        """A summary for the manifest."""
        return {
            "compared_with": self.compared_with,
            "values_moved": len(self.moves),
            "closed_values_beyond_error": len(self.stopping),
            "accepted": self.accepted,
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Changes:
        """Read the changes of a file.

        Raises:
            LookupError, TypeError: the file does not have the form that `content` gives.
        """
        moves = []
        for value in content["values"]:
            interval = value["interval"]
            lists = {
                "interval": None if interval is None else tuple(interval),
                "because": tuple(value["because"]),
            }
            moves.append(Move(**{**value, **lists}))
        return cls(
            compared_with=content["compared_with"],
            causes=content["causes"],
            moves=tuple(moves),
            tables_added=tuple(content["tables_added"]),
            tables_removed=tuple(content["tables_removed"]),
            accepted=content["accepted"],
        )

    def content(self) -> dict[str, Any]:
        """The changes as plain JSON, for the file."""
        return {
            "format": 1,
            **self.summary(),
            "note": "first release of the edition: there is nothing to compare"
            if self.compared_with is None
            else "values of the former release against this one",
            "tables_added": list(self.tables_added),
            "tables_removed": list(self.tables_removed),
            "causes": self.causes,
            "values": [_plain(asdict(move)) for move in self.moves],
        }


def _plain(value: object) -> object:
    """A value as JSON has it: days are texts there."""
    if isinstance(value, dict):
        return {name: _plain(of) for name, of in value.items()}
    return f"{value}" if isinstance(value, date) else value


def _ordered(moves: Iterable[Move]) -> list[Move]:
    # A curve has hundreds of values that move with a few of the tables.
    return sorted(moves, key=lambda move: (is_drawn(move.table), -move.size))
