"""What the template of the PDF prints, as plain JSON: texts, tables and drawings."""

from __future__ import annotations

import re
from typing import Any

from longflow.release.paper.tables import table_content
from longflow.release.report.figure import FigureBody
from longflow.release.report.marks import runs
from longflow.release.report.page import tied
from longflow.release.report.report import Report
from longflow.release.report.sections import Section
from longflow.release.report.sentences import Sentence

Json = dict[str, Any]

# Stands in a text for a list of links.
_SLOT = "\x05"

# Height of a drawing that stands beside its notes, in px.
_MOST_BESIDE = 400

# A dot in a drawing is a line without length and with round ends, which Typst leaves out.
_DOT = re.compile(r"M([\d.]+),([\d.]+)Z")

# The font of the drawings has another name as a package; its signs are as wide.
_DRAWN, _PACKAGED = 'font-family="Liberation Sans,', 'font-family="Arimo,'


def content_of(report: Report) -> Json:
    """A report as the template reads it."""
    manifest, say = report.manifest, report.say
    time = report.time
    return {
        "language": report.language,
        "between": report.printing.words.writing.between,
        "title": report.title,
        "provider": report.provider,
        "edition": say("edition", edition=manifest["edition"]),
        "date": [time.year, time.month, time.day],
        "terms": list(report.terms),
        "contents": say("contents"),
        "weeks": {
            "lead": say("weeks", time_zone=manifest["settings"]["time_zone"]),
            "items": [
                [str(year), report.printing.words.week(monday)]
                for year, monday in report.printing.edition.analysis_weeks.items()
            ],
        },
        "findings": {
            "title": say("findings"),
            "sentences": [_sentence(sentence, report) for sentence in report.sentences],
        },
        "sections": [_section(section, report) for section in report.sections],
        "definitions": {
            "number": say("definitions.number"),
            "title": say("definitions.title"),
            "space": " " if report.printing.words.writing.spaces == "kept" else "",
            "items": [
                {
                    "key": of.key,
                    "number": of.number,
                    "title": say("definition_title", title=of.title),
                    "text": tied(of.text),
                }
                for of in report.definitions
            ],
        },
        "symbols": {
            "title": say("paper.symbols"),
            "items": [
                ["±", say("paper.error")],
                ["*", say("paper.no_interval")],
                ["c", say("cells.withheld")],
                ["–", say("cells.not_measured")],
                ["p", say("source.published")],
            ],
        },
        "provenance": _provenance(report),
        "changes": _changes(report),
    }


def _sentence(sentence: Sentence, report: Report) -> list[list[str]]:
    """Parts of a sentence: a text, and the section that a number leads to or nothing."""
    there = {section.id for section in report.sections}
    return [
        [tied(part), ""]
        if isinstance(part, str)
        else [tied(part.text), part.place.table if part.place.table in there else ""]
        for part in sentence.parts
    ]


def _section(section: Section, report: Report) -> Json:
    words, say = section.words, report.say
    return {
        "id": section.id,
        "number": words.number,
        "title": words.title,
        "unit": tied(words.unit),
        "empty": say("no_values") if section.is_empty else None,
        "body": None if section.is_empty else _body(section),
        "about": say("about_edition"),
        "remarks": [tied(remark.text) for remark in section.remarks],
        "elsewhere": {
            **_around(say("elsewhere", list=_SLOT)),
            "items": [
                {
                    "section": note.section,
                    "number": note.number,
                    "text": say("note_of", table=note.of_table, number=note.number),
                }
                for note in section.elsewhere
            ],
        },
        "defined": {
            **_around(say("defined", list=_SLOT)),
            "items": [
                {"key": of.key, "text": say("definition_link", number=of.number, title=of.title)}
                for of in section.definitions
            ],
        },
    }


def _around(text: str) -> Json:
    """What a text has before and behind a list of links."""
    lead, _, end = text.partition(_SLOT)
    return {"lead": lead, "end": end}


def _body(section: Section) -> Json:
    body = section.body
    if isinstance(body, FigureBody):
        drawing = body.drawing
        # One plot without crowded lines stays legible in a column, with its notes beside it.
        height = drawing.narrow.sheet.whole_height
        is_beside = len(drawing.scene.panels) == 1 and height <= _MOST_BESIDE
        svg = drawing.svg_narrow if is_beside else drawing.svg
        return {
            "kind": "figure",
            "svg": _DOT.sub(r"M\1,\2h.01", svg).replace(_DRAWN, _PACKAGED),
            "beside": is_beside,
            "alternative": body.alternative,
        }
    return {"kind": "table", **table_content(body)}


def _provenance(report: Report) -> Json:
    say, manifest = report.say, report.manifest
    code = manifest["code"]
    version = say(
        "provenance.version",
        version=code["longflow"],
        commit=code["commit"],
        modified=code["modified"],
    )
    packages = say("provenance.package_list", version=code["python"], packages=code["packages"])
    settings = say("provenance.digest", sha256=manifest["settings"]["sha256"])
    content = say("provenance.digest", sha256=manifest["content_sha256"])
    checks = say("provenance.checks_passed", count=len(manifest["checks_passed"]))
    lines = (
        (say("provenance.release"), say("provenance.release_name", release=manifest["release"])),
        (say("provenance.snapshot"), str(manifest["archive"]["snapshot"])),
        (say("provenance.longflow"), version),
        (say("provenance.packages"), packages),
        (say("provenance.errors"), say("provenance.errors_files")),
        (say("provenance.settings"), settings),
        (say("provenance.content"), content),
        (say("provenance.checks"), checks),
    )
    tables = [(say("provenance.weeks_coverage"), report.weekly_loads)]
    if report.month_coverage is not None:
        tables.append((say("provenance.months_coverage"), report.month_coverage))
    return {
        "number": say("provenance.number"),
        "title": say("provenance.title"),
        "summary": runs(say("provenance.summary")),
        "lines": [[name, runs(text)] for name, text in lines],
        "tables": [{"caption": title, **table_content(table)} for title, table in tables],
        "key": say("provenance.key"),
    }


def _changes(report: Report) -> Json | None:
    moved, say = report.moved, report.say
    if moved is None:
        return None
    causes = [say(f"causes.{kind}", count=count) for kind, count in moved.causes]
    return {
        "number": say("changes.number"),
        "title": say("changes.heading", release=moved.since),
        "summary": runs(say("changes.summary", moved=moved.moves, stopping=moved.stopping)),
        "accepted": runs(say("changes.accepted", reason=moved.accepted)) if moved.accepted else [],
        "largest": say("changes.largest"),
        "values": [
            say("changes.move", place=of.place, was=of.was, now=of.now, percent=of.relative_percent)
            for of in moved.values
        ],
        "differences": say("changes.differences"),
        "causes": [*moved.reloads, *causes],
    }
