"""Whether a request supports the call read from it, judged mostly by the printed numbers.

A model should copy: every number of the call must occur in the request, as often as the call uses
it, and the call must contain every level, frequency and impedance in the request.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rf_synth.calls.arguments import FREQUENCY_KEYS
from rf_synth.calls.families import family, is_technology
from rf_synth.calls.multiples import multiple
from rf_synth.calls.others import other_task
from rf_synth.calls.quantities import decibels, frequency, is_slope, ohms

from rf_design.reading.completion import LEVEL_KEYS, completed
from rf_design.reading.intent import (
    EQUAL_RIPPLE_KEYS,
    is_complete,
    is_half_of_crossover,
    is_place,
    knowledge_asked_for,
    part_asked_about,
    several_filters,
    tool_asked_about,
    wants_a_filter,
)
from rf_design.reading.other_tasks import ANOTHER_TASK, PERHAPS_ANOTHER_TASK
from rf_design.reading.ports import PORT_KEYS
from rf_design.reading.text import NUMBER, compact, everywhere, number_alone

_NUMBER = re.compile(NUMBER)
_UNIT = r"(?:[GMk]Hz|Hz|dBc?|decibels?|分贝|[兆吉千]赫|赫兹|Ω|ohms?|欧姆?)(?![A-Za-z])"
_QUANTITY = re.compile(rf"({_NUMBER.pattern})\s*{_UNIT}", re.IGNORECASE)
_NO_PARAMETER = re.compile(
    r"(?:insertion loss|\bIL\b|插损|插入损耗|Z[hHlL]|高阻|低阻"
    r"|line impedance|noise|噪声|harmonic|谐波"
    r"|增益|gain|power|功率|sampl|采样)[^,，;；。\n]{0,14}$",
    re.IGNORECASE,
)
_DIMENSIONS = (
    ("Hz", re.compile(r"[\d.]\s*(?:[GMkT]?Hz|[GMk]|[兆吉千]赫?|赫兹?)$", re.IGNORECASE)),
    ("dB", re.compile(r"[\d.]\s*(?:dBc?|decibels?|分贝)$", re.IGNORECASE)),
    ("ohm", re.compile(r"[\d.]\s*(?:[kM]?(?:Ω|ohms?)|欧姆?|千欧)$", re.IGNORECASE)),
)
_EXPECTED = {
    **dict.fromkeys(FREQUENCY_KEYS, "Hz"),
    **dict.fromkeys(LEVEL_KEYS | {"edge_db"}, "dB"),
    **dict.fromkeys(PORT_KEYS, "ohm"),
    **dict.fromkeys(("vswr", "gamma", "q", "order"), ""),
}
"""The unit of each key's value; empty for ratios."""
_LOSS = re.compile(r"\s*(?:of |的)?(?:insertion loss|\bIL\b|插损|插入损耗)", re.IGNORECASE)
"""After a level: it is the loss in the pass band, not the level of an edge."""
_TRANSMISSION = re.compile(r"[Ss]_?\{?(?:21|12)\}?\W{0,6}$")
"""Before a level: it is a level of the transmission, not a return loss."""
_PART_Q = re.compile(
    r"(?:\b(?:inductors?|coils?|resonators?|crystals?|capacitors?|unloaded)\b"
    r"|电感|线圈|谐振[器腔]|元件|无载|空载)[^.;,。；，\n]{0,24}$"
    r"|\bQ_?u\s*[=:≈~约]*\s*$",
    re.IGNORECASE,
)
"""Before the quality factor of a part, not of the filter."""
_SHAPE = re.compile(r"(?:shape factor|矩形系数|矩形度)[^,;，。；\n]{0,24}$", re.IGNORECASE)
"""Before the ratio of two bandwidths."""
_INSTRUMENT = re.compile(
    r"(?:网分|矢网|频谱仪|示波器|信号源|\bVNA\b|analy[sz]er|\bscope\b|generator)"
    r"[^,，;；。\n]{0,10}(?:测到|只到|到|最高|to|at|up to)\s*$",
    re.IGNORECASE,
)
"""Before the highest frequency of an instrument."""
_ORDINAL = re.compile(r"\s*(?:st|nd|rd|th)\b(?![- ]?(?:order|degree))|次|倍", re.IGNORECASE)
"""After a number: it counts harmonics or items, it is not an order."""
_FILTER = re.compile(
    r"filt(?!h)|滤|濾|[低高带帶][通阻]|\dm?[ -]*[kMG]?Hz|赫|\b(?:pass|reject|block)", re.IGNORECASE
)
"""Words that suggest a request for a filter."""
_JUST_A_FILTER = re.compile(
    r"(?:an? |the |one )?(?:(?:LC|RF|passive|analog(?:ue)?|simple) )*filters?"
    r"|(?:无源|射频|LC ?)*滤波器"
    r"|how many (?:coils|sections|poles|inductors|capacitors|elements|stages|resonators)"
    rf"|(?:about |around |under |over |some )?{NUMBER} ?(?:dB|[GMk]?Hz|ohms?)"
    r"|\.param\b.*|(?:[GMk]?Hz|[GMk]|dB|ohms?)(?:[ ,/和]+(?:[GMk]?Hz|[GMk]|dB|ohms?))*"
    r"|(?:以|用|按|as |in |return )?(?:JSON|CSV|YAML|Markdown|表格)(?:格式|返回|输出| format)*",
    re.IGNORECASE,
)
"""What is designed here, its order, a quantity, units, or the form of the answer: no other task."""
_SIMULATED = re.compile(
    r"(?:in )?(?:(?:S-?parameter|circuit|SPICE) )?simulat(?:ions?|or|ed?)|仿真", re.IGNORECASE
)
"""What becomes of a filter; no other task beside a complete specification."""
_SPACING = re.compile(r"\s*(?:间隔|间距|距离|spacing)", re.IGNORECASE)
"""After words for a duplexer: they name a property of the system."""
_LONG_ENOUGH = re.compile(r"[\u4e00-\u9fff]{2}|\S.+\S")
"""Words that may name a task no list has."""
_SHORT = 40
"""Requests with fewer characters state hardly anything."""
_HARMONIC_AT = re.compile(
    r"\s*(?:谐波|harmonics?)?[\s(（,，:：=@]*(?:at|from|[在从自])?\s*(?:最低|lowest)?\s*$",
    re.IGNORECASE,
)
"""Between a harmonic and its frequency."""
_IN_BRACKETS = re.compile(rf"\s*[(（]\s*({NUMBER})\s*[)）]")
"""Behind a harmonic: its frequency without a unit."""
_COUNTED = re.compile(r"^(?:edge|f[12]|center|width|stop\d|to\d|offset\d)$")
LEVEL = re.compile(r"^(?:ripple|return_loss|att\d?)$")
_MOST = {"vswr": 6.0, "order": 40.0, **{f"multiple{i}": 200.0 for i in range(1, 7)}}
"""Larger values belong to another key: the 20 of a return loss, the 75 of an impedance, a
frequency printed without its unit."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What in a request contradicts a call.

    Attributes
    ----------
    unsupported : keys whose values the request does not contain
    unread : quantities of the request that no value of the call contains
    repeated : keys that use the same printed number
    task : words of another task that the call does not mention
    """

    unsupported: tuple[str, ...]
    unread: tuple[str, ...]
    repeated: tuple[str, ...]
    task: str = ""

    @property
    def doubts(self) -> int:
        """A weighted count of the contradictions; 0 if there are none."""
        found = 4 * len(self.unsupported) + 3 * len(self.repeated) + len(self.unread)
        return found + 2 * bool(self.task)


def weigh(call: Mapping[str, object], said: str) -> Evidence:
    """The evidence against a call in the user's words, normalised."""
    texts = {key: text for key, text in call.items() if isinstance(text, str)}
    printed = _printed_numbers(said)
    in_one = compact(said)
    unsupported = tuple(
        key
        for key, text in texts.items()
        if not (_occurs(text, in_one) or (_numbers(text) and _within(text, printed)))
        or _wrong_dimension(key, text)
        or _too_large(key, text)
        or (key == "return_loss" and _is_transmission(text, said))
        or (key == "order" and _no_order(text, said))
        or (key == "edge_db" and _is_loss(text, said))
        or (key == "q" and _is_of(_PART_Q, text, said))
        or (key in ("order", "z0", "q", "vswr") and _is_of(_SHAPE, text, said))
        or (key.startswith("stop") and _is_of(_INSTRUMENT, text, said))
        or _unknown_family(key, text, call, said)
        or (key == "other" and _no_other_task(text, call, said))
    )
    stated = {key: text for key, text in texts.items() if key not in unsupported}
    repeated = _repeated(stated, printed)
    if "other" in texts and "other" not in unsupported:  # another task: ignore its numbers
        return Evidence(unsupported, (), ())
    unread = tuple(
        match[0]
        for match in _unread(texts.values(), said)
        if not _NO_PARAMETER.search(said[: match.start()])
    )
    task = PERHAPS_ANOTHER_TASK.search(said)
    return Evidence(unsupported, unread, repeated, task[0] if task else "")


def _repeated(texts: Mapping[str, str], printed: Counter[str]) -> tuple[str, ...]:
    """Keys whose printed numbers other keys already use: two frequencies, or level and frequency.

    Levels may share a number, like those on both sides of a pass band.
    """
    used: Counter[str] = Counter()
    found = []
    for key, text in sorted(texts.items(), key=lambda item: LEVEL.match(item[0]) is not None):
        numbers = _numbers(text)
        if _COUNTED.match(key):
            used.update(numbers)
            if any(used[number] > printed[number] for number in numbers):
                found.append(key)
        elif LEVEL.match(key) and any(used[n] and used[n] >= printed[n] for n in numbers):
            found.append(key)
    return tuple(found)


def _too_large(key: str, text: str) -> bool:
    most, numbers = _MOST.get(key), _numbers(text)
    return most is not None and bool(numbers) and float(numbers[0].replace(",", ".")) > most


def unread_numbers(call: Mapping[str, object], said: str) -> tuple[str, ...]:
    """The numbers in the user's words, normalised, that no value of a call contains, each once.

    They have their unit if one is printed. Numbers that no argument could contain, such as an
    insertion loss, are included; ordinals and the digits of labels such as S21 are not.
    """
    used = _used_numbers(map(str, call.values()))
    units = {match.start(): match[0].strip() for match in _QUANTITY.finditer(said)}
    found = (
        units.get(match.start(), match[0])
        for match in _NUMBER.finditer(said)
        if match[0] not in used
        and not re.search(r"[A-Za-z_]$", said[: match.start()])
        and not _ORDINAL.match(said[match.end() :])
    )
    return tuple(dict.fromkeys(found))


def _unread(texts: Iterable[str], said: str) -> Iterator[re.Match[str]]:
    used = _used_numbers(texts)
    return (match for match in _QUANTITY.finditer(said) if match[1] not in used)


def _used_numbers(texts: Iterable[str]) -> set[str]:
    """The numbers in the values of a call; of a distance to both sides also the width it is of."""
    printed = list(texts)
    halves = (_numbers(text) for text in printed if text.startswith("±"))
    widths = {f"{2 * Decimal(half[0].replace(',', '.')):.12g}" for half in halves if half}
    return {number for text in printed for number in _numbers(text)} | widths


def supported(call: Mapping[str, object], said: str) -> dict[str, object]:
    """The call without unsupported arguments, completed by what is printed beside its values, and
    with harmonics replaced by their frequencies.

    If two keys use the same printed number, one of them is wrong: the later one is removed, so
    that it is asked for.
    """
    found = weigh(call, said)
    kept = {k: v for k, v in call.items() if k not in found.unsupported + found.repeated}
    if "other" not in kept or is_technology(str(kept["other"])):
        active = ANOTHER_TASK.search(said)
        other = (
            active[0]
            if active
            else several_filters(kept, said)
            or tool_asked_about(kept, said)
            or part_asked_about(kept, said)
            or knowledge_asked_for(kept, said)
        )
        if other:
            kept["other"] = other
    return _at_printed_harmonics(completed(kept, said), said)


def _at_printed_harmonics(call: dict[str, object], said: str) -> dict[str, object]:
    """Replaces a multiple by the frequency printed beside it, as in "2nd harmonic (14 MHz)"."""
    multiples = {key: str(text) for key, text in call.items() if _is_multiple(key, str(text))}
    places = [match for match in _unread(map(str, call.values()), said) if _is_hertz(match[0])]
    found: dict[str, object] = {}
    for key, text in call.items():
        end = said.find(multiples[key]) + len(multiples[key]) if key in multiples else len(said)
        behind = (m for m in places if m.start() >= end)
        near = next((m[0] for m in behind if _HARMONIC_AT.fullmatch(said[end : m.start()])), "")
        bare = _IN_BRACKETS.match(said[end:]) if key in multiples and not near else None
        near = bare[1] if bare else near.strip()
        found[f"stop{key[-1]}" if near else key] = near or text
    return found


def _is_multiple(key: str, text: str) -> bool:
    """Whether a value is a multiple in words, such as "2nd harmonic", maybe under a stop edge."""
    if key.startswith("stop"):
        return frequency(text) is None and multiple(text) is not None
    return key.startswith("multiple")


def _is_hertz(text: str) -> bool:
    return _DIMENSIONS[0][1].search(text.strip()) is not None


def _wrong_dimension(key: str, text: str) -> bool:
    """Whether a value has another dimension than its key: an impedance in GHz, a level in mil."""
    expected = _EXPECTED.get(key)
    if expected == "dB":
        return decibels(text) is None and not is_slope(text)
    if expected == "ohm":
        return ohms(text) is None  # 2k is one, as well as a frequency
    stated = next((name for name, unit in _DIMENSIONS if unit.search(text.strip())), None)
    return stated is not None and expected is not None and stated != expected


def _no_order(text: str, said: str) -> bool:
    """Whether a number counts something else wherever it occurs: the 2 of a 2nd harmonic."""
    number = text.strip()
    if not number.isdigit():
        return False
    return everywhere(number_alone(number), said, lambda place: _ORDINAL.match(said[place.end() :]))


def _unknown_family(key: str, text: str, call: Mapping[str, object], said: str) -> bool:
    """Whether no family was read as one: code, beside a ripple, or what the filter is for."""
    if key != "family" or family(text).kind != "unknown":
        return False
    in_code = re.search(r"[()\[\]={}]", text) is not None
    return in_code or not EQUAL_RIPPLE_KEYS.isdisjoint(call) or is_place(text, said)


def _no_other_task(text: str, call: Mapping[str, object], said: str) -> bool:
    """Whether words that name no known task were read as one in a request for a filter.

    Beside a specification the model is trusted: it knows other tasks better than any list. Short
    requests such as "band-pass" or "a filter for my radio" should be answered with a question.
    """
    code = other_task(text).code
    if code == "other" and _task_around(text, said):
        return False
    beside_a_filter = code in ("other", "not_a_filter") and (
        wants_a_filter(call, said) or (is_place(text, said) and _FILTER.search(said) is not None)
    )
    spacing = everywhere(re.escape(text), said, lambda place: _SPACING.match(said[place.end() :]))
    simulated = _SIMULATED.fullmatch(text.strip()) and is_complete(call)
    half = is_half_of_crossover(text, call, said)
    if beside_a_filter or spacing or simulated or half or _JUST_A_FILTER.fullmatch(text.strip()):
        return True
    if code != "other":
        return False
    if call.keys() == {"other"}:
        return len(said) < _SHORT and not re.search("[?？]", said) and bool(_FILTER.search(said))
    return text == call.get("band") or _LONG_ENOUGH.search(text) is None


def _task_around(text: str, said: str) -> bool:
    """Whether the following words name a task: after 32kHz in "a 32kHz sampling frequency"."""
    at = said.find(text)
    if at < 0:
        return False
    around = re.split(r"[,，;；。\n]", said[at + len(text) : at + len(text) + 24])[0]
    return other_task(text + around).code != "other"


def _is_transmission(text: str, said: str) -> bool:
    """Whether a level is one of S21 wherever it occurs."""
    return everywhere(
        re.escape(text.strip()), said, lambda place: _TRANSMISSION.search(said[: place.start()])
    )


def _is_loss(text: str, said: str) -> bool:
    """Whether a level is an insertion loss wherever it occurs."""
    return everywhere(
        re.escape(text.strip()),
        said,
        lambda place: (
            _LOSS.match(said[place.end() :]) or _NO_PARAMETER.search(said[: place.start()])
        ),
    )


def _is_of(something: re.Pattern[str], text: str, said: str) -> bool:
    """Whether a value follows words for something other than the filter wherever it occurs."""
    return everywhere(
        number_alone(text.strip()),
        said,
        lambda place: something.search(said[: place.start()]),
    )


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _printed_numbers(said: str) -> Counter[str]:
    """How often each number is printed; `192.7,53` may be one of them, or a row of a table."""
    numbers = _numbers(said)
    cells = (cell for number in numbers if "," in number for cell in number.split(","))
    return Counter([*numbers, *cells])


def _occurs(text: str, in_one: str) -> bool:
    """Whether the request contains a value, not as part of a longer number; `f03.0` is allowed."""
    value = compact(text)
    start = r"(?:(?<!\d)(?<!\d[.,])|(?<=[a-z]\d))" if value[:1].isdigit() else ""
    end = r"(?!\d)" if value[-1:].isdigit() else ""
    return re.search(start + re.escape(value) + end, in_one) is not None


def _within(text: str, printed: Counter[str]) -> bool:
    return all(printed[number] for number in _numbers(text))
