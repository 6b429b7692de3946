"""What the digest of a load depends on, and what it does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import longflow
import pytest
from longflow import sqlfile
from longflow.archive import input_digest
from longflow.archive.input_digest import input_digests
from longflow.contract import reading
from longflow.records import FeedJudgement, Finding, Judged, Landed, LandedFile
from longflow.settings import Feed, Settings
from longflow.sqlfile import sql_root

from tests.conftest import MakeSettings

FOUND = Finding(rule="coverage.gap", severity="warning", feed=Feed.FLOWS, sentence="a gap")


def digest(settings: Settings, *, sha256: str = "1", found: tuple[Finding, ...] = ()) -> str:
    file = LandedFile(
        index=0,
        feed=Feed.FLOWS,
        source="east",
        name="flows.csv",
        size_bytes=1,
        sha256=sha256,
        fetched_at=datetime(2024, 7, 1, tzinfo=UTC),
    )
    landed = Landed(feeds=(Feed.FLOWS,), files=(file,))
    judged = Judged(feeds=(FeedJudgement(feed=Feed.FLOWS, verdict="passed", findings=found),))
    return input_digests(settings, landed, judged)[Feed.FLOWS]


def test_equal_input_has_an_equal_digest(make_settings: MakeSettings) -> None:
    assert digest(make_settings("flows")) == digest(make_settings("flows"))


def test_another_file_or_finding_has_another(make_settings: MakeSettings) -> None:
    settings = make_settings("flows")
    digests = {digest(settings), digest(settings, sha256="2"), digest(settings, found=(FOUND,))}
    assert len(digests) == 3


def test_a_reworded_finding_is_the_same_input(make_settings: MakeSettings) -> None:
    settings = make_settings("flows")
    reworded = FOUND.model_copy(update={"sentence": "slots are missing"})
    worse = FOUND.model_copy(update={"severity": "critical"})
    assert digest(settings, found=(FOUND,)) == digest(settings, found=(reworded,))
    assert digest(settings, found=(FOUND,)) != digest(settings, found=(worse,))


def test_settings_of_the_feed_and_of_the_week_count(make_settings: MakeSettings) -> None:
    plain = digest(make_settings("flows"))
    assert plain != digest(make_settings("flows", extra="[week]\ngrace_hours = 30\n"))
    # Settings of other feeds are in the digests of those.
    assert plain == digest(make_settings("flows", "counters"))


def test_the_version_of_the_load_counts_and_that_of_the_package_does_not(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings("flows")
    before = digest(settings)
    monkeypatch.setattr(longflow, "__version__", "99.0.0")
    assert digest(settings) == before
    monkeypatch.setattr(input_digest, "LOAD_VERSION", input_digest.LOAD_VERSION + 1)
    assert digest(settings) != before


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of `sql/` that the digest is taken of."""
    root = tmp_path / "sql"
    shutil.copytree(sql_root(), root)
    for module in (input_digest, reading, sqlfile):
        monkeypatch.setattr(module, "sql_root", lambda: root)
    _forget_contracts()
    yield root
    _forget_contracts()


def _forget_contracts() -> None:
    reading.contract.cache_clear()
    reading.fields.cache_clear()


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        pytest.param("functions.sql", "^-- .*$", "-- Other words.", id="comment of functions"),
        pytest.param(
            "week/holding/query.sql", "^-- .*$", "-- Other words.", id="comment of a query"
        ),
        pytest.param("week/holding/query.sql", "\n", "\n\n", id="line breaks of a query"),
        pytest.param(
            "staged/flows/contract.yml", 'sentence: ".*?"', 'sentence: "Other"', id="sentence"
        ),
        pytest.param("staged/flows/contract.yml", 'remedy: ".*?"', 'remedy: "other"', id="remedy"),
        pytest.param(
            "staged/flows/contract.yml", 'meaning: ".*?"', 'meaning: "other"', id="meaning"
        ),
        pytest.param("fields.yml", 'meaning: ".*?"', 'meaning: "other"', id="meaning of a field"),
        pytest.param("fields.yml", "^", "# A comment.\n", id="comment of a contract"),
    ],
)
def test_other_words_are_the_same_input(
    make_settings: MakeSettings, sql: Path, file: str, was: str, now: str
) -> None:
    settings = make_settings("flows")
    before = digest(settings)
    _change(sql / file, was, now)
    assert digest(settings) == before


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        pytest.param("functions.sql", "125000000000", "125000000001", id="number in a function"),
        pytest.param("week/holding/query.sql", "SELECT ", "SELECT DISTINCT ", id="query"),
        pytest.param("staged/flows/contract.yml", "severity: refuse", "severity: warn", id="rule"),
        pytest.param("fields.yml", "unit: bytes", "unit: octets", id="unit"),
        pytest.param("archive/port_week/contract.yml", "^key: .*$", "key: [week]", id="key"),
    ],
)
def test_another_effect_is_another_input(
    make_settings: MakeSettings, sql: Path, file: str, was: str, now: str
) -> None:
    settings = make_settings("flows")
    before = digest(settings)
    _change(sql / file, was, now)
    assert digest(settings) != before


def test_the_order_of_columns_counts(make_settings: MakeSettings, sql: Path) -> None:
    settings = make_settings("flows")
    before = digest(settings)
    file = sql / "archive" / "finding" / "contract.yml"
    head, columns = file.read_text("utf-8").split("columns:\n", 1)
    first, second, rest = columns.split("\n", 2)
    file.write_text(f"{head}columns:\n{second}\n{first}\n{rest}", "utf-8")
    _forget_contracts()
    assert digest(settings) != before


def _change(file: Path, was: str, now: str) -> None:
    text = file.read_text("utf-8")
    changed = re.sub(was, now, text, flags=re.MULTILINE)
    assert changed != text
    file.write_text(changed, "utf-8")
    _forget_contracts()
