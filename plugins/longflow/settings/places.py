"""Paths in the settings: URLs, folders, the catalogue. What no run could use is refused."""

from __future__ import annotations

import errno
import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from longflow.settings.section import Kind, shown, wrong

# `host:folder`, or a URL with one slash too few: surely not meant as a local folder.
_HALF_A_URL = re.compile(r"[A-Za-z0-9][\w.+-]+:(?!//)")
_LOCAL = {"file", "local"}
# First parts of URLs of databases.
DATABASES = ("postgresql", "postgres", "mariadb", "mysql")


def url(value: str) -> str:
    """A folder or a URL that fsspec opens.

    Raises:
        WrongSettingError: it is none.
    """
    if not value.strip():
        raise wrong("is empty", "write a folder or a URL")
    _no_tilde(value)
    if "://" not in value and "::" not in value:
        if _HALF_A_URL.match(value):
            raise wrong(
                f"{shown(value)} is neither a folder nor a URL",
                "write a URL as protocol://host/folder",
            )
        return value
    for part in value.split("::"):
        protocol, separator, rest = part.partition("://")
        if protocol in DATABASES:
            raise wrong(
                f"{shown(value)} is a database, which holds no files",
                "name it as url of a source that has a query",
            )
        if problem := _driver_problem(protocol):
            raise wrong(*problem)
        if protocol in _LOCAL and not rest.startswith("/"):
            raise wrong(
                f"{shown(value)} is not a full path", "write file:///folder, or the bare path"
            )
        if not separator or protocol in _LOCAL:
            continue
        try:
            parts = urlsplit(part)
            parts.port  # noqa: B018 - reading it is the check
            has_password = parts.password is not None
        except ValueError:
            # Python's own message may show a part of a password.
            raise wrong(
                f"{shown(value)} is not a valid URL: check brackets and port",
                "write it as protocol://host:port/folder",
            ) from None
        if has_password:
            # Settings end up in manifests, logs and backups.
            raise wrong(
                "the URL holds a password",
                "remove it, and name an Airflow connection that holds it (connection = ...)",
            )
        if not rest:
            raise wrong(f"{shown(value)} ends after the protocol", "name host or bucket")
    return value


@cache
def _driver_problem(protocol: str) -> tuple[str, str] | None:
    """Why a protocol cannot be used here, and the remedy."""
    # fsspec and its drivers are slow to import, and most installations have local folders.
    from fsspec.registry import (  # noqa: PLC0415
        available_protocols,
        get_filesystem_class,
        known_implementations,
    )

    if protocol not in available_protocols():
        common = "sftp, s3, gs, abfs, https, smb, webdav or file"
        return f"protocol {shown(protocol)} is not known to fsspec", f"use one like {common}"
    try:
        get_filesystem_class(protocol)
    except ImportError as error:
        hint = known_implementations.get(protocol, {}).get("err") or str(error)
        return (
            f"the driver of protocol '{protocol}' is not installed",
            f"install it beside longflow, with pip or uv: {hint}",
        )
    return None


def _no_tilde(value: str) -> None:
    if value.startswith("~"):
        raise wrong(
            f"{shown(value)}: ~ is not expanded, because it differs by user",
            "write the folder in full",
        )


def located(value: str, info: ValidationInfo) -> Path:
    """A path of the settings; relative ones start at the folder of the file."""
    if not value.strip():
        raise wrong("is empty", "write a path, or remove the line")
    _no_tilde(value)
    if "://" in value:
        raise wrong(
            f"{shown(value)} is a URL, but DuckDB needs a local path here",
            "write a path; a mounted file system will do",
        )
    folder = info.context["folder"] if info.context else Path()
    path = Path(folder) / value
    if problem := _blocked(path):
        raise wrong(f"{shown(value)}: {problem}", "name another place")
    return path


def _blocked(path: Path) -> str | None:
    """Why a path cannot exist, by names alone: its length, or files in place of folders."""
    for place in (path, *path.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            continue
        except OSError as error:
            if error.errno in {errno.ENAMETOOLONG, errno.ELOOP}:
                return os.strerror(error.errno).lower()
            return None
        if place != path and not place.is_dir():
            return f"{place} is a file, not a folder"
        return None
    return None


def _folder(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    path = located(value, info)
    if path.exists() and not path.is_dir():
        raise wrong(f"{shown(value)} is a file, not a folder", "name a folder instead")
    return path


def _folder_text(value: object, info: ValidationInfo) -> object:
    found = _folder(value, info)
    return str(found) if isinstance(found, Path) else found


def _catalogue(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    kind, separator, place = value.partition(":")
    if separator and kind in {"postgres", "postgresql"}:
        raise wrong(
            "a catalogue in PostgreSQL is not possible yet: longflow includes DuckDB's "
            "SQLite reader only, and copies, locks and checks the catalogue as a file",
            "write sqlite:PATH, on a local disk",
        )
    if not separator or kind != "sqlite":
        what = f"'{kind}' is not a kind of catalogue" if separator else "names no kind"
        raise wrong(what, "write sqlite:PATH")
    path = located(place, info)
    if path.is_dir():
        raise wrong(f"{shown(place)} is a folder, not a file", "name the catalogue's file")
    return f"sqlite:{path}"


Url = Annotated[str, AfterValidator(url), Kind("folder or URL")]
# Airflow reads connections from environment variables, whose names have no other characters.
Connection = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100), Kind("name of a connection")
]
Folder = Annotated[Path, BeforeValidator(_folder), Kind("folder")]
FolderText = Annotated[str, BeforeValidator(_folder_text), Kind("folder")]
Catalogue = Annotated[str, BeforeValidator(_catalogue), Kind("`sqlite:PATH`")]


def connection_variable(name: str) -> str:
    """The environment variable in which Airflow and longflow look for a connection."""
    return f"AIRFLOW_CONN_{name.upper()}"
