"""Nothing published describes few subscribers: rows that would are withheld, the rest rounded."""

from longflow.edition.disclosure.guard import COMPUTED, WITHHELD, Guarded, guard_tables

__all__ = ["COMPUTED", "WITHHELD", "Guarded", "guard_tables"]
