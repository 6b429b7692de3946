"""The report: one file that holds what the tables hold and asks no network for anything."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from longflow.edition import CompiledEdition, compile_edition
from longflow.release.figures import Drawing, draw_edition
from longflow.release.report import compose, page_of
from longflow.release.report.growth import title_of
from longflow.release.report.marks import marked
from longflow.release.report.page import tied
from longflow.settings import Settings
from longflow.texts import wording
from markupsafe import escape

from tests.unit.conftest import MemoryArchive, with_minimum, worded

decimals = wording().numbers.number

MANIFEST = {
    "edition": 2024,
    "title": "Growth <& more>",
    "provider": "Test provider",
    "release": "20240901T000000Z",
    "content_sha256": "c" * 64,
    "archive": {"snapshot": 17},
    "code": {
        "longflow": "0.1.0",
        "commit": None,
        "modified": None,
        "python": "3.11",
        "packages": {"duckdb": "1.5.5"},
    },
    "settings": {"sha256": "5" * 64, "time_zone": "Asia/Tokyo"},
    "checks_passed": ["a", "b"],
}


class Page(HTMLParser):
    """Tags still open, ids, and the cells of every table by the id of its section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.rows: dict[str, list[list[str]]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"meta", "link", "img", "br"}:
            self.open.append(tag)
        if "id" in given:
            self.ids.append(str(given["id"]))
        self.links += [str(given[name]) for name in ("href", "src") if name in given]
        if tag == "section":
            self.rows[str(given["id"])] = []
        if tag == "tr":
            self.rows[list(self.rows)[-1]].append([])
        if tag in {"td", "th"}:
            self.rows[list(self.rows)[-1]][-1].append("")
        if given.get("class") == "name":
            self.rows[list(self.rows)[-1]][-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[list(self.rows)[-1]][-1][-1] += data.strip()


@pytest.fixture(scope="module")
def html(compiled: CompiledEdition, drawings: dict[str, Drawing]) -> str:
    return page_of(compose(compiled, MANIFEST, drawings))


def test_page_is_well_formed_and_every_link_leads_somewhere(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert {"table-1", "table-4", "growth", "provenance"} <= set(inside) <= set(page.ids)


def test_page_asks_no_network_for_anything(html: str) -> None:
    assert not re.search(r"https?:|//[a-z]|url\(|@import|src=|<link|<img", html)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|sendBeacon|WebSocket", html)


def test_text_of_settings_is_not_read_as_html(html: str) -> None:
    assert "Growth &lt;&amp; more&gt;" in html
    assert "<& more>" not in html


def test_values_stand_in_the_tables_as_people_write_them(
    compiled: CompiledEdition, html: str
) -> None:
    page, tables = Page(html), compiled.tables
    volume = tables["table-1"].row(1, named=True)
    assert (volume["year"], volume["direction"]) == (2019, "out")
    first = next(row for row in page.rows["table-1"] if row[0] == "2019")
    assert first[4:8] == [
        # Of 40 consumers no interval is given.
        f"{decimals(volume['mean_mb'], 0)}*",
        f"{decimals(volume['median_mb'], 0)}*",
        f"{decimals(volume['mode_mb'], 0)}*",
        "PPPoE",
    ]
    tcp = next(row for row in page.rows["table-3"] if row[0] == "TCP")
    share = tables["table-3"].filter(year=2024, level="protocol", protocol="TCP")
    assert tcp[-1].startswith(f"{share['share_percent'][0]:.1f}±")


def test_cell_of_few_packets_is_marked_and_has_no_interval(html: str) -> None:
    smtp = next(row for row in Page(html).rows["table-3"] if row[0] == "TCP 25 smtp")
    assert smtp[1:] == ["0.1*", "0.1*", "0.1*"]


def test_versions_of_a_port_stand_one_under_the_other(compiled: CompiledEdition, html: str) -> None:
    rows = Page(html).rows["table-4-by-ip-version"]
    https = next(number for number, row in enumerate(rows) if row[0] == "TCP 443 https")
    ports = compiled.tables["table-4-by-ip-version"].filter(protocol="TCP", port="443", year=2024)
    for cells, share in zip([rows[https][1:], rows[https + 1]], ports.to_dicts(), strict=True):
        assert cells[0] == f"IPv{share['ip_version']}"
        assert cells[-1].startswith(decimals(share["share_percent"], 1))


def test_a_grid_has_a_heading_for_each_group_and_a_figure_in_each_row(
    compiled: CompiledEdition, html: str
) -> None:
    rows = Page(html).rows["percentiles"]
    assert rows[0] == ["Percentile or share", "2019", "2023", "2024"]
    heading = rows.index(["Mobile OUT"])
    of_median, of_share = (
        compiled.tables["percentiles"].filter(
            service="mobile", direction="out", measure=measure, place=place, year=2024
        )
        for measure, place in (("percentile", 50.0), ("share_above", 1.0))
    )
    median = next(row for row in rows[heading:] if row[0] == "50th percentile, MB")
    share = next(row for row in rows[heading:] if row[0] == "more than 1 GB a day, %")
    assert median[3].split("±")[0].rstrip("*") == decimals(of_median["volume_mb"][0], 1)
    assert share[3].split("±")[0].rstrip("*") == decimals(of_share["share_percent"][0], 1)


def test_what_is_withheld_is_marked_and_its_row_stays(
    memory_archive: tuple[Settings, MemoryArchive],
) -> None:
    settings, archive = memory_archive
    compiled = compile_edition(with_minimum(settings, 20), 2024, archive)
    page = Page(page_of(compose(compiled, MANIFEST, draw_edition(compiled, ()))))
    assert page.open == []
    assert page.rows["table-1"][2][:7] == ["2019", "c", "c", "c", "c", "c", "c"]
    assert "c" not in page.rows["table-1"][3]
    smtp = next(row for row in page.rows["table-3"] if row[0] == "TCP 25 smtp")
    assert smtp[1:] == ["c", "c", "c"]
    assert {cell for row in page.rows["concentration"][3:] for cell in row[1:]} == {"c"}
    assert any("c" in row for row in page.rows["growth"])
    assert {"mean_mb_step", "median_mb_step"} <= {*compiled.steps["table-1"].columns}


def test_every_finding_stands_once_and_other_tables_link_to_it(
    compiled: CompiledEdition, html: str
) -> None:
    sections = dict(re.findall(r'<section id="([^"]+)"(.*?)</section>', html, re.DOTALL))
    printed = [table for table in compiled.tables if table in sections]
    for note in compiled.notes:
        text = tied(str(escape(worded(note))))
        concerned = [table for table in printed if table in note.tables]
        if note.kind == "definition":
            assert html.count(text) == sections["definitions"].count(text) == bool(concerned)
            for table in concerned:
                assert f'href="#definition-{note.key}"' in sections[table]
            continue
        if not concerned:
            continue
        first, *others = concerned
        found = re.search(rf'<li id="({first}-note-\d+)">{re.escape(text)}</li>', sections[first])
        assert found is not None
        for table in others:
            assert f'href="#{found[1]}"' in sections[table]


def test_no_line_begins_with_a_percent_sign() -> None:
    assert tied("4.7 % of 5 %, in %") == "4.7\N{NO-BREAK SPACE}% of 5\N{NO-BREAK SPACE}%, in %"


def test_provenance_says_on_what_terms_and_whom_to_ask(html: str) -> None:
    assert "<p>No licence is stated: ask the publisher before you reuse the data.</p>" in html
    assert "<p>No contact is stated.</p>" in html


def test_provenance_names_snapshot_and_checks(html: str) -> None:
    provenance = html.split('<section id="provenance"')[1]
    assert "<dd>17</dd>" in provenance
    assert "2 checks before the release, all passed" in provenance


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        (date(2024, 6, 3), "3–9 June 2024"),
        (date(2023, 5, 29), "29 May – 4 June 2023"),
        (date(2024, 12, 30), "30 December 2024 – 5 January 2025"),
    ],
)
def test_week_as_people_write_it(monday: date, text: str) -> None:
    assert wording().week(monday) == text


@pytest.mark.parametrize(
    ("measure", "title"),
    [
        ("five_year_ratio", "Ratio of traffic over five years"),
        ("one_year_mode_ratio", "Ratio of modes over one year"),
        ("one_year_ratio", "Ratio of traffic over one year"),
        ("twenty_year_ratio", "Ratio of traffic over 20 years"),
        ("ratio_to_base", "Ratio to the OUT rate of 2020-01"),
        ("yearly_mode_ratio", "Ratio of modes, year to year"),
    ],
)
def test_title_of_a_measure(measure: str, title: str) -> None:
    key, years = title_of(measure)
    text = wording().text(f"report.measures.{key}", years=years, base_month="2020-01")
    assert text == title


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("is **bold** and ^p^", "is <b>bold</b> and <sup>p</sup>"),
        ("code `a<b`", "code <code>a&lt;b</code>"),
        ("in [CSV](tables/a-b.csv).", 'in <a href="tables/a-b.csv">CSV</a>.'),
        ("[x](javascript:alert) <b>", "[x](javascript:alert) &lt;b&gt;"),
        ("[x](//host/file)", "[x](//host/file)"),
    ],
)
def test_marks_of_texts_become_html_and_nothing_else_does(text: str, html: str) -> None:
    assert marked(text) == html


def test_findings_stand_on_top_and_their_numbers_link_to_cells(
    compiled: CompiledEdition, html: str
) -> None:
    assert compiled.sentences
    above, _, below = html.partition('<section id="table-1"')
    assert above.count("<li>") >= len(compiled.sentences)
    assert 'id="findings"' in above
    links = re.findall(r'<a class="quoted" href="#([^"]+)">', above)
    assert len(links) == above.count('class="quoted"') > len(compiled.sentences)
    cells = [link for link in links if link.startswith("growth.two_year_ratio.")]
    assert all(f'id="{link}"' in html for link in cells)
    assert below
