"""`make new-table` writes a whole table, and refuses a name that cannot be one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from longflow.sqlnames import tables_read

from tests.new_table import WORDS, new_table


@pytest.fixture
def words(tmp_path: Path) -> Path:
    return Path(shutil.copy(WORDS, tmp_path / "en.yml"))


def test_a_new_table_has_a_contract_queries_a_second_way_cases_and_words(
    tmp_path: Path, words: Path
) -> None:
    written = new_table(tmp_path, words, "light-users", 91)

    folder = tmp_path / "sql" / "edition" / "light_users"
    assert {file.name for file in folder.iterdir()} == {
        *("contract.yml", "query.sql", "disclosure.sql", "errors.sql", "second_way.py")
    }
    contract = yaml.safe_load((folder / "contract.yml").read_text())
    assert (contract["table"], contract["published"]["id"]) == ("light_users", "light-users")
    assert tables_read((folder / "query.sql").read_text()) == {"consumer_volume"}
    texts = yaml.safe_load(words.read_text())
    entry = texts["tables"]["light-users"]
    assert "consumers" in texts["report"]["figures"]
    assert {*contract["published"]["definitions"]} - {"in_and_out"} == {*entry["definitions"]}
    assert [file for file in written if "{" in file.name or not file.is_file()] == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("Light users", "'Light users' is no id: use small letters, digits and single dashes"),
        ("", "'' is no id"),
        ("../away", "is no id"),
        ("table-1", "sql/edition/table_1 exists already"),
    ],
)
def test_what_cannot_be_a_table_is_refused_and_nothing_is_written(
    tmp_path: Path, words: Path, table: str, said: str
) -> None:
    before = words.read_text()
    with pytest.raises(ValueError, match=said):
        new_table(tmp_path, words, table, 91)
    assert words.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["en.yml"]


def test_two_new_tables_share_the_name_of_a_figure(tmp_path: Path, words: Path) -> None:
    new_table(tmp_path, words, "one", 91)
    new_table(tmp_path, words, "other", 92)
    assert words.read_text().count("\n    consumers: ") == 1
    assert {"one", "other"} <= {*yaml.safe_load(words.read_text())["tables"]}
