"""A release can be signed, so that rewriting its list of checksums does not help."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from longflow.cli import main
from longflow.errors import LongflowError
from longflow.minisign import SecretKey
from longflow.release import files, prepare, publish, signature, verify
from longflow.settings import Settings

from tests.forging import forge_json, sum_up
from tests.unit.test_minisign import PUBLIC, PUBLIC_OF_UNLOCKED, UNLOCKED_KEY

NAMES = f'[release]\npublic_keys = {{ "Jane Doe" = "{PUBLIC_OF_UNLOCKED}" }}\n'
DEMANDS = f"{NAMES}signature_required = true\n"


def with_release(settings: Settings, section: str) -> Settings:
    """The same installation with a section [release] in its settings."""
    settings.file.write_text(f"{settings.file.read_text()}\n{section}")
    return settings.model_copy(update={"release": Settings.load(settings.file).release})


def key() -> SecretKey:
    return SecretKey.parse(UNLOCKED_KEY, str)


@pytest.fixture
def release(released: Path, tmp_path: Path) -> Path:
    """A copy of a release, its files not writable."""
    copy = tmp_path / "2024" / released.name
    shutil.copytree(released, copy)
    return copy


@pytest.fixture
def naming(lake_settings: Settings) -> Settings:
    """Settings that name a key and demand no signature."""
    return with_release(lake_settings, NAMES)


def write_signature(release: Path, of: Path | None = None, comment: str | None = None) -> None:
    manifest = files.read_manifest(of or release)
    text = signature.sign(of or release, manifest, key())
    if comment is not None:
        data = ((of or release) / files.CHECKSUMS).read_bytes()
        text = key().sign(data, comment).text("by hand")
    signature.signature_file(release).write_text(text)


def checked(settings: Settings, release: Path) -> tuple[list[str], str]:
    return signature.check(settings, release, files.read_manifest(release))


def test_signature_says_who_signed_what(naming: Settings, release: Path) -> None:
    write_signature(release)
    problems, by = checked(naming, release)
    manifest = files.read_manifest(release)
    assert problems == []
    assert by.startswith("by Jane Doe, key C8CA8B5581737723:")
    assert f"edition:2024 release:{release.name} content_sha256:{manifest['content_sha256']}" in by


def test_verifying_says_who_signed(naming: Settings, release: Path) -> None:
    assert verify(naming, release).signed == "unsigned"
    write_signature(release)
    verified = verify(naming, release)
    assert verified.problems == ()
    assert verified.signed.startswith("by Jane Doe, key ")


def test_rewritten_list_of_checksums_does_not_help(naming: Settings, release: Path) -> None:
    write_signature(release)
    for part in [release, *release.rglob("*")]:
        part.chmod(0o755)
    forge_json(release, "manifest.json", lambda m: m["code"].update(lock_sha256="0" * 64))
    verified = verify(naming, release)
    assert f"{release.name}.minisig: SHA256SUMS is not what Jane Doe signed" in verified.problems
    assert verified.signed == "unsigned"
    (release / "SHA256SUMS").unlink()
    assert f"{release.name}.minisig: SHA256SUMS is not what Jane Doe signed" in (
        verify(naming, release).problems
    )


def test_signature_of_another_release_does_not_count(
    naming: Settings, release: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(release, tmp_path / release.name)
    for part in [other, *other.rglob("*")]:
        part.chmod(0o755)
    (other / "report.html").write_text("another")
    sum_up(other)
    write_signature(release, of=other)
    problems, _ = checked(naming, release)
    assert problems == [f"{release.name}.minisig: SHA256SUMS is not what Jane Doe signed"]


def test_comment_that_speaks_of_another_release_is_a_problem(
    naming: Settings, release: Path
) -> None:
    write_signature(release, comment="longflow\tedition:2023\trelease:x")
    problems, _ = checked(naming, release)
    assert problems[0] == (
        f"{release.name}.minisig: its comment says edition 2023, the manifest says 2024"
    )
    assert len(problems) == 3


def test_comment_of_minisign_itself_counts(naming: Settings, release: Path) -> None:
    write_signature(release, comment="timestamp:1700000000\tfile:SHA256SUMS\thashed")
    assert checked(naming, release)[0] == []


def test_key_that_the_settings_do_not_name_is_a_problem(
    lake_settings: Settings, release: Path
) -> None:
    other = PUBLIC.splitlines()[1]
    settings = with_release(lake_settings, f'[release]\npublic_keys = {{ "Joe" = "{other}" }}\n')
    write_signature(release)
    problems, _ = checked(settings, release)
    assert problems == [
        f"{release.name}.minisig: signed by key {key().public().name}, which the settings do not"
        " name"
    ]


def test_without_public_keys_nothing_is_known_of_a_signature(
    lake_settings: Settings, release: Path
) -> None:
    write_signature(release)
    problems, by = checked(lake_settings, release)
    assert problems == []
    assert by.endswith("not checked, because the settings name no public key")


@pytest.mark.parametrize("data", [b"", b"\xff", b"nonsense\n" * 4])
def test_damaged_signature_is_a_line(naming: Settings, release: Path, data: bytes) -> None:
    signature.signature_file(release).write_bytes(data)
    ((problem,), _) = checked(naming, release)
    assert problem.startswith(f"{release.name}.minisig: cannot be read: ")


def test_signature_that_is_demanded_and_missing_is_a_problem(
    lake_settings: Settings, release: Path
) -> None:
    settings = with_release(lake_settings, DEMANDS)
    assert checked(settings, release)[0] == [
        "it is not signed, and the settings demand a signature"
    ]


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ('public_keys = { "Jane" = "RWQ" }', "public_keys.Jane: not a public key of minisign"),
        ("signature_required = true", "signature_required: name the public keys that count"),
        (
            f'public_keys = {{ "A" = "{PUBLIC_OF_UNLOCKED}", "B" = "{PUBLIC_OF_UNLOCKED}" }}',
            "public_keys.B: is also the key of 'A'",
        ),
    ],
)
def test_wrong_settings_are_reported(lake_settings: Settings, section: str, line: str) -> None:
    with pytest.raises(LongflowError, match=line):
        with_release(lake_settings, f"[release]\n{section}\n")


def latest(folder: Path) -> str | None:
    file = folder / "latest.json"
    return json.loads(file.read_bytes())["release"] if file.exists() else None


def test_release_waits_for_the_signature_that_is_demanded(
    lake_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = with_release(lake_settings, DEMANDS)
    release = publish(settings, 2024)
    folder = release.path.parent
    assert (release.unsigned, latest(folder)) == (True, None)
    again = publish(settings, 2024)
    assert (again.path, again.created, again.unsigned) == (release.path, False, True)

    secret = tmp_path / "secret.key"
    secret.write_text(UNLOCKED_KEY)
    arguments = ["--settings", str(settings.file), str(release.path)]
    assert main(["sign", *arguments, "--key", str(secret)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{release.path}: signed by Jane Doe, key ")
    assert said[1] == f"{release.path}: in force"
    assert latest(folder) == release.path.name
    assert main(["verify", *arguments]) == 0
    assert "signed: by Jane Doe, key " in capsys.readouterr().out
    assert publish(settings, 2024).created is False


def test_signature_made_elsewhere_is_taken_in(
    lake_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = with_release(lake_settings, DEMANDS)
    release = publish(settings, 2024).path
    arguments = ["sign", "--settings", str(settings.file), str(release), "--signature"]
    wrong, right = tmp_path / "wrong.minisig", tmp_path / "right.minisig"
    wrong.write_text(key().sign(b"something else", "x").text("x"))
    assert main([*arguments, str(wrong)]) == 1
    assert capsys.readouterr().err == (
        f"longflow: {release.name}.minisig: SHA256SUMS is not what Jane Doe signed; sign SHA256SUMS"
        " of this release by a key that the settings name\n"
    )
    assert not signature.signature_file(release).exists()
    assert latest(release.parent) is None
    right.write_text(key().sign((release / "SHA256SUMS").read_bytes(), "mine").text("x"))
    assert main([*arguments, str(right)]) == 0
    assert latest(release.parent) == release.name


def test_newer_release_waits_and_what_is_signed_stays_in_force(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    first = publish(memory_settings, 2024).path
    settings = with_release(memory_settings, DEMANDS)
    write_signature(first)
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    second = publish(settings, 2024, "a test")
    assert second.unsigned
    assert latest(first.parent) == first.name


def test_unsigned_release_in_the_place_of_a_signed_one_is_reported(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    settings = with_release(memory_settings, NAMES)
    first = publish(settings, 2024).path
    write_signature(first)
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")

    second = publish(settings, 2024, "a test")

    assert latest(first.parent) == second.path.name
    assert f"the release in force until now, {first.name}, is signed" in second.said[-1]


def test_key_with_a_wrong_password_is_one_line(
    naming: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release = publish(naming, 2024).path
    secret = tmp_path / "secret.key"
    secret.write_text(PUBLIC)
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    arguments = ["sign", "--settings", str(naming.file), str(release), "--key", str(secret)]
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith(
        f"longflow: {secret}: cannot be used as a key: not a secret key of minisign; name the"
    )


def test_only_what_was_published_is_signed(
    naming: Settings, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aside = prepare(naming, 2024).path
    for path in (release, aside):
        arguments = ["sign", "--settings", str(naming.file), str(path), "--key", "none"]
        assert main(arguments) == 1
        assert "only a release that was published is signed" in capsys.readouterr().err
