"""Sizes as people write them: a number and a unit."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from longflow.settings.section import Kind, shown, wrong

_UNITS = {
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}


def size_bytes(text: str) -> int | None:
    """The bytes of a size such as `1GB`; None if the text is none."""
    parsed = re.fullmatch(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]+)\s*", text, re.ASCII)
    if parsed is None or parsed[2].upper() not in _UNITS:
        return None
    return round(float(parsed[1]) * _UNITS[parsed[2].upper()])


def _size(value: str) -> str:
    if not size_bytes(value):
        raise wrong(f"{shown(value)} is not a size", "write a number and a unit, like 1GB")
    return value


Size = Annotated[str, AfterValidator(_size), Kind("size")]
