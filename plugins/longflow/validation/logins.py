"""Logins that RADIUS and the customer system spell differently."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from longflow.records import Finding
from longflow.settings import Feed
from longflow.sqlfile import query


def findings(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """A finding if `subscribers` lists most logins of `assignments` only in another spelling.

    Their volume would belong to no segment, and so to no consumer.
    """
    logins, found, found_alike = connection.execute(query("judge", "login_spelling")).fetchall()[0]
    if 2 * found >= logins or found_alike < 2 * max(found, 1):
        return
    yield Finding(
        rule="subscribers.login_spelling",
        severity="critical",
        feed=Feed.SUBSCRIBERS,
        sentence=f"the snapshot lists {found:,} of the {logins:,} logins of accounting sessions, "
        f"but {found_alike:,} if case, realm and separators are ignored; set login_case, "
        "login_realm and login_separators of both sources",
        count=logins - found,
        unit="logins",
    )
