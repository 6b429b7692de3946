"""Weeks of a small provider, with faults and without."""

from __future__ import annotations

import pytest
from longflow.simulator.faults import ALL

from tests.unit.simulator.planted import Week, make


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return make(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return make(tmp_path_factory.mktemp("damaged"), ALL)


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """Faults that `all` leaves out, in sources and feeds of their own."""
    faults = ("scaled-twice", "not-scaled", "port-shift", "bytes-break")
    return make(tmp_path_factory.mktemp("broken"), *faults)


@pytest.fixture(scope="session")
def shrunk(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The other faults that `all` leaves out."""
    faults = ("late-files", "rows-break", "subscribers-break")
    return make(tmp_path_factory.mktemp("shrunk"), *faults)
