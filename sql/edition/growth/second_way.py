"""The second way of `growth`."""

from longflow.release.second_way.growth import growth as expected

__all__ = ["expected"]
