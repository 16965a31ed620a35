"""What an earlier turn stated and a later reading lost.

The call of a later turn holds everything stated so far. A small model may forget a quantity while
it changes another ("the pass band should be 220 MHz, the rest stays"); it is taken from the call
before.
"""

import re
from collections.abc import Mapping

from rf_synth.calls.bands import band
from rf_synth.calls.families import family

from rf_design.reading.evidence import LEVEL
from rf_design.reading.text import NUMBER

_QUANTITIES = tuple(
    map(
        re.compile,
        (
            r"family",
            r"band",
            r"edge|f1|f2|center|width|fbw|q",
            r"ripple|return_loss|vswr|gamma",
            r"(?:stop|to|offset|multiple)[1-6]|transition",
            r"att",
            r"z0|z_source|z_load",
        ),
    )
)
"""Keys that state the same quantity: if one is read, none of the others was forgotten."""
_RIPPLE = _QUANTITIES[3]
_MAKE_THAT = re.compile(
    r"\W*(?:(?:(?:sorry|no|okay|ok),? )*(?:make|change) (?:that|it)(?: to)?|那?改[成为到])\s*"
    rf"(?P<level>{NUMBER} ?dB)\b",
    re.IGNORECASE,
)


def remembered(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call with the quantities of the call `before` of which it has no key.

    Nothing is added to a call for another band or another task, no ripple to a Butterworth
    filter, and no depth to a call that has depths of single stop points. A `turn` that says
    "make that 45 dB" changes the only level of the call before.
    """
    if "other" in call.keys() | before.keys() or _other_band(call, before):
        return dict(call)
    changed = _MAKE_THAT.match(turn)
    levels = [key for key in before if LEVEL.fullmatch(key)]
    if changed and len(levels) == 1:
        call = {k: v for k, v in call.items() if k in before or v != changed["level"]}
        call = {**call, levels[0]: changed["level"]}
    found = dict(call)
    for keys in _QUANTITIES:
        if any(keys.fullmatch(key) for key in call) or (keys is _RIPPLE and _is_flat(call)):
            continue
        found |= {key: text for key, text in before.items() if keys.fullmatch(key)}
    if any(re.fullmatch("att[1-6]", key) for key in call) and "att" not in call:
        found.pop("att", None)
    return found


def _other_band(call: Mapping[str, object], before: Mapping[str, object]) -> bool:
    named = [band(str(said["band"])) for said in (call, before) if "band" in said]
    return len(set(named)) > 1


def _is_flat(call: Mapping[str, object]) -> bool:
    return family(str(call.get("family", ""))).kind == "butterworth"
