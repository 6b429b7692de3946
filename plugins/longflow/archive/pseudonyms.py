"""Keyed pseudonyms of subscribers: names and numbers stop at the archive's door."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from longflow.archive.catalogue import catalogue_exists
from longflow.errors import LongflowError
from longflow.owners import token
from longflow.settings import Settings
from longflow.var_folder import VarFolder

_KEY_BYTES = 32


def key_path(settings: Settings) -> Path:
    """File of the key; whoever has it can identify the subscriber behind a pseudonym."""
    return VarFolder.of(settings).pseudonym_key


def pseudonym_key(settings: Settings) -> bytes:
    """The installation's key, created with the archive, file mode 0600.

    Raises:
        LongflowError: there is an archive but no key: a new one would turn everybody into a new
            subscriber.
    """
    path = key_path(settings)
    if not path.exists():
        # Checked again: another process may create both at this moment, the key first.
        if catalogue_exists(settings) and not path.exists():
            raise LongflowError(
                "the key of the pseudonyms is missing, and the archive was written with it",
                file=path,
                remedy="restore the file from a backup; with a new key no subscriber could be "
                "followed from week to week",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Mode 0600, and a name that identifies the process, in case it is killed.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".key.{token()}.")
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all, and never replaces a key of another process.
            Path(path).hardlink_to(temporary)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise LongflowError(
            f"the key of the pseudonyms has {len(key)} bytes, not {_KEY_BYTES}",
            file=path,
            remedy="restore the file from a backup",
        )
    return key


def pseudonyms(key: bytes, identities: Iterable[tuple[str, str, str]]) -> list[str]:
    """Pseudonyms of (service, access, contract or number): 32 hexadecimal digits of HMAC-SHA-256.

    The same identity has the same pseudonym in every week; without the key it cannot be traced.
    """
    return [
        hmac.digest(key, "\0".join(identity).encode(), "sha256").hex()[:32]
        for identity in identities
    ]
