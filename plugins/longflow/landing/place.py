"""A place where dumps lie: what is in its folders, and copies of its files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from longflow.errors import LongflowError, OneLineError
from longflow.faults import machine_fault
from longflow.landing.connections import options
from longflow.settings import Settings, Source

_CHUNK_BYTES = 1 << 20
# A copy that breaks off is continued so often.
_TRIES = 3


@dataclass(frozen=True)
class Entry:
    """A file of a folder, as its listing describes it.

    Attributes:
        name: without the folder.
        path: by which the file system knows it.
        size_bytes: None if the listing does not state it.
        version: what changes when the file does: time of change or entity tag; None if not stated.
    """

    name: str
    path: str
    size_bytes: int | None
    version: str | None


@dataclass(frozen=True)
class Listing:
    """What lies in a folder.

    Attributes:
        files: regular files, by name.
        others: names of what is neither a file nor a folder, and why it cannot be fetched.
    """

    files: Mapping[str, Entry]
    others: Mapping[str, str]


class Place:
    """The folders below a URL. Remote faults raise one clear line."""

    def __init__(self, url: str, connection: str | None = None) -> None:
        """Open it.

        Args:
            url: folder, or URL of a protocol that fsspec knows.
            connection: name of the connection with the credentials.

        Raises:
            LongflowError: the server refuses the login, or its key is unknown.
            OSError: the server cannot be reached.
        """
        self.url = url
        self._connection = connection
        self._open()

    @classmethod
    def of(cls, settings: Settings, source: Source | None = None) -> Place:
        """The place of a source, or of `[landing]`; a bare path is relative to the settings file.

        Raises:
            LongflowError: the server refuses the login, or its key is unknown.
            OSError: the server cannot be reached.
        """
        own = source is not None and source.url is not None
        url = source.url if source is not None and source.url else settings.landing.url
        named = source.connection if source is not None and own else settings.landing.connection
        if "://" not in url:
            url = str((settings.file.parent / url).resolve())
        return cls(url, named)

    def _open(self) -> None:
        protocol = urlsplit(self.url).scheme if "://" in self.url else ""
        try:
            chosen = options(protocol, self._connection)
        except LongflowError as error:
            where = error.file or self.url
            raise LongflowError(
                error.what, file=where, place=error.place, remedy=error.remedy
            ) from None
        with self._clear(self.url):
            if chosen:
                # An instance that fsspec kept may hold a connection that is dead.
                chosen["skip_instance_cache"] = True
            self.filesystem, root = _opened(self.url, chosen)
        self.root = root.rstrip("/")
        self.is_local = isinstance(self.filesystem, LocalFileSystem)
        if self.filesystem.async_impl:
            self.filesystem.loop.set_exception_handler(_reported_elsewhere)
        self.filesystem.invalidate_cache()

    @property
    def can_continue(self) -> bool:
        """Whether a copy can go on where it broke off; many HTTP servers send whole files only."""
        return not self.url.startswith(("http://", "https://"))

    def copies_at_once(self, threads: int) -> int:
        """Number of files that may be copied in parallel.

        A file system that fsspec does not drive by its own event loop serves one caller at a time;
        local files have no such limit.
        """
        return threads if self.filesystem.async_impl or self.is_local else 1

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted; none if it does not exist."""
        found = self._entries(folder) or []
        return sorted(_name(one["name"]) for one in found if one["type"] == "directory")

    def is_folder(self, folder: str) -> bool:
        """Whether a folder exists.

        Raises:
            OSError: the disk or the server fails to say.
        """
        if not self.is_local:
            return self._entries(folder) is not None
        try:
            return stat.S_ISDIR(Path(folder).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def listing(self, folder: str) -> Listing | None:
        """What lies in a folder; None if there is no such folder.

        Raises:
            LongflowError: the server refuses it.
            OSError: the disk or the server failed; a retry may help.
        """
        if self.is_local and not self.is_folder(folder):
            return None
        entries = self._entries(folder)
        if entries is None:
            return None
        files: dict[str, Entry] = {}
        others: dict[str, str] = {}
        for found in entries:
            name = _name(found["name"])
            if found["type"] == "directory" or not name:
                continue
            if problem := self._problem(found, name):
                others[readable(name)] = problem
            else:
                files[name] = _entry(name, found)
        return Listing(files, others)

    def _problem(self, found: Mapping[str, Any], name: str) -> str | None:
        """Why a thing in a folder is not fetched."""
        if name != readable(name):
            return "its name is not UTF-8"
        if "/" in name or name in {".", ".."}:
            return "its name is a path"
        is_file = found["type"] == "file"
        if self.is_local and found["islink"]:
            real = Path(os.path.realpath(found["name"]))
            if not real.is_relative_to(os.path.realpath(self.root)):
                return f"it is a link to a place outside {self.root}"
            is_file = real.is_file()
        return None if is_file else "it is not a regular file"

    def read(self, entry: Entry) -> bytes:
        """A small file, whole.

        Raises:
            OSError: the disk or the server failed; a retry may help.
        """
        with self._clear(entry.path):
            content: bytes = self.filesystem.cat_file(entry.path)
            return content

    def copy(self, entry: Entry, local: Path) -> tuple[int, str]:
        """Copy one file in chunks; a copy that breaks off is continued.

        Returns:
            Its size in bytes and its SHA-256, in hexadecimal digits.

        Raises:
            LongflowError: the file changes while it is copied.
            OSError: the disk or the server failed; a retry may help.
        """
        copy = _Copy(self, entry, local)
        for remaining in reversed(range(_TRIES)):
            try:
                copy.go_on()
                break
            except ConnectionError:
                if not remaining:
                    raise
                self._open()
        return copy.size_bytes, copy.digest.hexdigest()

    def chunks(self, entry: Entry, start_byte: int) -> Iterator[bytes]:
        """The bytes of a file from one on.

        Raises:
            OSError: the disk or the server failed; a retry may help.
        """
        with self._clear(entry.path), self.filesystem.open(entry.path, "rb") as source:
            if start_byte:
                source.seek(start_byte)
            while chunk := source.read(_CHUNK_BYTES):
                yield chunk

    def now(self, entry: Entry) -> Entry:
        """A file as it is described now.

        Raises:
            OSError: the disk or the server failed; a retry may help.
        """
        with self._clear(entry.path):
            self.filesystem.invalidate_cache()
            return _entry(entry.name, self.filesystem.info(entry.path))

    def _entries(self, folder: str) -> list[dict[str, Any]] | None:
        try:
            with self._clear(folder):
                found: list[dict[str, Any]] = self.filesystem.ls(folder, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return None
        # An index page also links to other places, and to itself in another order.
        return [one for one in found if _is_below(one["name"], folder)]

    @contextmanager
    def _clear(self, path: str) -> Iterator[None]:
        """Name the place in whatever a driver raises, and say what a person has to mend."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, OneLineError):
            raise
        except Exception as error:
            if "://" not in self.url:
                raise
            where = path if "://" in path else f"{self.url}: {path}"
            if remedy := self._remedy(error):
                raise LongflowError(_text(error), file=where, remedy=remedy) from error
            if isinstance(error, OSError) and error.filename:
                raise
            if machine_fault(error) is None:
                raise
            raise ConnectionError(f"{where}: {_text(error)}") from error

    def _remedy(self, error: Exception) -> str | None:
        """What to mend, if a retry would not help."""
        kinds = {kind.__name__ for kind in type(error).__mro__}
        named = f"connection '{self._connection}'" if self._connection else "the environment"
        if "HostKeyNotVerifiable" in kinds:
            return (
                "add its key to known_hosts (ssh-keyscan prints it; compare it with the host's own)"
            )
        refused = getattr(error, "status", None) in {401, 403}
        if isinstance(error, PermissionError) or refused or "NoCredentialsError" in kinds:
            return f"check login, password and keys in {named}, and the right to read there"
        if "KeyImportError" in kinds or "KeyEncryptionError" in kinds:
            return f"check key_file and private_key_passphrase in {named}"
        return None


class _Copy:
    """A copy in the making: what is there of it, and what has gone into its digest."""

    def __init__(self, place: Place, entry: Entry, local: Path) -> None:
        self._place = place
        self._entry = entry
        self._local = local
        self._begin(None)

    def _begin(self, seen: Entry | None) -> None:
        self.size_bytes = 0
        self.digest = hashlib.sha256()
        self._seen = seen

    def go_on(self) -> None:
        """Copy what is missing.

        Raises:
            LongflowError: the file changed while it was copied.
            OSError: the disk or the server failed.
        """
        before = self._place.now(self._entry)
        if self._seen != before:
            self._begin(before)
        if self.size_bytes and not self._place.can_continue:
            self._begin(before)
        with self._local.open("ab" if self.size_bytes else "wb") as copy:
            for chunk in self._place.chunks(self._entry, self.size_bytes):
                self.digest.update(chunk)
                copy.write(chunk)
                self.size_bytes += len(chunk)
        after = self._place.now(self._entry)
        if after != before:
            raise LongflowError(
                f"it changed while it was copied: {_described(before)}, then {_described(after)}",
                file=self._entry.path,
                remedy="fetch again when the collector has finished it",
            )
        if before.size_bytes is not None and self.size_bytes != before.size_bytes:
            missing = (
                f"{self._entry.path}: the server sent {self.size_bytes:,} of "
                f"{before.size_bytes:,} bytes"
            )
            self._begin(None)
            raise ConnectionError(missing)


def _reported_elsewhere(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Leave out of the log what a lost connection does to the reads that nobody waits for.

    asyncssh has several on their way; the one that is waited for raises the fault.
    """
    fault = context.get("exception")
    package = type(fault).__module__.partition(".")[0]
    if package != "asyncssh" and not isinstance(fault, ConnectionError):
        loop.default_exception_handler(context)


def readable(name: str) -> str:
    """A name that can be printed: bytes that are no UTF-8 as hexadecimal digits."""
    raw = os.fsencode(name) if isinstance(name, str) else name
    return raw.decode("utf-8", errors="backslashreplace")


def _opened(url: str, chosen: Mapping[str, Any]) -> tuple[AbstractFileSystem, str]:
    filesystem, root = url_to_fs(url, **chosen)
    return filesystem, str(root)


def _is_below(path: str, folder: str) -> bool:
    above, _, name = path.rstrip("/").rpartition("/")
    is_page = path.startswith(("http://", "https://"))
    return above == folder.rstrip("/") and not (is_page and "?" in name)


def _name(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    return unquote(name) if path.startswith(("http://", "https://")) else name


def _entry(name: str, found: Mapping[str, Any]) -> Entry:
    size = found.get("size")
    version = next(
        (str(found[key]) for key in ("ETag", "mtime", "LastModified") if found.get(key)), None
    )
    return Entry(name, found["name"], None if size is None else int(size), version)


def _described(entry: Entry) -> str:
    return "a size unknown" if entry.size_bytes is None else f"{entry.size_bytes:,} bytes"


def _text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
