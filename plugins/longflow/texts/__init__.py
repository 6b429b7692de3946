"""The words of a release: a file a language, by which a key with values becomes a text."""

from longflow.texts.wording import Wording, wording

__all__ = ["Wording", "wording"]
