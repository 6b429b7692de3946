"""The report of a release: what its page, its PDF and its workbook print alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from longflow.edition import CompiledEdition
from longflow.release import files
from longflow.release.changes import Changes
from longflow.release.figures import Drawing
from longflow.release.report.moved import Moved, moved
from longflow.release.report.printing import Printing
from longflow.release.report.provenance import month_coverage, weekly_loads
from longflow.release.report.sections import Definition, Section, definitions_of, sections_of
from longflow.release.report.sentences import Sentence, sentences_of
from longflow.release.report.table import Table
from longflow.release.terms import terms_of
from longflow.texts import wording


class Other(NamedTuple):
    """The report in another language: its code, its name, and the name of the page."""

    language: str
    name: str
    page: str


@dataclass(frozen=True)
class Report:
    """Everything that a report says, in the order of printing, free of any output format.

    Attributes:
        printing: the edition, and the language in which it is printed.
        manifest: the manifest of the release.
        sentences: what the numbers say.
        sections: the tables and figures.
        definitions: of what they print.
        weekly_loads: coverage of the analysis weeks.
        month_coverage: coverage of the months; None without counters.
        moved: what moved since the last release; None without one.
    """

    printing: Printing
    manifest: Mapping[str, Any]
    sentences: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...]
    weekly_loads: Table
    month_coverage: Table | None
    moved: Moved | None

    @property
    def language(self) -> str:
        """The code of its language: `en`."""
        return self.printing.words.language

    @property
    def title(self) -> str:
        """The title of the edition, in the language of the report if the settings have it."""
        return self.printing.edition.titles.get(self.language, str(self.manifest["title"]))

    @property
    def provider(self) -> str:
        """The name of the provider, likewise."""
        names: Mapping[str, str] = self.manifest["settings"].get("provider_names", {})
        return names.get(self.language, str(self.manifest["provider"]))

    @property
    def others(self) -> tuple[Other, ...]:
        """The reports in the other languages of the edition."""
        languages = self.printing.edition.languages
        return tuple(
            Other(of, wording(of).writing.name, files.in_language(files.REPORT, of, languages))
            for of in languages
            if self.language in languages and of != self.language
        )

    @property
    def time(self) -> datetime:
        """When the release was made, in UTC: the only time that its files state."""
        return files.time_of(self.manifest["release"])

    @property
    def terms(self) -> tuple[str, str]:
        """Licence and contact in words, also where none is stated."""
        terms = terms_of(self.manifest)
        return (
            self.printing.say("files.licence", licence=terms.licence),
            self.printing.say("files.contact", contact=terms.contact),
        )

    def say(self, key: str, /, **values: object) -> str:
        """The text of a key of `report`."""
        return self.printing.words.text(f"report.{key}", **values)


def compose(
    compiled: CompiledEdition,
    manifest: Mapping[str, Any],
    drawings: Mapping[str, Drawing],
    changes: Changes | None = None,
    language: str = "en",
) -> Report:
    """The report of an edition.

    Args:
        compiled: the edition.
        manifest: the manifest of the release, for what the figures come from.
        drawings: of its figures, in the same language.
        changes: what moved since the last release of the edition.
        language: in which it is written.
    """
    printing = Printing(compiled, wording(language), drawings)
    definitions = definitions_of(printing)
    sections = sections_of(printing, definitions)
    return Report(
        printing=printing,
        manifest=manifest,
        sentences=sentences_of(printing),
        sections=sections,
        definitions=definitions,
        weekly_loads=weekly_loads(printing),
        month_coverage=month_coverage(printing),
        moved=moved(changes, sections, printing),
    )
