"""The archive filled by hand, as unit tests have it."""

from tests.unit.conftest import (
    compiled,
    lake_settings,
    memory_archive,
    memory_connection,
    memory_settings,
    own_lake_settings,
    released,
    released_settings,
    shared_lake,
)

__all__ = [
    "compiled",
    "lake_settings",
    "memory_archive",
    "memory_connection",
    "memory_settings",
    "own_lake_settings",
    "released",
    "released_settings",
    "shared_lake",
]
