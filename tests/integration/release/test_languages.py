"""An edition in two languages: its files, what they link to, and what verifies them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from longflow.release import files, publish, verify
from longflow.settings import Settings

from tests.forging import copied, forge_text

TITLE = 'title = "Five years of traffic"\n'
JAPANESE = """
languages = ["en", "ja"]
titles = { ja = "トラフィックの5年間" }
"""


def in_japanese_too(settings: Settings) -> Settings:
    file = settings.file.with_stem("two-languages")
    text = settings.file.read_text().replace(TITLE, TITLE + JAPANESE)
    named = 'names = { ja = "試験事業者" }\n'
    file.write_text(
        text.replace('time_zone = "Asia/Tokyo"\n', f'time_zone = "Asia/Tokyo"\n{named}')
    )
    return Settings.load(file)


@pytest.fixture
def both(lake_settings: Settings) -> Path:
    return publish(in_japanese_too(lake_settings), 2024).path


def test_a_release_has_report_figures_and_sentences_in_each_language(
    lake_settings: Settings, both: Path
) -> None:
    english = (both / "report.html").read_text()
    japanese = (both / "report.ja.html").read_text()
    assert '<html lang="en">' in english
    assert '<link rel="alternate" hreflang="ja" href="report.ja.html">' in english
    assert '<a href="report.ja.html" hreflang="ja" lang="ja">日本語</a>' in english
    assert '<html lang="ja">' in japanese
    assert '<link rel="alternate" hreflang="en" href="report.html">' in japanese
    assert "<h1>トラフィックの5年間</h1>" in japanese
    assert "試験事業者 · 2024年版" in japanese
    drawings = {file.name for file in (both / "figures").iterdir()}
    of_one = {"figure-12.svg", "figure-12-narrow.svg", "figure-12.png", "figure-12.vl.json"}
    of_other = {f"{name.partition('.')[0]}.ja.{name.partition('.')[2]}" for name in of_one}
    assert of_one | of_other <= drawings
    assert '"Noto Sans CJK JP' in (both / "figures" / "figure-12.ja.svg").read_text()
    assert 'href="figures/figure-12.ja.svg"' in japanese
    sentence = json.loads((both / "findings.json").read_text())["sentences"][0]
    assert sentence["text"].startswith("From June 2023 to June 2024, broadband ")
    assert sentence["texts"]["ja"].endswith("。")
    assert verify(in_japanese_too(lake_settings), both).problems == ()


@pytest.mark.parametrize("name", ["report.ja.html", "figures/figure-12.ja.svg"])
def test_what_is_changed_in_a_further_language_is_found(
    lake_settings: Settings, both: Path, tmp_path: Path, name: str
) -> None:
    copy = copied(both, tmp_path)
    forge_text(copy, name, "ブロードバンド", "モバイル")
    (problem,) = verify(in_japanese_too(lake_settings), copy).problems
    assert problem.startswith(f"{name}: ")
    assert problem != f"{name}: does not agree with SHA256SUMS"
    (copy / name).unlink()
    assert f"{name}: is missing" in verify(in_japanese_too(lake_settings), copy).problems


def test_a_language_more_makes_no_new_release_and_the_old_one_verifies(
    lake_settings: Settings,
) -> None:
    first = publish(lake_settings, 2024)
    more = in_japanese_too(lake_settings)
    second = publish(more, 2024)
    assert (second.path, second.created) == (first.path, False)
    assert verify(more, first.path).problems == ()
    assert files.releases(first.path.parent) == [first.path]
