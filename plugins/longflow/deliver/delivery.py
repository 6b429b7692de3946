"""Bring every place of `[[deliver]]` up to date with the releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from longflow.deliver.target import Target
from longflow.errors import CollectedError, LongflowError, MachineError, OneLineError
from longflow.faults import machine_fault
from longflow.release import files, signature
from longflow.release.indexing import index_pages
from longflow.release.named import edition_folders
from longflow.settings import Settings
from longflow.settings.targets import DeliveryTarget
from longflow.var_folder import VarFolder


@dataclass(frozen=True)
class Delivered:
    """What a place was given.

    Attributes:
        target: its name.
        url: where it is.
        releases: those that it did not have, as `<edition>/<name>`.
        latest: editions whose `latest.json` it was given.
        failed: why the delivery broke off; None if it is complete.
    """

    target: str
    url: str
    releases: tuple[str, ...]
    latest: tuple[str, ...]
    failed: OneLineError | None = None

    def __str__(self) -> str:
        """One line for the operator."""
        new = ", ".join(self.releases) or "nothing new"
        moved = f"; in force: {', '.join(self.latest)}" if self.latest else ""
        return f"{self.target} ({self.url}): {new}{moved}"


def targets_named(settings: Settings, name: str | None = None) -> Sequence[DeliveryTarget]:
    """The places of the settings, or the one with a name.

    Raises:
        LongflowError: there is none.
    """
    found = [one for one in settings.deliver if name in {None, one.name}]
    if found:
        return found
    names = ", ".join(one.name for one in settings.deliver)
    raise LongflowError(
        f"there is no place '{name}'" if name else "the settings name no place for releases",
        file=settings.file,
        place="deliver",
        remedy=f"name one of {names}" if names else "add a section [[deliver]] with name and url",
    )


def deliver(settings: Settings, targets: Sequence[DeliveryTarget]) -> list[Delivered]:
    """Copy to each place the releases that it lacks, then the index and each `latest.json`.

    A release is checked against its checksums before it leaves, is seen whole or not at all, and
    comes before the `latest.json` that names it. A place that fails does not hold up the others,
    and the next delivery makes up for it.
    """
    root = VarFolder.of(settings).releases
    with files.one_at_a_time(root / ".delivering"):
        return [_deliver_to(settings, target, root) for target in targets]


def raise_failures(delivered: Sequence[Delivered]) -> None:
    """Raise what made deliveries fail.

    Raises:
        OneLineError: the failure, or all of them.
    """
    failed = [one.failed for one in delivered if one.failed is not None]
    if len(failed) == 1:
        raise failed[0]
    wrong = [one for one in failed if isinstance(one, LongflowError)]
    if len(failed) > len(wrong):
        raise MachineError(" · ".join(str(one) for one in failed))
    if wrong:
        raise CollectedError(wrong)


def _deliver_to(settings: Settings, target: DeliveryTarget, root: Path) -> Delivered:
    releases: list[str] = []
    latest: list[str] = []
    failed: OneLineError | None = None
    try:
        place = Target.to(settings, target)
        for folder in edition_folders(settings):
            for release in _deliverable(settings, folder):
                name = f"{folder.name}/{release.name}"
                if _put_release(place, name, release):
                    releases.append(name)
        for page in index_pages(settings):
            _put_if_other(place, page.name, page)
        for folder in edition_folders(settings):
            if _put_latest(settings, place, folder):
                latest.append(folder.name)
    except Exception as error:
        failed = _failure(error, target)
        if failed is None:
            raise
    return Delivered(target.name, target.url, tuple(releases), tuple(latest), failed)


def _failure(error: Exception, target: DeliveryTarget) -> OneLineError | None:
    """The line about a delivery that broke off; None for a bug."""
    known = error if isinstance(error, OneLineError) else machine_fault(error)
    if known is None:
        return None
    kind = LongflowError if isinstance(known, LongflowError) else MachineError
    remedy = f"{known.remedy}; then" if known.remedy else "then"
    return kind(
        f"delivery to {target.name} failed: {known.what}",
        file=known.file,
        place=known.place,
        remedy=f"{remedy} run longflow deliver; the release stays in force",
    )


def _deliverable(settings: Settings, folder: Path) -> Iterator[Path]:
    """Verified releases of an edition that were or are in force, oldest first."""
    for release in files.releases(folder):
        if not settings.release.signature_required or signature.is_signed(settings, release):
            yield release


def _put_release(place: Target, name: str, release: Path) -> bool:
    """Deliver a release and its signature; whether the place did not have it."""
    sums = (
        (release / files.CHECKSUMS).read_bytes() if (release / files.CHECKSUMS).is_file() else b""
    )
    is_new = place.read_if_there(f"{name}/{files.CHECKSUMS}") != sums or not sums
    if is_new:
        listed = files.checksums(release)
        for file, digest in listed.items():
            if (
                not (release / file).is_file()
                or files.sha256((release / file).read_bytes()) != digest
            ):
                raise LongflowError(
                    f"the release is damaged: {file} does not agree with {files.CHECKSUMS}",
                    file=release,
                    remedy="restore it from a backup",
                )
        contents = {file: release / file for file in (*listed, files.CHECKSUMS)}
        place.put_folder(name, contents, files.CHECKSUMS)
    beside = signature.signature_file(release)
    if beside.is_file():
        _put_if_other(place, f"{Path(name).parent}/{beside.name}", beside)
    return is_new


def _put_latest(settings: Settings, place: Target, folder: Path) -> bool:
    """Deliver `latest.json` and what it names; whether the place had another."""
    file = folder / files.LATEST
    if not file.is_file():
        return False
    in_force = files.in_force(folder)
    if in_force is None or in_force not in set(_deliverable(settings, folder)):
        return False
    changes = json.loads(file.read_bytes()).get("changes")
    if isinstance(changes, str) and (folder / changes).is_file():
        _put_if_other(place, f"{folder.name}/{changes}", folder / changes)
    return _put_if_other(place, f"{folder.name}/{files.LATEST}", file)


def _put_if_other(place: Target, path: str, local: Path) -> bool:
    content = local.read_bytes()
    if place.read_if_there(path) == content:
        return False
    place.put_file(path, content)
    return True
