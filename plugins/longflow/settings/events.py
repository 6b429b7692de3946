"""Dated events that figures over time show: `[[events]]`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from longflow.settings.section import Day, Language, Section, Text, at_most, not_before_first

# Longer texts do not fit beside a line.
_SHORT = 40


class Event(Section):
    """A dated event, which figures over months and years show as a thin labelled line.

    From `first` to `last` it is a range.
    """

    first: Day
    """Day on which it happened or began."""
    last: Day | None = None
    """Last day, if it lasted."""
    text: Annotated[Text, AfterValidator(at_most(_SHORT))]
    """What happened, in at most 40 characters, in the first language of the editions."""
    texts: dict[Language, Annotated[Text, AfterValidator(at_most(_SHORT))]] = Field(
        default_factory=dict
    )
    """The same in further languages."""
    kind: Literal["circumstance", "product", "break"] = "circumstance"
    """`circumstance`: something outside the network, such as a state of emergency. `product`: a new
    access product. `break`: a change in what is measured."""

    def in_language(self, language: str) -> Event:
        """The event with its text in a language, if the settings have it."""
        return self.model_copy(update={"text": self.texts.get(language, self.text)})

    @field_validator("last")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        return not_before_first("day", value, info)
