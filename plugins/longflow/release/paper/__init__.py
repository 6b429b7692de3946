"""The report as a PDF, set by Typst for print and for screen readers."""

from longflow.release.paper.typesetting import paper_of

__all__ = ["paper_of"]
