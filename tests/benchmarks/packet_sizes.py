"""What the error bars miss where packet sizes mix inside flows, and whether it can be estimated.

`python -m tests.benchmarks.packet_sizes [PAGE.md]` draws flows whose packets are known, samples
each packet with probability 1/1024, keeps what a record of each flow keeps (packets p and bytes b),
and writes `docs/benchmarks/packet_sizes.md`. It takes two minutes on one core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.flow_records import INTERVAL, TRAFFIC, Draw, Floats, Records, sampled_records
from tests.benchmarks.pages import write_page

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "packet_sizes.md"

REPEATS = 2000
# With fewer flows of one packet, nothing is learned about a port.
LEAST_SINGLE = 30
# Shortest and longest packet on most links.
SHORTEST, LONGEST = 40, 1500
# Below this share of the true variance, sizes mix inside flows.
MIXED = 0.9


def by_records(records: Records) -> Floats:
    """Σ b²/p, as longflow keeps it: as if the packets of a flow were equally long."""
    return records.bytes**2 / records.packets


def by_regression(records: Records) -> Floats:
    """The same plus (p-1)·σ² per flow; σ² is the slope of the variance of b/p over 1/p."""
    mean = records.bytes / records.packets
    inverse, spread, weight = [], [], []
    for number in np.unique(records.packets):
        of_number = mean[records.packets == number]
        if len(of_number) >= 10:
            inverse.append(1 / number)
            spread.append(of_number.var(ddof=1))
            weight.append(len(of_number) - 1)
    within = 0.0
    if len(inverse) > 1:
        x = np.array(inverse) - np.average(inverse, weights=weight)
        slope = np.average(x * np.array(spread), weights=weight) / np.average(x**2, weights=weight)
        within = max(0.0, float(slope))
    return by_records(records) + within * (records.packets - 1)


def by_line(records: Records) -> Floats:
    """Squares of sizes by a line through the flows of one packet, but at least b²/p.

    A flow of one packet shows its size x. With two sizes x² = slope·x + height holds for both, and
    squares of any mix of them add up to slope·b + height·p; with more sizes this is approximate.
    """
    squares = by_records(records)
    many = records.packets > 1
    size = records.bytes[~many]
    if len(size) < LEAST_SINGLE or size.var() == 0:
        return squares
    slope = np.cov(size**2, size)[0, 1] / size.var(ddof=1)
    height = (size**2).mean() - slope * size.mean()
    line = slope * records.bytes + height * records.packets
    return np.where(many, np.maximum(squares, line), squares)


def by_bound(records: Records) -> Floats:
    """The largest possible sum of squares: every packet has the minimum or the maximum length."""
    most = (SHORTEST + LONGEST) * records.bytes - SHORTEST * LONGEST * records.packets
    squares = by_records(records)
    return np.where(records.packets > 1, np.maximum(squares, most), squares)


ESTIMATES: Mapping[str, Callable[[Records], Floats]] = {
    "records": by_records,
    "regression": by_regression,
    "line": by_line,
    "bound": by_bound,
}
# With the size of every sampled packet, which no record states.
PACKETS = "packets"
ALL = "all of it"


@dataclass(frozen=True)
class Found:
    """Results of one port, or of all traffic, over the repeats; some of them by estimate.

    Attributes:
        sampled: sampled packets.
        of_one: share of the sampled flows with one packet.
        ratios: estimated to true variance: mean, 5th and 95th percentile.
        of_total: share of the bars of the volume that contain the truth.
        of_share: the same for the share in all bytes; empty for all traffic.
    """

    sampled: float
    of_one: float
    ratios: Mapping[str, tuple[float, float, float]]
    of_total: Mapping[str, float]
    of_share: Mapping[str, float]


def measure_traffic(
    ports: Mapping[str, Sequence[tuple[Draw, int]]], seed: int, divided_by: int = 1
) -> dict[str, Found]:
    """Sample the flows of some ports repeatedly, and count which bars contain the truth."""
    random = np.random.default_rng([8, seed, divided_by])
    true = {
        name: [draw(random, flows // divided_by) for draw, flows in kinds]
        for name, kinds in ports.items()
    }
    moment = {
        power: np.array(
            [
                sum(float((f.packets @ np.array(f.sizes) ** power).sum()) for f in port)
                for port in true.values()
            ]
        )
        for power in (1, 2)
    }
    volume, variance = moment[1], (INTERVAL - 1) * moment[2]
    share = volume / volume.sum()
    names = [*ESTIMATES, PACKETS]
    ratios = np.zeros((REPEATS, len(names), len(ports) + 1))
    of_total, of_share = ratios.copy(), np.zeros((REPEATS, len(names), len(ports)))
    packets, flows, single = (np.zeros((REPEATS, len(ports))) for _ in range(3))
    for repeat in range(REPEATS):
        found = [sampled_records(random, port) for port in true.values()]
        packets[repeat] = [records.packets.sum() for records, _ in found]
        flows[repeat] = [len(records.packets) for records, _ in found]
        single[repeat] = [(records.packets == 1).sum() for records, _ in found]
        estimated = INTERVAL * np.array([records.bytes.sum() for records, _ in found])
        whole = estimated.sum()
        part = estimated / whole
        away = np.abs(np.append(estimated, whole) - np.append(volume, volume.sum()))
        for number, name in enumerate(names):
            squares = [
                squares if name == PACKETS else ESTIMATES[name](records).sum()
                for records, squares in found
            ]
            guess = INTERVAL * (INTERVAL - 1) * np.array(squares)
            with_all = np.append(guess, guess.sum())
            ratios[repeat, number] = with_all / np.append(variance, variance.sum())
            of_total[repeat, number] = away <= 1.96 * np.sqrt(with_all)
            error = np.sqrt((1 - part) ** 2 * guess + part**2 * (guess.sum() - guess)) / whole
            of_share[repeat, number] = np.abs(part - share) <= 1.96 * error
    summary = {}
    for column, port in enumerate([*ports, ALL]):
        of = slice(None) if port == ALL else column
        low, high = np.quantile(ratios[:, :, column], (0.05, 0.95), axis=0)
        means = ratios[:, :, column].mean(axis=0)
        held = (
            {}
            if port == ALL
            else dict(zip(names, of_share[:, :, column].mean(axis=0), strict=True))
        )
        summary[port] = Found(
            sampled=float(packets[:, of].sum() / REPEATS),
            of_one=float(single[:, of].sum() / flows[:, of].sum()),
            ratios={n: tuple(r) for n, *r in zip(names, means, low, high, strict=True)},
            of_total=dict(zip(names, of_total[:, :, column].mean(axis=0), strict=True)),
            of_share=held,
        )
    return summary


TEXT = """# What error bars miss where packet sizes mix inside flows

Written by `python -m tests.benchmarks.packet_sizes`. A flow record states the number p of a
flow's sampled packets and their bytes b, but not the size of each packet. longflow estimates the
variance of a volume as Σ N(N-1)·b²/p, as if the sampled packets of a flow were equally long. With
every size x known it would be Σ N(N-1)·x², which is larger if sizes differ *inside* flows. Here
every packet of the simulated flows is known. The sampling is repeated {repeats:,} times, with
probability 1/{interval:,} for each packet, and the 95 % bars that contain the true value are
counted. With this many repeats, chance alone moves 95 % to 94 to 96 %.

| traffic | sampled packets | flows of one | variance / true | volume bars, % | share bars, % |
| --- | ---: | ---: | ---: | ---: | ---: |
{bars}

- *Where sizes mix inside flows*, the variance is {mixed_ratio} of the true one. Bars of volumes
  contain the true value in {mixed_total} %, those of shares in {mixed_share} %.
- *Web and video*: nearly all packets of one direction are full, nearly all of the other are
  acknowledgements, so little is missing: {web_ratio}. Bars of shares contain the true value in
  {web_share} %. The total volume of the households has {households_ratio}, and its bars contain
  the true value in {households_total} %.
- If one packet of a flow was sampled, its size is known and nothing is missing. The more packets
  of each flow are sampled, the more is missing. With half of the packets of 80 and half of 1,500
  bytes the minimum is 0.55: these bars contain the true value in 85 %.

## Whether the missing part can be estimated

Three estimates, for each port separately, from flow records alone:

- *regression*: among flows of p packets the means b/p vary by σ²_between + σ²_within/p. The slope
  over 1/p is σ²_within, and (p-1)·σ²_within is added for each flow.
- *line*: flows of one packet show the sizes of a port. A line through their squares, x² = slope·x
  + height, gives slope·b + height·p for any mix of these sizes, and is used where that exceeds
  b²/p. With fewer than {least} flows of one packet, nothing is added.
- *bound*: the line through {shortest} and {longest:,} bytes. Squares cannot add up to more.

Ratio of estimated to true variance; in brackets the 5th and the 95th percentile of the repeats.
*packets* knows the size of every sampled packet:

{estimates}

With a tenth of the flows:

{estimates_of_tenth}

With thousands of sampled packets, regression and line estimate the missing part to about 4 %.
With the line, bars of volumes contain the true value in {line_total} %, those of shares in
{line_share} %. With hundreds, the regression scatters, because flows of many packets differ from
flows of one; and in some ports the line has too few flows to learn from and adds nothing. The
bound is four to six times too large for calls and games. No estimate is smaller than b²/p.

The edition states the missing part and does not add it, for three reasons:

- The archive keeps Σ N(N-1)·b²/p beside every sum of bytes from its first week on. The line needs
  sums that earlier weeks do not have, and the dumps of most of these weeks are gone. Errors
  within one look back would differ by the way they were estimated, not by the traffic.
- Parts of growth and means are based on sums by subscriber, in which no port is known.
- It needs six more sums over all flows: for those with one packet the number, x, x² and x³,
  scaled bytes and variance. For ten million simulated flows, summing by collector, hour and port
  then took 2.4 times the processor time. Learning from a part of the files would cost less, but
  cover fewer ports.
"""


def of(found: Found, name: str) -> str:
    """A ratio of variances with its range."""
    mean, low, high = found.ratios[name]
    return f"{mean:.2f} ({low:.2f}-{high:.2f})"


def span(values: Sequence[float], form: str) -> str:
    """The range of some values as text."""
    return f"{min(values):{form}} to {max(values):{form}}"


def table(found: Mapping[str, Found]) -> str:
    """Ratio of estimated to true variance, one row per port."""
    names = (*ESTIMATES, PACKETS)
    lines = [f"| traffic | {' | '.join(names)} |", "| --- |" + " ---: |" * len(names)]
    lines += [
        f"| {port} | {' | '.join(of(of_port, n) for n in names)} |"
        for port, of_port in found.items()
    ]
    return "\n".join(lines)


def page() -> str:
    """Measure; the page as Markdown."""
    whole: dict[str, Found] = {}
    tenth: dict[str, Found] = {}
    for seed, (traffic, ports) in enumerate(TRAFFIC.items()):
        for divided_by, found in ((1, whole), (10, tenth)):
            measured = measure_traffic(ports, seed, divided_by)
            found |= {f"{traffic}: {port}": of_port for port, of_port in measured.items()}
    bars = [
        f"| {port} | {of_port.sampled:,.0f} | {100 * of_port.of_one:.0f} % |"
        f" {of_port.ratios['records'][0]:.2f} | {100 * of_port.of_total['records']:.1f} |"
        f" {100 * of_port.of_share.get('records', math.nan):.1f} |".replace("nan", "")
        for port, of_port in whole.items()
    ]
    ports_alone = {port: of_port for port, of_port in whole.items() if of_port.of_share}
    mixed = [of_port for of_port in ports_alone.values() if of_port.ratios["records"][0] < MIXED]
    web = [of_port for port, of_port in ports_alone.items() if "443" in port]
    households = whole[f"households: {ALL}"]
    return TEXT.format(
        interval=INTERVAL,
        repeats=REPEATS,
        least=LEAST_SINGLE,
        shortest=SHORTEST,
        longest=LONGEST,
        bars="\n".join(bars),
        mixed_ratio=span([f.ratios["records"][0] for f in mixed], ".2f"),
        mixed_total=span([100 * f.of_total["records"] for f in mixed], ".0f"),
        mixed_share=span([100 * f.of_share["records"] for f in mixed], ".0f"),
        web_ratio=span([f.ratios["records"][0] for f in web], ".2f"),
        web_share=span([100 * f.of_share["records"] for f in web], ".0f"),
        households_ratio=f"{households.ratios['records'][0]:.2f}",
        households_total=f"{100 * households.of_total['records']:.0f}",
        estimates=table(whole),
        estimates_of_tenth=table(tenth),
        line_total=span([100 * f.of_total["line"] for f in ports_alone.values()], ".1f"),
        line_share=span([100 * f.of_share["line"] for f in ports_alone.values()], ".1f"),
    )


def main() -> None:
    """Measure, and write the page."""
    write_page(__doc__, PAGE, page)


if __name__ == "__main__":
    main()
