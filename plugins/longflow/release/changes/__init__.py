"""Changes since the last release of an edition: which value moved, by how much, and why.

A *closed year* is any year before the edition's last: its values were printed and quoted. If one of
them moves beyond its error, nothing is released until a person accepts it with a reason
(docs/method.md, rule 23).
"""

from longflow.release.changes.comparison import accept, compare, released_tables
from longflow.release.changes.moves import Move
from longflow.release.changes.record import CHANGES, Changes

__all__ = ["CHANGES", "Changes", "Move", "accept", "compare", "released_tables"]
