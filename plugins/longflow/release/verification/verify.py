"""Verify a release: its checksums, its rebuilt content, and its signature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longflow.amounts import counted
from longflow.errors import LongflowError
from longflow.release import files, signature
from longflow.release.recorded import shape_problems
from longflow.release.verification.checked import Checked
from longflow.release.verification.found import Found, Verified, bytes_of
from longflow.release.verification.rebuild import check_rebuilt
from longflow.settings import Settings


def verify(settings: Settings, path: str | Path, *, unsigned: bool = False) -> Verified:
    """Compare every file of a release with what its snapshot, settings and code give.

    Args:
        settings: they name the archive; the release states what was compiled, and how.
        path: the folder of the release.
        unsigned: whether a required signature may be missing, because the release is not in force
            yet.

    Returns:
        Problems, what was compared, and what could not be verified.

    Raises:
        LongflowError: there is no release at this path.
    """
    release = Path(path)
    if not any((release / name).is_file() for name in (files.CHECKSUMS, files.MANIFEST)):
        raise LongflowError(
            "not a release: SHA256SUMS is missing",
            file=release,
            remedy="name the folder of a release, var/releases/<edition>/<UTC time>",
        )
    found = Found()
    listed = _check_files(release, found)
    manifest = _manifest(release, found)
    if manifest is not None:
        check_rebuilt(Checked.of(settings, release, manifest, listed, found))
    else:
        found.not_held.append(
            "tables, manifest, changes and report, beyond their checksums: without its original"
            " manifest, the release cannot be rebuilt"
        )
    if not unsigned or signature.signature_file(release.resolve()).exists():
        problems, found.signed = signature.check(settings, release, manifest)
        found.problems += problems
    return found.verified()


def _check_files(release: Path, found: Found) -> set[str]:
    """Compare the files with their checksums; returns the names in the list."""
    try:
        expected = files.checksums(release)
    except LongflowError as error:
        found.problems.append(f"{files.CHECKSUMS}: {error.what}")
        return set()
    present = files.files_of(release)
    for name, digest in expected.items():
        if name not in present:
            found.problems.append(f"{name}: is missing")
            continue
        data = bytes_of(release / name, name, found)
        if data is not None and files.sha256(data) != digest:
            found.problems.append(f"{name}: does not agree with SHA256SUMS")
    found.problems += [f"{name}: is not in SHA256SUMS" for name in present if name not in expected]
    found.problems += [
        f"{link.relative_to(release).as_posix()}: is a link, not a file"
        for link in sorted(release.rglob("*"))
        if link.is_symlink()
    ]
    found.compared.append(f"{counted(len(present), 'files')} with their checksums")
    return set(expected)


def _manifest(release: Path, found: Found) -> dict[str, Any] | None:
    """The manifest, if the rest can be compared by it: intact, and the original one."""
    if any(line.startswith(f"{files.MANIFEST}: ") for line in found.problems):
        return None
    try:
        manifest = files.read_manifest(release)
    except LongflowError as error:
        found.problems.append(f"{files.MANIFEST}: {error.what}")
        return None
    problems = shape_problems(manifest)
    found.problems += [f"{files.MANIFEST}: {line}" for line in problems]
    return None if problems else manifest
