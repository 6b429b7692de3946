"""Reading the settings file: which one, and a clear line for each error in it."""

from __future__ import annotations

import errno
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from longflow.errors import CollectedError, LongflowError
from longflow.settings import wording
from longflow.settings.lines import line_of, lines_of_keys
from longflow.settings.section import Problem, WrongSettingError, shortened
from longflow.settings.whole import Settings
from longflow.simulator.provider import section_problems

VARIABLE = "LONGFLOW_SETTINGS"
_DEFAULT = "longflow.toml"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_LINES = 100


@dataclass(frozen=True)
class ReadSettings:
    """Settings, and where they come from.

    Attributes:
        settings: the settings.
        chosen_by: how the file was found: by `--settings`, by the variable, or by default.
        lines: line of every key that the file has, by path.
    """

    settings: Settings
    chosen_by: str
    lines: Mapping[tuple[str | int, ...], int]


def read(path: str | Path | None = None) -> ReadSettings:
    """Read the settings file and check all of it.

    Raises:
        LongflowError: there is no such file, or settings are wrong: `lines` has one for each.
    """
    file, chosen_by = chosen(path)
    text = _text(file)
    raw, problems = _parsed(file, text)
    raw.setdefault("var", "var")
    if "simulator" in raw and isinstance(raw["simulator"], dict):
        for key, what, remedy in section_problems(raw["simulator"]):
            problems.append((("simulator", key), Problem(what, remedy)))
    settings = None
    if "file" in raw:
        problems.append((("file",), Problem("there is no such setting", "remove it")))
    try:
        settings = Settings.model_validate({**raw, "file": file}, context={"folder": file.parent})
    except ValidationError as error:
        problems += problems_of(error, raw)
    lines = lines_of_keys(text)
    if problems or settings is None:
        raise _as_error(file, problems, raw, lines)
    return ReadSettings(settings, chosen_by, lines)


def chosen(path: str | Path | None) -> tuple[Path, str]:
    """The settings file that a path names, or the environment, or else the usual one; and which.

    Raises:
        LongflowError: no file can have its name.
    """
    named, chosen_by = path, "named by --settings"
    if named is None and VARIABLE in os.environ:
        named, chosen_by = os.environ[VARIABLE], f"named by the variable {VARIABLE}"
    if named is None:
        named, chosen_by = _DEFAULT, "the default, because nothing names another one"
    if not str(named).strip():
        raise LongflowError(
            f"{chosen_by.removeprefix('named by ')} is empty",
            remedy="set it to the settings file, or unset it",
        )
    try:
        return Path(named).resolve(), chosen_by
    except (OSError, ValueError, RuntimeError) as error:
        # A loop of links, or a NUL.
        raise LongflowError(
            f"no file can have this name: {error}",
            file=shortened(repr(str(named))),
            remedy=f"name one with --settings or {VARIABLE}",
        ) from None


def _text(file: Path) -> str:
    """The text of the file.

    Raises:
        LongflowError: it is not a settings file.
        OSError: the machine failed to read it.
    """
    try:
        if file.exists() and not file.is_file():
            what = "is a folder" if file.is_dir() else "is not a regular file"
            raise LongflowError(f"{what}, not a settings file", file=file, remedy="name the file")
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise LongflowError(
            "no such settings file", file=file, remedy=f"name one with --settings or {VARIABLE}"
        ) from None
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise LongflowError(
            "the name is too long for a file",
            file=shortened(str(file), 200),
            remedy=f"name one with --settings or {VARIABLE}",
        ) from None
    if len(content) > _MOST_BYTES:
        raise LongflowError(
            f"has more than {_MOST_BYTES:,} bytes, so it is not a settings file",
            file=file,
            remedy="name another one",
        )
    try:
        # Editors on Windows put a byte order mark before the text.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LongflowError(
            f"not TOML: byte 0x{content[error.start]:02x} is not UTF-8",
            file=file,
            place=f"line {content[: error.start].count(bytes([10])) + 1}",
            remedy="save the file as UTF-8",
        ) from None


Placed = tuple[tuple[str | int, ...], Problem]


def _parsed(file: Path, text: str) -> tuple[dict[str, Any], list[Placed]]:
    """The file as plain tables without control characters, and the problems with these.

    Raises:
        LongflowError: it is not TOML.
    """
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        raise LongflowError(
            "not TOML: brackets are nested too deep", file=file, remedy="close them"
        ) from None
    except ValueError as error:
        if not isinstance(error, tomllib.TOMLDecodeError):
            # Python reads no number of more than 4,300 digits.
            raise LongflowError(
                "not TOML: a number has thousands of digits", file=file, remedy="correct it"
            ) from None
        place = re.search(r" \(at (line \d+), column \d+\)", str(error))
        what = str(error).replace(place[0], "") if place else str(error)
        raise LongflowError(
            f"not TOML: {shortened(what, 120)}",
            file=file,
            place=place[1] if place else None,
            remedy="fix the line",
        ) from None
    problems = [
        (path, Problem("has a control character", "remove it"))
        for path in _controlled(raw, ())
        if path[-1:] != ("delimiter",) and not _is_query(path, raw)
    ]
    if problems:
        raw = {_CONTROL.sub(" ", name): _cleaned(below) for name, below in raw.items()}
    return raw, problems


def _is_query(path: tuple[str | int, ...], raw: Mapping[str, Any]) -> bool:
    """Whether a text is a query, which may have several lines."""
    if len(path) != 3 or (path[0], path[2]) != ("sources", "query"):
        return False
    return not _CONTROL.search(re.sub(r"[\t\r\n]", " ", raw["sources"][path[1]]["query"]))


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _controlled(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Paths of texts and keys that hold a control character."""
    if isinstance(value, str) and _CONTROL.search(value):
        yield path
    if isinstance(value, dict):
        for name, below in value.items():
            if _CONTROL.search(name):
                yield (*path, name)
            yield from _controlled(below, (*path, name))
    if isinstance(value, list):
        for number, below in enumerate(value):
            yield from _controlled(below, (*path, number))


def _cleaned(value: object) -> object:
    """The same without control characters, so that the rest can be checked as well."""
    if isinstance(value, str):
        return _CONTROL.sub(" ", value)
    if isinstance(value, dict):
        return {_CONTROL.sub(" ", name): _cleaned(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_cleaned(below) for below in value]
    return value


def problems_of(error: ValidationError, raw: Mapping[str, Any]) -> list[Placed]:
    """The problems of some settings, each with the keys that lead to it.

    Args:
        error: what pydantic found.
        raw: the settings as plain tables.
    """
    found: list[Placed] = []
    wrong_keys: set[tuple[str | int, ...]] = set()
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if part != "[key]")
        if any(path[: len(key)] == key for key in wrong_keys):
            # The value of an unknown key does not matter.
            continue
        raised = one.get("ctx", {}).get("error")
        if path != one["loc"]:
            wrong_keys.add(path)
            if where := wording.place_of(path[-1]):
                found.append((path, Problem("there is no such setting", f"it belongs {where}")))
                continue
        if isinstance(raised, WrongSettingError):
            found += [((*path, *p.key), p) for p in raised.problems]
        else:
            found.append((path, wording.problem(one, raw)))
    return found


def _as_written(path: tuple[str | int, ...], raw: object) -> tuple[str | int, ...]:
    """A path with the keys of the file, where years are texts."""
    written: list[str | int] = []
    for part in path:
        own = str(part) if isinstance(raw, dict) else part
        written.append(own)
        if isinstance(raw, dict):
            raw = raw.get(own)
        elif isinstance(raw, list) and isinstance(own, int) and own < len(raw):
            raw = raw[own]
    return tuple(written)


def _as_error(
    file: Path,
    problems: list[Placed],
    raw: dict[str, Any],
    lines: Mapping[tuple[str | int, ...], int],
) -> LongflowError:
    """All problems as one error, in the order of the file."""
    placed = []
    for path, problem in problems:
        line = line_of(_as_written(path, raw), lines)
        name = wording.name(path, raw)
        place = ", ".join(filter(None, [f"line {line}" if line else "", name])) or None
        error = LongflowError(problem.what, file=file, place=place, remedy=problem.remedy)
        placed.append((line or 0, str(error), error))
    by_line = {text: error for _, text, error in sorted(placed, key=lambda one: one[0])}
    errors = list(by_line.values())
    if len(errors) > _MOST_LINES:
        more = len(errors) - _MOST_LINES
        errors[_MOST_LINES:] = [
            LongflowError(
                f"wrong settings not shown: {more:,}", file=file, remedy="fix these first"
            )
        ]
    return errors[0] if len(errors) == 1 else CollectedError(errors)
