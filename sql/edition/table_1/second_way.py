"""The second way of `table-1`."""

from longflow.release.second_way.daily_volume import daily_volume as expected

__all__ = ["expected"]
