"""Data Docs: a static page for each week with the result of every check; it loads nothing remote.

Great Expectations' own pages load styles and scripts from other hosts and show sample values. These
show counts and sentences only, and never an address or a subscriber.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from longflow import __version__
from longflow.owners import token
from longflow.records import Judged
from longflow.settings import Settings
from longflow.var_folder import VarFolder
from longflow.week import Week


@cache
def _template(zone: str) -> Template:
    environment = Environment(
        loader=PackageLoader("longflow.validation"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["local"] = lambda epoch_ms: _local(epoch_ms, ZoneInfo(zone))
    return environment.get_template("week.html.j2")


def _local(epoch_ms: int | None, zone: ZoneInfo) -> str:
    if epoch_ms is None:
        return ""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, tz=zone):%Y-%m-%d %H:%M}"


def write_page(settings: Settings, week: Week, judged: Judged, suites: Path) -> Path:
    """Write `var/data_docs/<Monday>.html` from a week's judgement.

    Args:
        settings: where to, and the time zone.
        week: the week.
        judged: verdicts and findings.
        suites: folder with the results of each suite, a JSON file a feed.
    """
    checks = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))["checks"]
        for path in sorted(suites.glob("*.json"))
    }
    text = _template(settings.provider.time_zone).render(
        week=week.key, version=__version__, feeds=judged.feeds, suites=checks
    )
    page = VarFolder.of(settings).data_docs / f"{week.key}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    # A draft name of its own, because several runs may write the page of a week at once.
    draft = page.with_name(f".{week.key}.{token()}.new")
    draft.write_text(text, encoding="utf-8")
    return draft.replace(page)
