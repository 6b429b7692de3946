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

    A week is the same whichever others are made with it and however many at a time. One that is
    there and whole with the same parameters is left as it is. A week is put in place at its end,
    so that one interrupted leaves nothing that looks whole.

    Args:
        provider: Size, habits and seed.
        weeks: Mondays of the weeks with all feeds.
        counters_weeks: Mondays of the weeks with counters only; those in `weeks` as well have
            all feeds.
        landing: Root of the landing tree, `<feed>/<source>/<Monday>/files`.
        truth: Root of the truth, `<Monday>/<table>.parquet`.
        jobs: How many weeks at a time, each in a process of its own where more than one.
        progress: Told one line a week.
        faults: Faults to plant in each week with all feeds, beside those of the provider.

    Returns:
        Number of weeks made; those that were there are not counted.

    Raises:
        SimulatorError: A date is no Monday, a week is there with other parameters, or a fault is
            not known or cannot be planted in a week of this provider.
    """
    provider = dataclasses.replace(provider, faults=(*provider.faults, *faults))
    full = {parse_monday(week, "week") for week in weeks}
    only_counters = {parse_monday(week, "counters week") for week in counters_weeks} - full
    asked = sorted(
        [(week, FULL) for week in full] + [(week, COUNTERS_ONLY) for week in only_counters]
    )
    # Faults are planted where all feeds are: most of them show in one feed beside another.
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
        progress(f"{len(asked) - len(missing)} of {len(asked)} weeks are there already")
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
