"""Waterfalls: each part begins where the one before it ends, and the total begins at 0."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from longflow.contract.types import polars_schema
from longflow.edition.tables import promise_of
from longflow.release.figures import Drawing, draw
from longflow.texts import wording

from tests.unit.release.figures.drawn import EDITION, assert_vega_lite, texts_in

PARTS = {"subscribers": 5.0, "volume_per_subscriber": 30.0, "access_mix": -8.0, "volume": 27.0}


def rows(service: str, direction: str, **more: object) -> list[dict[str, Any]]:
    return [
        {
            "service": service,
            "direction": direction,
            "part": part,
            "from": "2021",
            "to": "2024",
            "growth_points": points,
            "error_points": 2.0,
            "coverage_percent": 100.0,
            "status": "computed",
            **more,
        }
        for part, points in PARTS.items()
    ]


def draw_parts(*found: dict[str, Any]) -> Drawing:
    schema = polars_schema(promise_of("figure-13"))
    frame = pl.DataFrame([*found], schema)
    return draw("figure-13", frame, EDITION, (), wording())


def bars(drawing: Drawing, panel: int) -> list[dict[str, Any]]:
    [*layers] = json.loads(drawing.vega_lite)["concat"][panel]["layer"]
    found: list[dict[str, Any]] = layers[0]["data"]["values"]
    return found


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return draw_parts(*rows("broadband", "in"), *rows("mobile", "out"))


def test_each_part_begins_where_the_one_before_ends(drawing: Drawing) -> None:
    assert [(bar["part"], bar["y"], bar["end"]) for bar in bars(drawing, 0)] == [
        ("subscribers", 0, 5),
        ("volume_per_subscriber", 5, 35),
        ("access_mix", 35, 27),
        ("volume", 0, 27),
    ]


def test_interval_lies_around_the_end_of_its_bar(drawing: Drawing) -> None:
    assert [(bar["low"], bar["high"]) for bar in bars(drawing, 0)][1:3] == [(33, 37), (25, 29)]


def test_rise_and_fall_have_their_sign_on_the_bar(drawing: Drawing) -> None:
    assert {"+30.0", "\N{MINUS SIGN}8.0", "+27.0"} <= set(texts_in(drawing.svg))


def test_service_and_direction_without_rows_say_so(drawing: Drawing) -> None:
    # Broadband OUT and mobile IN.
    assert texts_in(drawing.svg).count("no values") == 2


def test_withheld_parts_have_no_bars() -> None:
    found = rows("mobile", "in", status="withheld", growth_points=None, error_points=None)
    drawing = draw_parts(*found)
    assert drawing.spots == ()
    assert texts_in(drawing.svg).count("no values") == 4


def test_every_bar_says_what_it_is(drawing: Drawing) -> None:
    assert len(drawing.spots) == 8
    assert drawing.spots[2].text.startswith(
        "Broadband IN, 2021 to 2024, Move to IPoE: \N{MINUS SIGN}8.0"
    )


def test_specification_is_vega_lite(drawing: Drawing) -> None:
    assert_vega_lite(drawing.vega_lite)
