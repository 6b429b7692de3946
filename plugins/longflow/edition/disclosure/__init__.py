"""Nothing published describes few subscribers: rows that would are withheld, the rest rounded."""

from longflow.edition.disclosure.guard import guard_tables

__all__ = ["guard_tables"]
