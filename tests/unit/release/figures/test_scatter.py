"""Drawings of points: as many as the table says, each in its cell, the same every time."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from longflow.release.figures import Drawing

from tests.unit.release.figures.drawn import SVG, assert_vega_lite, draw_rows, elements, texts_in

# Bounds of cells, OUT and IN, and their numbers of points.
CELLS = [
    ((1e8, 1e9), (1e7, 1e8), 40),
    ((1e9, 2e9), (1e7, 2e7), 9),
    ((1e6, 1e7), (1e8, 1e9), 1),
    ((1e6, 1e8), (1e6, 1e7), 0),
]


def row(
    number: int, out: tuple[float, float], sent: tuple[float, float], points: int
) -> dict[str, Any]:
    return {
        "year": 2024,
        "cell": number,
        "out_low_bytes": out[0],
        "out_high_bytes": out[1],
        "in_low_bytes": sent[0],
        "in_high_bytes": sent[1],
        "points": points,
        "points_low": max(points - 5, 0),
        "points_high": points + 5,
        "coverage_percent": 100.0,
        "status": "computed",
    }


ROWS = [row(number, *cell) for number, cell in enumerate(CELLS, start=1)]


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return draw_rows("figure-5", ROWS)


def dots(svg: str) -> list[tuple[float, float]]:
    """Places of the points of a picture, in px."""
    return [
        (x + float(at[0]), y + float(at[1]))
        for of, x, y, _ in elements(svg)
        if of.tag == f"{SVG}path" and of.get("stroke-linecap") == "round"
        for at in re.findall(r"M([\d.]+),([\d.]+)Z", of.get("d", ""))
    ]


def test_each_cell_has_its_points_and_no_other_place_has_any(drawing: Drawing) -> None:
    layers = json.loads(drawing.vega_lite)["concat"][0]["layer"]
    drawn = [
        (10 ** of["x"], 10 ** of["y"])
        for layer in layers
        if "order" in layer["encoding"]
        for of in layer["data"]["values"]
        if of["x"] is not None
    ]
    for out, sent, points in CELLS:
        inside = [of for of in drawn if out[0] <= of[0] < out[1] and sent[0] <= of[1] < sent[1]]
        assert len(inside) == points
        assert len(set(inside)) == points
    assert len(drawn) == 50
    assert len(dots(drawing.svg)) == len(dots(drawing.svg_narrow)) == 50


def test_points_are_spread_over_a_whole_cell() -> None:
    drawing = draw_rows("figure-5", [row(1, (1e5, 1e9), (1e5, 1e9), 2_000)])
    places = dots(drawing.svg)
    quarters = {(x < drawing.spots[0].x, y < drawing.spots[0].y): 0 for x, y in places}
    for x, y in places:
        quarters[x < drawing.spots[0].x, y < drawing.spots[0].y] += 1
    assert len(quarters) == 4
    assert min(quarters.values()) > 400


def test_few_points_are_larger_than_many() -> None:
    def size(points: int) -> float:
        svg = draw_rows("figure-5", [row(1, (1e8, 1e9), (1e7, 1e8), points)]).svg
        return min(float(of) for of in re.findall(r'stroke-width="([\d.]+)" stroke-linecap', svg))

    assert size(5000) == 1.7
    assert size(100) == 3.4


def test_equal_rows_give_equal_bytes(drawing: Drawing) -> None:
    again = draw_rows("figure-5", ROWS)
    assert again.contents() == drawing.contents()


def test_both_axes_have_the_same_ends_so_that_the_diagonal_goes_through_the_corners(
    drawing: Drawing,
) -> None:
    labels = ["1 MB", "10 MB", "100 MB", "1 GB", "10 GB"]
    assert sorted(text for text in texts_in(drawing.svg) if text in labels) == sorted(2 * labels)


def test_spot_says_the_bounds_of_its_cell(drawing: Drawing) -> None:
    assert (
        drawing.spots[1].text
        == "2024, OUT 100 MB to 1 GB, IN 10 MB to 100 MB: 40 (35 to 45)\N{NO-BREAK SPACE}points"
    )
    assert len(drawing.spots) == 3


def test_alternative_says_how_many_lie_on_either_side(drawing: Drawing) -> None:
    assert "2024: 50 points; 49 of them lie in cells below the diagonal" in drawing.alternative
    assert "1 in cells above it" in drawing.alternative


def test_too_few_consumers_give_no_point() -> None:
    empty = {name: None for name in ROWS[0] if name.endswith("_bytes") or "points" in name}
    drawing = draw_rows("figure-6", [{**ROWS[0], **empty, "status": "withheld"}])
    assert "no values" in texts_in(drawing.svg)
    assert "no values." in drawing.alternative
    assert dots(drawing.svg) == []


def test_specification_is_vega_lite(drawing: Drawing) -> None:
    assert_vega_lite(drawing.vega_lite)
