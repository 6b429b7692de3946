"""Differences between two releases that can move a value: loads, settings, code, imports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from longflow.edition.tables import publication_of
from longflow.release.changes.moves import Move


@dataclass(frozen=True)
class Cause:
    """A difference between two releases; `years` and `feed` state what it can move."""

    text: str
    years: frozenset[int] | None = None
    feed: str | None = None
    table: str | None = None


class Reload(NamedTuple):
    """A feed of a week of which two releases hold different loads.

    Attributes:
        feed: its name.
        week: the Monday.
        was: revision in the former release; `none` if it held none.
        now: revision in this release; `none` if it holds none.
    """

    feed: str
    week: date
    was: str
    now: str

    def __str__(self) -> str:
        """The difference as `changes.json` names it."""
        return f"revision of {self.feed} of week {self.week}: {self.was} → {self.now}"

    @classmethod
    def read(cls, text: str) -> Reload | None:
        """The difference that `changes.json` names so; None if the text names another."""
        found = re.fullmatch(r"revision of (\w+) of week (\d{4}-\d\d-\d\d): (\w+) → (\w+)", text)
        return found and cls(found[1], date.fromisoformat(found[2]), found[3], found[4])


def causes_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Cause]]:
    """The differences between two manifests, by kind."""
    return {
        "revisions": list(_revisions(before, now)),
        "settings": [Cause(text) for text in _differences(before["settings"], now["settings"])],
        "code": [Cause(text) for text in _differences(before["code"], now["code"])],
        "published_figures": list(_published(before, now)),
    }


def because(move: Move, causes: Mapping[str, list[Cause]]) -> tuple[str, ...]:
    """Possible causes of a moved value: all differences that can affect it."""
    periods = [str(move.key[name]) for name in ("year", "from", "to") if name in move.key]
    years = {int(period[:4]) for period in periods}
    of_months = any(len(period) > 4 for period in periods)
    of_counters = of_months or publication_of(move.table).drawn_from == ("counters",)

    def touches(cause: Cause) -> bool:
        return (
            (cause.feed is None or (cause.feed == "counters") == of_counters)
            and (cause.table is None or cause.table == move.table)
            and (cause.years is None or not years or bool(cause.years & years))
        )

    found = [cause.text for kind in causes.values() for cause in kind if touches(cause)]
    # Port rows and rest rows depend on all years: a revision of another year can move them.
    return tuple(found or [cause.text for kind in causes.values() for cause in kind])


def _revisions(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Cause]:
    years = {
        week: int(year)
        for edition in (before["settings"]["edition"], now["settings"]["edition"])
        for year, week in edition["analysis_weeks"].items()
    }
    loads = [
        {(load["week"], load["feed"]): load for load in manifest["inputs"]}
        for manifest in (before, now)
    ]
    for week, feed in sorted({**loads[0], **loads[1]}):
        was, is_now = (load.get((week, feed)) for load in loads)
        if was is not None and is_now is not None and was["input_digest"] == is_now["input_digest"]:
            continue
        revisions = [str(load["revision"]) if load else "none" for load in (was, is_now)]
        monday = date.fromisoformat(week)
        touched = {monday.year, (monday + timedelta(days=6)).year}
        yield Cause(
            str(Reload(feed, monday, *revisions)),
            frozenset(touched if feed == "counters" else {years.get(week, monday.year)}),
            feed,
        )


def _published(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Cause]:
    entries = [
        {
            (entry["table"], entry["sha256"]): entry
            for entry in manifest.get("published_figures", [])
        }
        for manifest in (before, now)
    ]
    for name in sorted(entries[0].keys() ^ entries[1].keys()):
        entry = entries[0].get(name) or entries[1][name]
        done = "imported" if name in entries[1] else "no longer used"
        yield Cause(
            f"published figures {done}: {entry['file']}, {entry['table']}",
            frozenset(entry["years"]),
            table=entry["table"],
        )


def _differences(was: object, now: object, place: str = "") -> Iterator[str]:
    """Differing leaves of two JSON values, as `place: was → now`."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in {**was, **now}:
            # The digest of the whole file changes with every comment in it.
            if place or name != "sha256":
                yield from _differences(was.get(name), now.get(name), f"{place}.{name}".strip("."))
    elif was != now:
        yield f"{place}: {_short(was)} → {_short(now)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"
