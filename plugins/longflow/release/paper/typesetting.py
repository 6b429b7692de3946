"""From a report to its PDF: Typst reads the template and the content, and finds no file beside."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path

import fontpkg_arimo
import typst

from longflow.errors import LongflowError
from longflow.release import fonts
from longflow.release.paper.content import content_of
from longflow.release.report.report import Report

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def paper_of(report: Report) -> bytes:
    """The report as a PDF for print; equal reports give equal bytes.

    It is PDF/A-2a, for archives, and PDF/UA-1, for people who do not see it.

    Raises:
        LongflowError: Typst cannot set it.
    """
    words = report.printing.words
    return _set(
        json.dumps(content_of(report), ensure_ascii=False),
        words.text("fonts.paper_text"),
        words.text("fonts.paper_tables"),
        int(report.time.timestamp()),
    )


# What publication has set, verification sets again.
@lru_cache(maxsize=4)
def _set(content: str, text: str, tables: str, timestamp: int) -> bytes:
    template, compiler = _setting()
    try:
        paper = compiler.compile(
            template,
            format="pdf",
            sys_inputs={"content": content, "text": text, "tables": tables},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        raise LongflowError(
            f"the PDF cannot be set: {' '.join(error.message.split())[:300]}",
            remedy="report this as a fault of longflow",
        ) from None
    if not isinstance(paper, bytes):
        raise TypeError("Typst gives one file")
    return paper


@cache
def _setting() -> tuple[bytes, typst.Compiler]:
    """Template and compiler, read once a process; fonts are those of packages alone."""
    folders = [fontpkg_arimo.ROOT / "files", *fonts.FOLDERS]
    known = typst.Fonts(False, True, folders)
    return _TEMPLATE.read_bytes(), typst.Compiler(font_paths=known, ignore_system_fonts=True)
