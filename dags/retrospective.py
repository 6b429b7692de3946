"""Compile an edition from the archive and publish it.

### When it runs
Once after `weekly_ingest` has brought in the last week that an edition uses. The run's partition
key is the edition. Trigger it by hand after a change of the edition's settings or rules, or to see
what an edition looks like before its weeks are complete.

### The form
| field | meaning |
|---|---|
| Edition | the year; at first the newest that the settings name |
| Accept changes | why values of earlier years may move by more than their error; empty otherwise |

### What it writes
A folder `var/releases/<edition>/<UTC time>/` with tables, report and manifest, which is never
changed afterwards; `latest.json` beside it names the release in force and is moved last. When the
same content was released before, nothing is written. `changes.json` in it tells what moved since
the release before, by how much and why. Then the release is rebuilt from the archive and compared.

### When it fails
The red task's log ends with one line: what, in which file, and the remedy. Releases made before are
untouched. Mend the cause and clear the task.

When `publish_edition` says that values of closed years moved beyond their error, the line names the
largest. Find out why; when it is right, trigger the DAG again with the reason in *Accept changes*.
It is printed in the report. A red `verify_release` names values that the archive does not give: do
not hand out that release.
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
        ),
        "accept_changes": Param(
            None,
            type=["null", "string"],
            title="Accept changes",
            description_md="Why values of closed years may move by more than their error",
        ),
    },
)
def retrospective() -> None:
    """From the archive to the release."""
    published = tasks.publish_edition()
    # What a task returns is known to Airflow only when it runs; here it stands for it.
    tasks.verify_release(published)  # type: ignore[arg-type]


retrospective()
