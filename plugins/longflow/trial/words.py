"""Words of categories that are not longflow's: what they probably mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longflow.settings import Feed
from longflow.settings.presets import filled
from longflow.settings.translations import WORDS, translated_columns
from longflow.staging.tabular.values import without_nulls
from longflow.trial.sample import Sample

# What customer systems write, in small letters.
_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "service": {
        "broadband": "fixed fixed_line fixed-line fiber fibre ftth dsl vdsl cable internet "
        "festnetz breitband fibra 固定 固定回線 光 光回線 ブロードバンド",
        "mobile": "cellular wireless lte 4g 5g mobilfunk movil móvil 携帯 携帯電話 モバイル 移動",
    },
    "access": {"pppoe": "ppp pppoe方式", "ipoe": "ipoe方式 dhcp"},
    "segment": {
        "consumer": "consumers residential private personal individual household b2c privat "
        "privatkunde particulier particular residencial 個人 個人契約 家庭 一般",
        "business": "corporate enterprise company commercial b2b geschäftskunde gewerbe "
        "entreprise empresa 法人 法人契約 企業 事業者",
    },
}
# A column of more words than this is no category, and may name persons.
_MOST_WORDS = 12


def with_words(
    given: dict[str, Any], feed: Feed, sample: Sample
) -> tuple[dict[str, Any], list[str]]:
    """The settings with what unknown words of categories probably mean, and remarks on others."""
    texts, source = sample.texts(given), sample.source(given)
    if texts is None or source is None:
        return given, []
    values = dict(given.get("values", {}))
    known = filled(given).get("values", {})
    remarks = []
    for column in translated_columns(feed):
        if column not in _MEANINGS or column not in texts.columns:
            continue
        found = without_nulls(texts[column], source.null_values).drop_nulls().unique().sort()
        done = {*(WORDS[column] or ()), *known.get(column, {})}
        unknown = [word for word in found if word not in done]
        if not unknown or len(found) > _MOST_WORDS:
            continue
        meant = dict(_meant(column, unknown))
        if meant:
            values[column] = {**known.get(column, {}), **meant}
            remarks.append(f"what words of {column} mean is guessed: correct what is wrong")
        rest = [word for word in unknown if word not in meant]
        if rest:
            remarks.append(
                f"state under [sources.values.{column}] what these mean: " + ", ".join(rest)
            )
    return ({**given, "values": values} if values else given), remarks


def known_words(column: str) -> set[str]:
    """Words of a category in small letters: longflow's own, and others that mean them."""
    meanings = _MEANINGS[column]
    return {word for ours, others in meanings.items() for word in (ours, *others.split())}


def _meant(column: str, words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        for ours, others in _MEANINGS[column].items():
            if word.lower() in {ours, *others.split()}:
                yield word, ours
