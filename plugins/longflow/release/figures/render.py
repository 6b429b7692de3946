"""From a specification to pictures, by vl-convert: no browser, no network, no font of the machine.

Equal specifications are drawn once a process: a release is drawn when it is written, and once more
when it is verified.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

import vl_convert

from longflow.errors import LongflowError
from longflow.release.figures.metrics import FONTS
from longflow.release.figures.sheet import Sheet
from longflow.release.figures.vega import Json

# Of Vega-Lite; vl-convert has several within itself.
VERSION = "6.4"

# Of pictures for slides, over the 96 px of an inch.
_PNG_SCALE = 2

_ROOT = re.compile(r"<svg [^>]*><rect [^>]*/>")
_FAMILY = re.compile(r'font-family="[^"]*"')


def text_of(spec: Json) -> str:
    """A specification as it is published."""
    return json.dumps(spec, ensure_ascii=False, indent=1) + "\n"


def svg_of(spec: Json, sheet: Sheet) -> str:
    """The picture as SVG, with the size in mm that it has on paper.

    Raises:
        LongflowError: vl-convert cannot draw it.
    """
    return _svg(json.dumps(spec, ensure_ascii=False), sheet.width, sheet.whole_height)


@lru_cache(maxsize=256)
def _svg(spec: str, width: float, height: float) -> str:
    try:
        drawn = vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[])
    except ValueError as error:
        raise LongflowError(
            f"cannot be drawn: {' '.join(str(error).split())[:300]}",
            remedy="report this as a fault of longflow",
        ) from None
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width)}mm" height="{_mm(height)}mm"'
        f' viewBox="0 0 {width:.2f} {height:.2f}"><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    # Vega does not know the size of several plots whose places are given.
    found = _ROOT.sub(head, drawn, count=1)
    return _FAMILY.sub(f'font-family="{FONTS}"', found) + "\n"


def _mm(px: float) -> str:
    return f"{px * 25.4 / 96:.2f}"


@lru_cache(maxsize=256)
def png_of(svg: str) -> bytes:
    """A picture for slides.

    Raises:
        LongflowError: vl-convert cannot draw it.
    """
    try:
        return bytes(vl_convert.svg_to_png(svg, scale=_PNG_SCALE))
    except ValueError as error:
        raise LongflowError(
            f"cannot be drawn: {' '.join(str(error).split())[:300]}",
            remedy="report this as a fault of longflow",
        ) from None
