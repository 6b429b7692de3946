"""Drawings of lines: every value at its place, gaps, errors, earlier reports, events."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from longflow.contract.types import polars_schema
from longflow.edition.tables import promise_of
from longflow.release.figures import DataRow, Drawing, draw
from longflow.release.figures.metrics import FACES
from longflow.settings import Event
from longflow.texts import wording

from tests.unit.release.figures.drawn import (
    EDITION,
    SVG,
    assert_vega_lite,
    draw_shares,
    elements,
    lines,
    markers,
    share,
    texts_in,
)

ROWS = [
    *(share("broadband", year, 40.0 + year - 2020) for year in range(2020, 2025)),
    *(share("mobile", year, 50.0) for year in (2020, 2021, 2023)),
    share("mobile", 2024, None, error_points=None, status="withheld"),
]


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return draw_shares(ROWS)


def test_every_value_is_where_the_report_says_it_is(drawing: Drawing) -> None:
    drawn = sorted(markers(drawing.svg))
    pointed = sorted((spot.x, spot.y) for spot in drawing.spots)
    assert len(drawn) == len(pointed) == 8
    for (x, y), (x_said, y_said) in zip(drawn, pointed, strict=True):
        # Vega moves whole plots by half a pixel.
        assert (x, y) == pytest.approx((x_said, y_said), abs=0.6)


def test_spot_says_line_year_value_and_error(drawing: Drawing) -> None:
    assert (
        drawing.spots[0].text
        == "Broadband, TCP 443, 2020: 40.0 ±\N{NO-BREAK SPACE}1.0\N{NO-BREAK SPACE}%"
    )


def test_no_line_leads_across_a_year_without_a_value(drawing: Drawing) -> None:
    # Broadband from 2020 to 2024, mobile from 2020 to 2021; the other years of mobile stand alone.
    assert sorted(path.count("L") for path in lines(drawing.svg)) == [0, 1, 4]


def test_band_of_error_leads_across_no_gap() -> None:
    assert band_paths([0, 1, 3, 4]) == 2
    assert band_paths([0, 1, 2, 3]) == 1


def band_paths(hours: list[int]) -> int:
    """How many bands the drawing of a line over these hours has."""
    return sum(float(of.get("opacity", 1)) < 0.5 for of, *_ in elements(draw_hours(hours).svg))


def test_a_legend_shows_markers_where_the_drawing_has_some() -> None:
    assert symbols([0, 1, 2]) == 0
    # That of the legend, and the value between two gaps.
    assert symbols([0, 1, 3, 5, 6]) == 2


def symbols(hours: list[int]) -> int:
    """How many markers the drawing of a line over these hours has, with those of the legend."""
    found = elements(draw_hours(hours).svg)
    return sum("mark-symbol" in group and "d" in of.attrib for of, *_, group in found)


def draw_hours(hours: list[int]) -> Drawing:
    """The drawing of a line over these hours."""
    schema = polars_schema(promise_of("figure-8"))
    rows = [
        {
            **dict.fromkeys(schema),
            "year": 2024,
            "port_group": "tcp_443",
            "week_hour": hour,
            "hour_start": f"2024-06-03T0{hour}:00:00+09:00",
            "relative_volume": 0.5,
            "relative_volume_low": 0.3,
            "relative_volume_high": 0.7,
            "status": "computed",
        }
        for hour in hours
    ]
    return draw("figure-8", pl.DataFrame(rows, schema), EDITION, (), wording())


def test_missing_years_are_named(drawing: Drawing) -> None:
    assert "Mobile: no values for 2022, 2024." in texts_in(drawing.svg)


def test_service_without_any_value_says_so() -> None:
    drawing = draw_shares([share("broadband", 2024, 40.0)])
    assert {"Mobile", "no values"} <= set(texts_in(drawing.svg))
    assert drawing.alternative.endswith("Mobile: no values.")


def test_figure_without_rows_is_drawn() -> None:
    drawing = draw_shares([])
    assert texts_in(drawing.svg).count("no values") == 2
    assert drawing.spots == ()


def test_figures_of_earlier_reports_are_hollow() -> None:
    drawing = draw_shares(
        [
            share("mobile", 2020, 50.0, status="published", error_points=None),
            share("mobile", 2021, 50),
        ]
    )
    rows = json.loads(drawing.vega_lite)["concat"][1]["layer"][0]["data"]["values"]
    assert [row["status"] for row in rows] == ["published", "computed"]
    hollow = [of for of in drawing.svg.split("<path") if 'fill="#ffffff" stroke="#' in of]
    assert len(hollow) == 1
    assert drawing.spots[0].text.endswith(", of an earlier report")


def test_withheld_value_is_in_no_file_of_the_drawing() -> None:
    drawing = draw_shares(
        [share("mobile", 2023, 50.0), share("mobile", 2024, None, status="withheld")]
    )
    rows = json.loads(drawing.vega_lite)["concat"][1]["layer"][0]["data"]["values"]
    assert [row["at"] for row in rows] == ["2023"]
    withheld = DataRow("Mobile", "TCP 443", "2024", "", "", is_published=False, is_withheld=True)
    assert withheld in drawing.data_rows()


def test_event_lies_between_the_weeks_of_its_years() -> None:
    quarter = Event(first=date(2020, 11, 30), text="Something new", kind="product")
    drawing = draw_shares(ROWS, quarter)
    assert texts_in(drawing.svg).count("Something new") == 2
    [x, *_] = [
        layer["data"]["values"][0]["x"]
        for layer in json.loads(drawing.vega_lite)["concat"][0]["layer"]
        if layer["mark"].get("type") == "rule" and "x" in layer["data"]["values"][0]
    ]
    first, second = (spot.x for spot in drawing.spots[:2])
    left = drawing.spots[0].x - (second - first) / 4
    assert x == pytest.approx(first - left + (second - first) / 2, abs=0.01)


def test_labels_of_events_stand_above_the_plot_and_none_over_another() -> None:
    days = [
        date(2020, 9, 1),
        date(2020, 10, 1),
        date(2021, 6, 1),
        date(2024, 1, 1),
        date(2024, 5, 1),
    ]
    events = [Event(first=day, text=f"What happened {number}") for number, day in enumerate(days)]
    drawing = draw_shares(ROWS, *events)
    for svg in (drawing.svg, drawing.svg_narrow):
        found = [(of.text or "", x, y) for of, x, y, _ in elements(svg) if of.tag == f"{SVG}text"]
        labels = [
            (x, x + FACES["Liberation Sans"].width(text), y)
            for text, x, y in found
            if text.startswith("What")
        ]
        assert len(labels) == 2 * len(events)
        numbers = {text for text, _, _ in found if text in {"0", "20", "40", "60"}}
        assert numbers
        for number, (left, right, y) in enumerate(labels):
            assert not any(
                abs(y - other) < 12 and left < end and start < right
                for start, end, other in labels[number + 1 :]
            )
        top = min(y for text, _, y in found if text == max(numbers, key=int))
        assert all(y < top for _, _, y in labels[: len(events)])


def test_event_of_another_time_is_left_out() -> None:
    drawing = draw_shares(ROWS, Event(first=date(2015, 1, 1), text="Long ago"))
    assert "Long ago" not in drawing.svg


def test_pictures_have_the_widths_of_two_columns_and_of_one(drawing: Drawing) -> None:
    assert 'width="174.00mm"' in drawing.svg
    assert 'width="84.00mm"' in drawing.svg_narrow


def test_texts_have_eight_points_at_least(drawing: Drawing) -> None:
    for svg in (drawing.svg, drawing.svg_narrow):
        sizes = {float(part.split("px")[0]) for part in svg.split('font-size="')[1:]}
        # 96 px are 72 points.
        assert min(sizes) * 0.75 >= 8


def test_specification_is_vega_lite(drawing: Drawing) -> None:
    assert_vega_lite(drawing.vega_lite)


def test_alternative_says_where_each_line_begins_and_ends(drawing: Drawing) -> None:
    assert "TCP 443 40.0 % in 2020 and 44.0 % in 2024." in drawing.alternative
