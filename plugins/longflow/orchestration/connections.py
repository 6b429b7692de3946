"""Airflow's connections, for the places that sources name."""

from __future__ import annotations

import os

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from longflow.settings import Settings
from longflow.settings.places import connection_variable


def export_connections(settings: Settings) -> None:
    """Put the connections that the settings name into the environment of this task's process.

    longflow reads them there, whether Airflow keeps them in its database, in a secrets backend or
    in the environment already. One that Airflow does not know is left to the fetch, which reports
    it for each source.
    """
    named = {
        settings.landing.connection,
        *(source.connection for source in settings.sources),
        *(target.connection for target in settings.deliver),
    }
    for name in sorted(named - {None}, key=str):
        try:
            found = Connection.get(str(name))
        except AirflowNotFoundException:
            continue
        os.environ[connection_variable(str(name))] = found.get_uri()
