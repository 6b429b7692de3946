"""Compile an edition from the archive and publish it.

### When it runs
Once after `weekly_ingest` has brought in the last week that an edition uses. The run's partition
key is the edition. Trigger it by hand after a change of the edition's settings or rules, or to see
what an edition looks like before its weeks are complete.

### The form
| field | meaning |
|---|---|
| Edition | the year; at first the newest that the settings name |

### What it writes
A folder `var/releases/<edition>/<UTC time>/` with tables, report and manifest, which is never
changed afterwards; `latest.json` beside it names the release in force and is moved last. When the
same content was released before, nothing is written.

### When it fails
The red task's log ends with one line: what, in which file, and the remedy. Releases made before are
untouched. Mend the cause and clear the task.
"""

from __future__ import annotations

from airflow.sdk import Param, PartitionedAssetTimetable, dag
from longflow.orchestration import tasks
from longflow.orchestration.schedule import EDITION_WEEKS
from longflow.settings import Settings

EDITIONS = list(Settings.load().editions)


@dag(
    description="Compile an edition from the archive and publish it",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=EDITION_WEEKS),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "traffic-statistics"},
    tags=["longflow", "edition"],
    params={
        "edition": Param(
            max(EDITIONS, default=None),
            type=["null", "integer"],
            enum=EDITIONS or [None],
            title="Edition",
            description_md="The year",
        )
    },
)
def retrospective() -> None:
    """From the archive to the release."""
    tasks.publish_edition()


retrospective()
