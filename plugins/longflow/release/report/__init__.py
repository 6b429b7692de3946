"""The readable report of a release: typed sections, and the page that prints them."""

from longflow.release.report.page import page_of
from longflow.release.report.report import Report, compose
from longflow.release.report.sections import LAYOUTS

__all__ = ["LAYOUTS", "Report", "compose", "page_of"]
