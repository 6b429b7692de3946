"""Every fault of the catalogue is found under its own rule, and a clean week shows none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from longflow.records import Finding
from longflow.simulator.faults import FAULTS

from tests.benchmarks.faults import Score, needs_past, score, take_in, take_in_past
from tests.end_to_end.conftest import Site
from tests.end_to_end.undamaged import differences

pytestmark = pytest.mark.slow

TOGETHER = [name for name, fault in FAULTS.items() if not fault.alone]
# Flows that one fault took out cannot show another: together these do not have their amounts.
OVERLAP = {"sampling.interval_changed", "attribution.unexplained", "sessions.address_reused"}
# Whoever is missing from the snapshot may be anybody: beside a refused feed nothing would be left
# that can be compared with the truth.
ALONE = {name for name in FAULTS if FAULTS[name].rule in OVERLAP} | {"not-in-snapshot"}
# A week each. Three faults far apart in the catalogue do not touch each other.
_APART = [name for name in TOGETHER if FAULTS[name].rule not in OVERLAP]
_THREES = [_APART[start :: len(_APART) // 3] for start in range(len(_APART) // 3)]
GROUPS = [
    *([name] for name in FAULTS if name in ALONE or (FAULTS[name].alone and not needs_past(name))),
    *([name for name in three if name not in ALONE] for three in _THREES),
]


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What is found about the week when nothing was planted."""
    return take_in(tmp_path_factory.mktemp("clean"), [])[1]


def test_a_clean_week_has_no_fault(normal: list[Finding]) -> None:
    assert {finding.severity for finding in normal} <= {"info"}


def missed_and_wrong(result: Score) -> tuple[set[object], set[object]]:
    return set(result.missed), set(result.wrong)


@pytest.mark.parametrize("faults", GROUPS, ids="+".join)
def test_faults_are_found_with_their_amounts_and_the_undamaged_part_is_true(
    faults: list[str], normal: list[Finding], tmp_path: Path
) -> None:
    planted, found = take_in(tmp_path, faults)
    result = score(planted, found, normal)
    assert {one["fault"] for one in planted} == {*faults}
    assert result.planted
    assert missed_and_wrong(result) == (set(), set())
    assert all(result.exact.values())
    compared, wrong = differences(Site(tmp_path), planted)
    assert sum(compared.values()) > 0
    assert wrong == {}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the clean weeks before."""
    folder = tmp_path_factory.mktemp("past")
    take_in_past(folder)
    return folder


@pytest.mark.parametrize("fault", [name for name in FAULTS if needs_past(name)])
def test_a_break_with_the_past_is_found(
    fault: str, normal: list[Finding], past: Path, tmp_path: Path
) -> None:
    shutil.copytree(past, tmp_path, dirs_exist_ok=True)
    result = score(*take_in(tmp_path, [fault]), normal)
    assert result.missed == set()


def test_all_at_once_each_is_found_and_nothing_else(normal: list[Finding], tmp_path: Path) -> None:
    planted, found = take_in(tmp_path, TOGETHER)
    result = score(planted, found, normal)
    assert missed_and_wrong(result) == (set(), set())
    assert {rule for (rule, _), exact in result.exact.items() if not exact} <= OVERLAP
    # Flows and usage are refused, and with them all that was damaged.
    assert differences(Site(tmp_path), planted)[1] == {}
