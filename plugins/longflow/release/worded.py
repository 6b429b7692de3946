"""The files of a release that are written in words: documents and drawings, in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longflow.edition import CompiledEdition
from longflow.release.changes import Changes
from longflow.release.documents import documents_of
from longflow.release.figures import Drawing, draw_edition
from longflow.settings import Event
from longflow.texts import wording


def drawn_in_words(
    compiled: CompiledEdition, events: Sequence[Event]
) -> Iterator[tuple[str, Mapping[str, Drawing]]]:
    """Each language of an edition, with the drawings of all figures by table.

    Raises:
        LongflowError: a figure cannot be drawn.
    """
    for language in compiled.settings.languages:
        yield language, draw_edition(compiled, events, wording(language))


def worded_files(
    compiled: CompiledEdition, events: Sequence[Event], manifest: dict[str, Any], moved: Changes
) -> dict[str, bytes]:
    """The documents and drawings of a release by name.

    Args:
        compiled: the edition.
        events: dated events that figures over time show.
        manifest: of the release.
        moved: what moved since the last release of the edition.
    """
    found: dict[str, bytes] = {}
    for language, drawings in drawn_in_words(compiled, events):
        for drawn in drawings.values():
            found |= drawn.contents()
        found |= documents_of(compiled, manifest, drawings, moved, language)
    return found
