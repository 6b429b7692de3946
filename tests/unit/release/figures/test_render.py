"""Pictures are the same everywhere, and what the machine lacks for them is said in a line."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.release.figures import render
from longflow.release.figures.metrics import FACES
from longflow.release.figures.sheet import lay_out
from longflow.release.figures.vega import Json

FACE = FACES["Liberation Sans"]
SHEET = lay_out(1, FACE, narrow=True, y_labels=[], right=0, legend_lines=0, titled=False)
SPEC: Json = {
    "data": {"values": [{"x": 20, "y": 20, "text": "Wide or narrow"}]},
    "mark": {"type": "text", "font": "Liberation Sans", "align": "left"},
    "encoding": {"text": {"field": "text"}},
}
DRAW = f"""
import hashlib
from longflow.release.figures import render
from longflow.release.figures.metrics import FACES
from longflow.release.figures.metrics import FACES
from longflow.release.figures.sheet import lay_out
face = FACES["Liberation Sans"]
sheet = lay_out(1, face, narrow=True, y_labels=[], right=0, legend_lines=0, titled=False)
svg = render.svg_of({SPEC!r}, sheet)
print(hashlib.sha256(svg.encode() + render.png_of(svg)).hexdigest())
"""
MONOSPACED = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")


def digest() -> str:
    svg = render.svg_of(SPEC, SHEET)
    return hashlib.sha256(svg.encode() + render.png_of(svg)).hexdigest()


def drawn_elsewhere(*before: str, **environment: str) -> str:
    ended = subprocess.run(
        [*before, sys.executable, "-c", DRAW],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return ended.stdout.strip()


def renamed(font: bytes, family: str) -> bytes:
    """A TrueType font under another name: its table of names is replaced by one at the end."""
    texts = {1: family, 2: "Regular", 4: family, 6: family.replace(" ", "")}
    stored, records = b"", b""
    for number, text in texts.items():
        coded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, number, len(coded), len(stored))
        stored += coded
    names = struct.pack(">3H", 0, len(texts), 6 + len(records)) + records + stored
    made = bytearray(font) + b"\0" * (-len(font) % 4)
    (tables,) = struct.unpack(">H", font[4:6])
    for place in range(12, 12 + 16 * tables, 16):
        if font[place : place + 4] == b"name":
            struct.pack_into(">4sIII", made, place, b"name", 0, len(made), len(names))
    return bytes(made) + names


def test_equal_specifications_give_equal_bytes_in_another_place(tmp_path: Path) -> None:
    elsewhere = {"TZ": "America/New_York", "LANG": "de_DE.UTF-8", "HOME": str(tmp_path)}
    assert drawn_elsewhere(**elsewhere) == digest()


@pytest.mark.skipif(not MONOSPACED.is_file(), reason="no font here that could be mistaken")
def test_font_of_the_machine_with_the_same_name_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / ".fonts"
    folder.mkdir()
    (folder / "other.ttf").write_bytes(renamed(MONOSPACED.read_bytes(), "Liberation Sans"))
    assert drawn_elsewhere(HOME=str(tmp_path)) == digest()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may cut a process off from the network")
def test_pictures_are_drawn_without_network() -> None:
    assert drawn_elsewhere("unshare", "--net") == digest()


def test_forked_process_draws_too() -> None:
    expected = digest()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        render._svg.cache_clear()
        render.png_of.cache_clear()
        os.write(writing, digest().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100).decode() == expected


def test_too_little_address_space_is_reported_before_anything_is_drawn() -> None:
    program = (
        "from longflow.errors import MachineError\n"
        f"try:\n    exec({DRAW!r})\nexcept MachineError as error:\n    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000,) * 2),
    )
    assert ended.stdout.startswith(
        "the limit on address space (ulimit -v) is 8,000 MB, but drawing figures reserves"
    )
    assert not ended.stderr


def test_what_cannot_be_drawn_is_a_line() -> None:
    with pytest.raises(LongflowError, match="a figure cannot be drawn: "):
        render.svg_of({"mark": "no such mark"}, SHEET)


def test_what_another_process_cannot_draw_is_the_same_line() -> None:
    spec = json.dumps({"mark": "no such mark"})
    with pytest.raises(LongflowError) as here:
        render._drawn(spec)
    with pytest.raises(LongflowError) as apart:
        render._drawn_apart(spec)
    assert str(apart.value) == str(here.value)


def test_another_process_reads_no_url() -> None:
    spec = {**SPEC, "data": {"url": "http://localhost:9/data.json"}}
    with pytest.raises(LongflowError, match="url not allowed: http://localhost:9/"):
        render._drawn_apart(json.dumps(spec))
