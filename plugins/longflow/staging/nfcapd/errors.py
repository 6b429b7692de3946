"""The one error of this package."""

import os


class NfcapdError(Exception):
    """A file that cannot be read as nfcapd flows, from a stated byte on.

    Attributes:
        path: the file.
        offset: byte in the file at which reading had to stop.
        reason: what is wrong there.
        remedy: what the reader of the message can do.
        flows_before: flows of the blocks that were whole before the break; 0 if none.
    """

    def __init__(self, path: str | os.PathLike[str], offset: int, reason: str, remedy: str) -> None:
        super().__init__(path, offset, reason, remedy)
        self.path = os.fspath(path)
        self.offset = offset
        self.reason = reason
        self.remedy = remedy
        self.flows_before = 0

    def __str__(self) -> str:
        return f"{self.path}: byte {self.offset}: {self.reason}; {self.remedy}"
