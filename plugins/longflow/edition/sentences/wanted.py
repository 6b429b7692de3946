"""What every topic needs: the order of services and directions, and when a sentence is said."""

from __future__ import annotations

from longflow.edition.footnotes.note import Value
from longflow.edition.sentences.figures import Figures
from longflow.edition.sentences.sentence import Numbers, Sentence

SERVICES = ("broadband", "mobile")
DIRECTIONS = ("out", "in")

# The table of the volumes of a service's consumers, the figure of their density, and the table of
# its ports.
VOLUMES = {"broadband": "table-1", "mobile": "table-2"}
DENSITIES = {"broadband": "figure-3", "mobile": "figure-4"}
PORTS = {"broadband": "table-3", "mobile": "table-4"}


def sentence(topic: str, key: str, numbers: Numbers, /, **values: Value) -> Sentence:
    """A sentence of a topic."""
    return Sentence(topic, key, values, numbers)


def is_said(numbers: Numbers, *names: str) -> bool:
    """Whether all the numbers that a sentence cannot do without are there."""
    return all(numbers.get(name) is not None for name in names)


def last_two(years: list[int]) -> tuple[int | None, int | None]:
    """The last year and the one before it, None where there is none."""
    return (years[-1] if years else None), (years[-2] if len(years) > 1 else None)


def same_population(figures: Figures, table: str, one: int | None, other: int | None) -> bool:
    """Whether the distributions of two years count the same population (docs/method.md, rule 5)."""
    populations = [
        {row["population"] for row in figures.rows(table, year=year)} for year in (one, other)
    ]
    return populations[0] == populations[1] and len(populations[0]) == 1
