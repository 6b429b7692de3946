"""Sentences on the growth of traffic, from interface counters and from consumers' volumes."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figure, Figures
from longflow.edition.sentences.numbers import change_in_points, level, quotient
from longflow.edition.sentences.sentence import Number, Numbers, Sentence
from longflow.edition.sentences.wanted import DIRECTIONS, SERVICES, is_said, sentence

_TABLE, _VALUE = "growth", "value"
_YEARLY, _SPAN, _A_YEAR = "yearly_growth_percent", "_year_ratio", "annualised_ratio"
_TO_BASE, _IPOE = "ratio_to_base", "ipoe_share_percent"

Months = tuple[str, str]


def growth(figures: Figures) -> Iterator[Sentence]:
    """Growth of the last year, over the look back, and since the base month."""
    for service in SERVICES:
        yield from _last_year(figures, service)
    yield from _by_access(figures)
    for service in SERVICES:
        yield from _span(figures, service)
    yield from _ipoe_share(figures)
    yield from _since_base(figures)
    for service in SERVICES:
        yield from _parts(figures, service)
        yield from _businesses(figures, service)


def periods(figures: Figures, table: str, **of: object) -> list[Months]:
    """The periods that a table compares in rows with these values, by their ends."""
    found = {(row["from"], row["to"]) for row in figures.rows(table, **of)}
    return sorted(found, key=lambda months: (months[1], months[0]))


def measured_periods(figures: Figures, measure: str, service: str, **of: object) -> list[Months]:
    """The periods of which a measure is given for a service, by their ends."""
    return periods(figures, _TABLE, measure=measure, service=service, **of)


def measured(
    figures: Figures, measure: str, service: str, direction: str, months: Months
) -> Figure | None:
    """The value of a measure."""
    of = {"from": months[0], "to": months[1]}
    return figures.get(_TABLE, _VALUE, measure=measure, service=service, direction=direction, **of)


def _last_year(figures: Figures, service: str) -> Iterator[Sentence]:
    found = measured_periods(figures, _YEARLY, service)
    if not found:
        return
    last = found[-1]
    before = next((months for months in found if months[1] == last[0]), None)
    numbers = {
        f"{direction}_{name}": None
        if months is None
        else level(measured(figures, _YEARLY, service, direction, months), "percent", none=0)
        for name, months in (("growth", last), ("before", before))
        for direction in DIRECTIONS
    }
    if is_said(numbers, "out_growth", "in_growth"):
        months = {"start": last[0], "end": last[1], "before": None if before is None else before[0]}
        yield sentence("growth", "growth", numbers, service=service, **months)


def _by_access(figures: Figures) -> Iterator[Sentence]:
    table = "growth-by-access"
    found = periods(figures, table)
    if not found:
        return
    last = found[-1]
    before = next((months for months in found if months[1] == last[0]), None)
    numbers = {
        f"{access}_{direction}{name}": None
        if months is None
        else level(
            figures.get(
                table,
                "growth_percent",
                access=access,
                direction=direction,
                **{"from": months[0], "to": months[1]},
            ),
            "percent",
            none=0,
        )
        for name, months in (("", last), ("_before", before))
        for access in ("ipoe", "pppoe")
        for direction in DIRECTIONS
    }
    if is_said(numbers, "ipoe_out", "ipoe_in", "pppoe_out", "pppoe_in"):
        months = {"start": last[0], "end": last[1], "before": None if before is None else before[0]}
        yield sentence("growth", "growth_by_access", numbers, **months)


def _span(figures: Figures, service: str) -> Iterator[Sentence]:
    measures = {
        row["measure"]
        for row in figures.rows(_TABLE, service=service)
        if row["measure"].endswith(_SPAN)
    }
    for measure in sorted(measures):
        months = measured_periods(figures, measure, service)[-1]
        years = int(months[1][:4]) - int(months[0][:4])
        numbers: Numbers = {
            f"{direction}_{name}": level(
                measured(figures, of, service, direction, months),
                "ratio",
                none=1 if name == "ratio" else None,
            )
            for name, of in (("ratio", measure), ("a_year", _A_YEAR))
            for direction in DIRECTIONS
        }
        # Over a single year, growth has said it.
        if years > 1 and is_said(numbers, *numbers):
            yield sentence(
                "growth",
                "ratio_over_years",
                numbers,
                service=service,
                start=months[0],
                end=months[1],
                years=years,
            )


def _ipoe_share(figures: Figures) -> Iterator[Sentence]:
    found = measured_periods(figures, _IPOE, "broadband")
    if not found:
        return
    last, before = found[-1], found[-2] if len(found) > 1 else None
    shares = {
        (name, direction): None
        if months is None
        else measured(figures, _IPOE, "broadband", direction, months)
        for name, months in (("last", last), ("before", before))
        for direction in DIRECTIONS
    }
    numbers: Numbers = {
        **{f"{of}_share": level(shares["last", of], "percent") for of in DIRECTIONS},
        **{
            f"{of}_change": change_in_points(shares["last", of], shares["before", of])
            for of in DIRECTIONS
        },
    }
    if is_said(numbers, "out_share", "in_share"):
        before_month = None if before is None else before[1]
        yield sentence("growth", "ipoe_share", numbers, month=last[1], before=before_month)


def _since_base(figures: Figures) -> Iterator[Sentence]:
    found = measured_periods(figures, _TO_BASE, "mobile")
    if not found:
        return
    base, month = found[-1]
    ratios = {
        service: measured(figures, _TO_BASE, service, "out", (base, month)) for service in SERVICES
    }
    numbers: Numbers = {service: level(ratio, "ratio", none=1) for service, ratio in ratios.items()}
    if base < month and is_said(numbers, "mobile"):
        yield sentence("growth", "since_base", numbers, base=base, month=month)


def out_over_in(figures: Figures) -> Iterator[Sentence]:
    """How much more each service carries OUT than IN, over all its interfaces."""
    last = {service: measured_periods(figures, _TO_BASE, service)[-1:] for service in SERVICES}
    base, month = max((months for found in last.values() for months in found), default=("", ""))
    numbers: Numbers = {
        service: quotient(
            *(measured(figures, _TO_BASE, service, of, months) for of in ("out", "in"))
        )
        for service, found in last.items()
        for months in found
        if months[1] == month
    }
    numbers = {service: numbers.get(service) for service in SERVICES}
    if any(is_said(numbers, service) for service in SERVICES):
        yield sentence("balance", "out_over_in", numbers, base=base, month=month)


def _parts(figures: Figures, service: str) -> Iterator[Sentence]:
    table = "growth-parts"
    found = [
        (earlier, later)
        for earlier, later in periods(figures, table, service=service)
        if int(later) == int(earlier) + 1
    ]
    if not found:
        return
    start, end = found[-1]
    numbers = {
        part: level(
            figures.get(
                table,
                "growth_points",
                service=service,
                direction="out",
                part=part,
                **{"from": start, "to": end},
            ),
            "percent" if part == "volume" else "points",
            none=0,
        )
        for part in ("volume", "subscribers", "volume_per_subscriber", "access_mix")
    }
    if is_said(numbers, "volume", "subscribers", "volume_per_subscriber"):
        years = {"start": int(start), "end": int(end)}
        yield sentence("growth", "growth_parts", numbers, service=service, **years)


def _businesses(figures: Figures, service: str) -> Iterator[Sentence]:
    """Growth of businesses' volume, beside that of consumers' downloads and uploads."""
    table = "growth-of-businesses"
    found = periods(figures, table, service=service)
    if not found:
        return
    start, end = found[-1]
    before = next((years for years in found if years[1] == start), None)

    def grown(of: str, column: str, years: Months | None, **key: object) -> Number | None:
        if years is None:
            return None
        ends = {"from": years[0], "to": years[1]}
        return level(figures.get(of, column, service=service, **key, **ends), "percent", none=0)

    numbers: Numbers = {
        "businesses": grown(table, "growth_percent", (start, end)),
        "year_before": grown(table, "growth_percent", before),
        **{
            f"consumers_{direction}": grown(
                "growth-parts", "growth_points", (start, end), direction=direction, part="volume"
            )
            for direction in DIRECTIONS
        },
    }
    if is_said(numbers, "businesses"):
        years = {
            "start": int(start),
            "end": int(end),
            "before": None if before is None else int(before[0]),
        }
        yield sentence("growth", "growth_of_businesses", numbers, service=service, **years)
