"""Take the dumps of one or more weeks into the archive.

### When it runs
Every Monday at 06:00 in the provider's time zone plus the grace (`week.grace_hours`), for the week
that has just ended. Trigger it by hand to take in older weeks, or a week whose dumps were corrected
or came late. A week may be taken in as often as you like: it replaces itself in the archive, in one
transaction, and touches no other week. Several runs may go at once.

A week that ended before Airflow was started is never taken in by the schedule. The
demonstration's provider delivers no new weeks: left running over a Monday noon, the run of that
Monday says so and fails.

### The form
| field | meaning |
|---|---|
| Week | the week's Monday. For one week |
| First week, Last week | the Mondays of a range, both included. Instead of Week |
| Feeds | what to take in, joined with the others as they were loaded; the rest stays as it is |
| Dry run | fetch, read and judge, and write nothing to the archive |
| Accept | why a revision is right that holds less than the load it replaces; empty otherwise |

A run that names no week ends at once and says so. A partition key, where the form has a field for
it, is the same as Week.

### What it does and writes
`plan_weeks` cuts the weeks into batches: one week with its flows, or up to eight weeks of feeds
that no flows are read for (usage, counters). For each batch: `fetch_dumps` copies the dumps into
`var/staging`, with a manifest; `stage_dumps` reads them into one Parquet schema a feed;
`judge_weeks` quarantines rows or refuses a feed's week; `load_archive` replaces the weeks in the
archive; `report_weeks` prints a table of week and feed: verdict, rows delivered, loaded,
quarantined and out of week. When the last week that an edition uses has come in,
`announce_editions` starts `retrospective`; otherwise it is skipped.

A run over some feeds reads those that they are joined with too: flows, assignments and subscribers
belong together, and so do usage and subscribers. It uses their dumps only where these are what was
loaded, and loads nothing of them. What it cannot make anew without them stays as it was, and
`report_weeks` names it with the feeds to take in together.

### When it fails
The red task's log ends with one line for each fault: what, in which file, and the remedy.

- **report_weeks** is red: a feed's week was refused or held. The other feeds and weeks of the batch
  are loaded, and what the archive held of this one before stays in force.
  - *Refused*: have the dump corrected and trigger its week again.
  - *Held*: the new revision holds less than the load it would replace; the lines state what would
    be lost, by source and day. Have the dump corrected, or, where less is right, trigger the week
    again with the reason in *Accept*. The log keeps the reason.
- **plan_weeks** is red: the run asked for something that is not there, or for a week that has not
  ended. Trigger a new one.
- **fetch_dumps** waits (yellow): a source cannot be reached. It is tried again for half an hour;
  then clear the task once the source is back.
- **A full disk, a lack of memory or of rights** ends a task with its line, and Airflow tries it
  again. Where that does not help, mend it and clear the task. A task cleared later than
  `tidy.after_days` (7 days) may find the files of its run gone, and says so: clear the run from
  `fetch_dumps` on.
- **Anything else**: clear the task. Every task may be repeated.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task_group
from longflow.orchestration import tasks
from longflow.orchestration.schedule import weekly_schedule
from longflow.settings import Feed, Settings

FEEDS = [feed.value for feed in Feed]


def monday(title: str, description: str) -> Param:
    """A field of the form for the date of a Monday, or nothing."""
    return Param(
        None, type=["null", "string"], format="date", title=title, description_md=description
    )


@dag(
    description="Take the dumps of the week just ended, or of weeks asked for, into the archive",
    doc_md=__doc__,
    schedule=weekly_schedule(Settings.load()),
    catchup=False,
    max_active_runs=4,
    default_args={"owner": "traffic-statistics"},
    tags=["longflow", "ingest"],
    params={
        "week": monday("Week", "Its Monday. For one week"),
        "first_week": monday("First week", "Monday of the first week of a range. Instead of Week"),
        "last_week": monday("Last week", "Monday of the last week of the range, which is included"),
        "feeds": Param(
            FEEDS, type="array", examples=FEEDS, title="Feeds", description_md="What to take in"
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description_md="Fetch, read and judge; write nothing to the archive",
        ),
        "accept": Param(
            None,
            type=["null", "string"],
            title="Accept",
            description_md="Why revisions are right that hold less than the load they replace",
        ),
    },
)
def weekly_ingest() -> None:
    """From the landing to the archive."""

    @task_group
    def weeks(batch: dict[str, Any]) -> None:
        """One week with flows, or some weeks of light feeds."""
        (
            tasks.fetch_dumps(batch=batch)
            >> tasks.stage_dumps(batch=batch)
            >> tasks.judge_weeks(batch=batch)
            >> tasks.load_archive(batch=batch)
            >> tasks.report_weeks(batch=batch)
        )

    every_batch = weeks.expand(batch=tasks.plan_weeks())
    every_batch >> tasks.announce_editions(reported_by="weeks.report_weeks")


weekly_ingest()
