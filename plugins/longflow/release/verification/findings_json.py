"""Whether the sentences of a release say what its tables say."""

from __future__ import annotations

import json
from typing import Any

from longflow.amounts import counted
from longflow.edition import CompiledEdition
from longflow.release.findings import FINDINGS, findings_bytes
from longflow.release.second_way import SecondSentences
from longflow.release.verification.checked import Checked
from longflow.release.verification.found import bytes_of


def expected_findings(checked: Checked) -> set[str]:
    """The names of the files with sentences that a release must have: older ones have none."""
    is_stated = "findings_sha256" in checked.manifest
    return {FINDINGS} if is_stated or checked.writer.is_this else set()


def written_findings(checked: Checked, compiled: CompiledEdition) -> bytes | None:
    """What the file with the sentences must hold; None if the release has none."""
    if expected_findings(checked):
        return findings_bytes(compiled)
    checked.found.not_held.append(f"{FINDINGS}: {checked.writer} wrote none")
    return None


def check_sentences(checked: Checked, compiled: CompiledEdition) -> None:
    """Work out every number of a release's sentences again, from the cells that they name."""
    if not expected_findings(checked):
        return
    second = SecondSentences(compiled.tables)
    try:
        count, problems = second.compare(_stated(checked))
    except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError):
        # The comparison of the file with the rebuilt one has reported what is wrong with it.
        count, problems = second.compare([one.content() for one in compiled.sentences])
    checked.found.problems += problems
    checked.found.compared.append(
        f"{counted(count, 'numbers')} of {counted(len(compiled.sentences), 'sentences')} with the"
        " cells that they name, by a second way"
    )


def _stated(checked: Checked) -> list[dict[str, Any]]:
    """The sentences of the release.

    Raises:
        ValueError: the file is not JSON, or cannot be read.
    """
    data = bytes_of(checked.release / FINDINGS, FINDINGS, checked.found)
    if data is None:
        raise ValueError(FINDINGS)
    sentences: list[dict[str, Any]] = json.loads(data)["sentences"]
    return sentences
