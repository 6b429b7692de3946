"""What of a release people and portals read: the report in its formats, and what describes it.

All of it follows from the edition, the manifest and the changes, so verification makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from longflow.edition import CompiledEdition
from longflow.release import files
from longflow.release.changes import CHANGES, Changes
from longflow.release.figures import Drawing
from longflow.release.findings import FINDINGS
from longflow.release.metadata import citation_of, datapackage_of, dictionary_of, readme_of
from longflow.release.paper import paper_of
from longflow.release.report import Report, compose, page_of
from longflow.release.workbook import workbook_of
from longflow.settings import Edition

# The formats that an edition can have beside the page, with the name of the file of each.
_FORMATS: Mapping[str, tuple[str, Callable[[Report], bytes]]] = {
    "pdf": (files.PAPER, paper_of),
    "xlsx": (files.WORKBOOK, workbook_of),
}

_METADATA = (files.README, files.CITATION, files.DATAPACKAGE, files.DICTIONARY)


def document_names(edition: Edition) -> tuple[str, ...]:
    """The names of the documents of an edition's releases, those in its first language first."""
    formats = (name for of, (name, _) in _FORMATS.items() if of in edition.formats)
    reports = (files.REPORT, *formats)
    _, *others = edition.languages
    return (
        *reports,
        *_METADATA,
        *(files.in_language(name, of, edition.languages) for of in others for name in reports),
    )


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
        language: in which they are written; names and meanings of columns are English.
    """
    report = compose(compiled, manifest, drawings, changes, language)
    edition = compiled.settings
    reports = {
        files.REPORT: page_of(report).encode(),
        **{
            name: print_(report) for of, (name, print_) in _FORMATS.items() if of in edition.formats
        },
    }
    if language != edition.languages[0]:
        # What describes the files is there once, in the first language.
        return {
            files.in_language(name, language, edition.languages): of for name, of in reports.items()
        }
    names = {
        *(table["csv"] for table in manifest["tables"]),
        *(name for table in manifest["tables"] for name in table.get("drawings", ())),
        *(FINDINGS, CHANGES, files.MANIFEST, files.CHECKSUMS),
        *document_names(edition),
    }
    return {
        **reports,
        files.README: readme_of(report, names),
        files.CITATION: citation_of(report),
        files.DATAPACKAGE: datapackage_of(report),
        files.DICTIONARY: dictionary_of(report),
    }
