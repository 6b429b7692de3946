"""The index page over all releases: one file in each language that asks no network for anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from longflow.release import files, signature
from longflow.release.named import edition_folders
from longflow.release.report.page import templates_in, tied
from longflow.release.terms import terms_of
from longflow.settings import Settings
from longflow.texts import wording
from longflow.var_folder import VarFolder

INDEX = "index.html"
# What is linked of a release, in the order of printing, with the key of its text.
_LINKED = {
    files.REPORT: "page",
    files.PAPER: "paper",
    files.WORKBOOK: "workbook",
    files.DATAPACKAGE: "data",
    files.README: "readme",
}


class Link(NamedTuple):
    """A file of a release: the key of its text, its path from the page, its language."""

    key: str
    path: str
    language: str


@dataclass(frozen=True)
class Indexed:
    """A release as the page lists it.

    Attributes:
        time: of the release, in UTC.
        links: to its files.
    """

    time: str
    links: tuple[Link, ...]

    def links_in(self, language: str) -> list[Link]:
        """The links to each kind of file together, the file in this language first."""
        order = list(_LINKED.values())
        return sorted(self.links, key=lambda one: (order.index(one.key), one.language != language))


@dataclass(frozen=True)
class IndexedEdition:
    """An edition as the page lists it.

    Attributes:
        year: its number.
        manifest: that of the release in force.
        in_force: that release.
        others: its other releases, newest first.
    """

    year: int
    manifest: Mapping[str, Any]
    in_force: Indexed
    others: tuple[Indexed, ...]

    @property
    def languages(self) -> list[str]:
        """Those of the release in force, the first one first."""
        return list(self.manifest["settings"]["edition"].get("languages", ["en"]))

    def title(self, language: str) -> str:
        """The title in a language, or in the first one."""
        titles: Mapping[str, str] = self.manifest["settings"]["edition"].get("titles") or {}
        return titles.get(language, str(self.manifest["title"]))


def write_index(settings: Settings) -> tuple[Path, ...]:
    """Write the page anew in each language of the releases in force.

    Returns:
        The pages; none if no release is in force.

    Raises:
        LongflowError: the manifest of a release in force is damaged.
    """
    root = VarFolder.of(settings).releases
    with files.one_at_a_time(root):
        editions = sorted(_editions(settings), key=lambda one: -one.year)
        languages = list(dict.fromkeys(of for one in editions for of in one.languages))
        pages = {
            root / files.in_language(INDEX, language, languages): _page(
                settings, editions, language, languages
            )
            for language in languages
        }
        for path, html in pages.items():
            files.write_whole(path, html.encode())
        # A language that no release has any longer.
        for old in root.glob("index*.html"):
            if old not in pages:
                old.unlink()
    return tuple(pages)


def index_pages(settings: Settings) -> tuple[Path, ...]:
    """The pages as they are."""
    return tuple(sorted(VarFolder.of(settings).releases.glob("index*.html")))


def _editions(settings: Settings) -> Iterator[IndexedEdition]:
    for folder in edition_folders(settings):
        known = [
            release
            for release in files.releases(folder)
            if not settings.release.signature_required or signature.is_signed(settings, release)
        ]
        in_force = files.in_force(folder)
        if in_force is None or in_force not in known:
            continue
        manifest = files.read_manifest(in_force)
        others = (_indexed(one, manifest) for one in reversed(known) if one != in_force)
        yield IndexedEdition(
            int(folder.name), manifest, _indexed(in_force, manifest), tuple(others)
        )


def _indexed(release: Path, manifest: Mapping[str, Any]) -> Indexed:
    languages = manifest["settings"]["edition"].get("languages", ["en"])
    names = (
        (key, name, files.in_language(name, language, languages), language)
        for name, key in _LINKED.items()
        for language in languages
    )
    links = [
        Link(key, f"{release.parent.name}/{release.name}/{in_it}", language)
        for key, name, in_it, language in names
        if (release / in_it).is_file()
    ]
    return Indexed(files.time_of(release.name).strftime("%Y-%m-%d %H:%M"), tuple(links))


def _page(
    settings: Settings, editions: list[IndexedEdition], language: str, languages: list[str]
) -> str:
    others = [
        {
            "language": other,
            "page": files.in_language(INDEX, other, languages),
            "name": wording(other).writing.name,
        }
        for other in languages
        if other != language
    ]
    names = settings.provider.names
    html = (
        templates_in(language)
        .get_template("index.html.j2")
        .render(
            provider=names.get(language, settings.provider.name),
            editions=editions,
            others=others,
            terms=terms_of(editions[0].manifest),
            language_names={of: wording(of).writing.name for of in languages},
        )
    )
    return tied(html)
