"""Which weeks a run means: key, else form, else a clear error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from longflow.errors import LongflowError
from longflow.orchestration.week_choice import choose_edition, choose_weeks
from longflow.settings import Settings

Provider = Callable[..., Settings]

EDITIONS = """
[editions.2023]
title = "2023"
analysis_weeks = { 2023 = 2023-05-29 }

[editions.2024]
title = "2024"
analysis_weeks = { 2024 = 2024-06-03 }
"""


def chosen(
    provider: Provider, key: str | None = None, *, scheduled: bool = False, **form: str | None
) -> str:
    weeks = choose_weeks(provider(), partition_key=key, scheduled=scheduled, form=form)
    return f"{weeks}"


def test_a_typed_key_names_the_week(provider: Provider) -> None:
    assert chosen(provider, "2024-06-03", week=None) == "2024-06-03"


def test_the_form_names_one_week(provider: Provider) -> None:
    assert chosen(provider, week="2024-06-03", first_week="", last_week=None) == "2024-06-03"


def test_the_form_names_a_range(provider: Provider) -> None:
    asked = chosen(provider, first_week="2024-05-27", last_week="2024-06-24")
    assert asked == "2024-05-27 to 2024-06-24"


@pytest.mark.parametrize("day", ["2024-06-03", "2024-06-06", "2024-06-09"])
def test_the_key_of_a_scheduled_run_may_be_any_day_of_its_week(
    provider: Provider, day: str
) -> None:
    assert chosen(provider, day, scheduled=True) == "2024-06-03"


@pytest.mark.parametrize(
    ("key", "form", "message"),
    [
        (None, {}, r"^this run names no week; trigger it again with Week filled in"),
        (None, {"week": "2024-06-04"}, r"2024-06-04 is a Tuesday.*did you mean 2024-06-03\?"),
        ("2024-06-04", {}, r"2024-06-04 is a Tuesday"),
        (None, {"week": "June"}, r"'June' is not a date; write the week's Monday as YYYY-MM-DD"),
        (None, {"first_week": "2024-06-03"}, r"only 2024-06-03 is given; fill in both"),
        (
            None,
            {"first_week": "2024-06-10", "last_week": "2024-06-03"},
            r"the last week 2024-06-03 is before the first 2024-06-10",
        ),
        ("2024-06-03", {"week": "2024-06-10"}, r"in more than one way: 2024-06-10, key 2024-06-03"),
        (
            None,
            {"week": "2024-06-03", "first_week": "2024-06-03", "last_week": "2024-06-10"},
            r"in more than one way",
        ),
    ],
)
def test_what_names_no_week_is_reported_in_one_line(
    provider: Provider, key: str | None, form: dict[str, Any], message: str
) -> None:
    with pytest.raises(LongflowError, match=message):
        chosen(provider, key, **form)


@pytest.mark.parametrize(
    ("key", "form", "year"),
    [("2023", {"edition": 2024}, 2023), (None, {"edition": 2023}, 2023), (None, {}, 2024)],
)
def test_the_edition_is_the_key_else_the_form_else_the_newest(
    provider: Provider, key: str | None, form: dict[str, Any], year: int
) -> None:
    settings = provider(editions=EDITIONS)
    assert choose_edition(settings, partition_key=key, form=form) == year


@pytest.mark.parametrize(("key", "word"), [("1999", "1999"), ("June", "'June' is not an edition")])
def test_an_unknown_edition_is_reported(provider: Provider, key: str, word: str) -> None:
    with pytest.raises(LongflowError, match=word):
        choose_edition(provider(editions=EDITIONS), partition_key=key, form={})


def test_without_editions_there_is_none_to_publish(provider: Provider) -> None:
    with pytest.raises(LongflowError, match="the settings name no edition"):
        choose_edition(provider(), partition_key=None, form={"edition": None})
