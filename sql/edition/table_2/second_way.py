"""The second way of `table-2`."""

from longflow.release.second_way.daily_volume import daily_volume as expected

__all__ = ["expected"]
