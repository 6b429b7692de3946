"""The PDF: tagged for people who do not see it, for archives, and with its fonts within."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from longflow.edition import CompiledEdition
from longflow.release.figures import Drawing
from longflow.release.paper import paper_of
from longflow.release.paper.content import content_of
from longflow.release.paper.typesetting import _set
from longflow.release.report import Report, compose
from longflow.release.report.figure import FigureBody
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from tests.unit.release.test_report import MANIFEST

Entries = dict[str, Any]


@pytest.fixture(scope="module")
def report(compiled: CompiledEdition, drawings: dict[str, Drawing]) -> Report:
    manifest = {**MANIFEST, "title": "#panic() *Growth*"}
    return compose(compiled, manifest, drawings)


@pytest.fixture(scope="module")
def paper(report: Report) -> PdfReader:
    return PdfReader(io.BytesIO(paper_of(report)))


@pytest.fixture(scope="module")
def root(paper: PdfReader) -> Entries:
    """What the document says of itself as a whole."""
    return cast("Entries", paper.trailer["/Root"])


@pytest.fixture(scope="module")
def elements(root: Entries) -> list[Entries]:
    """All elements of the structure, in the order of reading."""
    return [*below(root["/StructTreeRoot"])]


@pytest.fixture(scope="module")
def text(paper: PdfReader) -> str:
    return " ".join(page.extract_text() for page in paper.pages)


def below(parent: object) -> Iterator[Entries]:
    element = parent.get_object() if isinstance(parent, IndirectObject) else parent
    if not isinstance(element, DictionaryObject):
        return
    if "/S" in element:
        yield cast("Entries", element)
    kids: object = element.get("/K", [])
    kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from below(kid)


def test_equal_reports_give_equal_bytes(report: Report) -> None:
    first = paper_of(report)
    _set.cache_clear()
    assert paper_of(report) == first


def test_it_states_title_publisher_language_and_the_time_of_the_release(
    paper: PdfReader, root: Entries
) -> None:
    about = paper.metadata
    assert about is not None
    assert (about.title, about.author) == ("#panic() *Growth*", "Test provider")
    assert f"{about.creation_date}" == f"{about.modification_date}" == "2024-09-01 00:00:00+00:00"
    assert root["/Lang"] == "en"


def test_it_claims_the_standards_for_archives_and_accessibility(root: Entries) -> None:
    claims = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", claims)
    assert "pdfuaid:part>1<" in claims
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_every_font_is_embedded(paper: PdfReader) -> None:
    names = set()
    for page in paper.pages:
        for font in cast("Entries", page["/Resources"]).get("/Font", {}).values():
            (inner,) = font["/DescendantFonts"]
            descriptor = inner.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            names.add(str(descriptor["/FontName"]).partition("+")[2])
    assert any(name.startswith("LibertinusSerif") for name in names)
    assert any(name.startswith("Arimo") for name in names)


def test_every_figure_says_what_is_seen(report: Report, elements: list[Entries]) -> None:
    drawn = [
        section.body.alternative
        for section in report.sections
        if isinstance(section.body, FigureBody) and not section.is_empty
    ]
    said = [element.get("/Alt") for element in elements if element["/S"] == "/Figure"]
    assert drawn
    assert said == drawn


def test_headings_are_those_of_the_report_in_its_order(
    report: Report, paper: PdfReader, elements: list[Entries]
) -> None:
    marks = [str(entry["/Title"]) for entry in paper.outline if not isinstance(entry, list)]
    sections = [f"{of.words.number} {of.words.title}" for of in report.sections]
    plain = [" ".join(mark.split()) for mark in marks]
    start = plain.index(sections[0])
    assert plain[start : start + len(sections)] == sections
    assert sum(element["/S"] == "/H1" for element in elements) == len(marks) + 1


def test_a_table_has_headings_that_readers_hear(elements: list[Entries]) -> None:
    kinds = [str(element["/S"]) for element in elements]
    assert kinds.count("/Table") > 10
    assert kinds.count("/TH") > kinds.count("/Table")
    assert kinds.count("/TD") > kinds.count("/TH")


def test_it_holds_the_numbers_and_sentences_of_the_report(report: Report, text: str) -> None:
    (first,) = (section for section in report.sections if section.id == "table-1")
    numbers = [cell.text for cell, _ in first.body.cells]
    assert numbers
    assert all(number in text for number in numbers)
    assert "#panic() *Growth*" in text
    assert "95 % interval" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_it_leads_nowhere_outside(paper: PdfReader) -> None:
    links = [
        annotation.get_object() for page in paper.pages for annotation in page.get("/Annots", [])
    ]
    assert len(links) > 50
    assert not any("/URI" in link.get("/A", {}) for link in links)


def test_pages_are_numbered_and_of_a4(paper: PdfReader) -> None:
    for number, page in enumerate(paper.pages, start=1):
        assert page.extract_text().rstrip().endswith(str(number))
        assert [round(float(side) * 25.4 / 72) for side in page.mediabox[2:]] == [210, 297]


def test_every_dot_of_a_drawing_has_a_length_that_typst_draws(report: Report) -> None:
    drawn = {section["id"]: section["body"] for section in content_of(report)["sections"]}
    svg = drawn["figure-5"]["svg"]
    assert svg.count("h.01") > 10
    assert not re.search(r"M[\d.]+,[\d.]+Z", svg)
