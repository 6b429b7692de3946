"""Rows of port tables that give away few subscribers, by themselves or by a difference."""

from __future__ import annotations

from longflow.edition.disclosure.ports import RowKey, Week, least_subscribers


def row(level: str, protocol: str, port: str | None = None) -> RowKey:
    return RowKey("table-3", 2024, None, level, protocol, port)


TCP, UDP, ESP, GRE = (row("protocol", name) for name in ("TCP", "UDP", "ESP", "GRE"))
HTTPS, HTTP, REST = (row("port", "TCP", port) for port in ("443", "80", "other"))


def week(*subscribers: int | None, average: float = 30) -> Week:
    """443, 80 and others in TCP; UDP, ESP, GRE; with this many subscribers each."""
    leaves = [HTTPS, HTTP, REST, UDP, ESP, GRE]
    return Week(
        subscribers=list(subscribers),
        average_subscribers=[average] * 6,
        rows={
            TCP: frozenset({0, 1, 2}),
            **{leaf: frozenset({number}) for number, leaf in enumerate(leaves)},
        },
        totals={None: frozenset(range(6))},
        shares=dict(zip([TCP, *leaves], [70, 50, 15, 5, 20, 7, 3], strict=True)),
    )


def withheld(week: Week) -> set[RowKey]:
    return {key for key, number in least_subscribers(week, 10).items() if number < 10}


def test_many_everywhere_stay() -> None:
    assert withheld(week(90, 50, 20, 60, 10, 10)) == set()


def test_with_one_row_the_least_other_goes_so_that_no_difference_gives_it_away() -> None:
    assert withheld(week(90, 50, 4, 60, 10, 10)) == {REST, HTTP}
    assert withheld(week(90, 50, 20, 60, 10, 4)) == {GRE, ESP}


def test_rows_that_are_few_together_take_another_with_them() -> None:
    """Subscribers of two rows may be the same: together they are surely no more than the larger."""
    assert withheld(week(90, 50, 20, 60, 9, 9)) == {GRE, ESP, UDP}


def test_nothing_stays_where_nobody_is_enough() -> None:
    few = week(9, 5, 2, 6, 1, 1)
    assert withheld(few) == set(few.rows)


def test_unknown_subscribers_are_judged_by_their_average_volume() -> None:
    unknown = (None,) * 6
    assert withheld(week(*unknown, average=10)) == set()
    assert withheld(week(*unknown, average=9.9)) == {HTTPS, HTTP, REST, UDP, ESP, GRE}


def test_a_version_is_not_given_away_by_both_together_less_the_other() -> None:
    """Parts: 443 over IPv4 and IPv6, UDP over IPv4 and IPv6."""
    both = [RowKey("table-4", 2024, None, "protocol", name, None) for name in ("TCP", "UDP")]
    v4, v6 = (
        [
            RowKey("table-4-by-ip-version", 2024, version, "protocol", name, None)
            for name in ("TCP", "UDP")
        ]
        for version in (4, 6)
    )
    mobile = Week(
        subscribers=[None] * 4,
        average_subscribers=[100, 1.3, 100, 100],
        rows={
            both[0]: frozenset({0, 1}),
            both[1]: frozenset({2, 3}),
            v4[0]: frozenset({0}),
            v4[1]: frozenset({2}),
            v6[0]: frozenset({1}),
            v6[1]: frozenset({3}),
        },
        totals={None: frozenset({0, 1, 2, 3}), 4: frozenset({0, 2}), 6: frozenset({1, 3})},
        shares=dict(zip([*both, *v4, *v6], [50, 50, 50, 50, 1, 99], strict=True)),
    )
    reported = least_subscribers(mobile, 10)
    assert reported[v6[0]] == 1
    gone = {key for key, number in reported.items() if number < 10}
    # Else IPv6 less UDP, or both less IPv4; nothing of the main table goes for it.
    assert gone == {*v6, v4[0]} or gone == {*v6, *v4}


def test_few_of_a_version_take_rows_of_both_with_them_and_the_others_stay() -> None:
    """Parts: GRE, ESP, UDP and TCP over IPv4 and IPv6; few have GRE over IPv6."""
    names = ("GRE", "ESP", "UDP", "TCP")
    by_version = {
        (name, version): RowKey("table-4-by-ip-version", 2024, version, "protocol", name, None)
        for name in names
        for version in (4, 6)
    }
    parts = {key: frozenset({number}) for number, key in enumerate(by_version.values())}
    both = {
        RowKey("table-4", 2024, None, "protocol", name, None): frozenset(
            {2 * number, 2 * number + 1}
        )
        for number, name in enumerate(names)
    }
    mobile = Week(
        subscribers=[None] * 8,
        average_subscribers=[20, 4, 40, 40, 900, 900, 900, 900],
        rows={**both, **parts},
        totals={None: frozenset(range(8)), 4: frozenset({0, 2, 4, 6}), 6: frozenset({1, 3, 5, 7})},
        shares={key: 10.0 * (1 + max(of)) for key, of in {**both, **parts}.items()},
    )
    expected = {by_version[name, version] for name in ("GRE", "ESP") for version in (4, 6)}
    assert withheld(mobile) == expected
