"""The second way of `table-4-by-ip-version`."""

from longflow.release.second_way.port_share import port_share as expected

__all__ = ["expected"]
