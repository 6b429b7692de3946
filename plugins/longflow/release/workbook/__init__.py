"""The report as a workbook: a sheet for each table and figure."""

from longflow.release.workbook.workbook import workbook_of

__all__ = ["workbook_of"]
