"""What sentences about rates should say: growth, and the hours of the day."""

from __future__ import annotations

from datetime import date

from tests.end_to_end.published.said import DIRECTIONS, SERVICES, Expected, Values
from tests.end_to_end.published.test_hours import busy_hour, daytime, islands, weekday_rates
from tests.end_to_end.published.truth import edition, month_rate

_MOST_PEAKS = 3


def growth(of: Values) -> Expected:
    def percent(start: str, end: str, direction: str) -> float:
        rates = [month_rate(month, of["service"], direction) for month in (start, end)]
        return 100 * (rates[1] / rates[0] - 1)

    found = {f"{way}_growth": percent(of["start"], of["end"], way) for way in DIRECTIONS}
    if of["before"] is not None:
        found |= {f"{way}_before": percent(of["before"], of["start"], way) for way in DIRECTIONS}
    return found


def growth_by_access(of: Values) -> Expected:
    found = {}
    for access in ("pppoe", "ipoe"):
        for way in DIRECTIONS:
            start, end = (month_rate(of[n], "broadband", way, access) for n in ("start", "end"))
            found[f"{access}_{way}"] = 100 * (end / start - 1)
            if of["before"] is not None:
                before = month_rate(of["before"], "broadband", way, access)
                found[f"{access}_{way}_before"] = 100 * (start / before - 1)
    return found


def ratio_over_years(of: Values) -> Expected:
    ratios = {
        way: month_rate(of["end"], of["service"], way) / month_rate(of["start"], of["service"], way)
        for way in DIRECTIONS
    }
    return {
        **{f"{way}_ratio": ratio for way, ratio in ratios.items()},
        **{f"{way}_a_year": ratio ** (1 / of["years"]) for way, ratio in ratios.items()},
    }


def ipoe_share(of: Values) -> Expected:
    def percent(month: str, way: str) -> float:
        return (
            100 * month_rate(month, "broadband", way, "ipoe") / month_rate(month, "broadband", way)
        )

    found = {f"{way}_share": percent(of["month"], way) for way in DIRECTIONS}
    if of["before"] is not None:
        found |= {
            f"{way}_change": found[f"{way}_share"] - percent(of["before"], way)
            for way in DIRECTIONS
        }
    return found


def since_base(of: Values) -> Expected:
    return {
        service: month_rate(of["month"], service, "out") / month_rate(of["base"], service, "out")
        for service in SERVICES
    }


def out_over_in(of: Values) -> Expected:
    return {
        service: month_rate(of["month"], service, "out") / month_rate(of["month"], service, "in")
        for service in SERVICES
    }


def tops(week: date, service: str, direction: str, *, dips: bool = False) -> dict[int, float]:
    """Peaks, or dips, of a weekday that stand out, with their prominence."""
    rates = weekday_rates(week, service, direction)
    heights = [-rate if dips else rate for rate in rates]
    return {at: of for at, of in islands(heights).items() if of >= 0.05 * max(rates)}


def times_mean(week: date, service: str, direction: str, hour: int) -> float:
    rates = weekday_rates(week, service, direction)
    return 24 * rates[hour] / sum(rates)


def peaks(of: Values) -> Expected:
    week = date.fromisoformat(of["week"])
    found: Expected = {}
    assert week == edition().weeks_by_hour()[-1]
    for way in DIRECTIONS:
        place = (week, of["service"], way)
        high = {at: by for at, by in tops(*place).items() if times_mean(*place, at) > 1}
        most = sorted(high, key=high.__getitem__, reverse=True)[:_MOST_PEAKS]
        for number, at in enumerate(sorted(most), start=1):
            found[f"{way}_hour_{number}"] = float(at)
            found[f"{way}_ratio_{number}"] = times_mean(*place, at)
    return found


def noon_dip(of: Values) -> Expected:
    place = (date.fromisoformat(of["week"]), of["service"], "in")
    (dip,) = [at for at in tops(*place, dips=True) if at in (11, 12, 13)]
    around = tops(*place)
    hours = {
        "before": max(at for at in around if at < dip),
        "dip": dip,
        "after": min(at for at in around if at > dip),
    }
    return {
        **{f"{name}_hour": float(at) for name, at in hours.items()},
        **{f"{name}_ratio": times_mean(*place, at) for name, at in hours.items()},
    }


def busy(of: Values) -> Expected:
    week = edition().analysis_weeks[of["year"]]
    found: Expected = {}
    for way in DIRECTIONS:
        hour, ratio = busy_hour(week, of["service"], of["access"], way, "weekday")
        found |= {f"{way}_hour": float(hour), f"{way}_ratio": ratio}
    return found


def daytime_share(of: Values) -> Expected:
    found = {}
    for way in DIRECTIONS:
        share = daytime(date.fromisoformat(of["week"]), of["service"], way)
        found[f"{way}_share"] = share
        if of["before"] is not None:
            before = daytime(date.fromisoformat(of["before"]), of["service"], way)
            found[f"{way}_change"] = share - before
    return found
