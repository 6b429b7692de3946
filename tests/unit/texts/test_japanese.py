"""Japanese texts: whole sentences in their own order, and nothing left in English."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from longflow.texts import wording

JAPANESE = wording("ja")

# What a Japanese report writes in Latin letters as well.
LATIN = {
    *("IN", "OUT", "TCP", "UDP", "ICMP", "IPv", "IPoE", "PPPoE", "HTTPS", "HTTP", "QUIC", "IP"),
    *("KB", "MB", "GB", "TB", "PB", "kbit", "log", "LMDI", "VNE", "Web", "UTC", "SHA", "ID"),
    *(
        "SVG",
        "PNG",
        "mm",
        "Vega",
        "Lite",
        "CSV",
        "Parquet",
        "Python",
        "longflow",
        "json",
        "changes",
    ),
    *("manifest", "errors", "csv", "parquet", "tables", "neighbour", "weeks", "JSON"),
    *("PDF", "UA", "Data", "Package", "id", "Excel"),
}


def number(value: float, **more: object) -> dict[str, Any]:
    return {
        "value": value,
        "places": 1,
        "unit": "percent",
        "error": None,
        "error_places": None,
        "moved": None,
        "imported": False,
        **more,
    }


def said(key: str, values: dict[str, object], numbers: dict[str, Any]) -> str:
    return "".join(part.text for part in JAPANESE.sentence(key, values, numbers))


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        (date(2024, 6, 3), "2024年6月3日〜9日"),
        (date(2023, 5, 29), "2023年5月29日〜6月4日"),
        (date(2019, 12, 30), "2019年12月30日〜2020年1月5日"),
    ],
)
def test_week_names_each_part_of_its_date_once(monday: date, text: str) -> None:
    assert JAPANESE.week(monday) == text


@pytest.mark.parametrize(
    ("out", "into", "text"),
    [
        ((12.3, "up"), (8.1, "up"), "ダウンロードが12.3%、アップロードが8.1%増加した。"),
        ((-2.0, "down"), (-1.5, "down"), "ダウンロードが2.0%、アップロードが1.5%減少した。"),
        (
            (12.3, "up"),
            (-1.5, "down"),
            "ダウンロードが12.3%増加したのに対し、アップロードは1.5%減少した。",
        ),
        (
            (12.3, "up"),
            (0.0, "none"),
            "ダウンロードが12.3%増加したのに対し、アップロードに変化はなかった。",
        ),
        (
            (0.0, "none"),
            (3.0, "up"),
            "ダウンロードに変化はなく、アップロードは3.0%増加した。",
        ),
        ((0.0, "none"), (0.0, "none"), "ダウンロード、アップロードとも変化はなかった。"),
    ],
)
def test_both_directions_make_one_sentence(
    out: tuple[float, str], into: tuple[float, str], text: str
) -> None:
    numbers = {
        **{
            f"{name}_growth": number(value, moved=moved)
            for name, (value, moved) in (("out", out), ("in", into))
        },
        **{"out_before": None, "in_before": None},
    }
    values: dict[str, object] = {"service": "mobile", "start": "2023-06", "end": "2024-06"}
    found = said("growth", {**values, "before": None}, numbers)
    assert found == f"2023年6月から2024年6月にかけて、モバイルでは{text}"


def test_a_change_names_the_year_before_it_and_its_error() -> None:
    found = said(
        "ipv6_share",
        {"year": 2024, "before": 2023},
        {
            "share": number(49.5, error=0.6, error_places=1),
            "change": number(5.0, unit="points", error=0.9, error_places=1, moved="up"),
        },
    )
    assert found == (
        "2024年のモバイルの全バイト数のうち、IPv6が49.5±0.6%（前年比5.0±0.9ポイント増）を占めた。"
    )


@pytest.mark.parametrize(
    ("key", "values", "text"),
    [
        (
            "findings.months_not_drawn",
            {
                "service": "mobile",
                "stretches": [
                    {"first": "2019-07", "last": "2019-12"},
                    {"first": "2020-07", "last": "2021-05"},
                    {"first": "2022-01", "last": "2022-01"},
                ],
            },
            "モバイルの2019年7月〜12月、2020年7月〜2021年5月、2022年1月は、カウンタがないか取得率が下限に"
            "満たないため、線を描かない。",
        ),
        (
            "findings.growth_of_pppoe_not_split",
            {"service": "broadband", "years": [2019, 2020]},
            "2019年、2020年を起点または終点とするブロードバンドの伸びは、PPPoEだけを集計しているため内訳に"
            "分けない。",
        ),
        (
            "report.changes.summary",
            {"moved": 1200, "stopping": 1},
            "1,200個の値が変わった。うち、過年度の1個の値は、95%信頼区間の外にあるか、区間がない。すべての"
            "変更と考えられる原因は[changes.json](changes.json)にある。",
        ),
        ("report.ports.label", {"label": "all other ports"}, "その他のポート"),
        ("report.ports.label", {"label": "https"}, "https"),
    ],
)
def test_a_text_is_one_japanese_sentence(key: str, values: dict[str, object], text: str) -> None:
    assert JAPANESE.text(key, **values) == text


def literal(text: str) -> str:
    """What of a template stands in the report as it is, and the texts within its tags; no links."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    tags = re.findall(r"{[{%].*?[%}]}", text, re.DOTALL)
    within = [word for tag in tags for word in re.findall(r"'([^']*[ぁ-んァ-ヶ一-龠][^']*)'", tag)]
    return " ".join([re.sub(r"{[{%].*?[%}]}", "◇", text, flags=re.DOTALL), *within])


WORDED = {
    key: literal(text)
    for key, text in JAPANESE.words.items()
    if not key.startswith(("writing.", "fonts.", "numbers."))
}


def test_nothing_is_left_in_english() -> None:
    found = {word for text in WORDED.values() for word in re.findall(r"[A-Za-z]{2,}", text)} - LATIN
    assert found == set()


def test_texts_are_set_as_japanese_is() -> None:
    wide = "[ぁ-んァ-ヶー一-龠]"
    for key, text in WORDED.items():
        # Half-width marks beside Japanese, full-width letters and digits, and polite endings.
        for wrong in (
            rf"{wide}[,.;:!?(]",
            rf"[),;:]{wide}",
            r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]",
            "です。|ます。",
        ):
            assert re.search(wrong, text) is None, (key, wrong, text)
