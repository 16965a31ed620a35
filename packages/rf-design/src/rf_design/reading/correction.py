"""What a later turn corrects: "3.92 MHz, typo", "26, not 20", "cutoff 改成 40 MHz".

A correction is near the value that it replaces, or names it. A small model may put it in place of
another one, or overlook it.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping

from rf_synth.calls.arguments import FREQUENCY_KEYS

from rf_design.reading.completion import LEVEL_KEYS
from rf_design.reading.intent import is_complete, is_stop_key
from rf_design.reading.printed import DECIBEL, HERTZ, TO, hertz, level
from rf_design.reading.text import NUMBER, number_alone

ValueOf = Callable[[str], float | None]
_CUE = re.compile(
    r"\b(?:correct(?:ion|ed)|typo|mistyped?|misread|slip|make (?:it|that)|should (?:be|read|say)"
    r"|instead|rather|not there|sorry|oops|change (?:it|that))\b|手滑|手误|笔误"
    r"|[打写看说记搞弄]错|更正|改[为成到]|应[该当]?[为是]|才对",
    re.IGNORECASE,
)
_NAMES_A_QUANTITY = re.compile(
    r"\b(?:cut-?off|corner|edges?|pass(?:-?band|es)?|f[012cs]\d?|cent(?:er|re)d?|band ?width"
    r"|middle|ripple|stop(?:-?band|s)?|reject\w*|attenuat\w*|suppress\w*)\b"
    r"|通带|截止|边[频沿缘界]|中心|带宽|波纹|纹波|阻带|抑制|衰减|压",
    re.IGNORECASE,
)
"""The model reads these by their names."""
_FREQUENCY = re.compile(rf"{NUMBER}\s*{HERTZ}", re.IGNORECASE)
_LEVEL = re.compile(rf"{NUMBER}\s*{DECIBEL}", re.IGNORECASE)
_EXCHANGE = re.compile(rf"{_CUE.pattern}|\bnot\b|不是|[改换]", re.IGNORECASE)
_BARE = re.compile(
    rf"(?<![\d.A-Za-z_]){NUMBER}(?![\d.])(?:\s*(?:{HERTZ}|{DECIBEL}))?", re.IGNORECASE
)
_RANGE = re.compile(rf"{NUMBER}\s*(?:{HERTZ})?\s*(?:{TO}|\band\b|和)\s*{NUMBER}", re.IGNORECASE)
_OTHER_FAMILY = re.compile(
    r"(?:改[成为用]?|换[成为]?|\bchange (?:it|that) to|\bmake (?:it|that)|\bswitch to)\s*(?:an? )?"
    r"(?P<family>椭圆(?:函数)?|考尔|贝塞尔|高斯|反切比雪夫|elliptic\w*|cauer|bessel|gaussian"
    r"|inverse cheby\w*)",
    re.IGNORECASE,
)
_BECOMES = r"\s*(?:频率)?\s*(?:改[成为到]|换成|变成|should be|becomes|is now|now|→|->)\s*"
_NAMED = {
    key: re.compile(rf"(?:{names}){_BECOMES}(?P<text>{NUMBER}\s*{unit})", re.IGNORECASE)
    for key, names, unit in (
        ("edge", r"\bcut-?off|\bcorner|截止|\bfc", HERTZ),
        ("center", r"\bcent(?:er|re)|中心|\bcf|\bf0", HERTZ),
        ("width", r"\bbandwidth|带宽|\bBW", HERTZ),
        ("ripple", r"\bripple|[波纹][波纹]|起伏", DECIBEL),
        ("order", r"\border|阶数", r"(?!\s*(?:[GMk]?Hz|dB))"),
    )
}
"""New values behind the names of their quantities."""
_PLACES = FREQUENCY_KEYS - {"width", "transition"} - {f"offset{i}" for i in range(1, 7)}
_KINDS: tuple[tuple[re.Pattern[str], ValueOf, frozenset[str]], ...] = (
    (_FREQUENCY, hertz, _PLACES),
    (_LEVEL, level, LEVEL_KEYS),
)
"""Patterns of frequencies and levels, their values, and the keys that hold them."""
_UNIT = re.compile(r"(?<![A-Za-z])[GMk]?Hz(?![A-Za-z])", re.IGNORECASE)
_NOT_UNIT = re.compile(r"(?:\bnot|不是|并非)\s*([GMk]?Hz)", re.IGNORECASE)
_UNIT_CUE = re.compile(r"单位|\bunits?\b|should be|应[该当]?[为是]|写错|打错", re.IGNORECASE)
_ITS_UNIT = rf"\s*(?:{HERTZ}|{DECIBEL})?\s*"
_PLAIN = r"\d+(?:\.\d+)?"  # no decimal comma: `20改成25,7改成8`
_PAIRS = re.compile(
    rf"(?<![\d.])(?P<old>{_PLAIN}){_ITS_UNIT}(?:改[成为到]|换成|→|->)\s*(?P<new>{_PLAIN})"
    rf"|(?<![\d.])(?P<new_first>{_PLAIN}){_ITS_UNIT}(?:rather than|instead of|,? not)\s*"
    rf"(?P<old_last>{_PLAIN})",
    re.IGNORECASE,
)
_AT = re.compile(
    rf"({NUMBER}\s*{DECIBEL})\s*(?:must be |has to be |should be |is )?(?:at|@)\s*"
    rf"({NUMBER}\s*{HERTZ})",
    re.IGNORECASE,
)
_NEW_BAND = re.compile(
    rf"(?<![\d.])({NUMBER})\s*({HERTZ})?\s*(?:{TO})\s*({NUMBER})\s*({HERTZ})", re.IGNORECASE
)
_MIXED_UP = re.compile(r"\bmixed (?:them|it|that|up)|搞混|弄混|搞反|弄反", re.IGNORECASE)
_ADDS_A_STOP = re.compile(
    r"\b(?:reject|block|suppress|attenuat|kill|stop|notch|down|also|too|add|another|second|more)"
    r"|抑制|压|衰减|衰減|滤|挡|陷|阻|也|还|再|加",
    re.IGNORECASE,
)
"""Words that add a stop point."""
_OLD_AND_NEW = 2
_POINT = re.compile(r"stop[1-6]")
_FEWEST_POINTS = 2
_CLAUSE = re.compile(r"[,，;；。\n]|\.\s|\b(?:and|but|while)\b")
_NEAR, _FAR = math.log(1.25), math.log(1.5)
"""Ratios of a correction to the value that it replaces, and to one that it does not."""


def corrected(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call with what `turn` corrects in the call `before`."""
    other = _OTHER_FAMILY.search(turn)
    if other:
        return {**call, "family": other["family"]}
    for change in (
        _levels_of_points, _unit_changed, _pairs_exchanged, _point_moved, _band_moved, _exchanged
    ):  # fmt: skip
        changed = change(call, before, turn)
        if changed is not None:
            return changed
    return _nearby(_named(_without_noise(call, before, turn), before, turn), before, turn)


def _unit_changed(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call before with another unit of all frequencies, if `turn` is about that alone: "单位
    写错了，是 kHz"; else None."""
    denied = {m[1].lower() for m in _NOT_UNIT.finditer(turn)}
    units = {m[0].lower(): m[0] for m in _UNIT.finditer(turn) if m[0].lower() not in denied}
    if re.search(r"\d", turn) or len(units) != 1 or not (denied or _UNIT_CUE.search(turn)):
        return None
    (unit,) = units.values()
    changed = {
        key: re.sub(r"[GMk]?Hz$", unit, str(text), flags=re.IGNORECASE)
        for key, text in before.items()
        if key in FREQUENCY_KEYS
    }
    return {**before, **changed}


def _pairs_exchanged(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call with several numbers in place of others: "20 改成 25，7 改成 8", "48 rather than 45
    and 54 rather than 55"; else None."""
    pairs = {m["old"] or m["old_last"]: m["new"] or m["new_first"] for m in _PAIRS.finditer(turn)}
    if len(pairs) < _FEWEST_POINTS:
        return None
    found = {
        key: text
        for key, text in call.items()
        if _number(str(text)) not in pairs.values() and not (key == "order" and key not in before)
    }
    found = {**before, **found}
    for old, new in pairs.items():
        keys = [key for key, text in before.items() if _number(str(text)) == old]
        if len(keys) != 1:
            return None
        found[keys[0]] = str(before[keys[0]]).replace(old, new, 1)
    return found


def _point_moved(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call with the only stop point as `turn` says it is instead: "sorry, 60 dB at 55 MHz"."""
    points = [key for key in before if _POINT.fullmatch(key)]
    said = _AT.findall(turn)
    if len(points) != 1 or len(said) != 1 or "att" not in before or "to1" in before:
        return None
    if not _CUE.search(turn) and not _MIXED_UP.search(turn):
        return None
    level_text, frequency_text = said[0]
    rest = {key: text for key, text in call.items() if key not in ("stop2", "att1", "att2")}
    return rest | {points[0]: frequency_text, "att": level_text}


def _band_moved(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call before with the only range of `turn` as its pass band: "move it to 3.5-3.8 MHz"."""
    found = _NEW_BAND.findall(turn)
    if len(found) != 1 or not before.keys() >= {"f1", "f2"} or "other" in call:
        return None
    if not _needs_no_stop(before, turn):
        return None
    low, low_unit, high, unit = found[0]
    return {**before, "f1": f"{low} {low_unit or unit}", "f2": f"{high} {unit}"}


def _without_noise(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call without stop points that `turn` adds to a complete one by no word for it: "my
    neighbour transmits on 433 MHz"."""
    if not _needs_no_stop(before, turn):
        return dict(call)
    return {key: text for key, text in call.items() if key in before or not is_stop_key(key)}


def _needs_no_stop(before: Mapping[str, object], turn: str) -> bool:
    """Whether a call is complete already, and `turn` has no word or level of a stop point."""
    complete = "order" in before or is_complete(before)
    return complete and not _LEVEL.search(turn) and not _ADDS_A_STOP.search(turn)


def _named(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call with new values of quantities that `turn` names, where it still has the old ones:
    "cutoff 改成 40 MHz", "order 改成 4"."""
    new = {
        key: match["text"].strip()
        for key, pattern in _NAMED.items()
        if key in before and call.get(key) == before[key] and (match := pattern.search(turn))
    }
    return {**call, **new}


def replacements(before: Mapping[str, object], turn: str) -> Iterator[dict[str, object]]:
    """The call `before` with the only new frequency or level of `turn` in place of one of its
    values, the nearest first; nothing if the turn prints none or several, or names a quantity."""
    if _NAMES_A_QUANTITY.search(turn) or (_FREQUENCY.search(turn) and _LEVEL.search(turn)):
        return
    for pattern, value_of, keys in _KINDS:
        known = _values(before, keys, value_of)
        printed = {value: text for text in pattern.findall(turn) if (value := value_of(text))}
        new = {value: text for value, text in printed.items() if value not in known.values()}
        if len(new) == 1:
            ((value, text),) = new.items()
            apart = _distances(known, value)
            yield from ({**before, key: text} for key in sorted(apart, key=lambda k: apart[k]))


def _values(
    call: Mapping[str, object], keys: frozenset[str], value_of: ValueOf
) -> dict[str, float]:
    """The values other than 0 under some keys of a call, by key in alphabetical order."""
    found = ((key, value_of(str(call[key]))) for key in sorted(keys & call.keys()))
    return {key: value for key, value in found if value}


def _distances(values: Mapping[str, float], value: float) -> dict[str, float]:
    """The natural logarithms of the ratios of each of `values` to another one, absolute."""
    return {key: abs(math.log(abs(old) / value)) for key, old in values.items()}


def _levels_of_points(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call with an attenuation for each stop point, if `turn` changes that of some: "980 only
    needs 30 dB, 850 stays at 45" after 45 dB for both; else None."""
    points = {key[4:]: _number(str(text)) for key, text in before.items() if _POINT.fullmatch(key)}
    known = any(f"att{point}" in call for point in points)
    if len(points) < _FEWEST_POINTS or "att" not in before or "other" in call or known:
        return None
    new = {}
    for clause in _CLAUSE.split(turn):
        named = [p for p, n in points.items() if n and re.search(number_alone(n), clause)]
        levels = _LEVEL.findall(clause)
        if len(named) == 1 and len(levels) == 1:
            new[named[0]] = levels[0]
    if not new:
        return None
    rest = {key: text for key, text in before.items() if key != "att"}
    return rest | {f"att{point}": new.get(point, before["att"]) for point in sorted(points)}


def _exchanged(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object] | None:
    """The call with one of two printed numbers in place of the other: "26, not 20"; else None."""
    printed = {_number(text): text.strip() for text in _BARE.findall(turn)}
    if len(printed) != _OLD_AND_NEW or "other" in call:
        return None
    if not _EXCHANGE.search(turn) or _RANGE.search(turn):
        return None
    for old, new in (tuple(printed), tuple(printed)[::-1]):
        keys = [key for key, text in before.items() if _number(str(text)) == old]
        held = [key for key, text in call.items() if _number(str(text)) == new]
        if len(keys) != 1 or any(_number(str(text)) == new for text in before.values()):
            continue
        (key,) = keys
        if call.get(key) != before[key] or not _alike(before[key], printed[old], printed[new]):
            return None
        replaced = str(before[key]).replace(old, new, 1)
        text = replaced if printed[new] == new else printed[new]
        rest = {k: before.get(k) if k in held else v for k, v in call.items()}
        return {k: v for k, v in rest.items() if v is not None} | {key: text}
    return None


def _alike(*texts: object) -> bool:
    """Whether no two texts have units of different kinds."""
    kinds = {
        kind
        for text in texts
        for kind in (HERTZ, DECIBEL)
        if re.search(rf"{kind}\s*$", str(text), re.IGNORECASE)
    }
    return len(kinds) <= 1


def _number(text: str) -> str:
    """The number printed in a text; empty unless there is exactly one."""
    numbers = re.findall(NUMBER, text)
    return numbers[0] if len(numbers) == 1 else ""


def _nearby(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call with the only value of `turn` in place of the nearest value of the call `before`.

    Only where the turn is a correction that does not name the quantity, and where the call has the
    new value in place of a distant one, or nowhere.
    """
    found = dict(call)
    if "other" in call or _NAMES_A_QUANTITY.search(turn) or not _CUE.search(turn):
        return found
    for pattern, value_of, keys in _KINDS:
        printed = pattern.findall(turn)
        if len(printed) == 1:
            found |= _moved(found, before, printed[0], value_of, keys)
    return found


def _moved(
    call: Mapping[str, object],
    before: Mapping[str, object],
    printed: str,
    value_of: ValueOf,
    keys: frozenset[str],
) -> dict[str, object]:
    """The arguments that change if a printed value replaces the nearest one of the call before."""
    value = value_of(printed)
    if not value:
        return {}
    apart = _distances(_values(before, keys, value_of), value)
    nearest = min(apart, key=lambda key: apart[key], default="")
    if not 0 < apart.get(nearest, 0) < _NEAR or call.get(nearest) != before[nearest]:
        return {}
    taken = [key for key in keys & call.keys() if value_of(str(call[key])) == value]
    if any(apart.get(key, 0) < _FAR for key in taken):
        return {}
    return {key: before[key] for key in taken} | {nearest: printed}
