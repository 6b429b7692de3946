"""The legend above the panels: a sample of each look, and its name."""

from __future__ import annotations

from dataclasses import dataclass

from longflow.release.figures import palette
from longflow.release.figures.palette import Mark
from longflow.release.figures.sheet import LINE, Sheet, flow
from longflow.release.figures.vega import Json, in_px, texts, values

# Room for the sample of an entry, before its text.
SAMPLE = 26.0
_LENGTH = 20.0


@dataclass(frozen=True)
class Entry:
    """A name and the look that it explains."""

    name: str
    look: Mark


def legend_layers(entries: list[Entry], sheet: Sheet) -> list[Json]:
    """The layers of a legend, by places from the first plot."""
    if not entries:
        return []
    places, _ = flow([entry.name for entry in entries], sheet.width, SAMPLE, sheet.face)
    found: list[Json] = []
    named = []
    for entry, (at, line) in zip(entries, places, strict=True):
        left, middle = at - sheet.left, 2 + LINE * (line + 0.5) - sheet.top
        sample = {
            "x": round(left, 2),
            "y": round(middle, 2),
            "x2": round(left + _LENGTH, 2),
            "y2": round(middle, 2),
        }
        mark = {"type": "rule", "stroke": entry.look.colour.light, "strokeWidth": 1.6}
        if entry.look.dash:
            mark["strokeDash"] = list(entry.look.dash)
        found.append(
            {
                "data": values([sample]),
                "mark": mark,
                "encoding": in_px("x", "y", "x2", "y2"),
            }
        )
        if entry.look.shape:
            found.append(
                {
                    "data": values([{"x": round(left + _LENGTH / 2, 2), "y": round(middle, 2)}]),
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 26,
                        "opacity": 1,
                        "shape": entry.look.shape,
                        "fill": entry.look.colour.light,
                    },
                    "encoding": in_px("x", "y"),
                }
            )
        named.append({"x": left + SAMPLE, "y": middle, "text": entry.name})
    return [*found, texts(named, fill=palette.INK.light)]
