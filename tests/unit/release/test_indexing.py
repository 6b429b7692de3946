"""The page over all releases: what it lists, in which languages, and where its links lead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from longflow.release import files
from longflow.release.indexing import write_index
from longflow.settings import Settings

PAGE = b"a page"
PUBLICATION = {"licence": "CC-BY-4.0", "contact": "Traffic & statistics"}


def put(var: Path, year: int, name: str, *documents: str, languages: tuple[str, ...]) -> Path:
    """Write a release that holds these documents."""
    edition = {"languages": list(languages), "titles": {"ja": f"{year}年の<統計>"}}
    manifest = {
        "title": f"Statistics of {year}",
        "settings": {"edition": edition, "publication": PUBLICATION},
    }
    folder = var / "releases" / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {files.MANIFEST: files.json_bytes(manifest), **dict.fromkeys(documents, PAGE)}
    files.write_release(folder / name, contents)
    return folder / name


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an edition in two languages, and one in the second of them."""
    file = tmp_path / "longflow.toml"
    file.write_text(
        'sources = []\n[provider]\nname = "Net & Co"\ntime_zone = "Asia/Tokyo"\n'
        '[provider.names]\nja = "ネット"\n'
    )
    var, both = tmp_path / "var", ("en", "ja")
    put(var, 2023, "20230701T000000Z", "report.html", languages=("ja",))
    old = put(var, 2024, "20240701T000000Z", "report.html", languages=both)
    new = put(
        var, 2024, "20240708T093000Z", "report.html", "report.ja.html", "report.pdf", languages=both
    )
    put(var, 2024, "20240709T000000Z.rejected", "report.html", languages=both)
    files.point_latest(new, "digest")
    assert old.is_dir()
    return Settings.load(file)


def links(page: Path) -> list[str]:
    return re.findall(r'<a href="([^"]+)"', page.read_text("utf-8"))


def test_the_release_in_force_comes_first_and_every_link_leads_to_a_file(
    settings: Settings,
) -> None:
    english, japanese = write_index(settings)
    assert (english.name, japanese.name) == ("index.html", "index.ja.html")
    assert links(english) == [
        "index.ja.html",
        "2024/20240708T093000Z/report.html",
        "2024/20240708T093000Z/report.ja.html",
        "2024/20240708T093000Z/report.pdf",
        "2024/20240701T000000Z/report.html",
        "2023/20230701T000000Z/report.html",
    ]
    assert links(japanese)[1].endswith("report.ja.html")
    for page in (english, japanese):
        assert all((page.parent / link).is_file() for link in links(page))


def test_it_speaks_each_language(settings: Settings) -> None:
    english, japanese = (page.read_text("utf-8") for page in write_index(settings))
    assert "<h1>Traffic statistics of Net &amp; Co: releases</h1>" in english
    assert "In force: release of 2024-07-08 09:30 UTC" in english
    assert "Report (日本語)" in english
    assert "Statistics of 2024" in english
    assert "ネットのトラフィック統計" in japanese
    assert "2024年の&lt;統計&gt;" in japanese


def test_it_states_terms_and_asks_no_other_host(settings: Settings) -> None:
    page = write_index(settings)[0].read_text("utf-8")
    assert "Licence: CC-BY-4.0" in page
    assert "Contact: Traffic &amp; statistics" in page
    assert "://" not in page


def test_a_signature_that_is_required_and_missing_keeps_a_release_out(settings: Settings) -> None:
    assert write_index(settings)
    strict = settings.release.model_copy(update={"signature_required": True})
    assert write_index(settings.model_copy(update={"release": strict})) == ()
    assert not list((settings.var / "releases").glob("index*.html"))
