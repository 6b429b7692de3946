"""The second way of `figure-11`."""

from longflow.release.second_way.density import density as expected

__all__ = ["expected"]
