"""The list of digests that lies beside delivered files."""

from __future__ import annotations

import hashlib
from pathlib import Path


def write_checksums(folder: Path) -> None:
    """Write `SHA256SUMS` of all files of a folder."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
