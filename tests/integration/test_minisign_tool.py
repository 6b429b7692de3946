"""Signatures between longflow and Debian's minisign, in both directions."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from longflow.minisign import PublicKey, SecretKey, Signature

pytestmark = pytest.mark.minisign

PASSWORD = "correct horse\n"  # noqa: S105 - made for this test


def minisign(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["minisign", *arguments],
        cwd=folder,
        input=2 * PASSWORD,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a password, and a list of checksums to be signed."""
    folder = tmp_path_factory.mktemp("minisign")
    (folder / "SHA256SUMS").write_text("0" * 64 + "  manifest.json\n")
    assert minisign(folder, "-G", "-p", "key.pub", "-s", "key").returncode == 0
    return folder


@pytest.mark.parametrize("kind", [[], ["-l"]])
def test_what_the_tool_signs_holds_here(folder: Path, kind: list[str]) -> None:
    arguments = ["-S", *kind, "-s", "key", "-m", "SHA256SUMS", "-t", "edition 2024"]
    assert minisign(folder, *arguments).returncode == 0
    signature = Signature.parse((folder / "SHA256SUMS.minisig").read_text())
    key = PublicKey.parse((folder / "key.pub").read_text())
    assert key.has_signed((folder / "SHA256SUMS").read_bytes(), signature)
    assert not key.has_signed(b"", signature)
    assert signature.trusted_comment == "edition 2024"


def test_what_is_signed_here_holds_for_the_tool(folder: Path) -> None:
    key = SecretKey.parse((folder / "key").read_text(), PASSWORD.strip)
    text = key.sign((folder / "SHA256SUMS").read_bytes(), "longflow\tedition:2024").text("ours")
    (folder / "ours.minisig").write_text(text)
    arguments = ["-V", "-p", "key.pub", "-x", "ours.minisig", "-m"]
    done = minisign(folder, *arguments, "SHA256SUMS")
    assert done.returncode == 0
    assert "Trusted comment: longflow\tedition:2024" in done.stdout
    (folder / "other").write_text("something else")
    assert minisign(folder, *arguments, "other").returncode != 0
