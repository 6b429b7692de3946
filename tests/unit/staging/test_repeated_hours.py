"""Local times in the hour that clocks show twice: told apart by order, or counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from longflow.settings import Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import RepeatedHours, read_tabular

BERLIN = ZoneInfo("Europe/Berlin")
# Clocks go back from 03:00 to 02:00 at 01:00 UTC.
CHANGE = datetime(2024, 10, 27, 1, tzinfo=UTC)
# A half hour, and before midnight by UTC.
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
LORD_HOWE_CHANGE = datetime(2024, 4, 6, 15, tzinfo=UTC)


def every(minutes: int, change: datetime = CHANGE) -> list[datetime]:
    """Instants from two hours before the change to two hours after it."""
    start = change - timedelta(hours=2)
    return [start + timedelta(minutes=n) for n in range(0, 241, minutes)]


def local(instants: Sequence[datetime], zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{one.astimezone(zone):%Y-%m-%d %H:%M:%S}" for one in instants]


def ms(instants: Sequence[datetime]) -> list[int]:
    return [round(one.timestamp() * 1000) for one in instants]


def counters(folder: Path, rows: Sequence[str]) -> tuple[list[int], RepeatedHours]:
    """Times of readings, and how they were told apart."""
    file = folder / "c.csv"
    file.write_text("\n".join(["time,device,interface,in_octets,out_octets", *rows]) + "\n")
    source = Source.model_validate({"name": "c", "feed": "counters", "format": "csv"})
    hours = RepeatedHours(BERLIN)
    tables = read_tabular(file, source, BERLIN, 0, SamplingNotes(), None, hours)
    return [time for table in tables for time in table["time_ms"].to_pylist()], hours


@pytest.mark.parametrize("minutes", [5, 15, 60])
@pytest.mark.parametrize("order", ["time", "interface"])
def test_readings_of_an_interface_are_in_order(minutes: int, order: str, tmp_path: Path) -> None:
    instants = every(minutes)
    rows = [
        (one, f"{shown},r{device},xe0,1,1")
        for device in range(2)
        for one, shown in zip(instants, local(instants), strict=True)
    ]
    if order == "time":
        rows.sort(key=lambda row: row[0])
    times, hours = counters(tmp_path, [row for _, row in rows])
    assert times == ms([one for one, _ in rows])
    assert (hours.decided, hours.guessed) == (4 * 60 // minutes, 0)


def test_an_hour_of_which_one_pass_came_is_counted(tmp_path: Path) -> None:
    instants = [one for one in every(5) if not CHANGE <= one < CHANGE + timedelta(hours=1)]
    times, hours = counters(tmp_path, [f"{shown},r,xe0,1,1" for shown in local(instants)])
    assert times == ms(instants)
    assert (hours.decided, hours.guessed) == (0, 12)


def test_times_with_offset_are_not_moved(tmp_path: Path) -> None:
    instants = every(5)
    shown = [one.astimezone(BERLIN).isoformat() for one in instants]
    times, hours = counters(tmp_path, [f"{one},r,xe0,1,1" for one in shown])
    assert times == ms(instants)
    assert (hours.decided, hours.guessed) == (0, 0)


def resolved(
    pieces: Sequence[Sequence[datetime]], zone: ZoneInfo = BERLIN
) -> tuple[list[int], RepeatedHours]:
    """Instants of a file that is one series, read in pieces, from its local times."""
    hours = RepeatedHours(zone)
    found: list[int] = []
    for piece in pieces:
        text = pl.Series(local(piece, zone))
        naive = text.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms")
        read = naive.dt.replace_time_zone(zone.key, ambiguous="earliest").dt.epoch("ms")
        found += hours.resolved("first_seen_ms", read, text, None).to_list()
    return found, hours


@pytest.mark.parametrize(
    ("zone", "change"), [(BERLIN, CHANGE), (LORD_HOWE, LORD_HOWE_CHANGE)], ids=str
)
def test_a_file_in_order_turns_once(zone: ZoneInfo, change: datetime) -> None:
    instants = every(1, change)
    found, hours = resolved([instants], zone)
    if zone is BERLIN:
        assert (found, hours.guessed) == (ms(instants), 0)
    else:
        # A step back of half an hour could be a record that came late.
        assert (hours.decided, hours.guessed) == (0, 60)


def test_records_that_come_a_little_late_are_in_order() -> None:
    late = np.random.default_rng(7).integers(0, 5, size=241).tolist()
    instants = [one + timedelta(minutes=n) for one, n in zip(every(1), late, strict=True)]
    kept = [one for one in instants if abs(one - CHANGE) > timedelta(minutes=6)]
    found, hours = resolved([kept])
    assert (found, hours.guessed) == (ms(kept), 0)


def test_records_in_no_order_are_counted() -> None:
    instants = every(5)
    instants = [instants[n] for n in np.random.default_rng(7).permutation(len(instants))]
    _, hours = resolved([instants])
    assert (hours.decided, hours.guessed) == (0, 24)


@pytest.mark.parametrize("cut", [30, 70, 119, 120, 121, 150, 200])
def test_after_the_turn_a_file_goes_on_in_the_next_piece(cut: int) -> None:
    instants = every(1)
    found, hours = resolved([instants[:cut], instants[cut:]])
    # Times before the turn in a piece that ends before it are not told apart, but read right.
    assert found == ms(instants)
    assert hours.guessed == (cut - 60 if 60 < cut <= 120 else 0)


def test_other_zones_and_empty_columns_cost_nothing() -> None:
    hours = RepeatedHours(ZoneInfo("Asia/Tokyo"))
    instants = pl.Series([None, 1_730_000_000_000], dtype=pl.Int64)
    text = pl.Series([None, "x"], dtype=pl.String)
    assert hours.resolved("t", instants, text, None).to_list() == instants.to_list()
    nothing = pl.Series([None], dtype=pl.Int64)
    assert hours.resolved("t", nothing, pl.Series([None], dtype=pl.String), None).to_list() == [
        None
    ]
