"""Rows of counters that are not of the report: left out, counted, and reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longflow.records import Finding, LandedFile
from longflow.settings import Feed, Source
from longflow.staging.tabular.readings import LeftOut, ReadingCount, is_named

_SENTENCES = {
    "counters.other_counter": "rows of counters that values.counter of the source does not name "
    "were left out",
    "counters.other_interface": "readings of interfaces that interfaces of the source does not "
    "name were left out",
}
_NOTHING = {
    "counters.other_counter": "no row is of a counter that values.counter of the source names, so "
    "nothing is left; write there which names are in_octets and out_octets",
    "counters.other_interface": "no reading is of an interface that interfaces of the source "
    "names, so nothing is left; correct the names there",
}


def left_out(
    source: Source, files: Sequence[tuple[LandedFile, ReadingCount]], rows: int
) -> Iterator[Finding]:
    """A finding for each kind of rows that were left out, with the sum of all files.

    Args:
        source: the source.
        files: its files, with what was left out of them.
        rows: what was staged of all of them.
    """
    for rule, sentence in _SENTENCES.items():
        having = [(file, count.left_out[rule]) for file, count in files if rule in count.left_out]
        if not having:
            continue
        name = having[0][0].name if len(having) == 1 else None
        nothing = not rows
        yield Finding(
            rule="counters.nothing_chosen" if nothing else rule,
            severity="critical" if nothing else "info",
            feed=Feed.COUNTERS,
            source=source.name,
            file=name,
            sentence=f"{_NOTHING[rule] if nothing else sentence} (found: {_names(having)})",
            rows=sum(one.rows for _, one in having),
            count=0 if name else len(having),
            unit="" if name else "files",
        )


def unmatched(
    source: Source, files: Sequence[tuple[LandedFile, ReadingCount]]
) -> Iterator[Finding]:
    """A finding for the names under `uplinks`, and under `interfaces`, that no interface has.

    Args:
        source: the source.
        files: its files, with the interfaces in them.
    """
    there = {one for _, count in files for one in count.interfaces}
    if not there:
        return
    chosen = [name for names in source.interfaces.values() for name in names]
    for setting, names in (("uplinks", source.uplinks), ("interfaces", chosen)):
        missing = [name for name in names if not any(is_named(*one, [name]) for one in there)]
        if not missing:
            continue
        # Then IN and OUT of the real ones are mistaken for each other.
        nothing = setting == "uplinks" and len(missing) == len(names)
        yield Finding(
            rule="counters.name_unmatched",
            severity="critical" if nothing else "warning",
            feed=Feed.COUNTERS,
            source=source.name,
            sentence=f"{setting} of the source names interfaces that are in no file "
            f"({_some(missing)}); correct the names, or remove them there",
            count=len(missing),
            unit="names",
        )


def _names(having: Sequence[tuple[LandedFile, LeftOut]]) -> str:
    return _some(list(dict.fromkeys(name for _, one in having for name in one.names)))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
