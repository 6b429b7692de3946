"""Numba's cache from an earlier version, or from a full disk, does not stop reading of flows."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from longflow.staging.nfcapd.compiling import compiled, remove_unreadable
from numpy.typing import NDArray


def index(*parts: object) -> bytes:
    """An index file: a version, and what is pickled within a pickle."""
    version, content = parts
    return pickle.dumps(version) + pickle.dumps(content)


def index_of_a_class_that_went(monkeypatch: pytest.MonkeyPatch) -> bytes:
    module = ModuleType("module_that_went")
    module.Places = type("Places", (), {"__module__": module.__name__})  # type: ignore[attr-defined]
    with monkeypatch.context() as here:
        here.setitem(sys.modules, module.__name__, module)
        return index("0.60", module.Places)


def test_what_can_be_read_stays_and_what_cannot_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = index("0.60", {"stamp": 1})
    files = {
        "walks.walk-1.nbi": whole,
        "walks.walk-2.nbi": index_of_a_class_that_went(monkeypatch),
        "walks.walk-3.nbi": whole[:-3],
        "walks.walk-4.nbi": b"",
        "walks.other-1.nbi": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    remove_unreadable(tmp_path, "walks.walk-*.nbi")
    assert {path.name for path in tmp_path.iterdir()} == {"walks.walk-1.nbi", "walks.other-1.nbi"}


def twice(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return numbers * 2


def test_a_function_with_a_damaged_index_is_compiled_again() -> None:
    assert compiled(twice)(np.array([1, 2])).tolist() == [2, 4]
    folder = Path(__file__).parent / "__pycache__"
    (kept,) = folder.glob("test_compiling.twice-*.nbi")
    kept.write_bytes(kept.read_bytes()[:-3])
    assert compiled(twice)(np.array([3])).tolist() == [6]
