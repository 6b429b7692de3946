"""`longflow.toml`: what is expected from whom, and what is published. Read once, checked whole."""

from longflow.settings.calendar import CalendarEntry, Holiday, Span, Term, days_of, spans_of
from longflow.settings.delivery import (
    LandingSettings,
    Provider,
    SessionSettings,
    WeekSettings,
)
from longflow.settings.editions import Edition, PortRows
from longflow.settings.events import Event
from longflow.settings.feeds import Feed, delivered_columns
from longflow.settings.gate import KnownBreak, PastSettings, Tolerance, ValidationSettings
from longflow.settings.installation import DatabaseSettings, TidySettings
from longflow.settings.publication import PublicationSettings
from longflow.settings.section import Access, Service, known_time_zone
from longflow.settings.signatures import ReleaseSettings
from longflow.settings.source import Source
from longflow.settings.whole import Settings

__all__ = [
    "Access",
    "CalendarEntry",
    "DatabaseSettings",
    "Edition",
    "Event",
    "Feed",
    "Holiday",
    "KnownBreak",
    "LandingSettings",
    "PastSettings",
    "PortRows",
    "Provider",
    "PublicationSettings",
    "ReleaseSettings",
    "Service",
    "SessionSettings",
    "Settings",
    "Source",
    "Span",
    "Term",
    "TidySettings",
    "Tolerance",
    "ValidationSettings",
    "WeekSettings",
    "days_of",
    "delivered_columns",
    "known_time_zone",
    "spans_of",
]
