"""The page `docs/benchmarks/endure.md`: which calls were struck, how runs ended, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.endure.commands import COMMANDS, Command
from tests.endure.shim import KINDS, Kind


@dataclass(frozen=True)
class Point:
    """Where a fault strikes: the `number`-th call of its kind in the command."""

    command: Command
    kind: Kind
    number: int


@dataclass
class Outcome:
    """The outcome of a point: the call struck, how the command ended, what was wrong."""

    point: Point
    struck: str | None
    ended: str
    wrong: list[str] = field(default_factory=list)


# Points of a complete run.
POINTS = 200

_HEAD = """# Kills and failing system calls

`make endure` runs a command with one fault at one point: a preloaded library counts the system
calls on files below `var/` and, at one chosen by the seed, kills the process or makes the call
fail, once or from then on. After each of the {points} points (seed {seed}) this must hold:

- the command was killed, succeeded in spite of the fault, or ended with one line, no traceback and
  status 3;
- readers (`status`, `quarantine list`) work at once;
- archive and releases hold either the old or the new content, complete, by digests of all rows;
- the same command succeeds when run again, with the content of a run without faults and no
  duplicates;
- no file of the faulty run remains: no workspace, no draft, no Parquet file unknown to the
  catalogue.

{verdict}
"""


def page(outcomes: Sequence[Outcome], seed: int) -> str:
    """The page in Markdown."""
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    verdict = f"It held at {len(outcomes) - len(wrong)} of {len(outcomes)} points."
    if len(outcomes) < POINTS:
        verdict += f" This was a short run: `make endure` strikes {POINTS}."
    text = _HEAD.format(points=len(outcomes), seed=seed, verdict=verdict)
    endings = sorted({outcome.ended for outcome in outcomes})
    commands = [c.name for c in COMMANDS]
    text += "\n## By kind of fault\n\n" + _table(
        "fault", [kind.name for kind in KINDS], endings, outcomes, lambda o: o.point.kind.name
    )
    text += "\n## By command\n\n" + _table(
        "command", commands, endings, outcomes, lambda o: o.point.command.name
    )
    text += (
        "\n*ended well*: the failed call was not needed, or was retried. *not reached*: threads"
        " made fewer such calls than in the run that counted them.\n"
    )
    if wrong:
        text += "\n## What did not hold\n\n"
        for outcome in wrong:
            where = f"{outcome.point.command.name}, {outcome.point.kind.name}: {outcome.struck}"
            text += f"- {where}: {outcome.wrong[0].splitlines()[0][:200]}\n"
    return text


def _table(
    title: str,
    names: Sequence[str],
    endings: Sequence[str],
    outcomes: Sequence[Outcome],
    name_of: Callable[[Outcome], str],
) -> str:
    rows = [[title, "points", *endings, "held"], ["---", *["---:"] * (len(endings) + 2)]]
    for name in names:
        some = [outcome for outcome in outcomes if name_of(outcome) == name]
        ended = Counter(outcome.ended for outcome in some)
        held = sum(not outcome.wrong for outcome in some)
        rows.append([name, *(str(n) for n in (len(some), *(ended[e] for e in endings), held))])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
