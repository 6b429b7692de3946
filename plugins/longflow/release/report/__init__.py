"""The readable report of a release: a module and a template for each layout of a table."""

from longflow.release.report.page import LAYOUTS, render_report

__all__ = ["LAYOUTS", "render_report"]
