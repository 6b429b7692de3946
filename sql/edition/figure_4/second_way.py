"""The second way of `figure-4`."""

from longflow.release.second_way.density import density as expected

__all__ = ["expected"]
