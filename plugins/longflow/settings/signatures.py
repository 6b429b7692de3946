"""The section about releases: whose signatures count."""

from __future__ import annotations

from pydantic import Field, model_validator

from longflow.minisign import PublicKey
from longflow.settings.section import Problem, Section, Text, WrongSettingError


class ReleaseSettings(Section):
    """Whose signatures of releases are accepted, and whether a release needs one."""

    public_keys: dict[Text, Text] = Field(default_factory=dict)
    """For each signer's name: the minisign public key."""
    signature_required: bool = False
    """Whether a release needs a signature to come into force."""

    @property
    def keys(self) -> dict[str, PublicKey]:
        """The public keys by name."""
        return {name: PublicKey.parse(text) for name, text in self.public_keys.items()}

    @model_validator(mode="after")
    def _known_keys(self) -> ReleaseSettings:
        seen: dict[bytes, str] = {}
        problems = []
        for name, text in self.public_keys.items():
            place = ("public_keys", name)
            try:
                key = PublicKey.parse(text)
            except ValueError as error:
                problems.append(Problem(str(error), "copy it again", place))
                continue
            if key.key_id in seen:
                what = f"is also the key of '{seen[key.key_id]}'"
                problems.append(Problem(what, "remove one", place))
            seen[key.key_id] = name
        if self.signature_required and not self.public_keys:
            problems.append(
                Problem(
                    "name the public keys that count",
                    "write them under public_keys",
                    ("signature_required",),
                )
            )
        if problems:
            raise WrongSettingError(*problems)
        return self
