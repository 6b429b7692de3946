"""The second way of `totals`."""

from longflow.release.second_way.totals import totals as expected

__all__ = ["expected"]
