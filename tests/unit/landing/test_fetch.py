from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from longflow.landing import fetch_week
from longflow.records import Landed
from longflow.settings import Feed, Settings
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

FOLDER = "landing/flows/east/2024-06-03"


def deliver(root: Path, *names: str, folder: str = FOLDER) -> Path:
    target = root / folder
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        (target / name).write_bytes(f"content of {name}".encode())
    return target


def fetch(settings: Settings, *feeds: Feed) -> Landed:
    week = Week.parse("2024-06-03", settings.zone)
    return fetch_week(settings, week, feeds or (Feed.FLOWS,), Workspace.of(settings, "test", week))


def sentences(landed: Landed) -> list[str]:
    return [f.sentence for f in landed.findings if f.severity == "critical"]


def test_files_are_copied_with_size_digest_and_slot(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings("flows")
    deliver(tmp_path, "flows-202406030000.csv")

    landed = fetch(settings)

    content = b"content of flows-202406030000.csv"
    assert [(f.name, f.size_bytes, f.sha256, f.slot_ms) for f in landed.files] == [
        (
            "flows-202406030000.csv",
            len(content),
            hashlib.sha256(content).hexdigest(),
            1717340400000,
        )
    ]
    copies = list((settings.var / "staging").rglob("flows-202406030000.csv"))
    assert [copy.read_bytes() for copy in copies] == [content]
    assert landed.findings == ()


def test_a_source_that_delivered_nothing_is_named(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    (message,) = sentences(fetch(make_settings("flows")))
    assert message.startswith(f"{tmp_path}/{FOLDER}: source 'east' delivered nothing")


def test_a_source_that_nobody_expects_is_named(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings("flows")
    deliver(tmp_path, "flows-202406030000.csv")
    deliver(tmp_path, "x.csv", folder="landing/flows/north/2024-06-03")

    (message,) = sentences(fetch(settings))

    assert "source 'north' is not in the settings; name it under [[sources]]" in message


def test_an_unexpected_source_of_another_week_does_not_matter(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings("flows")
    deliver(tmp_path, "flows-202406030000.csv")
    deliver(tmp_path, "x.csv", folder="landing/flows/north/2019-06-03")

    assert sentences(fetch(settings)) == []


def test_an_unexpected_source_that_is_a_link_is_named(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings("flows")
    deliver(tmp_path, "flows-202406030000.csv")
    (tmp_path / "landing/flows/north").symlink_to("east")

    (message,) = sentences(fetch(settings))

    assert "source 'north' is not in the settings" in message


def test_a_folder_that_is_a_link_out_of_the_tree_is_refused(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    elsewhere = deliver(tmp_path, "flows-202406030000.csv", folder="elsewhere")
    folder = tmp_path / FOLDER
    folder.parent.mkdir(parents=True)
    folder.symlink_to(elsewhere)

    (message,) = sentences(fetch(make_settings("flows")))

    assert message == (
        f"{folder}: the folder is a link to a place outside {tmp_path}/landing; "
        f"name {elsewhere} as the url of its source, or move it into the tree"
    )


def test_a_folder_that_is_a_link_within_the_tree_is_read(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    real = deliver(tmp_path, "flows-202406030000.csv", folder="landing/real")
    (tmp_path / FOLDER).parent.mkdir(parents=True)
    (tmp_path / FOLDER).symlink_to(real)

    landed = fetch(make_settings("flows"))

    assert [file.name for file in landed.files] == ["flows-202406030000.csv"]


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (
            "most_files = 1",
            "source 'east' delivered 2 files for week 2024-06-03, more than 1; "
            "check pattern and files of the source, or raise landing.most_files",
        ),
        (
            'most_file_size = "0.03kB"',
            "flows-202406030000.csv: has more than 30 bytes; "
            "check the file, or raise landing.most_file_size",
        ),
    ],
)
def test_what_exceeds_a_limit_refuses_the_feed(
    make_settings: MakeSettings, tmp_path: Path, limit: str, message: str
) -> None:
    deliver(tmp_path, "flows-202406030000.csv", "flows-202406040000.csv")
    (found,) = sentences(fetch(make_settings("flows", landing=limit)))
    assert message in found


def test_checksums_that_agree(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder = deliver(tmp_path, "flows-202406030000.csv")
    digest = hashlib.sha256(b"content of flows-202406030000.csv").hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  flows-202406030000.csv\n")

    landed = fetch(make_settings("flows"))

    assert sentences(landed) == []
    assert [f.name for f in landed.files] == ["flows-202406030000.csv"]


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        (f"{'0' * 64}  flows-202406030000.csv\n", "SHA256SUMS says 000000000000"),
        ("", "file 'flows-202406030000.csv' is present but not named in SHA256SUMS"),
        ("nonsense\n", "SHA256SUMS: line 1: not a line of sha256sum"),
    ],
)
def test_checksums_that_disagree_refuse_the_feed(
    make_settings: MakeSettings, tmp_path: Path, sums: str, message: str
) -> None:
    folder = deliver(tmp_path, "flows-202406030000.csv")
    (folder / "SHA256SUMS").write_text(sums)

    found = sentences(fetch(make_settings("flows")))

    assert len(found) == 1
    assert message in found[0]


def test_files_that_checksums_name_and_nobody_delivered_are_one_finding(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = deliver(tmp_path, "flows-202406030000.csv")
    came = hashlib.sha256(b"content of flows-202406030000.csv").hexdigest()
    gone = "".join(f"{'0' * 64}  gone-{number}.csv\n" for number in range(7))
    (folder / "SHA256SUMS").write_text(f"{came}  flows-202406030000.csv\n{gone}")

    landed = fetch(make_settings("flows"))

    (found,) = landed.findings
    assert "'gone-3.csv', 'gone-4.csv' and 2 more are named in SHA256SUMS" in found.sentence
    assert (found.severity, found.count, found.unit) == ("critical", 7, "files")
    # What came is read and counted, though the feed is refused.
    assert [file.name for file in landed.files] == ["flows-202406030000.csv"]


def test_a_name_that_does_not_fit_is_reported_and_passed_over(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    deliver(tmp_path, "flows-202406030000.csv", "notes.txt")

    landed = fetch(make_settings("flows"))

    assert [f.name for f in landed.files] == ["flows-202406030000.csv"]
    assert [(f.rule, f.severity, f.file) for f in landed.findings] == [
        ("landing.file_unexpected", "warning", "notes.txt")
    ]


def test_one_feed_at_fault_leaves_the_others(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings("flows", "subscribers")
    deliver(tmp_path, "subscribers.csv", folder="landing/subscribers/crm/2024-06-03")

    landed = fetch(settings, Feed.FLOWS, Feed.SUBSCRIBERS)

    assert [f.feed for f in landed.files] == [Feed.SUBSCRIBERS]
    assert {f.feed for f in landed.findings} == {Feed.FLOWS}


@pytest.mark.parametrize(
    "pattern",
    [
        "{source}/{year}/{month}/{day}",
        "{source}/{year}/{month}/{day}/{hour}",
        "{source}/{year}/{month}",
        "{source}",
    ],
)
def test_names_decide_where_folders_are_not_of_a_week(
    make_settings: MakeSettings, tmp_path: Path, pattern: str
) -> None:
    extra = """
[[sources]]
name = "core"
feed = "usage"
service = "mobile"
format = "csv"
url = "tree"
pattern = "PATTERN"
files = "c.{time}"
"""
    settings = make_settings(extra=extra.replace("PATTERN", pattern))
    for stamp in ("202406022300", "202406030000", "202406092300", "202406100500", "202406100600"):
        folder = pattern.format(
            source="core", year=stamp[:4], month=stamp[4:6], day=stamp[6:8], hour=stamp[8:10]
        )
        deliver(tmp_path, f"c.{stamp}", folder=f"tree/{folder}")

    landed = fetch(settings, Feed.USAGE)

    assert [f.name for f in landed.files] == ["c.202406030000", "c.202406092300", "c.202406100500"]


def test_a_folder_that_the_disk_does_not_show_is_a_fault_of_the_machine(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = tmp_path / FOLDER
    folder.parent.mkdir(parents=True)
    # A loop of links, since root may enter every folder.
    folder.symlink_to(folder)
    with pytest.raises(OSError, match="symbolic links"):
        fetch(make_settings("flows"))
