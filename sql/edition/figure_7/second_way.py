"""The second way of `figure-7`."""

from longflow.release.second_way.port_curve import port_curve as expected

__all__ = ["expected"]
