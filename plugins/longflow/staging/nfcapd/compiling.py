"""Functions compiled by Numba, and its cache of them for later processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Return a function that is compiled when it is first called, once an installation."""
    module = Path(function.__code__.co_filename).stem
    with suppress(RuntimeError, OSError):
        kept = njit(cache=True, nogil=True)(function)
        folder = Path(kept.stats.cache_path or ".")
        remove_unreadable(folder, f"{module}.{function.__qualname__}-*.nbi")
        return cast("_Function", kept)
    # There is no place for the cache, or what is cached can neither be read nor removed: the code
    # is compiled again for every process.
    return cast("_Function", njit(nogil=True)(function))


def remove_unreadable(folder: Path, pattern: str) -> None:
    """Remove the parts of Numba's cache that cannot be read, so that it compiles again.

    Numba unpickles its index before it checks whether it belongs to the same source. An index of an
    earlier version may name classes that have moved, and one from a full disk may be cut off: both
    would end every reading of flows.

    Args:
        folder: where Numba keeps its files.
        pattern: of the names of index files.

    Raises:
        OSError: one cannot be removed.
    """
    for index in folder.glob(pattern):
        try:
            with index.open("rb") as file:
                pickle.load(file)  # noqa: S301 - the version; Numba reads the same file so
                pickle.loads(file.read())  # noqa: S301
        except FileNotFoundError:
            # Another process did the same.
            continue
        except Exception:
            # The exception from unpickling depends on where the damage is.
            index.unlink(missing_ok=True)
