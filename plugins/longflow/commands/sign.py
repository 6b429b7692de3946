"""`longflow sign`: put a signature beside a release, made here or elsewhere."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from longflow.commands.arguments import add_settings
from longflow.commands.deliver import after_publication
from longflow.errors import LongflowError
from longflow.release import sign, signature
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Verify a release and put a signature of its SHA256SUMS, in minisign's format, beside it. "
        "If the settings require signatures, this also puts it in force."
    )
    add_settings(parser)
    parser.add_argument("release", metavar="RELEASE", help="folder of the release")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--key", metavar="FILE", help="secret key written by minisign -G")
    what.add_argument(
        "--signature", metavar="FILE", help="signature of SHA256SUMS made elsewhere by minisign -S"
    )


def run(args: argparse.Namespace) -> int:
    """Sign a release, or add an existing signature; the exit status."""
    release = Path(args.release)

    def make(manifest: dict[str, Any]) -> str:
        if args.signature is not None:
            return _read(Path(args.signature))
        key = signature.read_key(Path(args.key), _ask_password)
        return signature.sign(release, manifest, key)

    settings = Settings.load(args.settings)
    by, is_in_force = sign(settings, release, make)
    print(f"{release}: signed {by}")
    print(f"{release}: {'in force' if is_in_force else 'another release is in force'}")
    after_publication(settings)
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise LongflowError(
            f"the signature cannot be read: {reason}",
            file=file,
            remedy="name the file written by minisign -S",
        ) from None


def _ask_password() -> str:
    """The password of the key; from a pipe, its first line."""
    if sys.stdin.isatty():
        return getpass.getpass("Password of the key: ")
    return sys.stdin.readline().rstrip("\n")
