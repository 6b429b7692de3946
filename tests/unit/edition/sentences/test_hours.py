"""Sentences on hours: which peaks are said, the dip at noon, the share of the daytime."""

from __future__ import annotations

from datetime import date

from tests.unit.edition.sentences.saying import FULL, said, text

PEAKS = {"service": "mobile", "direction": "out", "kind": "peak"}
DAYTIME = {"service": "broadband", "week": date(2020, 2, 17)}


def test_of_more_than_three_peaks_those_that_stand_out_most_are_said() -> None:
    found = said(FULL)["peaks", "mobile"]
    assert "at 1.21, 1.52 and 1.63 times" in text(found).replace("\u00a0", " ")
    made = FULL.put("hour-peaks", {**PEAKS, "hour": 8}, "prominence_percent", 5.1)
    words = text(said(made)["peaks", "mobile"])
    assert "downloads peaked in the hours from 12:00, 19:00 and 23:00" in words


def test_peaks_are_those_of_the_last_week() -> None:
    made = FULL.copy()
    for row in made.rows["hour-peaks"]:
        if row["hour"] == 12:
            row["week"] = date(2023, 6, 5)
    words = text(said(made)["peaks", "mobile"])
    assert "downloads peaked in the hours from 8:00, 19:00 and 23:00" in words
    assert ("noon_dip", "broadband") not in said(made)


def test_what_stands_out_of_the_night_is_no_peak() -> None:
    words = text(
        said(FULL.put("hour-peaks", {**PEAKS, "hour": 8}, "mean_ratio", 0.99))["peaks", "mobile"]
    )
    assert "downloads peaked in the hours from 12:00, 19:00 and 23:00" in words


def test_a_dip_in_the_night_is_none_at_noon() -> None:
    assert ("noon_dip", "mobile") not in said(FULL)
    key = {"service": "broadband", "direction": "in", "hour": 12}
    assert ("noon_dip", "broadband") in said(FULL.at_hour("hour-peaks", key, 13))
    assert ("noon_dip", "broadband") not in said(FULL.at_hour("hour-peaks", key, 14))


def test_a_service_of_one_access_has_its_busy_hour_unless_its_peaks_are_said() -> None:
    assert ("busy_hour", "mobile") not in said(FULL)
    assert ("busy_hour", "mobile") in said(FULL.without("hour-peaks"))


def test_the_oldest_week_has_no_change_of_its_daytime() -> None:
    made = FULL.copy()
    made.rows["daytime-share"] = [
        row for row in made.rows["daytime-share"] if row["week"].year == 2024
    ]
    found = said(made)["daytime_share", "mobile"]
    assert (found.values["before"], found.numbers["in_change"]) == (None, None)
    assert text(found).endswith(
        "of mobile uploads on weekdays took place in the daytime, and 36\u00a0% of downloads."
    )


def test_a_change_of_the_daytime_since_another_week_is_not_said() -> None:
    made = FULL.copy()
    made.find("daytime-share", {**DAYTIME, "direction": "in"})["daytime_share_percent"] = None
    found = said(made)["daytime_share", "broadband"]
    assert (found.values["before"], found.numbers["out_change"]) == (None, None)
