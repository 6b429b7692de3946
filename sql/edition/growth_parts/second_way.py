"""The second way of `growth-parts`."""

from longflow.release.second_way.growth_parts import growth_part as expected

__all__ = ["expected"]
