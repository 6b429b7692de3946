"""The second way of `figure-9`."""

from longflow.release.second_way.hour_figures import relative_rate as expected

__all__ = ["expected"]
