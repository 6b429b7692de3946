"""Publish: compile an edition from one snapshot, write it, verify it, put it in force.

A release is written as `<UTC time>.unverified`, rebuilt from the archive and recomputed by a
second way. Only then does it get its name, and `latest.json` moves. A release that fails stays as
`<UTC time>.rejected`, with the reason beside it. A killed run leaves nothing half done: the next
one adopts what is still valid and removes the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longflow.archive import open_archive
from longflow.edition import CompiledEdition, compile_edition, scope
from longflow.errors import LongflowError
from longflow.release import changes, files, signature
from longflow.release.findings import FINDINGS, findings_bytes
from longflow.release.indexing import write_index
from longflow.release.manifest import (
    build_manifest,
    code_at_hand,
    content_of,
    csv_bytes,
    parquet_bytes,
)
from longflow.release.recorded import read_recorded
from longflow.release.verification import Verified, verify
from longflow.release.worded import worded_files
from longflow.settings import Settings
from longflow.var_folder import VarFolder


@dataclass(frozen=True)
class Release:
    """A release of an edition.

    Attributes:
        edition: the year.
        path: its folder.
        created: whether it was made now; False if an earlier one has the same content.
        returned: whether an earlier release comes back into force.
        unsigned: whether it is not in force yet because it waits for its signature.
        said: lines for the operator about how it was chosen.
        verified: the result of verification; None if it was in force before.
    """

    edition: int
    path: Path
    created: bool
    returned: bool = False
    unsigned: bool = False
    said: tuple[str, ...] = ()
    verified: Verified | None = None


class NotVerifiedError(LongflowError):
    """A release that is not put in force; `problems` has one line for each problem."""

    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """The compiled result of an edition, before it is in force.

    Attributes:
        edition: the year.
        path: the release: a new unverified one, or an earlier one with the same content.
        in_force: whether it is in force already, so that nothing is left to do.
        said: lines for the operator about how it was chosen.
        verified: the result of verifying an earlier one.
    """

    edition: int
    path: Path
    in_force: bool
    said: tuple[str, ...] = ()
    verified: Verified | None = None


def publish(settings: Settings, year: int, accept_changes: str | None = None) -> Release:
    """Compile an edition, verify it and put it in force, unless the content is in force already.

    Args:
        settings: the settings; `editions.<year>` defines what is published.
        year: the edition.
        accept_changes: why values of closed years may move beyond their error, if they do.

    Returns:
        The release in force.

    Raises:
        LongflowError: no such edition, a week missing in the archive, a table that breaks its
            contract, values of closed years that moved beyond their error without a reason, or a
            release that does not verify; the release in force stays in force.
    """
    compiled = _compile(settings, year)
    folder = _folder(settings, year)
    with files.one_at_a_time(folder):
        candidate = _candidate(settings, folder, compiled, accept_changes)
        # A second compilation follows; both at once would need twice the memory.
        del compiled
        published = _put_in_force(settings, candidate, accept_changes)
    write_index(settings)
    return published


def prepare(settings: Settings, year: int, accept_changes: str | None = None) -> Candidate:
    """Compile an edition and write it unverified; `put_in_force` is the other half of `publish`."""
    compiled = _compile(settings, year)
    folder = _folder(settings, year)
    with files.one_at_a_time(folder):
        return _candidate(settings, folder, compiled, accept_changes)


def put_in_force(
    settings: Settings, year: int, path: str | Path, accept_changes: str | None = None
) -> Release:
    """Verify what `prepare` wrote or chose, and make `latest.json` name it.

    Raises:
        LongflowError: it does not verify, or another run has published meanwhile.
    """
    candidate = Candidate(year, Path(path), in_force=False)
    with files.one_at_a_time(_folder(settings, year)):
        published = _put_in_force(settings, candidate, accept_changes)
    write_index(settings)
    return published


def sign(
    settings: Settings, path: str | Path, make: Callable[[dict[str, Any]], str]
) -> tuple[str, bool]:
    """Verify a release, put a signature beside it, and put it in force if it waits for that.

    Args:
        settings: they state whose signatures count.
        path: the published release.
        make: makes the text of the signature from the manifest of the release.

    Returns:
        Who signed, and whether the release is in force now.

    Raises:
        LongflowError: there is no such release, it does not verify, or the signature does not
            count.
    """
    release = Path(path).resolve()
    manifest = read_recorded(release)
    folder = _folder(settings, manifest["edition"]).resolve()
    if release.parent != folder or not files.is_release_name(release.name):
        raise LongflowError(
            "only a release that was published is signed",
            file=release,
            remedy=f"name one that lies in {folder}",
        )
    with files.one_at_a_time(folder):
        verified = verify(settings, release, unsigned=True)
        problems = [p for p in verified.problems if not p.startswith(f"{release.name}.minisig: ")]
        if problems:
            raise _rejected(release, problems)
        by = signature.put_beside(settings, release, make(manifest), manifest)
        in_force = _in_force(settings, folder)
        former = manifest.get("changes", {}).get("compared_with")
        waits = in_force is None or former == in_force.name or in_force == release
        if settings.release.signature_required and waits:
            files.point_latest(release, manifest["content_sha256"])
        is_in_force = _in_force(settings, folder) == release
    write_index(settings)
    return by, is_in_force


def _folder(settings: Settings, year: int) -> Path:
    return VarFolder.of(settings).releases / str(year)


def _in_force(settings: Settings, folder: Path) -> Path | None:
    """The release in force; if only signed ones count, the newest of these."""

    def may_be(release: Path) -> bool:
        return not settings.release.signature_required or signature.is_signed(settings, release)

    return files.in_force(folder, may_be)


def _compile(settings: Settings, year: int) -> CompiledEdition:
    reads = scope.reads(settings.edition(year))
    # Loads may continue meanwhile, so everything is read from the present newest snapshot.
    with open_archive(settings, pinned=True, reads=reads) as archive:
        return compile_edition(settings, year, archive)


def _candidate(
    settings: Settings, folder: Path, compiled: CompiledEdition, accept_changes: str | None
) -> Candidate:
    """The release with the compiled content: in force, left by a killed run, earlier or new."""
    in_force = _in_force(settings, folder)
    before = None if in_force is None else read_recorded(in_force)
    if before is not None and before["archive"]["snapshot"] > compiled.snapshot:
        # Another run was faster and saw a newer snapshot, whose release must not be replaced.
        compiled = _compile(settings, compiled.year)
    name = files.free_name(folder)
    manifest = build_manifest(
        settings,
        compiled,
        release=name,
        code=code_at_hand(),
        settings_sha256=files.sha256(settings.file.read_bytes()),
    )
    content = manifest["content_sha256"]
    if in_force is not None and content_of(in_force) == content:
        # It was verified before it got its name.
        if not (folder / files.LATEST).exists():
            files.point_latest(in_force, content)
        _clear_away(folder)
        return Candidate(compiled.year, in_force, in_force=True)
    said = []
    for earlier in reversed(files.releases(folder)):
        if earlier == in_force or not _says(earlier, content):
            continue
        if in_force is not None:
            _moved_back(compiled.year, earlier, in_force, accept_changes)
        verified = verify(settings, earlier, unsigned=True)
        if not verified.problems:
            _clear_away(folder)
            return Candidate(compiled.year, earlier, in_force=False, verified=verified)
        said.append(
            f"release {earlier.name} has the same content but does not verify"
            f" ({verified.problems[0]}), so a new one is made"
        )
    moved = changes.compare(in_force, compiled.tables, manifest)
    moved = changes.accept(moved, compiled.year, accept_changes)
    manifest["changes"] = moved.summary()
    for left in files.unverified(folder):
        if _still_holds(left, manifest):
            return Candidate(compiled.year, left, in_force=False, said=tuple(said))
    _clear_away(folder)
    path = folder / f"{name}{files.UNVERIFIED}"
    files.write_release(path, _contents(settings, compiled, manifest, moved))
    return Candidate(compiled.year, path, in_force=False, said=tuple(said))


def _says(release: Path, content: str) -> bool:
    """Whether a release has exactly this content; a damaged one, which `verify` names, has none."""
    try:
        return content_of(release) == content
    except LongflowError:
        return False


def _still_holds(left: Path, manifest: dict[str, Any]) -> bool:
    """Whether a killed run wrote what would be written now, apart from the name."""
    try:
        return {**read_recorded(left), "release": manifest["release"]} == manifest
    except LongflowError:
        return False


def _clear_away(folder: Path) -> None:
    for left in files.unverified(folder):
        files.remove(left)


def _contents(
    settings: Settings, compiled: CompiledEdition, manifest: dict[str, Any], moved: changes.Changes
) -> dict[str, bytes]:
    """The files of a release by name, without the list of checksums."""
    return {
        **{f"tables/{table}.csv": csv_bytes(frame) for table, frame in compiled.tables.items()},
        **{
            f"tables/{table}.parquet": parquet_bytes(frame)
            for table, frame in compiled.tables.items()
        },
        **worded_files(compiled, settings.events, manifest, moved),
        FINDINGS: findings_bytes(compiled),
        changes.CHANGES: files.json_bytes(moved.content()),
        files.MANIFEST: files.json_bytes(manifest),
    }


def _put_in_force(settings: Settings, candidate: Candidate, accept_changes: str | None) -> Release:
    year, path, said = candidate.edition, candidate.path, candidate.said
    if candidate.in_force:
        return Release(year, path, created=False, said=said)
    folder = _folder(settings, year)
    name = files.name_of(path)
    if not path.exists():
        # Another run may have adopted it.
        path = folder / name
        if not path.exists():
            raise LongflowError(
                "this release is gone: another run has published meanwhile",
                file=candidate.path,
                remedy="publish again if the release now in force is not the one you expect",
            )
    in_force = _in_force(settings, folder)
    if path == in_force and (folder / files.LATEST).exists():
        return Release(year, path, created=False, said=said)
    was = None if in_force is None or in_force == path else in_force.name
    manifest = _manifest_of(path)
    former = manifest["changes"]["compared_with"] if "changes" in manifest else None
    is_new = path.name != name
    if is_new and former != was:
        raise _rejected(
            path, [f"it was compared with {former}, but {was} has come into force since"]
        )
    verified = candidate.verified or verify(settings, path, unsigned=True)
    if verified.problems:
        raise _rejected(path, list(verified.problems))
    if is_new:
        path = files.accept(path)
    if settings.release.signature_required and not signature.is_signed(settings, path):
        return Release(year, path, created=is_new, unsigned=True, said=said, verified=verified)
    was_signed = was is not None and signature.is_signed(settings, folder / was)
    if was_signed and not signature.is_signed(settings, path):
        unsigned = f"the release in force until now, {was}, is signed and this one is not"
        said = (*said, f"{unsigned}: longflow sign {path}")
    more = {}
    # If its own changes start at the release in force, it was killed before it came into force.
    if in_force is not None and former != was:
        moved = _moved_back(year, path, in_force, accept_changes)
        file = folder / f"changes-{in_force.name}-{name}.json"
        files.write_whole(file, files.json_bytes(moved.content()))
        more = {"instead_of": in_force.name, "changes": file.name}
    files.point_latest(path, manifest["content_sha256"], **more)
    return Release(year, path, created=not more, returned=bool(more), said=said, verified=verified)


def _manifest_of(path: Path) -> dict[str, Any]:
    try:
        return read_recorded(path)
    except LongflowError as error:
        raise _rejected(path, [str(error)]) from None


def _rejected(path: Path, problems: list[str]) -> NotVerifiedError:
    """The error that states why a release is not in force; a new one is set apart."""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    file, remedy = path, "restore the release from a backup"
    if path.name.endswith(files.UNVERIFIED):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = (f"rejected at {now}, because:", *problems)
        file = files.reject(path, "".join(f"{line}\n" for line in lines))
        remedy = "fix the cause, then publish again; the previous release stays in force"
    error = NotVerifiedError(
        f"the release is not put in force: {problems[0]}{more}", file=file, remedy=remedy
    )
    error.problems = tuple(problems)
    return error


def _moved_back(
    year: int, earlier: Path, in_force: Path, accept_changes: str | None
) -> changes.Changes:
    """What moves when an earlier release comes back into force; its own changes are older."""
    manifest = read_recorded(earlier)
    tables = changes.released_tables(earlier, [entry["id"] for entry in manifest["tables"]])
    moved = changes.compare(in_force, tables, manifest)
    own = manifest.get("changes", {})
    if own.get("compared_with") == in_force.name:
        return replace(moved, accepted=own["accepted"])
    return changes.accept(moved, year, accept_changes)
