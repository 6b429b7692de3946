"""Which files are meant by a name: a file, a folder or a pattern."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from .errors import NfcapdError

# A file of this name is still being written by the collector.
_UNFINISHED = "nfcapd.current"


def files_of(names: Iterable[str]) -> list[str]:
    """Return the files that names stand for.

    A folder stands for all files in it and below, in the order of their paths, which is the order
    of time in nfcapd's naming; hidden files and the one that the collector is writing are left
    out.

    Raises:
        NfcapdError: a name stands for no file.
    """
    result: list[str] = []
    for name in names:
        if Path(name).is_dir():
            found = _below(name)
        elif Path(name).exists():
            found = [name]
        else:
            found = sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))  # noqa: PTH207, PTH113 # patterns are the user's, with their own root
        if not found:
            raise NfcapdError(name, 0, "there is no such file", "check the name")
        result += found
    return result


def _below(folder: str) -> list[str]:
    return sorted(
        str(path)
        for path in Path(folder).rglob("*")
        if path.is_file() and not path.name.startswith((".", _UNFINISHED))
    )
