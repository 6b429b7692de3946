"""From a specification to pictures, by vl-convert: no browser, no network, no font of the machine.

Equal specifications are drawn once a process: a release is drawn when it is written, and once more
when it is verified.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

from longflow.errors import LongflowError, MachineError
from longflow.release import fonts
from longflow.release.figures import engine, palette
from longflow.release.figures.sheet import Sheet
from longflow.release.figures.vega import Json

# The engine of vl-convert reserves so much address space, of which it uses little; with less it
# ends the process.
_NEEDED_MB = 72_000

_NO_FONTS = Path(__file__).parent / "no_fonts.conf"
_FONT_SETTING = "FONTCONFIG_FILE"

_ROOT = re.compile(r"<svg [^>]*><rect [^>]*/>")
_FAMILY = re.compile(r'font-family="[^"]*"')

# The process in which the engine runs: in a copy of it, a forked process, it would hang.
_running_in: list[int] = []


def text_of(spec: Json) -> str:
    """A specification as it is published: a line for each of its parts, data included."""
    parts = (
        f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in spec.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def svg_of(spec: Json, sheet: Sheet) -> str:
    """The picture as SVG, with the size in mm that it has on paper.

    Raises:
        LongflowError: vl-convert cannot draw it.
        MachineError: a limit on address space leaves no room for it.
    """
    families = sheet.face.families
    return _svg(json.dumps(spec, ensure_ascii=False), sheet.width, sheet.whole_height, families)


@lru_cache(maxsize=256)
def _svg(spec: str, width: float, height: float, families: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width)}mm" height="{_mm(height)}mm"'
        f' viewBox="0 0 {width:.2f} {height:.2f}">'
        f'<rect width="100%" height="100%" fill="{palette.GROUND.light}"/>'
    )
    # Vega does not know the size of several plots whose places are given.
    found = _ROOT.sub(head, _drawn(spec), count=1)
    return _FAMILY.sub(f'font-family="{families}"', found) + "\n"


def _drawn(spec: str) -> str:
    """The picture as vl-convert draws it, in this process or, if it is a forked one, in another."""
    _require_address_space()
    if _running_in and _running_in[0] != os.getpid():
        return _drawn_apart(spec)
    _running_in[:] = [os.getpid()]
    with _own_fonts(), _faults_in_words():
        return engine.svg_of(spec)


def _drawn_apart(spec: str) -> str:
    done = subprocess.run(  # noqa: S603 - a program of this package
        # Without -P the modules beside it would stand for others of the same names.
        [sys.executable, "-P", engine.__file__, *map(str, fonts.FOLDERS)],
        input=spec.encode(),
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            _FONT_SETTING: str(_NO_FONTS),
        },
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise _cannot_draw(lines[-1] if lines else f"status {done.returncode}")
    return done.stdout.decode()


def _require_address_space() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _NEEDED_MB * 1_000_000:
        raise MachineError(
            f"the limit on address space (ulimit -v) is {limit // 1_000_000:,} MB, but drawing"
            f" figures reserves {_NEEDED_MB:,} MB, of which it uses little",
            remedy="raise it (ulimit -v unlimited); to bound the memory in use, set a limit on the"
            " container or service",
        )


@contextmanager
def _own_fonts() -> Iterator[None]:
    """Let vl-convert find no fonts but its own and ours; it looks when it first needs some."""
    before = os.environ.get(_FONT_SETTING)
    os.environ[_FONT_SETTING] = str(_NO_FONTS)
    _register_fonts()
    try:
        yield
    finally:
        if before is None:
            del os.environ[_FONT_SETTING]
        else:
            os.environ[_FONT_SETTING] = before


@cache
def _register_fonts() -> None:
    for folder in fonts.FOLDERS:
        engine.register(str(folder))


@contextmanager
def _faults_in_words() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise _cannot_draw(str(error)) from None


def _cannot_draw(why: str) -> LongflowError:
    what = " ".join(why.split())[:300]
    return LongflowError(
        f"a figure cannot be drawn: {what}", remedy="report this as a fault of longflow"
    )


def _mm(px: float) -> str:
    return f"{px * 25.4 / 96:.2f}"


@lru_cache(maxsize=256)
def png_of(svg: str) -> bytes:
    """A picture for slides.

    Raises:
        LongflowError: vl-convert cannot draw it.
    """
    with _own_fonts(), _faults_in_words():
        return engine.png_of(svg)
