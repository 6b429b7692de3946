"""Files that are another thing when they are copied than when they were listed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from longflow.errors import LongflowError, MachineError
from longflow.landing.copying import ChangedError, Copied, Limits, StoppedError, copy
from longflow.landing.entries import Entry
from longflow.landing.place import Place


@pytest.fixture
def limits() -> Limits:
    return Limits(retry_seconds=0, most_bytes=1_000, stopping=threading.Event())


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    (tmp_path / "delivered").mkdir()
    file = tmp_path / "delivered" / "f.csv"
    file.write_text("delivered\n")
    return file


def copied(file: Path, limits: Limits, then: Entry | None = None) -> Copied:
    """Copy a file as its folder's listing describes it, or described it then."""
    place = Place(str(file.parent))
    beside = file.parent.parent
    entry = then or listed(file)
    return copy(place, entry, beside / "unfinished", beside / "copy.csv", limits)


def listed(file: Path) -> Entry:
    listing = Place(str(file.parent)).listing(str(file.parent))
    assert listing is not None
    return listing.files[file.name]


def test_a_file_that_vanished_is_a_fault_of_the_machine(delivered: Path, limits: Limits) -> None:
    """The disk or server may be gone with it, so a retry may help."""
    then = listed(delivered)
    delivered.unlink()
    with pytest.raises(MachineError) as error:
        copied(delivered, limits, then)
    assert str(error.value) == (
        f"{delivered}: it was listed, and is gone; "
        "check whether its disk or server is still there, then try again"
    )


def test_a_fifo_in_the_place_of_a_file_does_not_stop_the_fetch(
    delivered: Path, limits: Limits
) -> None:
    then = listed(delivered)
    delivered.unlink()
    os.mkfifo(delivered)
    with pytest.raises(LongflowError, match="it was a file when the folder was listed"):
        copied(delivered, limits, then)


def test_a_file_that_grew_since_it_was_listed_is_copied_as_it_is_now(
    delivered: Path, limits: Limits
) -> None:
    then = listed(delivered)
    with delivered.open("a") as end:
        end.write("more\n")
    one = copied(delivered, limits, then)
    assert (one.size_bytes, one.entry.size_bytes) == (15, 15)
    assert (delivered.parent.parent / "copy.csv").read_text() == "delivered\nmore\n"


def test_a_file_that_is_stopped_leaves_no_copy(delivered: Path, limits: Limits) -> None:
    limits.stopping.set()
    with pytest.raises(StoppedError):
        copied(delivered, limits)
    assert not (delivered.parent.parent / "copy.csv").exists()


def test_two_descriptions_of_equal_size_are_told_apart_by_their_times(delivered: Path) -> None:
    then = listed(delivered)
    os.utime(delivered, (1_717_500_000, 1_717_500_000))
    assert "10 bytes of 2024-06-04 11:20:00 UTC" in str(ChangedError(then, listed(delivered)))
