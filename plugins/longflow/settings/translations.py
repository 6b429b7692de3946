"""What a source's own words mean: values of categories, names of counters, and interfaces."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from longflow.settings.feeds import Feed, delivered_columns
from longflow.settings.section import Problem, did_you_mean, shown

# Columns of categories, each with all the words that longflow knows; None if any word may stand.
WORDS: Mapping[str, tuple[str, ...] | None] = {
    "service": ("broadband", "mobile"),
    "access": ("pppoe", "ipoe", ""),
    "segment": ("consumer", "business"),
    "counter": ("in_octets", "out_octets"),
    "protocol": None,
    "acctterminatecause": None,
}


def translated_columns(feed: Feed) -> list[str]:
    """Columns of a feed whose values can be translated."""
    return [name for name in delivered_columns(feed) if name in WORDS]


def translation_problems(
    feed: Feed,
    columns: Mapping[str, Sequence[str]],
    values: Mapping[str, Mapping[str, str]],
) -> Iterator[Problem]:
    """What is wrong with the translations of a source.

    Args:
        feed: its feed.
        columns: its column mapping.
        values: by longflow's column, the source's words and what they mean.
    """
    known = translated_columns(feed)
    for column, meanings in values.items():
        if column not in known:
            what = f"{feed} have no column of words {shown(column)}"
            can = f"its columns are {', '.join(known)}" if known else "remove it"
            yield Problem(what, did_you_mean(column, known) + can, ("values", column))
            continue
        words = WORDS[column]
        for delivered, meant in meanings.items():
            if words is not None and meant not in words:
                yield Problem(
                    f"{shown(meant)} is no {column}",
                    f"{did_you_mean(meant, words)}write one of "
                    + ", ".join(word or '""' for word in words),
                    ("values", column, delivered),
                )
    yield from _counter_problems(columns, values)


def _counter_problems(
    columns: Mapping[str, Sequence[str]], values: Mapping[str, Mapping[str, str]]
) -> Iterator[Problem]:
    counters = values.get("counter")
    if counters is None:
        if "counter" in columns:
            yield Problem(
                "the counters that it names are not translated",
                'write values.counter = { ifHCInOctets = "in_octets", '
                'ifHCOutOctets = "out_octets" }',
                ("columns", "counter"),
            )
        return
    for meant in ("in_octets", "out_octets"):
        if meant not in counters.values():
            yield Problem(
                f"no counter is {meant}",
                f'add it, such as ifHC{"In" if meant == "in_octets" else "Out"}Octets = "{meant}"',
                ("values", "counter"),
            )
        if meant in columns:
            yield Problem(
                "is the value of a counter, which column value has",
                "remove it here, or values.counter",
                ("columns", meant),
            )


def interface_problems(
    feed: Feed, kinds: Collection[str], service: str | None, access: str | None
) -> Iterator[Problem]:
    """What contradicts a choice of interfaces: it states their service and access."""
    if feed is not Feed.COUNTERS or not kinds:
        return
    for name, value in (("service", service), ("access", access)):
        if value is not None:
            yield Problem(f"interfaces state the {name} already", "remove it here", (name,))
