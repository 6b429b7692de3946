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
`publish_edition` writes a folder with tables, report and manifest aside, as
`var/releases/<edition>/<UTC time>.unverified/`. `verify_release` compiles the edition once more
from the same snapshot, compares every file, works the figures out by a second way, and only then
gives the folder its name, `<UTC time>`, and lets `latest.json` name it: the release in force. It is
never changed afterwards. `changes.json` in it says what moved since the release that was in force
before, by how much and why.

When what is in force says the same already, nothing is written and `verify_release` is skipped;
other revisions of loads that give the same figures are no news. When an *earlier* release says the
same (a week was loaded wrongly, published, and mended), that one is verified and comes into force
again; `latest.json` then names the release that it stands for (`instead_of`) and the file beside it
that says what moved (`changes-<former>-<now>.json`).

Where the settings demand a signature (`[release] signature_required`), a verified release waits for
`longflow sign`, and `latest.json` moves then; both tasks are green.

Names never go back: where the clock was set back, the next one is the second after the newest.

### When it fails
The red task's log ends with one line: what, in which file, and the remedy. What was in force stays
so. Mend the cause and clear the task.

When `publish_edition` says that values of closed years moved beyond their error, the line names the
largest. Find out why; when it is right, trigger the DAG again with the reason in *Accept changes*.
It is printed in the report.

A red `verify_release` names what the release holds and the archive does not give. The release stays
aside as `<UTC time>.rejected/`, all its problems in `<UTC time>.rejected.txt`. Find out why, and
trigger the DAG again: clearing the task would find no release to verify. Rejected folders are read
by nothing and may be removed.
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
