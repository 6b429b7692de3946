"""A sample of `make endure`: kills and failing system calls, with its own seed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_fault_loses_or_doubles_anything_or_locks_a_reader_out() -> None:
    if shutil.which("cc") is None:
        if os.environ.get("CI"):
            pytest.fail("cc is missing; install Debian's packages gcc and libc6-dev")
        pytest.skip("needs a C compiler")
    swept = subprocess.run(
        [sys.executable, "-m", "tests.endure.sweep", "--points", "20", "--seed", "20"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert swept.returncode == 0, swept.stdout
    assert "20 points, 0 of them wrong" in swept.stdout
