"""The second way of `figure-5`."""

from longflow.release.second_way.scatter import scatter as expected

__all__ = ["expected"]
