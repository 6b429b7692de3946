"""Whether the place and the settings of a release are those that it states."""

from __future__ import annotations

from longflow.release import files
from longflow.release.manifest import settings_part
from longflow.release.verification.checked import Checked
from longflow.release.verification.differences import Difference, json_differences
from longflow.settings import Settings


def check_place(checked: Checked) -> None:
    """Check that a release has its own name and is in the folder of its edition."""
    name, edition = files.name_of(checked.release.resolve()), checked.release.resolve().parent.name
    if name != checked.manifest["release"]:
        checked.found.problems.append(
            f"{files.MANIFEST}: release: {checked.manifest['release']}, but the folder is {name}"
        )
    if edition.isdigit() and edition != str(checked.manifest["edition"]):
        checked.found.problems.append(
            f"{files.MANIFEST}: edition: {checked.manifest['edition']}, but the folder is that of"
            f" {edition}"
        )


def check_settings(checked: Checked) -> None:
    """Check that title, provider, weeks and rules are those of the settings file used."""
    recorded = checked.manifest["settings"]["sha256"]
    is_used = files.sha256(checked.settings.file.read_bytes()) == recorded
    differing = _differences_to(checked, checked.settings)
    if is_used and differing:
        # The settings at hand can differ from their file; the manifest records the file.
        differing = _differences_to(checked, Settings.load(checked.settings.file))
    if is_used:
        for difference in differing:
            if _is_later_setting(checked, difference):
                name = difference.place[-1]
                checked.found.not_held.append(
                    f"settings: {name}: {checked.writer}, which wrote it, had no such setting"
                )
                continue
            checked.found.problems.append(difference.line(files.MANIFEST, "the settings give"))
        return
    places = ", ".join(".".join(line.place) for line in differing[:5])
    checked.found.not_held.append(
        "settings: this file is not the one that was used; title, provider, weeks and rules were"
        " taken from the manifest"
        + (f"; this file differs in {places}" if places else ", and this file has the same")
    )


def _is_later_setting(checked: Checked, difference: Difference) -> bool:
    """Whether the manifest only lacks a setting that the version which wrote it did not have.

    That version would have refused a file that has the setting, so it has its default.
    """
    recorded = checked.manifest["settings"]["edition"]
    if checked.writer.is_this or difference.place[:-1] != ("settings", "edition"):
        return False
    name = difference.place[-1]
    return (
        name not in recorded
        and name not in checked.settings.edition(checked.manifest["edition"]).model_fields_set
    )


def _differences_to(checked: Checked, settings: Settings) -> list[Difference]:
    """Places where the manifest differs from these settings."""
    edition = settings.editions.get(checked.manifest["edition"])
    if edition is None:
        year = str(checked.manifest["edition"])
        return [Difference(("edition",), year, "no such edition", is_absent=False)]
    part = settings_part(settings, edition)
    # Older manifests have no events and no calendar.
    recorded = {name: checked.manifest["settings"].get(name, []) for name in part}
    return list(
        json_differences(
            {
                "title": checked.manifest["title"],
                "provider": checked.manifest["provider"],
                "settings": recorded,
            },
            {"title": edition.title, "provider": settings.provider.name, "settings": part},
        )
    )
