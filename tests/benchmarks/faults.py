"""Precision and recall of the judge on planted faults.

`python -m tests.benchmarks.faults` plants every fault of the catalogue one at a time and all at
once in the dumps of a small simulated provider, loads the weeks, and writes the page
`docs/benchmarks/faults.md`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from longflow import steps
from longflow.archive import open_archive
from longflow.archive.aggregates import LACKING
from longflow.archive.log import findings_of
from longflow.records import Finding
from longflow.settings import Settings
from longflow.simulator.faults import FAULTS
from longflow.simulator.provider import Provider
from longflow.simulator.simulate import simulate
from longflow.week import Week

MONDAY = date(2024, 6, 3)
PROVIDER = Provider(
    sampling_interval=1024, pppoe_contracts=150, ipoe_contracts=100, mobile_numbers=400, seed=12
)
# Rules and scores were developed with the provider above; the page uses one they never saw.
HELD_OUT = Provider(
    sampling_interval=2048, pppoe_contracts=230, ipoe_contracts=140, mobile_numbers=600, seed=77
)
_REAL_FILE = """
## A real file

`tests/end_to_end/test_real_file.py` judges a file from 2019 that nfcapd wrote for 61 exporters. The
ledger finds 99,880 flows of 51 exporters at 1/3000, announced for the whole exporter and confirmed
by their packet counts. Five exporters announce 1/1000, but no flow is marked with it. The file has
120 flows of two of them: not marked as sampled, not scaled, and 116,515 bytes that stand for a
thousand times as much. They are quarantined as `sampling.unflagged`.
"""
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "faults.md"
# A consequence of the refusal of another feed is not a separate fault.
_FOLLOWS = frozenset({LACKING})
# Reported for every week; only the excess over a clean week counts as a fault.
_NORMAL = "info"

Key = tuple[str, str | None]


@dataclass(frozen=True)
class Amount:
    """Rows, bytes and count of a planted or found fault."""

    rows: int = 0
    bytes: int = 0
    count: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.rows + other.rows, self.bytes + other.bytes, self.count + other.count)


@dataclass(frozen=True)
class Score:
    """The outcome of one run: planted and found amounts by rule and source."""

    planted: dict[Key, Amount]
    found: dict[Key, Amount]
    exact: dict[Key, bool]

    @property
    def missed(self) -> set[Key]:
        return set(self.planted) - set(self.found)

    @property
    def wrong(self) -> set[Key]:
        return set(self.found) - set(self.planted)


def new_site(folder: Path) -> Settings:
    """The project's settings in a separate folder, with broken files tolerated."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (Path(__file__).parents[2] / "longflow.toml").read_text(encoding="utf-8")
    file = folder / "longflow.toml"
    text = text.partition("\n[simulator]")[0]
    tolerance = "\n\n[validation]\nbroken_files_max_share = 0.05\n"
    file.write_text(text + tolerance, encoding="utf-8")
    return Settings.load(file)


def take_in(
    folder: Path, faults: Sequence[str], monday: date = MONDAY, provider: Provider = PROVIDER
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Simulate a week with faults and load it; return the planted and the found faults.

    Files that come late are loaded by a second run, whose findings about files are added.
    """
    settings = new_site(folder)
    landing, truth = folder / "var" / "landing", folder / "var" / "truth"
    simulate(replace(provider, faults=tuple(faults)), [monday], [], landing, truth)
    found = ingest(settings, monday)
    late = landing.parent / "late"
    if late.is_dir():
        shutil.copytree(late, landing, dirs_exist_ok=True)
        found += [f for f in ingest(settings, monday) if f.rule.startswith("revision.files")]
    file = truth / str(monday) / "faults.json"
    return (json.loads(file.read_text("utf-8")) if file.exists() else []), found


def ingest(settings: Settings, monday: date) -> list[Finding]:
    """Load a week; return the findings about its newest revision."""
    (batch,) = steps.plan(settings, run_key="faults", first=monday)
    for step in (steps.fetch, steps.stage, steps.judge, steps.load):
        step(settings, batch)
    steps.conclude(settings, batch)
    with open_archive(settings) as archive:
        return findings_of(archive.connection, Week(monday, settings.zone))


def take_in_past(folder: Path, provider: Provider = PROVIDER) -> None:
    """Load the clean weeks that form the baseline of later ones."""
    for weeks in range(4, 0, -1):
        take_in(folder, [], MONDAY - timedelta(weeks=weeks), provider)


def needs_past(fault: str) -> bool:
    """Whether a fault shows only in comparison with earlier weeks."""
    return FAULTS[fault].rule.startswith("past.")


def score(
    planted: Iterable[dict[str, Any]], found: Iterable[Finding], normal: Iterable[Finding]
) -> Score:
    """Compare planted with found faults, by rule and source.

    Args:
        planted: rows of `faults.json`.
        found: findings of the damaged week.
        normal: findings of the same week without faults, all of them normal.
    """
    expected: dict[Key, Amount] = {}
    for one in planted:
        key = one["rule"], one["source"]
        amount = Amount(one["rows"] or 0, one["bytes"] or 0, one["count"] or 0)
        expected[key] = expected.get(key, Amount()) + amount
    found = [f for f in found if f.rule not in _FOLLOWS]
    usual = _amounts(f for f in normal)
    # Normal findings count as found only if more of them were planted.
    reported = _amounts(f for f in found if f.severity != _NORMAL or (f.rule, f.source) in expected)
    exact = {}
    for key, amount in expected.items():
        here = reported.get(key, Amount())
        before = usual.get(key, Amount())
        # Findings with rows are counted in rows and bytes, all others in their unit.
        if here.rows:
            pairs = [
                (amount.rows, here.rows, before.rows),
                (amount.bytes, here.bytes, before.bytes),
            ]
        else:
            pairs = [(amount.count, here.count, before.count)]
        exact[key] = all(not want or got == want + base for want, got, base in pairs)
    return Score(expected, reported, exact)


def _amounts(findings: Iterable[Finding]) -> dict[Key, Amount]:
    amounts: dict[Key, Amount] = {}
    for one in findings:
        key = one.rule, one.source
        amounts[key] = amounts.get(key, Amount()) + Amount(one.rows, one.bytes, one.count)
    return amounts


def main() -> None:
    """Run every fault and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="only these; no page is written")
    chosen = parser.parse_args().names
    runs = [[name] for name in chosen or FAULTS]
    if not chosen:
        runs.append([name for name, fault in FAULTS.items() if not fault.alone])
    scores: list[tuple[str, Score]] = []
    with tempfile.TemporaryDirectory() as scratch:
        past, one = Path(scratch) / "past", Path(scratch) / "one"
        _, normal = take_in(Path(scratch) / "clean", [], provider=HELD_OUT)
        if any(needs_past(name) for names in runs for name in names):
            take_in_past(past, HELD_OUT)
        scores.append(("a clean week", score([], normal, normal)))
        for names in runs:
            shutil.rmtree(one, ignore_errors=True)
            if needs_past(names[0]):
                shutil.copytree(past, one)
            name = names[0] if len(names) == 1 else f"{len(names)} of them at once"
            scores.append((name, score(*take_in(one, names, provider=HELD_OUT), normal)))
            print(row(*scores[-1]), flush=True)
            print(differences(scores[-1][1]), end="", flush=True)
    if not chosen:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(scores), encoding="utf-8")


def differences(result: Score) -> str:
    """Faults missed, found wrongly or found with another amount, one line each."""
    lines = [f"  missed {key} {result.planted[key]}" for key in sorted(result.missed, key=str)]
    lines += [f"  wrong {key} {result.found[key]}" for key in sorted(result.wrong, key=str)]
    lines += [
        f"  differs {key} {amount} {result.found[key]}"
        for key, amount in result.planted.items()
        if key in result.found and not result.exact[key]
    ]
    return "".join(f"{line}\n" for line in lines)


def row(name: str, result: Score) -> str:
    """One line of the page."""
    rules = sorted({rule for rule, _ in result.planted})
    shown = ", ".join(f"`{rule}`" for rule in rules) if len(rules) < 3 else "each its own"
    found = len(result.planted) - len(result.missed)
    exact = sum(result.exact.values())
    return f"| {name} | {shown} | {len(result.planted)} | {found} | {exact} | {len(result.wrong)} |"


def page(scores: Sequence[tuple[str, Score]]) -> str:
    """The page: every run, then precision and recall over all of them."""
    planted = sum(len(result.planted) for _, result in scores)
    found = planted - sum(len(result.missed) for _, result in scores)
    wrong = sum(len(result.wrong) for _, result in scores)
    exact = sum(sum(result.exact.values()) for _, result in scores)
    rows = "\n".join(row(*one) for one in scores)
    return (
        "# Planted faults: what was planted and what was found\n\n"
        "Written by `python -m tests.benchmarks.faults`. The simulated provider has "
        f"{HELD_OUT.pppoe_contracts} PPPoE lines, {HELD_OUT.ipoe_contracts} IPoE lines and "
        f"{HELD_OUT.mobile_numbers} numbers, and samples one packet in "
        f"{HELD_OUT.sampling_interval}. Its weeks are drawn with a seed that was used for nothing "
        "else; the rules were developed with another one. Planted and found faults are counted by "
        "rule and source. A fault is found exactly if the rows and bytes, or the number of slots, "
        "sessions or days, are those planted. When all faults are planted at once, they overlap: a "
        "flow of a missing file cannot have a new interval, so amounts differ there. Rules on the "
        "baseline report how far a week is from the median of earlier weeks, which is not the "
        "amount planted. When subscribers vanish, their rows and bytes vanish too, and are found "
        "as well.\n\n"
        "| fault | rule | planted | found | exact | found wrongly |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n"
        f"{rows}\n\n"
        f"**Precision {100 * found / max(found + wrong, 1):.1f} %, "
        f"recall {100 * found / max(planted, 1):.1f} %**; "
        f"{100 * exact / max(planted, 1):.1f} % of the planted faults were found exactly.\n"
        f"{_REAL_FILE}"
    )


if __name__ == "__main__":
    main()
