"""Drawings of densities: the axis of bytes, modes, bands, years, and what the report lists."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from longflow.contract.chart import Axis
from longflow.release.figures import Drawing
from longflow.release.figures.metrics import FACES
from longflow.release.figures.scales import scale_of
from longflow.release.figures.vega import x_axis
from longflow.texts import wording

from tests.unit.release.figures.drawn import assert_vega_lite, draw_rows, lines, markers, texts_in

ROOT = math.sqrt(2 * math.pi)
AXIS = ["10 KB", "100 KB", "1 MB", "10 MB", "100 MB", "1 GB", "10 GB", "100 GB"]


def curve(year: int, direction: str, mode: float, **more: object) -> Iterator[dict[str, Any]]:
    """A hill half a decade wide, whose interval is wide below the mode and narrow above it."""
    for k in range(80, 221):
        place = k / 20
        density = round(math.exp(-2 * (place - mode) ** 2) / (ROOT / 2), 3)
        half_width = 0.1 if place < mode else 0.001
        yield {
            "year": year,
            "direction": direction,
            "log10_bytes": place,
            "density": density,
            "density_low": max(round(density - half_width, 4), 0),
            "density_high": round(density + half_width, 4),
            "is_mode": abs(place - mode) < 1e-9,
            "population": "pppoe+ipoe",
            "coverage_percent": 100.0,
            "status": "computed",
            **more,
        }


def withheld(year: int, direction: str) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(("density", "density_low", "density_high"))
    return curve(year, direction, 8, **empty, is_mode=False, status="withheld")


def layer_rows(drawing: Drawing, mark: str, panel: int = 0) -> list[dict[str, Any]]:
    """The data of the layers of a panel with this mark."""
    layers = json.loads(drawing.vega_lite)["concat"][panel]["layer"]
    return [
        row
        for layer in layers
        if layer["mark"]["type"] == mark and "detail" in layer["encoding"]
        for row in layer["data"]["values"]
    ]


@pytest.fixture(scope="module")
def two_years() -> Drawing:
    years = [(2023, 8.9), (2024, 9.05)]
    return draw_rows(
        "figure-3",
        [
            row
            for year, mode in years
            for direction, less in (("in", 1.5), ("out", 0.0))
            for row in curve(year, direction, mode - less)
        ],
    )


@pytest.fixture(scope="module")
def six_years() -> Drawing:
    rows = [
        row
        for year in range(2019, 2025)
        for direction, mode in (("in", 7.5), ("out", 9.0))
        for row in curve(year, direction, mode + (year - 2019) / 20)
    ]
    return draw_rows("figure-11", rows)


def test_axis_is_labelled_in_bytes_at_every_decade(two_years: Drawing, six_years: Drawing) -> None:
    for svg in (two_years.svg, two_years.svg_narrow):
        assert [text for text in texts_in(svg) if text in AXIS] == AXIS
    assert [text for text in texts_in(six_years.svg) if text in AXIS] == 2 * AXIS
    assert [text for text in texts_in(six_years.svg_narrow) if text in AXIS] == 2 * AXIS


def test_labels_without_room_are_left_out() -> None:
    scale = scale_of(Axis(column="v", kind="bytes", least=4, most=11), wording(), [])
    shown = {
        plot: re.findall(
            r'"([^"]*)"', x_axis(scale, plot, FACES["Liberation Sans"])["axis"]["labelExpr"]
        )
        for plot in (600, 240, 120)
    }
    assert shown[600] == AXIS
    assert shown[240] == ["10 KB", "", "1 MB", "", "100 MB", "", "10 GB", ""]
    assert shown[120] == ["10 KB", "", "", "", "100 MB", "", "", ""]


def test_axis_reaches_over_the_whole_sheet_and_no_label_over_another(two_years: Drawing) -> None:
    first, last = two_years.spots[0], two_years.spots[140]
    assert first.text.startswith("IN, 2023, 10 KB: 0 ")
    assert last.text.startswith("IN, 2023, 100 GB: 0 ")
    assert last.x - first.x > 0.85 * two_years.width


def test_mode_of_each_curve_is_marked_where_it_is(two_years: Drawing) -> None:
    modes = {"IN, 2023": 7.4, "OUT, 2023": 8.9, "IN, 2024": 7.55, "OUT, 2024": 9.05}
    expected = []
    for number, mode in enumerate(modes.values()):
        spot = two_years.spots[141 * number + round(20 * mode) - 80]
        assert spot.text.startswith([*modes][number])
        expected.append((spot.x, spot.y))
    drawn = sorted(markers(two_years.svg))
    assert len(drawn) == 4
    for (x, y), (x_said, y_said) in zip(drawn, sorted(expected), strict=True):
        assert (x, y) == pytest.approx((x_said, y_said), abs=0.6)


def test_value_is_said_with_both_ends_of_its_interval(two_years: Drawing) -> None:
    assert (
        two_years.spots[round(20 * 7.4) - 80].text
        == "IN, 2023, 25.1 MB: 0.798 (0.797 to 0.799)\N{NO-BREAK SPACE}per decade"
    )


def test_band_is_drawn_where_it_is_wider_than_the_line(two_years: Drawing) -> None:
    banded = layer_rows(two_years, "area")
    assert {row["line"] for row in banded} == {"IN, 2023", "OUT, 2023", "IN, 2024", "OUT, 2024"}
    assert max(row["x"] for row in banded if row["line"] == "IN, 2023") < 7.4
    assert max(row["x"] for row in banded if row["line"] == "OUT, 2024") > 8.9
    assert len(layer_rows(two_years, "line")) == 4 * 141


def test_year_before_is_dashed_in_the_colour_of_its_direction(two_years: Drawing) -> None:
    dashed = {row["line"] for row in layer_rows(two_years, "line") if row["dashed"]}
    assert dashed == {"IN, 2023", "OUT, 2023"}
    assert {"IN", "OUT", "2023", "2024"} <= set(texts_in(two_years.svg))
    assert len(lines(two_years.svg)) == 4


def test_curves_of_years_differ_in_dashes_and_grey(six_years: Drawing) -> None:
    layer = next(
        layer
        for layer in json.loads(six_years.vega_lite)["concat"][0]["layer"]
        if layer["mark"]["type"] == "line"
    )
    dashes = layer["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) == 6
    greys = [
        sum(
            weight * int(colour[place : place + 2], 16)
            for weight, place in ((0.2126, 1), (0.7152, 3), (0.0722, 5))
        )
        for colour in layer["encoding"]["stroke"]["scale"]["range"]
    ]
    # The newest is the darkest; each is darker than the one before.
    assert min(one - other for one, other in pairwise(greys)) > 10


def test_year_without_a_curve_is_named() -> None:
    drawing = draw_rows("figure-3", [*curve(2024, "in", 7.5), *curve(2024, "out", 9)])
    assert "no values for 2023." in texts_in(drawing.svg)
    rows = [*curve(2020, "in", 7.5), *withheld(2021, "in"), *curve(2024, "out", 9)]
    drawing = draw_rows("figure-11", rows)
    assert {
        "IN: no values for 2021, 2022, 2023, 2024.",
        "OUT: no values for 2020, 2021, 2022, 2023.",
    } <= set(texts_in(drawing.svg))


def test_withheld_curve_is_in_no_file_of_the_drawing() -> None:
    drawing = draw_rows("figure-3", [*withheld(2023, "in"), *curve(2024, "in", 7.5)])
    assert {row["line"] for row in layer_rows(drawing, "line")} == {"IN, 2024"}


def test_report_lists_quarters_of_a_decade_and_modes(two_years: Drawing) -> None:
    listed = [row.at for row in two_years.data_rows() if row.series == "IN, 2023"]
    assert listed[:6] == ["10 KB", "17.8 KB", "31.6 KB", "56.2 KB", "100 KB", "178 KB"]
    assert len(listed) == 29 + 1
    assert "25.1 MB" in listed


def test_alternative_says_where_modes_are(two_years: Drawing, six_years: Drawing) -> None:
    assert "OUT, 2024: highest at 1.12 GB with 0.798 per decade, mode 1.12 GB." in (
        two_years.alternative
    )
    assert "IN 2019: highest at 31.6 MB with 0.798 per decade, mode 31.6 MB;" in (
        six_years.alternative
    )


def test_specifications_are_vega_lite(two_years: Drawing, six_years: Drawing) -> None:
    for drawing in (two_years, six_years):
        assert_vega_lite(drawing.vega_lite)
