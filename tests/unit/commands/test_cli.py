"""cli.py collects the commands, imports the requested one, and reports how it ended."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import longflow.commands
import pytest
from longflow import cli
from longflow.endings import ending
from longflow.errors import LongflowError, WrongUsageError

(FOLDER,) = longflow.commands.__path__
# What commands share is none itself.
SHARED = {"__init__", "arguments"}


def test_every_module_of_commands_is_a_command() -> None:
    modules = {path.stem for path in Path(FOLDER).glob("*.py")} - SHARED
    assert {cli.module_of(name) for name in cli.COMMANDS} == modules


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_command_has_arguments_and_a_body(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = import_module(f"longflow.commands.{cli.module_of(name)}")
    assert callable(module.run)
    parser = argparse.ArgumentParser(prog=name)
    module.add_arguments(parser)
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    # Each option of the module is in the help of the command line.
    options = {one for action in parser._actions for one in action.option_strings}
    help_text = capsys.readouterr().out
    assert all(option in help_text for option in options)


def test_the_help_imports_no_command() -> None:
    script = (
        "import sys\nfrom longflow import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.startswith('longflow.commands.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "['longflow.commands.arguments']"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (LongflowError("no such week"), 1, "no such week"),
        (WrongUsageError("the reason is empty"), 2, "the reason is empty"),
        (MemoryError(), 3, "memory ran out"),
    ],
    ids=["input", "usage", "machine"],
)
def test_an_error_ends_in_one_line_and_a_status(
    error: Exception, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(error) == status
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"longflow: {line}")


def test_a_bug_keeps_its_traceback() -> None:
    bug = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError) as raised:
        ending(bug)
    assert raised.value is bug
