"""CSV, JSON and Parquet deliveries: mapped, typed, and written in the staged schema.

Everything is read as text first: a value that does not parse as its column's type is distinguished
from a missing one, and no reader guesses types from the first rows.
"""

from longflow.staging.tabular.feeds import staged
from longflow.staging.tabular.read import LineCount, delivered, read_tabular
from longflow.staging.tabular.readings import Halves, ReadingCount
from longflow.staging.tabular.repeated_hours import RepeatedHours

__all__ = [
    "Halves",
    "LineCount",
    "ReadingCount",
    "RepeatedHours",
    "delivered",
    "read_tabular",
    "staged",
]
