"""The second way of `sensitivity`."""

from longflow.release.second_way.sensitivity import sensitivity as expected

__all__ = ["expected"]
