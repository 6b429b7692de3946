"""Compile an edition from the archive and publish it.

### When it runs
After each run of `weekly_ingest` that loaded a week of an edition, provided that none of its
`report_weeks` is red and that all weeks of the edition are then in the archive. Such a run carries
the year of the edition as its partition key; a key that you enter by hand overrides *Edition*.
Trigger it by hand after you change the edition's settings or rules. You can also publish before
all weeks are loaded. For every analysis week and service, the archive must then hold either
volumes, or imported figures of that service and year. The release comes into force like any other.

### The form
| field | meaning |
|---|---|
| Edition | the year; preset to the newest in the settings |
| Accept changes | why values of closed years may move beyond their error; otherwise empty |

### What it does and writes
1. `publish_edition` writes tables, report and manifest into an unverified folder,
   `var/releases/<edition>/<UTC time>.unverified/`.
2. `verify_release` compiles the edition again from the same snapshot, compares every file, and
   recomputes the figures independently. Then it renames the folder to `<UTC time>` and points
   `latest.json` to it. The release is now in force and never changes. Its `changes.json` lists
   what moved since the previous release in force, by how much and why.

3. `deliver_releases` copies the releases that the places of `[[deliver]]` lack, then
   `latest.json`. It is skipped if the settings name none. It also runs when nothing new was
   released, and so makes up for a delivery that failed.

If the release in force already has the same content, nothing is written and `verify_release` is
skipped. New revisions of loads that give the same figures do not count as new content. If an
*earlier* release has the same content (a week was loaded wrongly, published, and then corrected),
that release is verified and comes back into force. `latest.json` then names it; the entry
`instead_of` names the release that it replaces, and a file beside it lists what moved
(`changes-<former>-<now>.json`).

If the settings demand a signature (`[release] signature_required`), both tasks turn green, but
the verified release waits: `latest.json` moves when someone runs
`longflow sign RELEASE --key FILE`. The log of `verify_release` names the folder.

Release names always increase. If the clock was set back, the next release is named one second
after the newest.

### When it fails
A red `deliver_releases` is about the place or the way there: the release is in force all the
same. Airflow tries again after 1, 2, 4, 8 and 16 minutes; later clear the task, or run
`longflow deliver`.

The red task's log ends with one line: what is wrong, in which file, and the remedy. The release
in force stays in force. Fix the cause and clear the task, except in these two cases:

- **publish_edition** reports that values of closed years moved beyond their error. The line lists
  the largest moves. Find out why these values moved. If the new values are right, trigger the DAG
  again with the reason in *Accept changes*. The report prints the reason.
- **verify_release** reports a part of the release that the archive does not reproduce. The release
  stays as `<UTC time>.rejected/`, with all its problems in `<UTC time>.rejected.txt`. Find out
  why, then trigger the DAG again: a cleared task would find no release to verify. Nothing reads
  rejected folders; you may delete them.
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
            description_md="Why values of closed years may move beyond their error",
        ),
    },
)
def retrospective() -> None:
    """From the archive to the release."""
    published = tasks.publish_edition()
    # A placeholder: Airflow knows what a task returns only once it has run.
    verified = tasks.verify_release(published)  # type: ignore[arg-type]
    verified >> tasks.deliver_releases()


retrospective()
