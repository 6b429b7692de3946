"""A place to which releases are delivered, written so that no reader sees half a release."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from longflow.errors import OneLineError
from longflow.landing.place import Place
from longflow.landing.urls import in_full
from longflow.settings import Settings
from longflow.settings.targets import DeliveryTarget

# What breaks off with the connection is done again so often.
_TRIES = 3
_INCOMING = ".incoming"
_T = TypeVar("_T")


class Target(Place):
    """A place that is written. Its paths are relative to the URL of the settings."""

    @classmethod
    def to(cls, settings: Settings, target: DeliveryTarget) -> Target:
        """Open the place of a target; a bare path is relative to the settings file.

        Raises:
            LongflowError: the server refuses the login, or its key is unknown.
            OSError: the server cannot be reached.
        """
        return cls(in_full(settings, target.url), target.connection)

    @property
    def can_rename(self) -> bool:
        """Whether a folder gets its name at once; S3 has no folders."""
        return not self.url.startswith(("s3://", "s3a://"))

    def read_if_there(self, path: str) -> bytes | None:
        """The content of a small file; None if there is none."""

        def read() -> bytes | None:
            try:
                with self._clear(path):
                    content: bytes = self.filesystem.cat_file(self._full(path))
                    return content
            except FileNotFoundError:
                return None

        return self._persistently(read)

    def put_file(self, path: str, content: bytes) -> None:
        """Write a small file, which readers see whole: as it was or as it is now."""

        def put() -> None:
            with self._clear(path):
                if not self.can_rename:
                    self.filesystem.pipe_file(self._full(path), content)
                    return
                draft = self._full(path + _INCOMING)
                self.filesystem.makedirs(posixpath.dirname(draft), exist_ok=True)
                self.filesystem.pipe_file(draft, content)
                self._rename(draft, self._full(path))

        self._persistently(put)

    def put_folder(self, path: str, files: Mapping[str, Path], last: str) -> None:
        """Write a folder that readers see whole or not at all.

        Where a folder can be renamed, it is written under another name. In S3 the file `last` comes
        after all others, and what is there without it is no release; it is removed if the delivery
        fails and the place can still be reached.

        Args:
            path: of the folder; what a delivery that broke off left there is replaced.
            files: by name below the folder.
            last: the name of the file that completes it.

        Raises:
            OneLineError: the place refuses it, or fails.
            OSError: the disk or the server failed; a retry may help.
        """
        draft = path + _INCOMING if self.can_rename else path
        self._persistently(lambda: self._remove(draft))
        try:
            for name in sorted(files, key=lambda name: (name == last, name)):
                self._put(f"{draft}/{name}", files[name])
            self._persistently(lambda: self._require_whole(draft, files))
            if self.can_rename:
                self._persistently(lambda: self._name(draft, path))
        except BaseException:
            with suppress(OneLineError, OSError):
                self._remove(draft)
            raise

    def _put(self, path: str, local: Path) -> None:
        def put() -> None:
            full = self._full(path)
            with self._clear(path):
                if self.can_rename:
                    self.filesystem.makedirs(posixpath.dirname(full), exist_ok=True)
                self.filesystem.put_file(str(local), full)

        self._persistently(put)

    def _require_whole(self, folder: str, files: Mapping[str, Path]) -> None:
        with self._clear(folder):
            self.filesystem.invalidate_cache()
            full = self._full(folder)
            found = {
                posixpath.relpath(name, full): int(info["size"])
                for name, info in self.filesystem.find(full, detail=True).items()
            }
        for name, local in files.items():
            if found.get(name) != local.stat().st_size:
                raise ConnectionError(
                    f"{self.url}: {folder}/{name} arrived with {found.get(name, 0):,} of "
                    f"{local.stat().st_size:,} bytes"
                )

    def _name(self, draft: str, path: str) -> None:
        """Give a finished folder its name."""
        with self._clear(path):
            if self.filesystem.exists(self._full(draft)):
                # Only a folder that is no whole release is still there.
                self._remove(path)
                self._rename(self._full(draft), self._full(path))

    def _rename(self, before: str, after: str) -> None:
        if self.is_local:
            Path(before).replace(after)
        else:
            self.filesystem.mv(before, after)

    def _remove(self, folder: str) -> None:
        with self._clear(folder):
            self.filesystem.invalidate_cache()
            full = self._full(folder)
            with suppress(FileNotFoundError):
                if self.filesystem.exists(full):
                    self.filesystem.rm(full, recursive=True)

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}"

    def _persistently(self, work: Callable[[], _T]) -> _T:
        """Do something that can be done again; open the place anew where a connection is cut."""
        for remaining in reversed(range(_TRIES)):
            try:
                return work()
            except ConnectionError:
                if not remaining:
                    raise
                self._open()
        raise AssertionError
