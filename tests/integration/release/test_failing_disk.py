"""A disk that fails to read a release is no verdict on the release."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.errors import MachineError
from longflow.release import files, signature
from longflow.release.verification.changes_json import stated_changes
from longflow.release.verification.checked import Checked
from longflow.release.verification.found import Found, bytes_of
from longflow.settings import Settings

from tests.forging import copied

# Reading it from its beginning is an input/output error, on every machine with Linux.
FAILING = Path("/proc/self/mem")


def test_signature_that_the_disk_fails_to_read_is_a_fault_of_the_machine(
    lake_settings: Settings, tmp_path: Path
) -> None:
    release = tmp_path / "20240101T000000Z"
    signature.signature_file(release).symlink_to(FAILING)
    with pytest.raises(MachineError, match="this disk failed to read or write"):
        signature.check(lake_settings, release, None)


def test_key_that_the_disk_fails_to_read_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    key = tmp_path / "minisign.key"
    key.symlink_to(FAILING)
    with pytest.raises(MachineError, match="this disk failed to read or write"):
        signature.read_key(key, lambda: "")


def test_file_that_the_disk_fails_to_read_is_a_fault_of_the_machine() -> None:
    with pytest.raises(MachineError, match="this disk failed to read or write"):
        bytes_of(FAILING, "report.html", Found())


def test_file_that_is_gone_is_a_problem_of_the_release(tmp_path: Path) -> None:
    found = Found()
    assert bytes_of(tmp_path / "report.html", "report.html", found) is None
    assert found.problems == ["report.html: cannot be read: No such file or directory"]


def test_changes_that_the_disk_fails_to_read_are_a_fault_of_the_machine(
    released_settings: Settings, released: Path, tmp_path: Path
) -> None:
    release = copied(released, tmp_path)
    (release / "changes.json").unlink()
    checked = Checked.of(released_settings, release, files.read_manifest(release), set(), Found())
    assert stated_changes(checked) is None
    (release / "changes.json").symlink_to(FAILING)
    with pytest.raises(MachineError, match="this disk failed to read or write"):
        stated_changes(checked)
