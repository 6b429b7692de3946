"""`CITATION.cff`: how the release is cited, in the Citation File Format 1.2."""

from __future__ import annotations

import json
from typing import Any

from longflow.release.report import Report


def citation_of(report: Report) -> bytes:
    """The citation: publisher as author, title, version, date, and licence where there is one."""
    manifest = report.manifest
    publication = manifest["settings"].get("publication", {})
    # Texts in double quotes as in JSON, which YAML reads alike.
    entries: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": report.say("files.cite"),
        "type": "dataset",
        "title": manifest["title"],
        "version": manifest["release"],
        "date-released": f"{report.time:%Y-%m-%d}",
        "authors": [{"name": manifest["provider"]}],
    }
    if "licence" in publication and publication["licence"] in SPDX:
        entries["license"] = publication["licence"]
    if "licence_url" in publication:
        entries["license-url"] = publication["licence_url"]
    if "homepage" in publication:
        entries["url"] = publication["homepage"]
    contact = {
        field: publication[name]
        for field, name in (("name", "contact"), ("email", "email"))
        if name in publication
    }
    if contact:
        entries["contact"] = [{"name": manifest["provider"], **contact}]
    lines = (f"{name}: {json.dumps(of, ensure_ascii=False)}\n" for name, of in entries.items())
    return "".join(lines).encode()


# Identifiers that data are published under; the format allows those of SPDX alone.
SPDX = frozenset(
    {
        *("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"),
        *("CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0"),
        *("CDLA-Permissive-2.0", "Apache-2.0", "MIT"),
    }
)
