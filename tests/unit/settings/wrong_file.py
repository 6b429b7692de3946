"""Wrong settings of the file as a whole, of paths and of the provider."""

from __future__ import annotations

from tests.unit.settings.wrong import (
    PROVIDER,
    SOURCE,
    Wrong,
    at_top,
    in_section,
)

WRONG = {
    # The file as a whole.
    "no TOML": Wrong("this is no TOML", 1, None, "not TOML: Expected '='"),
    "an open text": Wrong(
        'var = "var', None, None, "not TOML: Unterminated string (at end of document)"
    ),
    "a key twice": Wrong(f"var = 'a'\nvar = 'b'\n{SOURCE}", 2, None, "not TOML: Cannot overwrite"),
    "a section twice": Wrong(f"{PROVIDER}{PROVIDER}{SOURCE}", 4, None, "not TOML: Cannot declare"),
    "brackets without end": Wrong("x = " + "[" * 5_000, None, None, "brackets are nested too deep"),
    "5,000 digits": Wrong("x = " + "1" * 5_000, None, None, "a number has thousands of digits"),
    "no provider": Wrong(SOURCE, None, "provider", "is missing; add a section [provider]"),
    "no sources": Wrong(PROVIDER, None, "sources", "is missing; name each source"),
    "sources are a text": Wrong(f'sources = "x"\n{PROVIDER}', 1, "sources", "is the text 'x'"),
    "sources in single brackets": Wrong(
        PROVIDER + SOURCE.replace("[[", "[").replace("]]", "]"), 4, "sources", "double brackets"
    ),
    "a section misspelt": Wrong(f"{PROVIDER}{SOURCE}[weak]\n", 9, "weak", "did you mean week?"),
    "a section of its own": at_top("x = {}", "x", "there is no such section; remove it"),
    "a setting in no section": at_top("threads = 3", "threads", "it belongs into [database]"),
    "the model's own field": at_top("file = 'x'", "file", "there is no such setting"),
    "a control character": at_top('var = "a\\u0000b"', "var", "has a control character"),
    # Where things lie.
    "var is a list": at_top("var = ['a']", "var", "is a list; write a path in quotes"),
    "var is empty": at_top("var = ''", "var", "is empty"),
    "var in a home": at_top("var = '~/var'", "var", "~ is not expanded"),
    "var is a file": at_top("var = 'longflow.toml'", "var", "is a file, not a folder"),
    "var below a file": at_top("var = 'longflow.toml/x'", "var", "longflow.toml is a file"),
    "var has 300 letters": at_top(f"var = '{'a' * 300}'", "var", "file name too long"),
    "var is a URL": at_top("var = 's3://bucket/x'", "var", "is a URL"),
    "a catalogue of no such kind": at_top(
        "archive_catalogue = 'foo:bar'", "archive_catalogue", "'foo' is not a kind of catalogue"
    ),
    "a catalogue of no kind": at_top(
        "archive_catalogue = 'bar'", "archive_catalogue", "names no kind; write sqlite:PATH"
    ),
    "a catalogue in PostgreSQL": at_top(
        "archive_catalogue = 'postgres:dbname=x'", "archive_catalogue", "is not possible yet"
    ),
    "a catalogue nowhere": at_top("archive_catalogue = 'sqlite:'", "archive_catalogue", "is empty"),
    "a catalogue is a folder": at_top(
        "archive_catalogue = 'sqlite:.'", "archive_catalogue", "is a folder, not a file"
    ),
    "a catalogue is a number": at_top(
        "archive_catalogue = 3", "archive_catalogue", "is the number"
    ),
    "data in a bucket": at_top("archive_data = 's3://x'", "archive_data", "is a URL"),
    "data is a file": at_top("archive_data = 'longflow.toml'", "archive_data", "is a file"),
    # Provider, week, landing.
    "a provider without name": Wrong(
        f"[provider]\ntime_zone = 'Asia/Tokyo'\n{SOURCE}", 1, "provider.name", "is missing"
    ),
    "a provider without time zone": Wrong(
        f"[provider]\nname = 'a'\n{SOURCE}", 1, "provider.time_zone", "is missing"
    ),
    "an empty name": Wrong(
        f"[provider]\nname = ' '\ntime_zone = 'Asia/Tokyo'\n{SOURCE}",
        2,
        "provider.name",
        "is empty",
    ),
    "a name of 2,000 letters": Wrong(
        f"[provider]\nname = '{'a' * 2_000}'\ntime_zone = 'Asia/Tokyo'\n{SOURCE}",
        2,
        "provider.name",
        "has 2,000 characters",
    ),
    "no such time zone": Wrong(
        f"[provider]\nname = 'a'\ntime_zone = 'Asia/Tokio'\n{SOURCE}",
        3,
        "provider.time_zone",
        "'Asia/Tokio' is not",
    ),
    "a time zone outside": Wrong(
        f"[provider]\nname = 'a'\ntime_zone = '../etc'\n{SOURCE}",
        3,
        "provider.time_zone",
        "'../etc' is not",
    ),
    "a provider's key misspelt": Wrong(
        f"{PROVIDER}timezone = 'UTC'\n{SOURCE}", 4, "provider.timezone", "did you mean time_zone?"
    ),
    "a grace below 0": in_section("week", "grace_hours = -1", "week.grace_hours", "at least 0"),
    "a grace of a month": in_section("week", "grace_hours = 720", "week.grace_hours", "at most 72"),
    "a grace that is no number": in_section(
        "week", "grace_hours = nan", "week.grace_hours", "finite"
    ),
    "a grace without end": in_section("week", "grace_hours = inf", "week.grace_hours", "finite"),
    "a grace is true": in_section(
        "week", "grace_hours = true", "week.grace_hours", "is true; write"
    ),
    "landing is a number": in_section(
        "landing", "url = 3", "landing.url", "write a text in quotes"
    ),
    "an unknown placeholder": in_section(
        "landing",
        "pattern = '{feed}/{sorce}/{monday}'",
        "landing.pattern",
        "did you mean {source}?",
    ),
}
