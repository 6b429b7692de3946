"""CSV, JSON and Parquet deliveries: mapped, typed, and written in the staged schema.

Everything is read as text first: a value that does not parse as its column's type is distinguished
from a missing one, and no reader guesses types from the first rows.
"""

from longflow.staging.tabular.read import LineCount, delivered, read_tabular

__all__ = ["LineCount", "delivered", "read_tabular"]
