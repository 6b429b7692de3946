"""The calls of vl-convert. As a program it draws one picture, for a process that cannot.

It imports nothing else of longflow, so that such a program starts fast.
"""

from __future__ import annotations

import sys

import vl_convert

# Of Vega-Lite; vl-convert has several within itself.
_VERSION = "6.4"

# Of pictures for slides, over the 96 px of an inch.
_PNG_SCALE = 2


def register(folder: str) -> None:
    """Let drawings use the fonts in a folder."""
    vl_convert.register_font_directory(folder)


def svg_of(spec: str) -> str:
    """The picture of a specification as SVG, from which no URL is read.

    Raises:
        ValueError: vl-convert cannot draw it.
    """
    return str(vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=[]))


def png_of(svg: str) -> bytes:
    """A picture as PNG.

    Raises:
        ValueError: vl-convert cannot draw it.
    """
    return bytes(vl_convert.svg_to_png(svg, scale=_PNG_SCALE))


def _main() -> None:
    """Read a specification, write its SVG; if it cannot be drawn, state in a line why.

    Arguments are folders of fonts.
    """
    for folder in sys.argv[1:]:
        register(folder)
    spec = sys.stdin.buffer.read().decode()
    try:
        svg = svg_of(spec)
    except ValueError as error:
        sys.exit(" ".join(str(error).split()))
    sys.stdout.buffer.write(svg.encode())


if __name__ == "__main__":
    _main()
