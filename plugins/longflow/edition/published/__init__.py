"""Figures of earlier reports: read from a file, checked, and inserted into an edition's tables.

Source: docs/method.md, rule 22.
"""

from longflow.edition.published.figure import Figure
from longflow.edition.published.file import PublishedFile, PublishedFileError, read_published
from longflow.edition.published.gone import leave_out_gone
from longflow.edition.published.insertion import add_published
from longflow.edition.published.kept import PublishedFigures, published_figures

__all__ = [
    "Figure",
    "PublishedFigures",
    "PublishedFile",
    "PublishedFileError",
    "add_published",
    "leave_out_gone",
    "published_figures",
    "read_published",
]
