"""docs/report.md lists the figures of a release between two marks."""

from __future__ import annotations

from tests.pictures import BEGIN, END, PAGE, Figure, listed

MONTHS = Figure("figure-1", "Figure 1", "Months", "It rises.")
PORTS = Figure("figure-12", "Figure 12", "Port shares", "They differ.")


def test_figures_stand_between_the_marks_in_their_order() -> None:
    page = listed(f"Above.\n{BEGIN}\n{END}\nBelow.\n", [MONTHS, PORTS])
    assert page == (
        f"Above.\n{BEGIN}\n\n"
        "### Figure 1: Months\n\n![Months](report/figure-1.png)\n\nIt rises.\n\n"
        "### Figure 12: Port shares\n\n![Port shares](report/figure-12.png)\n\nThey differ.\n\n"
        f"{END}\nBelow.\n"
    )


def test_other_figures_take_the_place_of_those_that_stood_there() -> None:
    page = listed(f"Above.\n{BEGIN}\n{END}\nBelow.\n", [MONTHS])
    assert listed(page, [PORTS]) == listed(f"Above.\n{BEGIN}\n{END}\nBelow.\n", [PORTS])


def test_the_page_has_the_marks_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
