"""Sessions: who holds which address when."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from longflow.simulator.clock import WeekClock
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import Sessions, draw_sessions

CLOCK = WeekClock.of(Provider(), date(2024, 6, 3))


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return draw_sessions(Provider(), CLOCK, 300)


def gaps_s(sessions: Sessions, *keys: np.ndarray) -> np.ndarray:
    """From the stop of each session to the next start of the same keys."""
    order = np.lexsort((sessions.start_s, *keys))
    same = np.ones(len(order) - 1, dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    gap: np.ndarray = (sessions.start_s[order][1:] - sessions.stop_s[order][:-1])[same]
    return gap


def test_no_address_is_held_twice_and_some_are_given_out_within_minutes(
    sessions: Sessions,
) -> None:
    gap = gaps_s(sessions, sessions.slot, sessions.server)
    assert gap.min() >= 45
    assert (gap < 600).sum() > 50


def test_a_line_has_one_session_at_a_time_and_always_one_at_the_end(sessions: Sessions) -> None:
    assert gaps_s(sessions, sessions.line).min() > 0
    assert sessions.line[sessions.open].tolist() == list(range(300))


def test_sessions_reach_back_to_the_day_before_the_week(sessions: Sessions) -> None:
    begin_s = CLOCK.start_ms // 1000 - 86_400
    for line in range(300):
        assert sessions.start_s[sessions.line == line].min() < begin_s
    assert (sessions.stop_s > begin_s).all()


def test_a_session_without_stop_ends_at_the_next_start_on_its_address(sessions: Sessions) -> None:
    lost = np.flatnonzero(sessions.lost_stop)
    assert len(lost) > 3
    for row in lost:
        later = (
            (sessions.server == sessions.server[row])
            & (sessions.slot == sessions.slot[row])
            & (sessions.start_s > sessions.start_s[row])
        )
        assert sessions.start_s[later].min() >= sessions.stop_s[row]


def test_the_session_at_a_time_is_the_last_that_started(sessions: Sessions) -> None:
    start_ms = sessions.start_s * 1000
    rows = np.arange(len(start_ms))
    np.testing.assert_array_equal(sessions.at(sessions.line, start_ms), rows)
    before = sessions.at(sessions.line, start_ms - 1000)
    first_of_line = np.concatenate([[True], sessions.line[1:] != sessions.line[:-1]])
    np.testing.assert_array_equal(before, np.where(first_of_line, -1, rows - 1))
