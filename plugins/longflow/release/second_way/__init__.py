"""The figures of a release worked out again by plain Polars over the archive's Parquet files.

Nothing here is shared with the way that made the figures: no query, no statistics, not the
archive's own reader. A module a kind of table; what they stand on is `model` and `observed`.
"""

from longflow.release.second_way.methods import without_method
from longflow.release.second_way.way import SecondWay

__all__ = ["SecondWay", "without_method"]
