"""The archive filled by hand, as unit tests have it."""

from tests.unit.conftest import own_lake_settings, shared_lake

__all__ = ["own_lake_settings", "shared_lake"]
