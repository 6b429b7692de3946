"""`make new-table` writes a whole table, and refuses a name that cannot be one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from longflow.sqlnames import tables_read

from tests.new_table import LANGUAGES, TEXTS, new_table


@pytest.fixture
def words(tmp_path: Path) -> list[Path]:
    """The files of all languages."""
    return [Path(shutil.copy(file, tmp_path)) for file in sorted(TEXTS.glob("*.yml"))]


def test_a_new_table_has_words_in_every_language(words: list[Path]) -> None:
    assert [file.stem for file in words] == sorted(LANGUAGES)


def test_a_new_table_has_a_contract_queries_a_second_way_cases_and_words(
    tmp_path: Path, words: list[Path]
) -> None:
    written = new_table(tmp_path, tmp_path, "light-users", 91)

    folder = tmp_path / "sql" / "edition" / "light_users"
    assert {file.name for file in folder.iterdir()} == {
        *("contract.yml", "query.sql", "disclosure.sql", "errors.sql", "second_way.py")
    }
    contract = yaml.safe_load((folder / "contract.yml").read_text())
    assert (contract["table"], contract["published"]["id"]) == ("light_users", "light-users")
    assert tables_read((folder / "query.sql").read_text()) == {"consumer_volume"}
    for file in words:
        texts = yaml.safe_load(file.read_text())
        entry = texts["tables"]["light-users"]
        assert "consumers" in texts["report"]["figures"]
        defined = {*contract["published"]["definitions"]} - {"in_and_out"}
        assert defined == {*entry["definitions"]}
        assert defined <= {*texts["report"]["titles"]}
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
    tmp_path: Path, words: list[Path], table: str, said: str
) -> None:
    before = [file.read_text() for file in words]
    with pytest.raises(ValueError, match=said):
        new_table(tmp_path, tmp_path, table, 91)
    assert [file.read_text() for file in words] == before
    assert sorted(tmp_path.iterdir()) == words


def test_two_new_tables_share_the_name_of_a_figure(tmp_path: Path, words: list[Path]) -> None:
    new_table(tmp_path, tmp_path, "one", 91)
    new_table(tmp_path, tmp_path, "other", 92)
    for file in words:
        assert file.read_text().count("\n    consumers: ") == 1
        assert {"one", "other"} <= {*yaml.safe_load(file.read_text())["tables"]}
