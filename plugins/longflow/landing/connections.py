"""Credentials of remote places, from the environment of the process, never from the settings.

A connection is written as Airflow writes its own, in `AIRFLOW_CONN_<NAME>`: as a URI, or as JSON.
Source: Airflow's page "Managing Connections".
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from longflow.errors import LongflowError
from longflow.settings.places import connection_variable

# Seconds to wait for a connection, and for the next bytes, before a try counts as failed.
_CONNECT_SECONDS = 30
_ANSWER_SECONDS = 60


class Connection(NamedTuple):
    """How to log in to a place.

    Attributes:
        login: user, or access key; empty if none.
        password: password, or secret key; empty if none.
        extra: what else a protocol needs, by name.
    """

    login: str
    password: str
    extra: Mapping[str, str]


def connection(name: str) -> Connection:
    """A connection by its name.

    Raises:
        LongflowError: there is none, or it is neither a URI nor JSON.
    """
    text = os.environ.get(connection_variable(name), "").strip()
    if not text:
        raise LongflowError(
            f"there is no connection '{name}'",
            remedy=f"add it to Airflow, or set {connection_variable(name)} in the environment",
        )
    if text.startswith("{"):
        return _of_json(name, text)
    try:
        parts = urlsplit(text)
        if not parts.scheme:
            raise _unreadable(name)
        extra = dict(parse_qsl(parts.query))
        # Airflow writes an extra so that holds more than texts.
        extra |= _texts(extra.pop("__extra__", "{}"))
    except (ValueError, AttributeError):
        # The text holds a password: neither it nor the parser's message is shown.
        raise _unreadable(name) from None
    return Connection(unquote(parts.username or ""), unquote(parts.password or ""), extra)


def _texts(extra: Any) -> dict[str, str]:  # noqa: ANN401 - whatever JSON holds
    """An extra, perhaps as JSON."""
    given = json.loads(extra) if isinstance(extra, str) else extra
    return {str(key): str(value) for key, value in given.items()}


def _of_json(name: str, text: str) -> Connection:
    try:
        given = json.loads(text)
        return Connection(
            str(given.get("login") or ""),
            str(given.get("password") or ""),
            _texts(given.get("extra") or {}),
        )
    except (ValueError, AttributeError):
        # The text holds a password: neither it nor the parser's message is shown.
        raise _unreadable(name) from None


def _unreadable(name: str) -> LongflowError:
    return LongflowError(
        f"connection '{name}' is neither a URI nor JSON",
        place=connection_variable(name),
        remedy="write it as Airflow does: scheme://login:password@/?key=value",
    )


def options(protocol: str, named: str | None) -> dict[str, Any]:
    """Options with which fsspec opens a protocol, credentials and limits of waiting included.

    Args:
        protocol: of the URL.
        named: the connection's name; None: what the driver finds in the environment.

    Raises:
        LongflowError: the connection is missing or useless for the protocol.
    """
    given = connection(named) if named else Connection("", "", {})
    if protocol in {"sftp", "ssh"}:
        return _sftp(given)
    if protocol in {"s3", "s3a"}:
        return _s3(given)
    if protocol in {"http", "https"}:
        return _http(given)
    if not named:
        return {}
    if protocol in {"", "file", "local"}:
        raise LongflowError(f"a folder needs no connection '{named}'", remedy="remove it")
    chosen = {"username": given.login, "password": given.password, **given.extra}
    return {name: value for name, value in chosen.items() if value}


def _sftp(given: Connection) -> dict[str, Any]:
    # It reports every channel that it opens and closes.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    known = Path(given.extra.get("known_hosts") or "~/.ssh/known_hosts").expanduser()
    if not known.is_file():
        raise LongflowError(
            "there is no such file, so no host can be trusted",
            file=known,
            remedy="write the host's key there (ssh-keyscan prints it; compare it with the host's "
            "own), or name another file as known_hosts in the connection's extra",
        )
    chosen = {
        "username": given.login,
        "password": given.password,
        "client_keys": [given.extra["key_file"]] if "key_file" in given.extra else None,
        "passphrase": given.extra.get("private_key_passphrase"),
    }
    return {
        **{name: value for name, value in chosen.items() if value},
        "known_hosts": str(known),
        "connect_timeout": _CONNECT_SECONDS,
        # A network that is cut is noticed after a minute without an answer.
        "keepalive_interval": _ANSWER_SECONDS // 4,
        "keepalive_count_max": 4,
        "sftp_client_kwargs": {"path_errors": "surrogateescape"},
    }


def _s3(given: Connection) -> dict[str, Any]:
    client = {
        "endpoint_url": given.extra.get("endpoint_url"),
        "region_name": given.extra.get("region_name"),
    }
    chosen = {
        "key": given.login,
        "secret": given.password,
        "token": given.extra.get("aws_session_token"),
    }
    return {
        **{name: value for name, value in chosen.items() if value},
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _ANSWER_SECONDS,
            "retries": {"max_attempts": 3, "mode": "standard"},
        },
    }


def _http(given: Connection) -> dict[str, Any]:
    import aiohttp  # noqa: PLC0415 - slow to import, and most sources are folders

    client: dict[str, Any] = {
        "trust_env": True,
        # Some servers call a packed file packed on the way; it must come as it lies there.
        "auto_decompress": False,
        "headers": {"Accept-Encoding": "identity"},
        "timeout": aiohttp.ClientTimeout(
            total=None, sock_connect=_CONNECT_SECONDS, sock_read=_ANSWER_SECONDS
        ),
    }
    if given.login:
        login = aiohttp.encode_basic_auth(given.login, given.password)
        client["headers"]["Authorization"] = login
    return {"client_kwargs": client}
