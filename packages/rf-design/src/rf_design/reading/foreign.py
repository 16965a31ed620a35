"""Bands named in languages other than English and Chinese, on which the model was not trained.

It often reads such requests correctly by their numbers. If it reads another band than the one that
is named, nothing is designed, and the user is asked to use English or Chinese.
"""

import re
from collections.abc import Mapping
from typing import Any

from rf_synth.calls.bands import NAMES

_BAND_WORDS = {
    "bandstop": r"rechaz\w* (?:de )?banda|(?:elimina|suprime|para|rejeita)[ -]?banda"
    r"|banda eliminada|coupe[ -]?bande|r[ée]jecteur|bandsperr|sperrfilter|режекторн|заграждающ"
    r"|bandspärr|バンドストップ|帯域阻止|대역 ?(?:저지|차단)",
    "bandpass": r"pas[ao]s?[ -]?banda|passe[ -]?bande|passa[ -]?banda|полосов|バンドパス|帯域通過"
    r"|대역 ?통과",
    "lowpass": r"pas[ao]s?[ -]?baj[ao]s?|passe[ -]?bas\b|tiefpa(?:ss|ß)|passa[ -]?bai?x[ao]s?"
    r"|passa[ -]?bass[oai]|нижних частот|фнч|lågpass|laagdoorlaat|dolnoprzepustow|ローパス"
    r"|低域通過|저역|로우 ?패스",
    "highpass": r"pas[ao]s?[ -]?alt[ao]s?|passe[ -]?haut|hochpa(?:ss|ß)|passa[ -]?alt[ao]s?"
    r"|верхних частот|фвч|högpass|hoogdoorlaat|górnoprzepustow|ハイパス|高域通過|고역|하이 ?패스",
}  # fmt: skip


def foreign_band(said: str) -> tuple[str, str] | None:
    """The foreign word and the band that it names; None unless exactly one band is named."""
    found = [
        (match[0], band)
        for band, pattern in _BAND_WORDS.items()
        if (match := re.search(pattern, said, re.IGNORECASE))
    ]
    return found[0] if len(found) == 1 else None


def misread_band(result: Mapping[str, Any], said: str) -> dict[str, str] | None:
    """The refusal if a result has another band than the foreign word names, else None."""
    named = foreign_band(said)
    taken = result.get("spec", {}).get("filter_band")
    if named is None or taken in (None, named[1]):
        return None
    word, (en, zh) = named[0], NAMES[named[1]]
    return {
        "en": f"Requests are read in English and Chinese, and “{word}” was not understood; "
        f"please state the {en} filter in one of them.",
        "zh": f"目前只能读懂中文和英文，没有读懂“{word}”，请用中文或英文说明这个{zh}滤波器。",
    }
