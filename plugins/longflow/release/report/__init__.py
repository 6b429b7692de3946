"""The readable report of a release: typed sections, and the page that prints them."""

from longflow.release.report.page import render_report
from longflow.release.report.sections import LAYOUTS

__all__ = ["LAYOUTS", "render_report"]
