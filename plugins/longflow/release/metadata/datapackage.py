"""`datapackage.json`: the tables as a Data Package, version 2, for portals and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from longflow.edition.tables import promise_of
from longflow.release import files
from longflow.release.metadata.columns import may_be_empty
from longflow.release.report import Report

Json = dict[str, Any]

_SCHEMA = "https://datapackage.org/profiles/2.0/"

# What the types of contracts are in a Table Schema.
_TYPES = {
    **dict.fromkeys(("BIGINT", "HUGEINT", "INTEGER", "USMALLINT", "UTINYINT"), "integer"),
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "VARCHAR": "string",
}

_SIGNS = re.compile(r"[^a-z0-9]+")


def datapackage_of(report: Report) -> bytes:
    """The descriptor: what each table is, its columns, who publishes it and on what terms."""
    manifest = report.manifest
    publication = manifest["settings"].get("publication", {})
    content = {
        "$schema": f"{_SCHEMA}datapackage.json",
        "name": _SIGNS.sub("-", f"{manifest['provider']} {manifest['edition']}".lower()).strip("-"),
        "title": manifest["title"],
        "version": manifest["release"],
        "created": f"{report.time:%Y-%m-%dT%H:%M:%SZ}",
        **({"homepage": publication["homepage"]} if "homepage" in publication else {}),
        **({"licenses": [licence]} if (licence := _licence(publication)) else {}),
        "contributors": [*_contributors(manifest["provider"], publication)],
        "resources": [_resource(table, report) for table in manifest["tables"]],
    }
    return files.json_bytes(content)


def _licence(publication: Mapping[str, str]) -> Json:
    """The licence, by its name of SPDX or its own, and where it stands."""
    named = {"name": publication.get("licence"), "path": publication.get("licence_url")}
    return {name: text for name, text in named.items() if text is not None}


def _contributors(provider: str, publication: Mapping[str, str]) -> Iterator[Json]:
    yield {"title": provider, "roles": ["publisher"]}
    contact, email = publication.get("contact"), publication.get("email")
    if contact or email:
        yield {
            "title": contact or email,
            **({"email": email} if email else {}),
            "roles": ["contact"],
        }


def _resource(table: Mapping[str, Any], report: Report) -> Json:
    named = report.printing.table_words(table["id"])
    keys = report.printing.compiled.tables[table["id"]].select(table["key"])
    # In CSV an empty text is a missing value, and a primary key has none.
    has_empty = keys.select(pl.any_horizontal(pl.all().cast(pl.String).fill_null("") == "").any())
    kind, key = ("uniqueKeys", [table["key"]]) if has_empty.item() else ("primaryKey", table["key"])
    return {
        "$schema": f"{_SCHEMA}dataresource.json",
        "name": table["id"],
        "path": table["csv"],
        "title": f"{named.number}: {named.title}",
        "description": table["meaning"],
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "$schema": f"{_SCHEMA}tableschema.json",
            "fields": [_field(table["id"], column) for column in table["columns"]],
            "missingValues": [""],
            kind: key,
        },
    }


def _field(table: str, column: Mapping[str, Any]) -> Json:
    kind = _TYPES[column["type"]]
    is_required = kind != "string" and not may_be_empty(table, column)
    constraints: Json = {"required": True} if is_required else {}
    values = promise_of(table).columns[column["name"]].values
    if values and kind == "string":
        constraints["enum"] = list(values)
    return {
        "name": column["name"],
        "type": kind,
        "description": f"{column['meaning'].strip()}{_unit(column['unit'])}",
        **({"constraints": constraints} if constraints else {}),
    }


def _unit(unit: str | None) -> str:
    return f" [{unit}]" if unit else ""
