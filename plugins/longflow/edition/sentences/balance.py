"""Sentences on how much more is received than sent."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figures
from longflow.edition.sentences.growth import out_over_in
from longflow.edition.sentences.numbers import level, quotient
from longflow.edition.sentences.sentence import Numbers, Sentence
from longflow.edition.sentences.wanted import SERVICES, is_said, last_two, sentence

_TABLE = "segments"


def balance(figures: Figures) -> Iterator[Sentence]:
    """OUT over IN of each service, and of its consumers and businesses."""
    yield from out_over_in(figures)
    for service in SERVICES:
        yield from _by_segment(figures, service)


def _by_segment(figures: Figures, service: str) -> Iterator[Sentence]:
    column = "out_in_ratio"
    year, _ = last_two(figures.years(_TABLE, column, service=service))
    consumers, businesses = (
        figures.get(_TABLE, column, year=year, service=service, segment=segment)
        for segment in ("consumer", "business")
    )
    numbers: Numbers = {
        "consumers": level(consumers, "ratio", none=1),
        "businesses": level(businesses, "ratio", none=1),
        "apart": quotient(consumers, businesses),
    }
    if is_said(numbers, "consumers", "businesses"):
        yield sentence("balance", "out_over_in_by_segment", numbers, service=service, year=year)
