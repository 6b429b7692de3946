"""Numbers and weeks as the report prints them."""

from __future__ import annotations

from datetime import date, timedelta


def decimals(value: float | None, places: int) -> str:
    """A number with a fixed number of decimals, thousands set off; nothing for no value."""
    return "" if value is None else f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float) -> str:
    """A difference with one decimal and its sign."""
    text = decimals(value, 1)
    return f"+{text}" if value > 0 and text != "0.0" else text.replace("\N{MINUS SIGN}0.0", "0.0")


def week_span(monday: date) -> str:
    """A week as people write it: 3–9 June 2024, 29 May – 4 June 2023."""
    sunday = monday + timedelta(days=6)
    if monday.year != sunday.year:
        return f"{monday:%-d %B %Y} – {sunday:%-d %B %Y}"
    if monday.month != sunday.month:
        return f"{monday:%-d %B} – {sunday:%-d %B %Y}"
    return f"{monday.day}–{sunday:%-d %B %Y}"
