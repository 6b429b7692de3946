"""A reason is one line that says something."""

from __future__ import annotations

import pytest
from longflow.errors import WrongUsageError
from longflow.reasons import checked_reason


def test_a_reason_is_kept_without_blanks_around_it() -> None:
    assert checked_reason("  the collector was replaced ") == "the collector was replaced"
    assert checked_reason("x" * 1_000) == "x" * 1_000


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "write why"),
        (" \t", "write why"),
        ("one\ntwo", "write one line of at most 1,000 characters"),
        ("x" * 1_001, "write one line of at most 1,000 characters"),
    ],
)
def test_what_is_none_is_wrong_usage(text: str, remedy: str) -> None:
    with pytest.raises(WrongUsageError) as raised:
        checked_reason(text)
    assert raised.value.remedy == remedy
