"""The second way of `concentration`."""

from longflow.release.second_way.concentration import concentration as expected

__all__ = ["expected"]
