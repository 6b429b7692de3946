"""The built wheel works outside a checkout: it holds the SQL, the templates and the names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SETTINGS = """
[provider]
name = "Elsewhere"
time_zone = "Europe/Berlin"

[[sources]]
name = "snmp"
feed = "counters"
format = "csv"

[editions.2024]
title = "Five years"

[editions.2024.analysis_weeks]
2024 = 2024-06-03
"""
FIGURES = "table,year,direction,column,value\ntable-1,2007,in,mean_mb,436\n"

pytestmark = pytest.mark.slow


def uv(*arguments: str | Path) -> None:
    """Run uv from what it has at hand; where that is not all, from the package index."""
    program = shutil.which("uv") or PROJECT / "var" / "uv" / "bin" / "uv"
    for offline in (["--offline"], []):
        done = subprocess.run(
            [program, *arguments, *offline], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
    pytest.fail(done.stderr)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--quiet", "--out-dir", folder, PROJECT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; all that it needs comes from the one at hand."""
    root = tmp_path_factory.mktemp("elsewhere")
    environment = root / "venv"
    uv("venv", "--quiet", "--python", sys.executable, environment)
    uv("pip", "install", "--quiet", "--no-deps", "--python", environment / "bin" / "python", wheel)
    (packages,) = environment.glob("lib/*/site-packages")
    (packages / "at_hand.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    (root / "longflow.toml").write_text(SETTINGS)
    (root / "figures.csv").write_text(FIGURES)
    return root


def run(installed: Path, program: str, *arguments: str) -> str:
    """What a program of the environment prints, called where no checkout is."""
    unset = ("PYTHONPATH", "LONGFLOW_SETTINGS", "VIRTUAL_ENV")
    done = subprocess.run(
        [installed / "venv" / "bin" / program, *arguments],
        cwd=installed,
        env={name: value for name, value in os.environ.items() if name not in unset},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_sql_and_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        inside = set(content.namelist())
    sql = {
        f"longflow/{path.relative_to(PROJECT).as_posix()}"
        for path in (PROJECT / "sql").rglob("*")
        if path.is_file()
    }
    package = {
        path.relative_to(PROJECT / "plugins").as_posix()
        for path in (PROJECT / "plugins" / "longflow").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sql
    assert sql | package <= inside


def test_it_is_the_wheel_that_runs(installed: Path) -> None:
    script = "import longflow.sqlfile as s; print(s.__file__); print(s.sql_root())"
    module, sql = run(installed, "python", "-c", script).splitlines()
    assert Path(module).is_relative_to(installed)
    assert Path(sql) == Path(module).parent / "sql"


def test_the_command_line_starts(installed: Path) -> None:
    assert run(installed, "longflow", "--version").startswith("longflow ")
    assert "provider.time_zone" in run(installed, "longflow", "settings")


def test_the_archive_is_made_filled_and_read(installed: Path) -> None:
    reported = run(installed, "longflow", "import-published", "figures.csv")
    assert reported == "table-1: 1 new, 0 changed, 0 as before\n"
    assert "archive is empty" in run(installed, "longflow", "status")
    assert "damaged: 0" in run(installed, "longflow", "check")


def test_code_has_the_digest_of_the_checkout_that_it_was_built_from(installed: Path) -> None:
    script = "from longflow.release import manifest as m; print(m.code_at_hand()['sources_sha256'])"
    here = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run(installed, "python", "-c", script) == here.stdout
