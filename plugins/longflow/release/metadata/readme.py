"""`README.md` of a release: what each file is, on what terms, and whom to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from longflow.release.files import in_language
from longflow.release.report import Report
from longflow.texts import wording

# Files and folders, and what the text about each is called, in the order of printing.
_ABOUT = {
    "report.html": "page",
    "report.pdf": "paper",
    "workbook.xlsx": "workbook",
    "tables/": "tables",
    "figures/": "figures",
    "findings.json": "findings",
    "dictionary.md": "dictionary_file",
    "datapackage.json": "datapackage",
    "CITATION.cff": "citation",
    "manifest.json": "manifest",
    "changes.json": "changes",
    "SHA256SUMS": "checksums",
}


def readme_of(report: Report, names: Iterable[str]) -> bytes:
    """The page as Markdown.

    Args:
        report: the report of the release.
        names: of the files of the release.
    """
    manifest, say = report.manifest, report.say
    licence, contact = report.terms
    lines = [
        f"# {manifest['title']}",
        "",
        say(
            "files.lead",
            provider=manifest["provider"],
            edition=manifest["edition"],
            release=manifest["release"],
        ),
        "",
        *_files({*names}, report),
        "",
        licence,
        "",
        contact,
    ]
    return "\n".join(lines).encode() + b"\n"


def _files(names: set[str], report: Report) -> Iterator[str]:
    say, languages = report.say, report.printing.edition.languages
    yield f"| {say('files.file')} | {say('files.content')} |"
    yield "|---|---|"
    for name, key in _ABOUT.items():
        if name in names or any(of.startswith(name) for of in names if name.endswith("/")):
            yield f"| `{name}` | {say(f'files.about.{key}')} |"
        for other in languages[1:]:
            in_it = in_language(name, other, languages)
            if in_it in names:
                about = f"{say(f'files.about.{key}')} ({wording(other).writing.name})"
                yield f"| `{in_it}` | {about} |"
