"""Load the dumps of one or more weeks into the archive.

### When it runs
The week that has just ended is loaded `week.grace_hours` after Monday 06:00 in the provider's time
zone: at noon with the default of 6 hours. Trigger it by hand to load older weeks, or a week whose
dumps came late or were corrected. You can load a week as often as you like: each load replaces that
week in one transaction and touches no other. Several runs can work at once.

When Airflow starts for the first time, the schedule loads no week that has already ended. After an
outage it makes up only the latest missed week; trigger the others by hand. The demonstration's
provider delivers no new weeks: if the demonstration still runs at noon on a Monday, the run of
that day fails and says why.

### The form
| field | meaning |
|---|---|
| Week | the week's Monday, for one week |
| First week, Last week | the first and last Monday of a range, both included; instead of Week |
| Feeds | the feeds to load; feeds joined with them are read, not loaded |
| Dry run | fetch, read and judge, but write nothing to the archive |
| Accept | why a revision that holds less than the load it replaces is right; otherwise empty |

A run that names no week stops at once and reports it. If the form has a field for a partition
key, it means the same as Week; fill in only one of them.

### What it does and writes
1. `plan_weeks` divides the weeks into batches: one week with its flows, up to eight weeks of
   feeds that need no flows, or up to 53 weeks of counters alone. Each batch then passes through
   the next five tasks.
2. `fetch_dumps` copies the dumps into `var/staging`, with a manifest.
3. `stage_dumps` converts them to one Parquet schema per feed.
4. `judge_weeks` quarantines rows or refuses a feed's week.
5. `load_archive` replaces the weeks in the archive.
6. `report_weeks` prints a table of weeks and feeds: verdict, and the rows delivered, loaded,
   quarantined and out of week.
7. `announce_editions` starts `retrospective` for each edition whose weeks are now all loaded. If
   there is none it is skipped (pink), which is normal. If a `report_weeks` is red it does not run;
   if you decide to publish with the load in force, trigger `retrospective` yourself.

A run over some feeds also reads the feeds they are joined with: flows, assignments and
subscribers belong together, as do usage and subscribers. It uses the dumps of those other feeds
only if they are unchanged since they were loaded, and does not reload them. If such a dump has
changed, the aggregates that need it stay as they were; `report_weeks` lists them and the feeds to
load together.

### When it fails
The red task's log ends with one line per fault: what is wrong, in which file, and the remedy.

- **report_weeks** is red: a feed's week was refused, held or not judged. The batch's other feeds
  and weeks are loaded. For this one, the archive keeps the load in force.
  - *Refused*: have the dump corrected, then trigger its week again. If the limit is wrong for your
    network, change it in the settings, then trigger the week again.
  - *Held*: the new revision holds less than the load it would replace, or one of its files has the
    content of a file already loaded under another name or week. The lines list the losses by source
    and day, or the copied files. Have the dump corrected, then trigger the week again;
    if the loss is genuine, trigger it with the reason in *Accept*. The archive records the reason,
    and `longflow status --week MONDAY` shows it.
  - *Not judged*: a check could not run; the line says why.
- **plan_weeks** is red: the run asked for something that does not exist, or for a week that has
  not ended. Trigger a new run.
- **fetch_dumps** waits (yellow): a source cannot be reached. Airflow retries for half an hour;
  after that, clear the task once the source is back.
- **A full disk, or a lack of memory or permissions,** ends a task with one line, and Airflow
  retries it. If that does not help, fix the cause and clear the task.
- **Anything else**: clear the task. Every task can be repeated while the files of its run exist.

The files of a run are removed when `report_weeks` ends, green or red; if it never ends,
`tidy.after_days` (7 days) after the run last wrote. If a task reports that its week has not been
fetched, staged or judged, the files are gone: clear `fetch_dumps` with *Downstream*, or trigger the
week again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task_group
from longflow.orchestration import tasks
from longflow.orchestration.schedule import weekly_schedule
from longflow.settings import Feed, Settings

FEEDS = [feed.value for feed in Feed]


def monday(title: str, description: str) -> Param:
    """A form field for the date of a Monday; it may stay empty."""
    return Param(
        None, type=["null", "string"], format="date", title=title, description_md=description
    )


@dag(
    description="Load the dumps of the week just ended, or of chosen weeks, into the archive",
    doc_md=__doc__,
    schedule=weekly_schedule(Settings.load()),
    catchup=False,
    max_active_runs=4,
    default_args={"owner": "traffic-statistics"},
    tags=["longflow", "ingest"],
    params={
        "week": monday("Week", "The week's Monday, for one week"),
        "first_week": monday("First week", "First Monday of a range; use instead of Week"),
        "last_week": monday("Last week", "Last Monday of the range, included"),
        "feeds": Param(
            FEEDS, type="array", examples=FEEDS, title="Feeds", description_md="The feeds to load"
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description_md="Fetch, read and judge, but write nothing to the archive",
        ),
        "accept": Param(
            None,
            type=["null", "string"],
            title="Accept",
            description_md="Why revisions that hold less than the loads they replace are right",
        ),
    },
)
def weekly_ingest() -> None:
    """From the delivered dumps to the archive."""

    @task_group
    def weeks(batch: dict[str, Any]) -> None:
        """One week with flows, or several weeks of light feeds."""
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
