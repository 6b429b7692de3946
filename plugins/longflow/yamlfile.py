"""YAML files: contracts and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# The C parser takes a tenth of the time of the Python parser, but an installation may lack it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path) -> dict[str, Any]:
    """The content of a YAML file.

    Raises:
        OSError: it cannot be read.
        YAMLError: it is not YAML.
    """
    content: dict[str, Any] = yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506 - it is safe
    return content
