"""Nothing published describes few subscribers: rows that would are withheld, the rest rounded."""

from longflow.edition.disclosure.guard import COMPUTED, Guarded, guard_tables

__all__ = ["COMPUTED", "Guarded", "guard_tables"]
