"""Publish an edition as an immutable folder, and check such a folder again."""

from longflow.release.publication import Release, publish
from longflow.release.verification import Verified, verify

__all__ = ["Release", "Verified", "publish", "verify"]
