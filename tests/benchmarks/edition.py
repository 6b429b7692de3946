"""What compiling an edition of millions of subscribers costs: time and memory of every stage.

`python -m tests.benchmarks.edition [PAGE.md] [--subscribers N]` fills an archive with six analysis
weeks of N broadband and N mobile subscribers each (a million), publishes the edition and verifies
the release, each in its own process, and writes the page `docs/benchmarks/edition.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "edition.md"

WEEKS = {
    2019: date(2019, 6, 3),
    2020: date(2020, 6, 1),
    2021: date(2021, 5, 31),
    2022: date(2022, 5, 30),
    2023: date(2023, 5, 29),
    2024: date(2024, 6, 3),
}

SETTINGS = """
[provider]
name = "Benchmark"
time_zone = "Asia/Tokyo"

[database]
memory_limit = "1GB"
threads = 2

[[sources]]
name = "east"
feed = "flows"
service = "broadband"
format = "nfcapd"

[[sources]]
name = "core"
feed = "flows"
service = "mobile"
format = "nfcapd"

[[sources]]
name = "gateway"
feed = "usage"
service = "mobile"
access = ""
format = "csv"

[[sources]]
name = "partner"
feed = "usage"
service = "broadband"
access = "ipoe"
format = "csv"

[editions.2024]
title = "A benchmark"

[editions.2024.analysis_weeks]
"""

# Days of one kind of subscribers in one week. Pseudonyms rise, as in the archive, and are followed
# into other weeks; volumes are log-normal, downloads ten times uploads, from hashes as chance.
SUBSCRIBER_DAYS = """
INSERT INTO subscriber_day BY NAME
WITH subscriber AS (
    SELECT printf('%016x%016x', number * $step + hash(number, $kind) % $step, hash(number, 1))
            AS subscriber,
        sqrt(-2 * ln((hash(number, $kind, year($week)) % 1000000 + 1) / 1000001))
            * cos(2 * pi() * (hash(number, $kind, 3) % 1000000) / 1000000) AS deviation
    FROM range($subscribers) AS numbers(number)
),
volume AS (
    SELECT subscriber, day,
        10 ** ($center + 0.5 * deviation) * (0.5 + hash(subscriber, day) % 1000 / 1000) AS out_bytes
    FROM subscriber CROSS JOIN range(7) AS days(day)
)
SELECT $week AS week, $service AS service, $access AS access, 'consumer' AS segment, subscriber,
    ($week + day::INTEGER)::DATE AS day,
    (out_bytes / 10)::BIGINT AS in_bytes, out_bytes::BIGINT AS out_bytes,
    if($access = 'pppoe', (out_bytes / 10 / 8192 / 300)::BIGINT + 1, NULL) AS in_sampled_packets,
    if($access = 'pppoe', (out_bytes / 8192 / 1300)::BIGINT + 1, NULL) AS out_sampled_packets,
    if($access = 'pppoe', (out_bytes / 10 * 8192 * 900)::DECIMAL(38, 0), 0) AS in_variance_bytes2,
    if($access = 'pppoe', (out_bytes * 8192 * 1400)::DECIMAL(38, 0), 0) AS out_variance_bytes2,
    100.0 AS coverage_percent
FROM volume
"""

PORTS = """
INSERT INTO port_week BY NAME
SELECT $week AS week, service, ip_version, protocol, port,
    (1e12 / (1 + hash(port, protocol, service) % 65536))::BIGINT AS bytes,
    100 + hash(port) % 1000 AS sampled_packets,
    (1e12 * 8192 * 1000)::DECIMAL(38, 0) AS variance_bytes2, 100.0 AS coverage_percent
FROM range(65536) AS ports(port)
CROSS JOIN (VALUES (6), (17)) AS protocols(protocol)
CROSS JOIN (VALUES (4), (6)) AS versions(ip_version)
CROSS JOIN (VALUES ('broadband'), ('mobile')) AS services(service)
"""

HOURS = """
INSERT INTO rate_hour BY NAME
SELECT date_trunc('week', hour_start)::DATE AS week, service, access, interface, hour_start,
    (1e12 * (1 + year(hour_start) % 10))::BIGINT AS in_bytes,
    (1e13 * (1 + year(hour_start) % 10))::BIGINT AS out_bytes,
    3600000 AS covered_ms, 3600000 AS hour_ms
FROM range($first::TIMESTAMPTZ, $first::TIMESTAMPTZ + INTERVAL 42 DAY, INTERVAL 1 HOUR)
    AS hours(hour_start)
CROSS JOIN (VALUES ('broadband', 'pppoe', 'a'), ('broadband', 'ipoe', 'b'), ('mobile', '', 'c'))
    AS kinds(service, access, interface)
"""

SNAPSHOT = """
INSERT INTO subscriber_snapshot BY NAME
SELECT $week AS week, $service AS service, $access AS access, 'consumer' AS segment,
    $subscribers AS subscribers
"""


def kinds(year: int, subscribers: int) -> list[tuple[str, str, float, int]]:
    """Service, access, centre of log10(OUT bytes per day) and number of subscribers of a year."""
    ipoe = 0 if year <= 2020 else subscribers * 2 // 5
    broadband = [("broadband", "pppoe", 9.1, subscribers - ipoe), ("broadband", "ipoe", 9.3, ipoe)]
    return [*(kind for kind in broadband if kind[3]), ("mobile", "", 7.8, subscribers)]


def fill(connection: duckdb.DuckDBPyConnection, subscribers: int) -> None:
    """Fill the tables that an edition reads, one transaction per week."""
    for year, week in WEEKS.items():
        connection.execute("BEGIN")
        for service, access, center, number in kinds(year, subscribers):
            of = {"week": week, "service": service, "access": access, "subscribers": number}
            connection.execute(SNAPSHOT, of)
            chance = {"center": center, "step": 2**62 // number, "kind": len(service + access)}
            connection.execute(SUBSCRIBER_DAYS, {**of, **chance})
        connection.execute(PORTS, {"week": week})
        month = date(year, 6, 1)
        connection.execute(HOURS, {"first": month - timedelta(days=month.weekday())})
        connection.execute("COMMIT")
        print(f"{week} is filled", flush=True)
    connection.execute(HOURS, {"first": date(2019, 12, 30)})


def installation(folder: Path, subscribers: int) -> Path:
    """Settings for a filled archive; an existing archive is reused."""
    from longflow.archive import open_archive  # noqa: PLC0415
    from longflow.settings import Settings  # noqa: PLC0415

    file = folder / "longflow.toml"
    if not file.exists():
        weeks = "".join(f"{year} = {week}\n" for year, week in WEEKS.items())
        (folder / "settings.tmp").write_text(f"{SETTINGS}{weeks}")
        settings = Settings.load(folder / "settings.tmp")
        with open_archive(settings, read_only=False) as archive:
            fill(archive.connection, subscribers)
        (folder / "settings.tmp").rename(file)
    return file


@dataclass(frozen=True)
class Stage:
    """The cost of a stage: wall clock, processor time, and peak memory so far."""

    name: str
    seconds: float
    processor_seconds: float
    peak_mb: int


def timed(stages: list[Stage], name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap work so that it records its cost."""

    def noted(*given: object, **named: object) -> object:
        began, used = time.monotonic(), time.process_time()
        result = work(*given, **named)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        took = time.monotonic() - began, time.process_time() - used
        stages.append(Stage(name.format(*given), *took, peak))
        return result

    return noted


def child(settings_file: str, step: str) -> None:
    """Publish or verify, and print the stages."""
    from longflow.edition import intervals, making  # noqa: PLC0415
    from longflow.release import files, prepare, publication, verify  # noqa: PLC0415
    from longflow.settings import Settings  # noqa: PLC0415

    settings = Settings.load(settings_file)
    stages: list[Stage] = []
    with ExitStack() as patches:
        for module, function, name in (
            (making, "materialise", "{1}"),
            (intervals, "find_intervals", "errors of distributions"),
            (publication, "compile_edition", "**all tables**"),
            (publication, "draw_edition", "drawing of all figures"),
        ):
            work = timed(stages, name, getattr(module, function))
            patches.enter_context(patch.object(module, function, work))
        if step == "publish":
            timed(stages, "publish, from start to end", prepare)(settings, 2024)
        else:
            release = files.unverified(settings.var / "releases" / "2024")[-1]
            verified = timed(stages, "verify", verify)(settings, release)
            stages = stages[-1:]
            print(*verified.compared, *verified.problems[:20], sep="\n", file=sys.stderr)
    print(json.dumps([asdict(stage) for stage in stages]))


def run(settings_file: Path, step: str) -> list[Stage]:
    """The stages of a step, run in a separate process."""
    arguments = ["-m", "tests.benchmarks.edition", "--child", str(settings_file), step]
    done = subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return [Stage(**stage) for stage in json.loads(done.stdout.splitlines()[-1])]


TEXT = """# What an edition of millions of subscribers costs

Written by `python -m tests.benchmarks.edition` on {cores} cores ({machine}, Python {python},
DuckDB {duckdb}). The archive has six analysis weeks of {subscribers:,} broadband and
{subscribers:,} mobile subscribers each, {rows:,} rows of `subscriber_day`, with six months of
counters and 3.1 million rows of ports. DuckDB has two threads and a limit of 1 GB. Target: a
release with its figures, published and verified, within 240 s and 3 GB.

For each stage the table gives wall-clock seconds, processor seconds summed over cores, and the
peak memory of the process up to its end. Verification is a separate process that compiles the
edition again before the second way. At the start, {load:.1f} other processes competed for the
cores; the wall-clock seconds include waiting for them.

| stage | seconds | processor seconds | MB |
| --- | ---: | ---: | ---: |
{stages}
"""


def page(stages: list[Stage], subscribers: int, load: float) -> str:
    """The page as Markdown."""
    lines = [
        f"| {s.name} | {s.seconds:.1f} | {s.processor_seconds:.1f} | {s.peak_mb:,} |"
        for s in stages
    ]
    return TEXT.format(
        cores=len(os.sched_getaffinity(0)),
        machine=platform.machine(),
        python=platform.python_version(),
        duckdb=duckdb.__version__,
        subscribers=subscribers,
        rows=14 * 6 * subscribers,
        load=load,
        stages="\n".join(lines),
    )


def main() -> None:
    """Fill, measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, nargs="?", default=PAGE)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the archive there, or use it again")
    parser.add_argument("--child", nargs=2, metavar=("SETTINGS", "STEP"))
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        settings_file = installation(folder, given.subscribers)
        load = os.getloadavg()[0]
        stages = [*run(settings_file, "publish"), *run(settings_file, "verify")]
    file: Path = given.page
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(stages, given.subscribers, load), encoding="utf-8")


if __name__ == "__main__":
    main()
