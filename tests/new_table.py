"""`make new-table ID=…`: create the folder of a published table, its words, and a failing case.

What it writes is a whole table that counts consumers by year, service and direction. You replace
the query by yours, step by step, as docs/add-a-table.md describes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from longflow.edition.tables import is_about_others, publication_of, published_tables
from longflow.sqlfile import tables

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "plugins" / "longflow" / "texts"

# The words of a table go before those of the tables about others. Titles of definitions and names
# of figures end where the next texts begin.
_BEFORE = "  errors:\n"
_BEHIND_TITLES = "  # Of the PDF alone.\n"
_BEHIND_FIGURES = "\n  changes:\n"


class Words(NamedTuple):
    """What a language says of a new table.

    Attributes:
        table: the entry of the table.
        defined: what links to its definition are called.
        figure: what the table `sensitivity` calls the figure; other tables can have one of the same
            name.
        behind_titles: what stands behind the titles of definitions.
    """

    table: str
    defined: str
    figure: str
    behind_titles: str = _BEHIND_TITLES


CONTRACT = """\
table: {folder}
meaning: Number of consumers with volume, by year, service and direction. (Say what a row means.)
published:
  id: {id}
  order: {order}
  layout: grid
  grid: {{groups: [service], rows: [year], columns: [direction]}}
  span: years
  drawn_from: [subscribers]
  definitions:
    in_and_out: []
    {folder}: []
key: [year, service, direction]
columns:
  year: {{field: year}}
  service: {{field: service}}
  direction: {{field: direction_of_volume}}
  consumers:
    {{type: BIGINT, unit: consumers, role: figure, decimals: 0, meaning: "consumers with bytes"}}
  status: {{field: status}}
rules:
  - id: {folder}.consumers
    kind: violation
    sql: "NOT (consumers > 0)"
    severity: refuse
    sentence: "a row without consumers"
    remedy: "look at the archive's subscriber_day"
  - id: {folder}.status
    kind: in_set
    column: status
    missing: keeps
    severity: refuse
    sentence: "an unknown status"
    remedy: "report this as a fault of longflow"
"""

QUERY = """\
-- {id}: consumers with volume in a direction (docs/method.md, rule 5). (Say what a row is.)
SELECT year, service, direction, count(*) AS consumers, 'computed' AS status
FROM consumer_volume
GROUP BY year, service, direction
ORDER BY year, service, direction
"""

DISCLOSURE = """\
-- {id}: a row describes the consumers whom it counts, and is rounded to the fewest that a value may
-- describe (docs/method.md, rule 21).
SELECT year, service, direction, consumers AS least_subscribers,
    rounding_step($minimum_subscribers) AS consumers_step
FROM computed
"""

ERRORS = """\
-- {id}: nothing is known of the error of a number. (Say what is known of each figure.)
SELECT year, service, direction, 'consumers' AS column_name, consumers::DOUBLE AS value,
    'few_packets' AS reason
FROM {folder}
"""

SECOND_WAY = '''\
"""The second way of `{id}`: the length of the sorted list of volumes."""

from longflow.release.second_way import disclosure
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """Number of consumers with any volume."""
    volumes = basis.volumes(row["year"], row["service"], row["direction"])
    figures = {{"consumers": len(volumes)}}
    least = basis.minimum_subscribers
    if least == 1:
        return {{**figures, "status": "computed"}}
    if len(volumes) < least:
        return withheld(figures)
    return rounded(figures, {{"consumers": disclosure.step_of(least)}})
'''

WORDING = """\
  {id}:
    number: {title}
    title: Consumers with volume
    unit: consumers
    grid:
      corner: Year
      group: "{{{{ service | named | capitalize }}}}"
      row: "{{{{ year }}}}"
      column: "{{{{ direction | named }}}}"
    formulas:
      consumers: Consumers with more than 0 bytes in this direction, counted.
    definitions:
      {folder}: >-
        Number of consumers with more than 0 bytes in that direction in the analysis week.
"""

WORDING_IN_JAPANESE = """\
  {id}:
    number: {title}
    title: 使用量のある利用者
    unit: 利用者数
    grid:
      corner: 年
      group: "{{{{ service | named }}}}"
      row: "{{{{ year }}}}"
      column: "{{{{ direction | named }}}}"
    formulas:
      consumers: この方向で0バイトを超えた利用者の数。
    definitions:
      {folder}: 対象週にその方向で0バイトを超えた利用者の数。
"""

LANGUAGES = {
    "en": Words(
        table=WORDING,
        defined="    {folder}: {definition}\n",
        figure='\n    consumers: "{{ direction | named }} consumers"\n',
    ),
    "ja": Words(
        table=WORDING_IN_JAPANESE,
        defined="    {folder}: 利用者の数\n",
        figure='\n    consumers: "{{ direction | named }}の利用者数"\n',
        behind_titles="  # PDFの文言。\n",
    ),
}

CASE = {
    "consumer_volume.csv": """\
year,service,direction,subscriber,week_bytes
2024,mobile,in,a,100
2024,mobile,in,b,200
2024,mobile,out,a,300
""",
    # On purpose not what the query gives.
    "expected.csv": """\
year,service,direction,consumers,status
2024,mobile,in,0,computed
2024,mobile,out,0,computed
""",
}

ERRORS_CASE = {
    "parameters.yml": "query: errors\n",
    "{folder}.csv": """\
year,service,direction,consumers,status
2024,mobile,in,2,computed
""",
    "expected.csv": """\
year:INTEGER,service:VARCHAR,direction:VARCHAR,column_name:VARCHAR,value:DOUBLE,reason:VARCHAR
2024,mobile,in,consumers,2,few_packets
""",
}


def new_table(root: Path, texts: Path, table: str, order: int) -> list[Path]:
    """Write what a new table begins with, and return the files.

    Args:
        root: the project; the folders of the table and of its cases are made below it.
        texts: the folder of the languages, each of which gets an entry.
        table: id of the table.
        order: its place among the tables of an edition.

    Raises:
        ValueError: the id is none, or is taken.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", table):
        raise ValueError(f"'{table}' is no id: use small letters, digits and single dashes")
    folder = table.replace("-", "_")
    if folder in tables("edition") or (root / "sql" / "edition" / folder).exists():
        raise ValueError(f"sql/edition/{folder} exists already")
    values = {
        "id": table,
        "folder": folder,
        "order": order,
        "title": table.replace("-", " ").capitalize(),
        "definition": table.replace("-", " "),
    }
    of_table, cases = root / "sql" / "edition" / folder, root / "tests" / "sql" / "edition" / folder
    files = {
        of_table / "contract.yml": CONTRACT,
        of_table / "query.sql": QUERY,
        of_table / "disclosure.sql": DISCLOSURE,
        of_table / "errors.sql": ERRORS,
        of_table / "second_way.py": SECOND_WAY,
        **{cases / "consumers_are_counted" / name: text for name, text in CASE.items()},
        **{cases / "what_is_known_of_errors" / name: text for name, text in ERRORS_CASE.items()},
    }
    written = []
    for template, text in files.items():
        file = Path(str(template).format(**values))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**values), encoding="utf-8")
        written.append(file)
    for language, words in LANGUAGES.items():
        file = texts / f"{language}.yml"
        file.write_text(_with_words(file.read_text(encoding="utf-8"), words, values), "utf-8")
        written.append(file)
    return written


def _with_words(text: str, words: Words, values: Mapping[str, object]) -> str:
    """The text of a language file with the words of a table."""
    before, mark, behind = text.partition(_BEFORE)
    titles, end, rest = behind.partition(words.behind_titles)
    behind = titles + words.defined.format(**values) + end + rest
    if words.figure not in behind:
        figures, end, rest = behind.partition(_BEHIND_FIGURES)
        behind = figures + words.figure.removesuffix("\n") + end + rest
    return before + words.table.format(**values) + mark + behind


def next_order() -> int:
    """The place behind the last table that is not about others."""
    return 1 + max(publication_of(t).order for t in published_tables() if not is_about_others(t))


def main() -> int:
    """The command line; what was written, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("id", help="id of the table, such as median-by-access")
    table = parser.parse_args().id
    try:
        written = new_table(ROOT, TEXTS, table, next_order())
    except ValueError as error:
        print(f"new-table: {error}", file=sys.stderr)
        return 1
    for file in written:
        print(file.relative_to(ROOT))
    print(
        f"\nNow write the table, by docs/add-a-table.md. Its case fails until you do:"
        f" make test-sql TABLE={table}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
