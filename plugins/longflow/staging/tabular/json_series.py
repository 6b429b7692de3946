"""Series in JSON, as Prometheus and InfluxDB answer queries, to columns of text.

A series is an object with what its values have in common, and the list of its values, each a list
itself: `{"metric": {"ifName": "ae1"}, "values": [[1717369200, "123"], …]}`. The first place of each
value is named `values.0`, unless the series names its columns, as those of InfluxDB do
(`"columns": ["time", …]`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence

import polars as pl

from longflow.staging.tabular.blocks import Block
from longflow.staging.tabular.csv_text import Rows
from longflow.staging.tabular.json_text import KeyPath, nested, schema_of

_VALUES = pl.List(pl.List(pl.String))


def names_of(block: Block) -> dict[str, KeyPath]:
    """Names in the first series; none if the first object of a block is no series."""
    try:
        series = json.loads(block.data.partition(b"\n")[0])
    except ValueError:
        return {}
    if not isinstance(series, dict):
        return {}
    values = series.get("values")
    if values is None and "metric" in series:
        values = [series.get("value")]
    if not isinstance(values, list) or not all(isinstance(one, list) for one in values[:1]):
        return {}
    common = {
        f"{name}.{key}": (name, key)
        for name, below in series.items()
        if isinstance(below, dict)
        for key in below
    }
    columns = series.get("columns", [f"values.{n}" for n in range(len(values[0]) if values else 2)])
    return common | {str(name): (str(name),) for name in columns}


def rows(blocks: Iterator[Block], names: Sequence[str]) -> Iterator[Rows]:
    """The values of all series, each a record, under its number in the file.

    Args:
        blocks: a series a line.
        names: the wanted values: `metric.ifName`, `values.0`, or the name of a column.
    """
    of_series = [name for name in names if "." in name and not name.startswith("values.")]
    paths = {name: tuple(name.split(".", 1)) for name in of_series}
    schema = schema_of(paths.values()) | {
        "values": _VALUES,
        "value": pl.List(pl.String),
        "columns": pl.List(pl.String),
    }
    number = 1
    for block in blocks:
        series = pl.read_ndjson(io.BytesIO(block.data), schema=schema)
        common = series.select(
            *(nested(path).alias(name) for name, path in paths.items()), "columns", "values"
        )
        # What Prometheus answers about one moment: a series has one value.
        single = common.with_columns(values=series["value"]).filter(series["values"].is_null())
        found = pl.concat(
            [common.filter(series["values"].is_not_null()).explode("values"), single]
        ).drop_nulls("values")
        yield Rows(
            found.select(_value(name, paths).alias(name) for name in names),
            pl.int_range(number, number + found.height, dtype=pl.Int64, eager=True),
            [],
        )
        number += found.height


def _value(name: str, paths: dict[str, KeyPath]) -> pl.Expr:
    if name in paths:
        return pl.col(name)
    if name.startswith("values."):
        place = pl.lit(int(name.removeprefix("values.")))
    else:
        is_it = pl.col("columns").list.eval(pl.element() == name)
        place = pl.when(is_it.list.any()).then(is_it.list.arg_max())
    return pl.col("values").list.get(place, null_on_oob=True)
