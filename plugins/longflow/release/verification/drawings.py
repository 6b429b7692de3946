"""Whether the drawings of a release are those that its tables give."""

from __future__ import annotations

from collections.abc import Mapping

from longflow.release.verification.checked import Checked
from longflow.release.verification.found import bytes_of


def check_drawings(checked: Checked, contents: Mapping[str, bytes]) -> list[str]:
    """Compare every drawing, byte by byte, with the one that is drawn anew.

    Args:
        checked: the release.
        contents: the expected drawings by name.

    Returns:
        What agrees, in words; nothing if one of them does not.
    """
    agreed = 0
    for name, expected in contents.items():
        file = checked.release / name
        # What is missing, or has another checksum, was reported.
        if not file.is_file() or any(
            line.startswith(f"{name}: ") for line in checked.found.problems
        ):
            continue
        data = bytes_of(file, name, checked.found)
        if data == expected:
            agreed += 1
        elif data is not None:
            checked.unless_of_another(name, "is not the drawing that its table gives")
    return [f"{agreed} drawings"] if contents and agreed == len(contents) else []
