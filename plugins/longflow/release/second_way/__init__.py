"""The figures of a release recomputed by plain Polars over the archive's Parquet files.

Nothing here is shared with the code that made the figures: no query, no statistics, not the
archive's own reader. There is one module per kind of table; all use `model` and `observed`.
"""

from longflow.release.second_way.calendar import Calendar
from longflow.release.second_way.methods import errors_without_method, without_method
from longflow.release.second_way.sentences import SecondSentences
from longflow.release.second_way.way import SecondWay

__all__ = [
    "Calendar",
    "SecondSentences",
    "SecondWay",
    "errors_without_method",
    "without_method",
]
