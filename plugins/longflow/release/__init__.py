"""Publish an edition as an immutable folder, and check such a folder again."""

from longflow.release.publish import Release, publish
from longflow.release.verify import verify

__all__ = ["Release", "publish", "verify"]
