"""What a packed file may become."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.staging.packed import chunks

from tests.packing import PACKERS


@pytest.mark.parametrize("packer", PACKERS)
def test_a_file_that_becomes_too_much_is_broken_off(packer: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(PACKERS[packer](bytes(70 << 20)))
    taken: list[int] = []
    with pytest.raises(LongflowError) as error:
        taken.extend(len(chunk) for chunk in chunks(file, 1 << 20, 100))
    assert str(error.value) == (
        f"bomb: compressed by {packer} and becomes more than 100 times its size; "
        "check the file, or raise most_unpacked_ratio of its source"
    )
    assert sum(taken) == 64 << 20


def test_a_small_file_may_become_what_it_likes(tmp_path: Path) -> None:
    file = tmp_path / "zeros"
    file.write_bytes(PACKERS["zstd"](bytes(60 << 20)))
    assert sum(len(chunk) for chunk in chunks(file, 1 << 20, 1)) == 60 << 20


def test_a_plain_file_has_no_limit(tmp_path: Path) -> None:
    file = tmp_path / "plain"
    with file.open("wb") as sparse:
        sparse.truncate(70 << 20)
    assert sum(len(chunk) for chunk in chunks(file, 1 << 20, 1)) == 70 << 20
