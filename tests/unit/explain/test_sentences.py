"""A table is described by the first sentence of its contract or of its query's comment."""

from __future__ import annotations

import pytest
from longflow.explain.sentences import comment, first_sentence, rules_cited


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Volume by port. Each flow once.", "Volume by port."),
        (
            "volume by port (docs/method.md, rule 3), each flow once",
            "Volume by port, each flow once.",
        ),
        ("Those over the threshold: see below.\n", "Those over the threshold: see below."),
        ("The bins of sql/functions.sql are fine.", "The bins of sql/functions.sql are fine."),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_only_the_comment_at_the_head_of_a_query_counts() -> None:
    assert comment("-- One row\n-- a flow.\nSELECT 1\n-- more\n") == "One row a flow."


def test_rules_are_named_once_and_in_order() -> None:
    text = "x (docs/method.md, rules 9 and 12), y (docs/method.md, rule 9; docs/glossary.md)"
    assert rules_cited(text) == [9, 12]
