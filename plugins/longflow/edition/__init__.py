"""Compile the tables of an edition from the archive: SQL for sums, statistics for the rest."""

from longflow.edition.compile import CompiledEdition, compile_edition

__all__ = ["CompiledEdition", "compile_edition"]
