"""Work done ahead in threads."""

import threading
from collections.abc import Iterator

import pytest
from longflow.staging.nfcapd.parallel import ahead


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order(threads: int) -> None:
    assert list(ahead(lambda number: number * 2, range(50), threads)) == list(range(0, 100, 2))


@pytest.mark.parametrize("threads", [1, 3])
def test_what_work_raises_comes_behind_the_results_before_it(threads: int) -> None:
    def work(number: int) -> int:
        if number == 7:
            raise ValueError(number)
        return number

    results = ahead(work, range(50), threads)
    assert [next(results) for _ in range(7)] == list(range(7))
    with pytest.raises(ValueError, match="7"):
        next(results)


@pytest.mark.parametrize("threads", [1, 3])
def test_what_tasks_raise_comes_behind_all_results(threads: int) -> None:
    def tasks() -> Iterator[int]:
        yield from range(4)
        raise OSError("gone")

    results = ahead(lambda number: number, tasks(), threads)
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(OSError, match="gone"):
        next(results)


def test_no_more_than_two_tasks_a_thread_are_begun_ahead() -> None:
    begun: list[int] = []
    results = ahead(begun.append, range(100), 3)
    next(results)
    assert len(begun) <= 7
    results.close()  # type: ignore[attr-defined] # a generator


def test_stopping_early_leaves_no_thread() -> None:
    before = threading.active_count()
    results = ahead(lambda number: number, range(100), 4)
    next(results)
    results.close()  # type: ignore[attr-defined] # a generator
    assert threading.active_count() == before
