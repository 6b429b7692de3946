"""Collectors that run for a test."""

from functools import partial
from pathlib import Path

import pytest

from tests.integration.collecting import Collect, collected


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Return a function that sends packets to an nfcapd and returns the file that it wrote."""
    return partial(collected, tmp_path)
