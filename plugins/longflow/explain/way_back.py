"""The way back of a table: every table and query between publication and the staged feeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longflow.explain.made_from import (
    STEPS,
    Place,
    contract_of,
    guarded_by,
    made_from,
    queries_of,
)
from longflow.explain.sentences import comment, first_sentence, rules_cited
from longflow.sqlfile import query


@dataclass(frozen=True)
class Stage:
    """A table on the way back.

    Attributes:
        place: the table.
        sentence: what it is.
        rules: of docs/method.md, that its queries cite.
        variants: name and sentence of each query, where several make it.
        made_by: the function that makes it, by its full name; None where a query does.
        inputs: the tables that it is directly made of.
        guards: tables that withhold or round its rows.
    """

    place: Place
    sentence: str
    rules: tuple[int, ...]
    variants: tuple[tuple[str, str], ...]
    made_by: str | None
    inputs: tuple[Place, ...]
    guards: tuple[Place, ...]


def way_back(place: Place) -> list[Stage]:
    """The way back of a table, each table once: step by step, and after all that is made of it.

    Args:
        place: where the way begins.
    """
    found: list[Place] = []
    _walk(place, found)
    found.reverse()
    in_order = sorted(found, key=lambda one: STEPS.index(one.step))
    return [stage(one) for one in in_order]


def stage(place: Place) -> Stage:
    """What there is to say of one table."""
    promise = contract_of(place)
    texts = {name: query(*place, name) for name in queries_of(place)}
    said = {name: comment(text) for name, text in texts.items()}
    variants = [(name, first_sentence(text)) for name, text in said.items()]
    is_one = promise is not None or len(said) == 1
    if promise is not None:
        sentence = first_sentence(promise.meaning)
    else:
        sentence = variants[0][1] if is_one else f"One or more of {len(variants)} queries:"
    return Stage(
        place=place,
        sentence=sentence,
        rules=tuple(rules_cited(" ".join([*said.values(), promise.meaning if promise else ""]))),
        variants=() if is_one else tuple(variants),
        made_by=None if promise is None else promise.made_by,
        inputs=made_from(place),
        guards=guarded_by(place),
    )


def _walk(place: Place, found: list[Place]) -> None:
    """Depth first: a table is put down after all that it is made of."""
    for other in _directly(place):
        if other not in found:
            _walk(other, found)
    found.append(place)


def _directly(place: Place) -> Iterator[Place]:
    yield from made_from(place)
    yield from guarded_by(place)
