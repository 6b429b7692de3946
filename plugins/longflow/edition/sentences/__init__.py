"""What an edition's numbers say: sentences as keys with values and numbers, without wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from longflow.edition.sentences.balance import balance
from longflow.edition.sentences.figures import Figures
from longflow.edition.sentences.growth import growth
from longflow.edition.sentences.hours import hours
from longflow.edition.sentences.ports import ip_versions, ports
from longflow.edition.sentences.sentence import Cell, Number, Sentence
from longflow.edition.sentences.volumes import concentration, volumes

__all__ = ["Cell", "Number", "Sentence", "sentences"]

# In the order in which an editor writes them.
_TOPICS: tuple[Callable[[Figures], Iterable[Sentence]], ...] = (
    growth,
    balance,
    volumes,
    concentration,
    ports,
    ip_versions,
    hours,
)


def sentences(tables: Mapping[str, pl.DataFrame]) -> tuple[Sentence, ...]:
    """The sentences that the tables of an edition allow, in the order of printing.

    Args:
        tables: by id, as they are published. Withheld cells are never used.
    """
    figures = Figures(tables)
    said = [sentence for topic in _TOPICS for sentence in topic(figures)]
    imported = any(
        number is not None and number.imported
        for sentence in said
        for number in sentence.numbers.values()
    )
    return (*said, *([Sentence("about", "imported")] if imported else []))
