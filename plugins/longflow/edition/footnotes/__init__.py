"""Footnotes of an edition: how its figures are defined, and what was found about this one."""

from longflow.edition.footnotes.calendar import calendar_notes, hour_notes
from longflow.edition.footnotes.definitions import definitions
from longflow.edition.footnotes.densities import axis_notes
from longflow.edition.footnotes.findings import findings
from longflow.edition.footnotes.neighbours import neighbour_notes
from longflow.edition.footnotes.note import Note
from longflow.edition.footnotes.sampling import floor_notes
from longflow.edition.footnotes.withheld import withheld_notes

__all__ = [
    "Note",
    "axis_notes",
    "calendar_notes",
    "definitions",
    "findings",
    "floor_notes",
    "hour_notes",
    "neighbour_notes",
    "withheld_notes",
]
