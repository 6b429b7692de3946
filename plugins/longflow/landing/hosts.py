"""Work on several hosts at once, bounded on each and in total, so that none holds the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Bounds:
    """How much may happen at a time.

    Attributes:
        stopping: set when work that has not begun is not wanted any more.
    """

    def __init__(self, per_host: int, in_total: int) -> None:
        """Set the bounds.

        Args:
            per_host: pieces of work on one host.
            in_total: pieces of work on all hosts together.
        """
        self.per_host = per_host
        self.stopping = threading.Event()
        self._in_total = threading.BoundedSemaphore(in_total)

    def each(self, work: Callable[[T], R], things: Sequence[T], at_once: int) -> list[R]:
        """Do some work on each of some things of one host.

        Args:
            work: is called in other threads.
            things: in the order of the results.
            at_once: how many at a time.

        Raises:
            Exception: what the first piece of work that failed raised; the others have ended.
        """
        if not things:
            return []

        def one(thing: T) -> R:
            with self._in_total:
                return work(thing)

        with ThreadPoolExecutor(min(at_once, len(things))) as pool:
            return _results([pool.submit(one, thing) for thing in things], self.stopping)


def on_all_hosts(
    work: Callable[[T], R],
    things: Sequence[T],
    host: Callable[[T], str],
    stopping: threading.Event,
) -> list[R]:
    """Do some work on things of several hosts: at the same time, but one by one on each host.

    Args:
        work: is called in other threads.
        things: in the order of the results.
        host: the host of a thing.
        stopping: is set if the caller is interrupted.

    Raises:
        Exception: what was raised on the first host that failed; the others have done their work.
    """
    by_host: dict[str, list[int]] = {}
    for number, thing in enumerate(things):
        by_host.setdefault(host(thing), []).append(number)
    if not by_host:
        return []

    def one_host(numbers: Sequence[int]) -> dict[int, R]:
        return {number: work(things[number]) for number in numbers}

    with ThreadPoolExecutor(len(by_host)) as pool:
        futures = [pool.submit(one_host, numbers) for numbers in by_host.values()]
        try:
            wait(futures)
        except BaseException:
            stopping.set()
            raise
        done: dict[int, R] = {}
        for future in futures:
            done |= future.result()
    return [done[number] for number in range(len(things))]


def _results(futures: Sequence[Future[R]], stopping: threading.Event) -> list[R]:
    """The results, or the first exception, after which nothing new begins."""
    wait(futures, return_when=FIRST_EXCEPTION)
    if stopping.is_set() or any(one.done() and one.exception() for one in futures):
        for one in futures:
            one.cancel()
        wait(futures)
        for one in futures:
            if not one.cancelled() and (error := one.exception()) is not None:
                raise error
    return [one.result() for one in futures]
