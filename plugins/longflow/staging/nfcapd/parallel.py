"""Work done ahead in threads, with the results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def ahead(
    work: Callable[[_Task], _Result], tasks: Iterable[_Task], threads: int
) -> Iterator[_Result]:
    """Yield `work(task)` for every task, in their order.

    No more than two tasks a thread are begun before their results are asked for, so that memory
    does not grow. What `work` or `tasks` raises comes in its place, behind all results before it.

    Args:
        work: called in one of the threads.
        tasks: taken from one by one.
        threads: number of threads; with 1, `work` is called in the caller's.
    """
    if threads <= 1:
        yield from map(work, tasks)
        return
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            broken: Exception | None = None
            source = iter(tasks)
            while True:
                while broken is None and len(waiting) < 2 * threads:
                    try:
                        waiting.append(pool.submit(work, next(source)))
                    except StopIteration:
                        break
                    except Exception as error:
                        broken = error
                if not waiting:
                    break
                yield waiting.popleft().result()
            if broken is not None:
                raise broken
        finally:
            for future in waiting:
                future.cancel()
