"""What a question may say: one SELECT over the archive, and nothing that reaches further."""

from __future__ import annotations

import pytest
from longflow.ask.guard import check_question
from longflow.errors import LongflowError

KNOWN = {"load_log", "subscriber_day"}


@pytest.mark.parametrize(
    ("question", "reads"),
    [
        ("SELECT count(*) FROM load_log", {"load_log"}),
        ("FROM Subscriber_Day", {"subscriber_day"}),
        ("SELECT 1; -- the end", set()),
        ("WITH one AS (FROM load_log) FROM one JOIN range(3) USING (week)", {"load_log"}),
        (
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) FROM n",
            set(),
        ),
        ("SELECT file.name FROM load_log, unnest(json_keys(files)) AS t(file)", {"load_log"}),
        ("DESCRIBE load_log", {"load_log"}),
        ("FROM (PIVOT load_log ON feed IN ('flows') USING count(*))", {"load_log"}),
    ],
)
def test_questions(question: str, reads: set[str]) -> None:
    assert check_question(question, KNOWN) == reads


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("FROM '/etc/passwd'", "no table or view '/etc/passwd'"),
        ("FROM read_csv('/etc/passwd')", "read_csv is not available"),
        ("SELECT (SELECT max(content) FROM read_text('/etc/passwd'))", "read_text"),
        ("FROM load_log WHERE feed IN (FROM glob('/*'))", "glob"),
        ("FROM sqlite_scan('other.sqlite', 'users')", "sqlite_scan"),
        ("FROM ducklake_cleanup_old_files('archive', cleanup_all => true)", "ducklake_cleanup"),
        ("FROM query('FROM load_log')", "query is not available"),
        ("FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", "json_execute"),
        ("FROM duckdb_secrets()", "duckdb_secrets"),
        ("FROM main.range(3)", "range is not available"),
        ("FROM __ducklake_metadata_archive.ducklake_data_file", "names a database"),
        ("FROM archive.main.load_log", "names a database"),
        ("FROM load_log AT (VERSION => 1)", "a version"),
        ('WITH "/etc/passwd" AS (FROM "/etc/passwd") SELECT 1', "no name for a step"),
        ("SHOW TABLES", "FROM dictionary lists"),
        ("COPY (SELECT 1) TO 'x'", "COPY writes a file"),
        ("(COPY load_log TO 'x')", "COPY writes a file"),
        ("/* b */ COPY load_log TO 'x'", "COPY writes a file"),
        ("EXPORT DATABASE 'x'", "EXPORT writes a file"),
        ("ATTACH 'x'", "ATTACH opens"),
        ("INSTALL httpfs", "INSTALL brings an extension"),
        ("LOAD httpfs", "LOAD brings an extension"),
        ("SET threads = 99", "SET changes settings"),
        ("PRAGMA threads = 99", "PRAGMA changes settings"),
        ("DELETE FROM load_log", "DELETE changes rows"),
        ("CREATE TABLE x (a INT)", "CREATE changes tables"),
        ("EXPLAIN ANALYZE COPY load_log TO 'x'", "EXPLAIN shows a plan"),
        ("CALL sqlite_attach('x')", "not a SELECT"),
        ("SELECT 1; COPY load_log TO 'x'", "not a SELECT"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("", "no statement"),
        ("SELEC 1", "syntax error"),
        ("SELECT '\udcff'", "no UTF-8"),
        ("SELECT " + "+".join("1" * 5000), "nested too deeply"),
        ("SELECT " + "+".join("1" * 900), "nested too deeply"),
    ],
)
def test_what_is_no_question_ends_in_one_line(question: str, said: str) -> None:
    with pytest.raises(LongflowError) as ended:
        check_question(question, KNOWN)
    assert said in str(ended.value)
    assert "\n" not in str(ended.value)
