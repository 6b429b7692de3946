"""Whether the documents of a release say what its tables and its manifest give."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from longflow.release import files
from longflow.release.documents import document_names
from longflow.release.verification.checked import Checked
from longflow.release.verification.differences import line_difference
from longflow.release.verification.found import bytes_of

_GIVEN = "its tables and manifest give"


def expected_documents(checked: Checked) -> set[str]:
    """The names of the documents that a release must have: older ones have the page alone."""
    if checked.writer.is_this:
        return {*document_names(checked.recorded.edition(checked.manifest["edition"]))}
    return {*checked.manifest.get("documents", [files.REPORT])}


def check_documents(checked: Checked, documents: Mapping[str, bytes]) -> list[str]:
    """Compare each document with the one that is made anew; returns the names that agree."""
    held = []
    expected = expected_documents(checked)
    for name, data in documents.items():
        if name not in expected:
            checked.found.not_held.append(f"{name}: {checked.writer} wrote none")
        else:
            held += check_file(checked, name, data, _GIVEN)
    return held


def check_file(checked: Checked, name: str, expected: bytes, source: str) -> list[str]:
    """Compare a file byte by byte; returns its name if it agrees."""
    if any(line.startswith(f"{name}: ") for line in checked.found.problems):
        return []
    data = bytes_of(checked.release / name, name, checked.found)
    if data is None:
        return []
    if data == expected:
        return [name]
    if not checked.writer.is_this:
        checked.found.not_held.append(
            f"{name}: this version writes it differently; only {checked.writer}, which wrote "
            "it, can verify it"
        )
    elif _holds_the_same(data, expected):
        checked.found.not_held.append(
            f"{name}: it holds what {source}, compressed by another version of zlib"
        )
    elif _is_text(expected):
        checked.found.problems.append(line_difference(name, data, expected, source))
    else:
        checked.found.problems.append(f"{name}: is not what {source}")
    return []


def _is_text(data: bytes) -> bool:
    return b"\0" not in data


def _holds_the_same(data: bytes, expected: bytes) -> bool:
    """Whether both are packages of equal files, and the first is nothing beside them.

    How well files are compressed depends on the machine's zlib, which no package pins.
    """
    if not zipfile.is_zipfile(io.BytesIO(expected)):
        return False
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as one,
            zipfile.ZipFile(io.BytesIO(expected)) as other,
        ):
            entries = [
                [(of.filename, of.date_time, of.comment, of.extra) for of in package.infolist()]
                for package in (one, other)
            ]
            packed = sum(of.compress_size for of in one.infolist())
            names = sum(len(of.filename.encode()) for of in one.infolist())
            # A local header, an entry of the directory, and the end of the directory.
            is_all = len(data) == packed + len(entries[0]) * (30 + 46) + 2 * names + 22
            return (
                is_all
                and entries[0] == entries[1]
                and all(one.read(of) == other.read(of.filename) for of in one.infolist())
            )
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError, RuntimeError,
            NotImplementedError, zlib.error):  # fmt: skip
        return False
