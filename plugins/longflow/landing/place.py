"""A place where dumps lie: what is in its folders, and the bytes of its files."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from longflow.errors import LongflowError, OneLineError
from longflow.faults import machine_fault
from longflow.landing.connections import options
from longflow.landing.entries import (
    Entry,
    Found,
    Listing,
    http_time,
    in_local_folder,
    listing_of,
    local_entry,
    remote,
    remote_entry,
)
from longflow.landing.index_page import in_page
from longflow.landing.urls import url_of
from longflow.settings import Settings, Source

_CHUNK_BYTES = 1 << 20
_LARGEST_LIST_BYTES = 64 << 20
# Servers state times in seconds, and index pages in minutes: within two of them a file may have
# changed twice and look as if it had not.
_UNSURE = timedelta(minutes=2)


@dataclass(frozen=True)
class Opened:
    """A file that is being read.

    Attributes:
        stated: the file as the answer describes it; without one, as its listing does.
        chunks: its bytes.
        is_unsure: a change from now on might not show in the next listing.
    """

    stated: Entry
    chunks: Iterator[bytes]
    is_unsure: bool = False


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
        self._opening = threading.Lock()
        self._open()

    @classmethod
    def of(cls, settings: Settings, source: Source | None = None) -> Place:
        """The place of a source, or of `[landing]`; a bare path is relative to the settings file.

        Raises:
            LongflowError: the server refuses the login, or its key is unknown.
            OSError: the server cannot be reached.
        """
        own = source is not None and source.url is not None
        named = source.connection if source is not None and own else settings.landing.connection
        return cls(url_of(settings, source), named)

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
        self.is_page = self.url.startswith(("http://", "https://"))
        if self.filesystem.async_impl:
            self.filesystem.loop.set_exception_handler(_reported_elsewhere)

    def open_again(self, broken: AbstractFileSystem) -> None:
        """Connect again, unless another thread has done so since a connection broke.

        Args:
            broken: `filesystem` as it was then.

        Raises:
            LongflowError: the server refuses the login, or its key is unknown.
            OSError: the server cannot be reached.
        """
        with self._opening:
            if self.filesystem is broken:
                self._open()

    @property
    def can_continue(self) -> bool:
        """Whether a copy can go on where it broke off; many HTTP servers send whole files only."""
        return not self.is_page

    def copies_at_once(self, most: int) -> int:
        """Number of files that may be copied in parallel.

        A file system that fsspec does not drive by its own event loop serves one caller at a time;
        local files have no such limit.
        """
        return most if self.filesystem.async_impl or self.is_local else 1

    def folders(self, folder: str) -> list[str]:
        """Names of folders in a folder, and of links that may lead to one, sorted."""
        found = self._found(folder) or []
        return sorted(one.entry.name for one in found if one.kind in {"folder", "link"})

    def is_folder(self, folder: str) -> bool:
        """Whether a folder exists.

        Raises:
            OSError: the disk or the server fails to say.
        """
        if not self.is_local:
            return self._found(folder) is not None
        try:
            return stat.S_ISDIR(Path(folder).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def listing(self, folder: str) -> Listing | None:
        """What lies in a folder, by one call to the server; None if there is no such folder.

        Raises:
            LongflowError: the server refuses it, or the folder is a link out of the tree.
            OSError: the disk or the server failed; a retry may help.
        """
        found = self._found(folder)
        if found is None:
            return None
        if self.is_local and not _real(folder).is_relative_to(_real(self.root)):
            raise LongflowError(
                f"the folder is a link to a place outside {self.root}",
                file=folder,
                remedy=f"name {_real(folder)} as the url of its source, or move it into the tree",
            )
        return listing_of(iter(found))

    def read(self, entry: Entry) -> bytes:
        """A small file, whole.

        Raises:
            FileNotFoundError: it is gone.
            LongflowError: it is not small.
            OSError: the disk or the server failed; a retry may help.
        """
        with self.opened(entry, 0) as source:
            return _whole(source.chunks, entry.path)

    @contextmanager
    def opened(self, entry: Entry, start_byte: int) -> Iterator[Opened]:
        """Read a file from one of its bytes on, in one request as a rule.

        Raises:
            FileNotFoundError: it is gone.
            LongflowError: it is no regular file any more.
            OSError: the disk or the server failed; a retry may help.
        """
        with self._clear(entry.path):
            file = self._file(entry)
        # What goes wrong with the copy is no fault of the place.
        with _closing(file):
            if start_byte:
                file.seek(start_byte)
            yield self._answered(entry, file)

    def _file(self, entry: Entry) -> Any:  # noqa: ANN401 - drivers have no types
        if self.is_local:
            return _regular(entry.path)
        if self.is_page:
            # Without size and blocks, the driver asks once, and for the whole file.
            return self.filesystem.open(entry.path, "rb", block_size=0, size=1)
        if self.url.startswith(("s3://", "s3a://")) and entry.size_bytes is not None:
            # It would ask for what the listing has told.
            return self.filesystem.open(entry.path, "rb", size=entry.size_bytes)
        return self.filesystem.open(entry.path, "rb")

    def _answered(self, entry: Entry, file: Any) -> Opened:  # noqa: ANN401 - as above
        chunks = self._clear_chunks(entry, file)
        if not self.is_page:
            return Opened(entry, chunks)
        head = file.r.headers
        told = {key: head.get(key) for key in ("ETag", "Last-Modified")}
        size = head.get("Content-Length")
        stated = remote_entry(entry.name, {"name": entry.path, "size": size, **told})
        asked_at = http_time(head.get("Date", ""))
        is_unsure = (
            entry.version is None
            or asked_at is None
            or stated.modified_at is None
            or asked_at - stated.modified_at < _UNSURE
        )
        return Opened(stated, chunks, is_unsure)

    def _clear_chunks(self, entry: Entry, file: IO[bytes]) -> Iterator[bytes]:
        # The driver of SFTP sends requests for all the bytes that are wanted, whether there or not.
        size = _CHUNK_BYTES if entry.size_bytes is None else entry.size_bytes + 1
        with self._clear(entry.path):
            yield from _chunks(file, min(size, _CHUNK_BYTES))

    def now(self, entry: Entry) -> Entry:
        """A file as it is described now; it costs a request.

        Raises:
            FileNotFoundError: it is gone.
            OSError: the disk or the server failed; a retry may help.
        """
        with self._clear(entry.path):
            if self.is_local:
                return local_entry(entry.name, entry.path, Path(entry.path).stat())
            self.filesystem.invalidate_cache()
            return remote_entry(entry.name, self.filesystem.info(entry.path))

    def _found(self, folder: str) -> list[Found] | None:
        """What lies in a folder; None if there is none."""
        try:
            with self._clear(folder):
                if self.is_local:
                    return list(in_local_folder(Path(folder), Path(self.root)))
                if self.is_page:
                    return list(in_page(self._page(folder), folder))
                # Otherwise the driver of S3 repeats what it was told before.
                self.filesystem.invalidate_cache()
                listed = self.filesystem.ls(folder, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return [remote(_name(one["name"]), one) for one in listed if _is_below(one["name"], folder)]

    def _page(self, folder: str) -> str:
        """The index page of a folder.

        Raises:
            LongflowError: it never ends.
        """
        with self.filesystem.open(f"{folder.rstrip('/')}/", "rb", block_size=0, size=1) as file:
            return _whole(_chunks(file), folder).decode("utf-8", errors="replace")

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


def _reported_elsewhere(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Leave out of the log what a lost connection does to the reads that nobody waits for.

    asyncssh has several on their way; the one that is waited for raises the fault.
    """
    fault = context.get("exception")
    package = type(fault).__module__.partition(".")[0]
    if package != "asyncssh" and not isinstance(fault, ConnectionError):
        loop.default_exception_handler(context)


def _opened(url: str, chosen: Mapping[str, Any]) -> tuple[AbstractFileSystem, str]:
    filesystem, root = url_to_fs(url, **chosen)
    return filesystem, str(root)


@contextmanager
def _closing(file: IO[bytes]) -> Iterator[None]:
    """Close a file in the end; a connection that broke has nothing to lose by it."""
    try:
        yield
    finally:
        with suppress(Exception):
            file.close()


def _regular(path: str) -> IO[bytes]:
    """A file of this machine, open; a FIFO that took its place since must not stop the fetch.

    Raises:
        LongflowError: it is no regular file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise LongflowError(
            "it was a file when the folder was listed, and is none now",
            file=path,
            remedy="check who writes there, then load the week again",
        )
    return os.fdopen(handle, "rb")


def _whole(chunks: Iterable[bytes], path: str) -> bytes:
    """All bytes of a list of files: an index page, or `SHA256SUMS`.

    Raises:
        LongflowError: there are more than any such list has.
    """
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > _LARGEST_LIST_BYTES:
            raise LongflowError(
                f"this list of files has more than {_LARGEST_LIST_BYTES >> 20} MiB",
                file=path,
                remedy="check url and pattern of the source",
            )
    return bytes(whole)


def _chunks(file: IO[bytes], wanted: int = _CHUNK_BYTES) -> Iterator[bytes]:
    while chunk := file.read(wanted):
        yield chunk


def _real(path: str) -> Path:
    return Path(os.path.realpath(path))


def _is_below(path: str, folder: str) -> bool:
    return path.rstrip("/").rpartition("/")[0] == folder.rstrip("/")


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
