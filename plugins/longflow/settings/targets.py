"""Places to which releases are delivered."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from longflow.settings.places import Connection, Url
from longflow.settings.section import Section, Text, shown, wrong

# Those that can be written, and whose credentials `landing/connections.py` knows.
_WRITABLE = {"", "file", "local", "s3", "s3a", "sftp", "ssh"}


def _writable(value: str) -> str:
    protocol = value.partition("://")[0] if "://" in value else ""
    if protocol not in _WRITABLE:
        raise wrong(
            f"releases cannot be delivered to {shown(value)}", "name a folder, s3:// or sftp://"
        )
    return value


class DeliveryTarget(Section):
    """A place to which each release is copied once it is in force.

    See [`docs/delivering.md`](delivering.md).
    """

    name: Text
    """Name of the place, for `longflow deliver --to` and messages."""
    url: Annotated[Url, AfterValidator(_writable)]
    """Folder, or a URL of S3 or SFTP."""
    connection: Connection | None = None
    """Name of the Airflow connection that holds the credentials of `url`."""
