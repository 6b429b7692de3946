"""What of a release people read: the report as a page and as a workbook.

Everything in it follows from the edition, the manifest and the changes, so verification makes it
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longflow.edition import CompiledEdition
from longflow.release import files
from longflow.release.changes import Changes
from longflow.release.figures import Drawing
from longflow.release.report import compose, page_of
from longflow.release.workbook import workbook_of

# By the names of their files.
DOCUMENTS = (files.REPORT, files.WORKBOOK)


def documents_of(
    compiled: CompiledEdition,
    manifest: Mapping[str, Any],
    drawings: Mapping[str, Drawing],
    changes: Changes,
    language: str = "en",
) -> dict[str, bytes]:
    """The documents of a release by name.

    Args:
        compiled: the edition.
        manifest: the manifest of the release.
        drawings: of its figures, in the same language.
        changes: what moved since the last release of the edition.
        language: in which they are written.
    """
    report = compose(compiled, manifest, drawings, changes, language)
    return {files.REPORT: page_of(report).encode(), files.WORKBOOK: workbook_of(report)}
