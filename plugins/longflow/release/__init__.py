"""Publish an edition as an immutable folder, and check such a folder again."""

from longflow.release.publication import (
    Candidate,
    NotVerifiedError,
    Release,
    prepare,
    publish,
    put_in_force,
    sign,
)
from longflow.release.verification import Verified, verify

__all__ = [
    "Candidate",
    "NotVerifiedError",
    "Release",
    "Verified",
    "prepare",
    "publish",
    "put_in_force",
    "sign",
    "verify",
]
