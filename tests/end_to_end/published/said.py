"""The sentences of a published edition, and what every sentence has in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.end_to_end.published.truth import release

DIRECTIONS = ("out", "in")
SERVICES = ("broadband", "mobile")

Values = Mapping[str, Any]
# What a sentence should say, by the names of its numbers.
Expected = dict[str, float]


@cache
def said() -> list[dict[str, Any]]:
    sentences: list[dict[str, Any]] = json.loads((release() / "findings.json").read_bytes())[
        "sentences"
    ]
    return [one for one in sentences if one["key"] != "imported"]
