"""Make the weeks of a provider, several at a time."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import multiprocessing
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from longflow.simulator.delivery import COUNTERS_ONLY, FULL, is_made
from longflow.simulator.provider import Provider, parse_monday
from longflow.simulator.week import make_counters_week, make_week


def simulate(
    provider: Provider,
    weeks: Iterable[date],
    counters_weeks: Iterable[date],
    landing: Path,
    truth: Path,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda line: None,
    faults: tuple[str, ...] = (),
) -> int:
    """Write what a provider's collectors deliver, and the truth of it, week by week.

    A week does not depend on the others made with it, nor on how many are made at a time. A
    complete week with the same parameters is left as it is. A week is put in place at its end, so
    that an interrupted one leaves nothing that looks complete.

    Args:
        provider: Size, habits and seed.
        weeks: Mondays of the weeks with all feeds.
        counters_weeks: Mondays of the weeks with counters only; those in `weeks` as well have
            all feeds.
        landing: Root of the landing tree, `<feed>/<source>/<Monday>/files`.
        truth: Root of the truth, `<Monday>/<table>.parquet`.
        jobs: How many weeks at a time, each in a process of its own where more than one.
        progress: Called with one line for each week.
        faults: Faults to plant in each week with all feeds, in addition to those of the provider.

    Returns:
        Number of weeks made, not counting those that already existed.

    Raises:
        SimulatorError: A date is not a Monday, a week exists with other parameters, or a fault is
            unknown or cannot be planted in a week of this provider.
    """
    provider = dataclasses.replace(provider, faults=(*provider.faults, *faults))
    full = {parse_monday(week, "week") for week in weeks}
    only_counters = {parse_monday(week, "counters week") for week in counters_weeks} - full
    asked = sorted(
        [(week, FULL) for week in full] + [(week, COUNTERS_ONLY) for week in only_counters]
    )
    # Faults are planted where all feeds are: most of them show in one feed compared with another.
    undamaged = dataclasses.replace(provider, faults=())
    makers = {FULL: provider, COUNTERS_ONLY: undamaged}
    missing = [
        (week, kind)
        for week, kind in asked
        if not is_made(makers[kind], week, kind, landing, truth)
    ]
    # The long ones first, so that none is left alone at the end.
    missing.sort(key=lambda one: (one[1] != FULL, one[0]))
    if len(missing) < len(asked):
        progress(f"{len(asked) - len(missing)} of {len(asked)} weeks already exist")
    if jobs == 1 or len(missing) < 2:
        for week, kind in missing:
            progress(_make(makers[kind], week, kind, landing, truth))
        return len(missing)
    with concurrent.futures.ProcessPoolExecutor(
        min(jobs, len(missing)), mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        running = [
            pool.submit(_make, makers[kind], week, kind, landing, truth) for week, kind in missing
        ]
        try:
            for done in concurrent.futures.as_completed(running):
                progress(done.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return len(missing)


def _make(provider: Provider, week: date, kind: str, landing: Path, truth: Path) -> str:
    make = make_week if kind == FULL else make_counters_week
    return make(provider, week, landing, truth)
