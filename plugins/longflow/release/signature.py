"""The signature of a release: over its list of checksums, beside its folder.

`<UTC time>.minisig` signs `SHA256SUMS`, so that rewriting that list does not help. It is stored
beside the folder and not in it, because the folder never changes: the signer comes later, with a
key that is not on the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.minisign import SecretKey, Signature
from longflow.release import files
from longflow.settings import Settings

SUFFIX = ".minisig"

_OURS = "longflow"


def signature_file(release: Path) -> Path:
    """Path of the signature of a release."""
    return release.with_name(files.name_of(release) + SUFFIX)


def check(
    settings: Settings, release: Path, manifest: Mapping[str, Any] | None
) -> tuple[list[str], str]:
    """Check the signature of a release against the public keys of the settings.

    Args:
        settings: they state whose signatures count, and whether one is required.
        release: folder of the release.
        manifest: its manifest, if it can be read.

    Returns:
        Problems, one line each; and the signer as text.

    Raises:
        MachineError: the disk failed to read it.
    """
    file = signature_file(release.resolve())
    if not file.exists():
        if settings.release.signature_required:
            return ["it is not signed, and the settings demand a signature"], "unsigned"
        return [], "unsigned"
    try:
        signature = Signature.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise_machine_fault(error)
        return [f"{file.name}: cannot be read: {error}"], "unsigned"
    problems, by = _held(settings, release, manifest, signature)
    # If the signature does not fit, its key did not sign this.
    return problems, "unsigned" if problems else by


def _held(
    settings: Settings, release: Path, manifest: Mapping[str, Any] | None, signature: Signature
) -> tuple[list[str], str]:
    """Problems of a readable signature, and who signed."""
    file, keys = signature_file(release.resolve()).name, settings.release.keys
    by = f"by key {signature.key_name}"
    name = next((who for who, key in keys.items() if key.key_id == signature.key_id), None)
    if name is None and not keys:
        return [], f"{by}; not checked, because the settings name no public key"
    if name is None:
        return [f"{file}: signed {by}, which the settings do not name"], by
    by = f"by {name}, key {signature.key_name}"
    sums = release / files.CHECKSUMS
    if not keys[name].has_signed(sums.read_bytes() if sums.is_file() else b"", signature):
        return [f"{file}: {files.CHECKSUMS} is not what {name} signed"], by
    wrong = [f"{file}: its comment says {line}" for line in _wrong_comment(signature, manifest)]
    return wrong, f"{by}: {' '.join(signature.trusted_comment.split())}"


def is_signed(settings: Settings, release: Path) -> bool:
    """Whether a release has a signature that counts."""
    return signature_file(release).exists() and not check(settings, release, None)[0]


def sign(release: Path, manifest: Mapping[str, Any], key: SecretKey) -> str:
    """The text of a signature over a release, with a comment that states what is signed."""
    said = {**_said(manifest), "timestamp": str(int(time.time())), "file": files.CHECKSUMS}
    comment = "\t".join([_OURS, *(f"{name}:{value}" for name, value in said.items()), "hashed"])
    signature = key.sign((release / files.CHECKSUMS).read_bytes(), comment)
    return signature.text("signature of a release of longflow")


def read_key(file: Path, ask_password: Callable[[], str]) -> SecretKey:
    """The secret key of a file.

    Raises:
        LongflowError: it cannot be read, or is not a secret key.
    """
    try:
        return SecretKey.parse(file.read_text(encoding="utf-8"), ask_password)
    except (OSError, ValueError) as error:
        raise_machine_fault(error)
        reason = error.strerror if isinstance(error, OSError) else error
        raise LongflowError(
            f"cannot be used as a key: {reason}",
            file=file,
            remedy="name the secret key that minisign -G wrote, and its password",
        ) from None


def put_beside(settings: Settings, release: Path, text: str, manifest: Mapping[str, Any]) -> str:
    """Write a signature beside its release, if it counts; returns who signed.

    The folder of the edition is held by `one_at_a_time`.

    Raises:
        LongflowError: it does not count, or somebody else has signed the release already.
    """
    file = signature_file(release)
    before = file.read_bytes() if file.exists() else None
    if before is not None and before != text.encode() and is_signed(settings, release):
        raise LongflowError(
            f"the release is signed already, {check(settings, release, manifest)[1]}",
            file=file,
            remedy="to replace the signature, remove this file first",
        )
    files.write_whole(file, text.encode())
    problems, by = check(settings, release, manifest)
    if problems:
        file.unlink()
        if before is not None:
            files.write_whole(file, before)
        raise LongflowError(
            problems[0], remedy="sign SHA256SUMS of this release by a key that the settings name"
        )
    return by


def _said(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {
        "edition": str(manifest["edition"]),
        "release": manifest["release"],
        "content_sha256": manifest["content_sha256"],
    }


def _wrong_comment(signature: Signature, manifest: Mapping[str, Any] | None) -> list[str]:
    """The problem if our comment names another release; minisign's own comment names none."""
    parts = signature.trusted_comment.split("\t")
    if parts[0] != _OURS or manifest is None:
        return []
    said = dict(part.split(":", 1) for part in parts[1:] if ":" in part)
    return [
        f"{name} {said.get(name)}, the manifest says {value}"
        for name, value in _said(manifest).items()
        if said.get(name) != value
    ]
