"""The languages of phrasings: zh, en, and mix (Chinese sentences with English terms)."""

from hashlib import sha256

from rf_synth.language.en import EN
from rf_synth.language.mix import MIX
from rf_synth.language.model import Frame, Language
from rf_synth.language.zh import ZH

LANGUAGES: dict[str, Language] = {"zh": ZH, "en": EN, "mix": MIX}
HELD_OUT_SHARE = 0.15


def held_out(frames: tuple[Frame, ...]) -> frozenset[str]:
    """The ids of the families reserved for test_ood: 15 % of them, chosen by the hash of their id.

    They do not depend on seed or preset, so that a model trained on any of our data sets can be
    tested on the test_ood.jsonl of any other.
    """
    ranked = sorted((frame.id for frame in frames), key=lambda id: sha256(id.encode()).digest())
    return frozenset(ranked[: round(len(ranked) * HELD_OUT_SHARE)])


def held_out_families() -> frozenset[str]:
    """Ids of all families that train, val and test never use."""
    tables = (t for lang in LANGUAGES.values() for t in (lang.full, lang.partial, lang.replies))
    return frozenset().union(*map(held_out, tables))


__all__ = ["HELD_OUT_SHARE", "LANGUAGES", "Frame", "Language", "held_out", "held_out_families"]
