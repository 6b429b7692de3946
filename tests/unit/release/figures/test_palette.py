"""The palette: readable on its grounds, and told apart by every eye and in grey."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from longflow.release.figures import palette
from longflow.release.figures.palette import Colour, marks

# Machado, Oliveira and Fernandes 2009, severity 1.0, over linear RGB.
EYES = {
    "all": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
GREY = np.array([[0.2126, 0.7152, 0.0722]] * 3)
# Columns of sRGB in CIE XYZ, by its white.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(code: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.array([int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    light, dark = sorted((float(GREY[0] @ linear(code)) for code in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(
    rgb: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    relative = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    root = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(one: str, other: str, eye: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """CIE 1976 distance as an eye sees it; 2.3 is just noticeable."""
    return float(np.linalg.norm(lab(eye @ linear(one)) - lab(eye @ linear(other))))


@pytest.mark.parametrize("way", ["light", "dark"])
@pytest.mark.parametrize("colour", [*palette.CATEGORIES, *palette.SEQUENCE], ids=lambda c: c.name)
def test_lines_stand_out_from_their_ground(colour: Colour, way: str) -> None:
    least = 3.0 if colour in palette.CATEGORIES else 2.5
    assert contrast(getattr(colour, way), getattr(palette.GROUND, way)) >= least


@pytest.mark.parametrize("way", ["light", "dark"])
@pytest.mark.parametrize("colour", [palette.INK, palette.SOFT, palette.EVENT], ids=lambda c: c.name)
def test_texts_stand_out_from_their_ground(colour: Colour, way: str) -> None:
    assert contrast(getattr(colour, way), getattr(palette.GROUND, way)) >= 4.5


@pytest.mark.parametrize("way", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_categories_are_told_apart_by_every_eye(eye: str, way: str) -> None:
    near = {
        (one.name, other.name): round(distance(getattr(one, way), getattr(other, way), EYES[eye]))
        for one, other in combinations(palette.CATEGORIES, 2)
        if distance(getattr(one, way), getattr(other, way), EYES[eye]) < 12
    }
    assert near == {}


@pytest.mark.parametrize("way", ["light", "dark"])
@pytest.mark.parametrize("eye", [*EYES, "grey"])
def test_steps_of_a_sequence_are_told_apart_by_every_eye(eye: str, way: str) -> None:
    steps = [getattr(colour, way) for colour in palette.SEQUENCE]
    seen_by = EYES.get(eye, GREY)
    assert min(distance(*pair, seen_by) for pair in pairwise(steps)) >= 7


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("number", range(1, 8))
def test_lines_of_a_figure_differ_without_any_colour(number: int, *, ordered: bool) -> None:
    looks = marks(number, ordered=ordered)
    assert len({look.dash for look in looks}) == number
    assert len({look.shape for look in looks}) == number


def test_newest_of_an_order_is_darkest_and_solid() -> None:
    for number in range(1, 7):
        last = marks(number, ordered=True)[-1]
        assert (last.colour, last.dash) == (palette.SEQUENCE[-1], ())
