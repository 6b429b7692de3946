"""The second way of `table-3`."""

from longflow.release.second_way.port_share import port_share as expected

__all__ = ["expected"]
