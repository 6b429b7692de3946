"""The second look at port tables finds what they give away about few subscribers, and no more."""

from __future__ import annotations

from longflow.release.second_way.disclosure import given_away

# Two ports of IPv4 with the volume of 30 and 12 average numbers, one of IPv6 with that of 2.
BOTH, HTTPS, V4, HTTPS_V4, V6 = range(5)
PARTS = [
    ((True, True, True, True, False), None, 30.0),
    ((True, False, True, False, False), None, 12.0),
    ((True, False, False, False, True), None, 2.0),
]
# Rows of the main table and those of the versions are shares of everything.
SHARE_OF = [None, None, None, V4, None]


def problems(*published: int) -> list[str]:
    return given_away(PARTS, [row in published for row in range(5)], SHARE_OF, 10)


def test_row_of_few_is_found() -> None:
    assert "row 5 is published with 2 subscribers behind it" in problems(V6)


def test_version_is_given_away_by_everything_less_the_other() -> None:
    assert problems(V4) == [
        "a sum minus its other rows would describe 2 subscribers",
    ]


def test_share_of_a_version_states_nothing_of_the_version() -> None:
    assert problems(HTTPS_V4) == []
