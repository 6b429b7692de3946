"""Fonts that come with packages, for languages that need more than Latin letters."""

from __future__ import annotations

from pathlib import Path

import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular

FILES = tuple(
    Path(str(package.FONT_PATH)) for package in (noto_cjk_sans_jp_regular, noto_cjk_sans_jp_bold)
)
"""OpenType files of Noto Sans CJK JP: regular and bold."""

FOLDERS = tuple(file.parent for file in FILES)
"""The folders that hold them, and no other font."""
