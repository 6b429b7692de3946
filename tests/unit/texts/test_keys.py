"""Every text of a language has a use, every use a text, and a text names what its key has."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import jinja2
import longflow
import pytest
from jinja2 import meta, nodes
from longflow.contract import chart_of
from longflow.edition import CompiledEdition
from longflow.edition.footnotes.definitions import stated_settings
from longflow.edition.sensitivity import of_weeks
from longflow.edition.sentences.sentence import Unit
from longflow.edition.tables import (
    ERRORS,
    is_drawn,
    promise_of,
    publication_of,
    published_tables,
)
from longflow.languages import FOLDER
from longflow.release.changes.causes import causes_between
from longflow.release.figures.metrics import face_of
from longflow.release.report.growth import title_of
from longflow.settings import Edition
from longflow.texts import TableWords, Wording

from tests.unit.conftest import WEEKS

PACKAGE = Path(longflow.__file__).parent
# Rooms of `release` that print the report.
SAYING = ("report", "workbook", "paper", "metadata")
TEMPLATES = PACKAGE / "release" / "report" / "templates"
LANGUAGES = sorted(FOLDER.glob("*.yml"))


@pytest.fixture(params=LANGUAGES, ids=lambda file: file.stem)
def words(request: pytest.FixtureRequest) -> Wording:
    return Wording.read(request.param)


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of these functions in the package, each with the name of the function."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in names:
                yield node.func.id, node


def spelled(node: ast.expr) -> list[str]:
    """The texts that an expression can be: a literal, or one of two."""
    if isinstance(node, ast.IfExp):
        return spelled(node.body) + spelled(node.orelse)
    assert isinstance(node, ast.Constant), ast.unparse(node)
    return [str(node.value)]


@cache
def notes_in_code() -> Mapping[str, set[str]]:
    """Names of values by dotted key, of the footnotes that code makes."""
    found: dict[str, set[str]] = {}
    for kind, call in calls("finding", "definition"):
        given = {str(keyword.arg) for keyword in call.keywords}
        if given == {"None"}:
            continue  # of the contracts
        for key in spelled(call.args[1]):
            found.setdefault(f"{kind}s.{key}", set()).update(given)
    return found


@cache
def definitions_of_contracts() -> Mapping[str, set[str]]:
    """Names of values by dotted key, of the definitions that contracts name."""
    found: dict[str, set[str]] = {}
    for promise in published_tables().values():
        assert promise.published is not None
        for key, names in promise.published.definitions.items():
            found.setdefault(f"definitions.{key}", set()).update(names)
    return found


@cache
def said_in_the_report() -> list[tuple[str, bool, set[str]]]:
    """What the report says: a key or, where it is put together, its beginning; names of values."""
    return [*said_in_templates(), *said_in_code()]


def said_in_templates() -> Iterator[tuple[str, bool, set[str]]]:
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - nothing is rendered
    environment.tests["cell"] = lambda content: content is not None
    for path in sorted(TEMPLATES.glob("*.j2")):
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name != "say":
                continue
            (key,) = call.args
            is_whole = not isinstance(key, nodes.Concat)
            first = key.nodes[0] if isinstance(key, nodes.Concat) else key
            assert isinstance(first, nodes.Const)
            # A call with `**` gives the words of a table.
            given = {word.key for word in call.kwargs} or (
                set(TableWords._fields) if call.dyn_kwargs is not None else set()
            )
            yield f"report.{first.value}", is_whole, given


def said_by(function: ast.expr) -> str:
    """The last name of what is called."""
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def said_in_code() -> Iterator[tuple[str, bool, set[str]]]:
    """What `say` of these rooms is asked for; a key that is put together is an f-string."""
    rooms = [PACKAGE / "release" / room for room in SAYING]
    for path in sorted(path for room in rooms for path in room.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or said_by(call.func) != "say":
                continue
            (key,) = call.args
            first = key.values[0] if isinstance(key, ast.JoinedStr) else key
            assert isinstance(first, ast.Constant), ast.unparse(call)
            assert isinstance(first.value, str)
            given = {str(keyword.arg) for keyword in call.keywords}
            yield f"report.{first.value}", not isinstance(key, ast.JoinedStr), given


def parsed(words: Wording, key: str) -> nodes.Template:
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - nothing is rendered
    environment.filters |= words.filters
    return environment.parse(words.words[key])


def phrases_in(words: Wording, key: str) -> set[str]:
    """Phrases that a text names, by their keys."""
    found = set()
    for node in parsed(words, key).find_all(nodes.Filter):
        if node.name in {"phrase", "each"} or (node.name == "said" and node.args):
            (name,) = node.args
            assert isinstance(name, nodes.Const)
            found.add(f"phrases.{name.value}")
    return found


def placeholders(words: Wording) -> dict[str, set[str]]:
    """Names of the values that each text asks for; phrases are a language's own."""
    return {
        key: meta.find_undeclared_variables(parsed(words, key))
        for key in words.words
        if not key.startswith("phrases.")
    }


def test_a_language_has_the_keys_and_the_placeholders_of_english(words: Wording) -> None:
    ours, english = placeholders(words), placeholders(Wording.read(FOLDER / "en.yml"))
    assert {"missing": english.keys() - ours.keys(), "unused": ours.keys() - english.keys()} == {
        "missing": set(),
        "unused": set(),
    }
    differing = {key: (ours[key], english[key]) for key in ours if ours[key] != english[key]}
    assert differing == {}


def test_every_language_says_how_it_is_written(words: Wording) -> None:
    there = {key for key in words.words if key.startswith(("writing.", "numbers.", "fonts."))}
    assert there == {
        *("writing.name", "writing.between", "writing.spaces"),
        *("numbers.decimal", "numbers.thousands", "numbers.minus", "numbers.percent"),
        *("fonts.drawing", "fonts.page", "fonts.paper_text", "fonts.paper_tables"),
    }
    assert face_of(words)


def test_every_footnote_has_a_text_and_every_text_a_footnote(words: Wording) -> None:
    used = notes_in_code().keys() | definitions_of_contracts().keys()
    there = {key for key in words.words if key.startswith(("findings.", "definitions."))}
    assert there == used


def test_a_footnote_names_the_values_that_it_has(words: Wording) -> None:
    for key, values in {**notes_in_code(), **definitions_of_contracts()}.items():
        assert (key, meta.find_undeclared_variables(parsed(words, key))) == (key, values)


def test_every_phrase_is_there_and_used(words: Wording) -> None:
    # Months, weeks, stretches and numbers of sentences are written by these.
    written = {"month", "week", "stretch", "with_error", "imported"}
    used = {f"phrases.{key}" for key in written | {f"unit_{of}" for of in get_args(Unit)}}
    used |= set().union(*(phrases_in(words, key) for key in words.words))
    assert {key for key in words.words if key.startswith("phrases.")} == used


def test_definitions_state_settings_that_there_are() -> None:
    edition = Edition(title="Years", analysis_weeks=WEEKS)
    named = set().union(*definitions_of_contracts().values())
    assert named
    assert named <= stated_settings(edition).keys()


def test_contracts_that_share_a_definition_state_the_same_settings() -> None:
    stated: dict[str, set[tuple[str, ...]]] = {}
    for promise in published_tables().values():
        assert promise.published is not None
        for key, names in promise.published.definitions.items():
            stated.setdefault(key, set()).add(names)
    assert {key for key, names in stated.items() if len(names) > 1} == set()


def test_everything_that_the_report_says_is_there_and_used(words: Wording) -> None:
    there = {key for key in words.words if key.startswith("report.")}
    used = set()
    for key, is_whole, given in said_in_the_report():
        said = {key} if is_whole else {of for of in there if of.startswith(key)}
        assert said, key
        used |= said
        for of in said:
            named = meta.find_undeclared_variables(parsed(words, of))
            assert named == given if is_whole else named <= given, of
    assert there == used


def test_every_table_has_its_words_and_no_other_has(words: Wording) -> None:
    apart = (".grid.", ".formulas.", ".figure.")
    named = {
        key
        for key in words.words
        if key.startswith("tables.") and not any(part in key for part in apart)
    }
    assert named == {
        f"tables.{table}.{word}" for table in published_tables() for word in TableWords._fields
    }


def test_every_printed_figure_says_how_it_is_worked_out(words: Wording) -> None:
    there = {key for key in words.words if key.startswith("tables.") and ".formulas." in key}
    expected = {
        f"tables.{table}.formulas.{column}": {*promise.key}
        for table, promise in published_tables().items()
        if publication_of(table).layout not in {None, "figure", "sensitivity"}
        for column in promise.columns_of("figure")
        if promise.columns[column].decimals is not None
    }
    assert there == expected.keys()
    for key, names in expected.items():
        assert meta.find_undeclared_variables(parsed(words, key)) <= names


def test_every_definition_has_a_title(words: Wording) -> None:
    defined = {key for key in words.words if key.startswith("definitions.")}
    titles = {key for key in words.words if key.startswith("report.titles.")}
    assert {key.removeprefix("report.titles.") for key in titles} == {
        key.removeprefix("definitions.") for key in defined
    }


def test_every_reason_for_no_interval_has_words(words: Wording) -> None:
    reasons = promise_of(ERRORS).columns["reason"].values
    assert {key for key in words.words if key.startswith("report.source.reasons.")} == {
        f"report.source.reasons.{reason}" for reason in reasons
    }


def test_every_part_and_measure_has_a_title(words: Wording, compiled: CompiledEdition) -> None:
    for part in compiled.tables["growth-parts"]["part"].unique():
        assert words.text(f"report.parts.{part}")
    for measure in compiled.tables["growth"]["measure"].unique():
        key, years = title_of(measure)
        assert words.text(f"report.measures.{key}", years=years, base_month="2020-01")


def test_every_cause_of_a_move_has_a_title(words: Wording) -> None:
    nothing = {"settings": {"edition": {"analysis_weeks": {}}}, "code": {}, "inputs": []}
    for kind in causes_between(nothing, nothing).keys() - {"revisions"}:
        assert words.text(f"report.causes.{kind}", count=1)


def test_a_table_with_the_layout_grid_has_its_headings(words: Wording) -> None:
    there = {key for key in words.words if key.startswith("tables.") and ".grid." in key}
    expected: dict[str, set[str]] = {}
    for table, promise in published_tables().items():
        assert promise.published is not None
        grid = promise.published.grid
        if grid is not None:
            given = {"corner": set[str](), "row": {*grid.rows}, "column": {*grid.columns, "figure"}}
            given |= {"group": {*grid.groups}} if grid.groups else {}
            # A heading over several columns is optional.
            given |= {"over": {*grid.columns}} if f"tables.{table}.grid.over" in there else {}
            expected |= {f"tables.{table}.grid.{key}": names for key, names in given.items()}
    assert there == expected.keys()
    for key, names in expected.items():
        assert meta.find_undeclared_variables(parsed(words, key)) <= names


def test_a_figure_has_the_words_of_its_drawing(words: Wording) -> None:
    there = {key for key in words.words if key.startswith("tables.") and ".figure." in key}
    expected: dict[str, set[str]] = {}
    for table, promise in published_tables().items():
        if not is_drawn(table):
            continue
        chart = chart_of(promise.table)
        dashed: set[str] = {chart.dashed.column} if chart.dashed else set()
        given: dict[str, set[str]] = {
            **{word: set() for word in ("x", "y", "short_unit")},
            "alternative": {"panels"},
            **({"series": {*chart.series} - dashed} if {*chart.series} - dashed else {}),
            **({"panel": {*chart.panels, *chart.stated}} if chart.panels else {}),
            **({"dashed": dashed} if dashed else {}),
            **({"enlarged": set()} if chart.enlarged else {}),
            **({"part": {chart.x.column}} if chart.kind == "waterfall" else {}),
            **({"cell": {"x_low", "x_high", "y_low", "y_high"}} if chart.cells else {}),
        }
        expected |= {f"tables.{table}.figure.{key}": names for key, names in given.items()}
    assert there == expected.keys()
    for key, names in expected.items():
        assert meta.find_undeclared_variables(parsed(words, key)) <= names, key


def test_what_drawings_say_is_there_and_used(words: Wording) -> None:
    said = {
        text
        for path in (PACKAGE / "release" / "figures").rglob("*.py")
        for constant in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(constant, ast.Constant) and isinstance(text := constant.value, str)
        if text.startswith("drawing.")
    }
    # The kind of an interval is chosen.
    said = (said - {"drawing."}) | {"drawing.half_width", "drawing.interval"}
    there = {key for key in words.words if key.startswith("drawing.")}
    assert said == there


def test_every_figure_of_other_weeks_has_a_name(words: Wording) -> None:
    """Without one the report could not print its row of `sensitivity`."""
    named = {
        f"report.figures.{column}"
        for table in of_weeks()
        for promise in [promise_of(table)]
        # Shares of the top and of ports are named by their keys.
        if "direction" in promise.key and "top_percent" not in promise.key
        for column in promise.columns_of("figure")
        if promise.columns[column].decimals is not None
    }
    assert named == {key for key in words.words if key.startswith("report.figures.")}
