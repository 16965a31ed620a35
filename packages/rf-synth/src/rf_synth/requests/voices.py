"""Loads the slotted texts of all voices, and selects those of a split.

A voice is one file, `language/requests/<lang>/<voice>.jsonl`: texts written by one person with
their own habits. Whole voices are held out: test_ood and val each have voices that no other split
has, so that settings tuned on val are tuned on people that the model has not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from rf_jsonl import loads

from rf_synth.requests.habits import Habit, voices_with
from rf_synth.requests.slots import Slot, SlotError, parse
from rf_synth.requests.stated import Stated, stated

LANGS = ("zh", "en", "mix")
HELD_OUT = voices_with("test_ood")
"""The voices of test_ood, about 14 % of all."""
VALIDATION = voices_with("val")
"""The voices of val."""
TRAIN_ALONE = voices_with("train")
"""The voices of train that test does not have."""
FIELDS = frozenset(
    ["text", "band", "kind", "missing", "freq", "width_percent", "att", "z0", "order", "twist",
     "order_of_stops"]
)  # fmt: skip
SHARED_FROM = 3
"""Requests with more drawn numbers than this are practically never identical."""
BANDS = ("lowpass", "highpass", "bandpass", "bandstop")
_MISSING = frozenset(
    ["filter_band", "ripple_db", "fc", "fs", "f_center", "bandwidth", "fs_lower", "fs_upper",
     "La_target"]
)  # fmt: skip


class VoiceError(ValueError):
    """A line of a voice's file is invalid; the message is the reason."""


@dataclass(frozen=True)
class Request:
    """One slotted request.

    `turns` are the user's turns; `kind`, the expected outcome, is full, gap or outside; `missing`
    the published keys to ask for in the end; `frequency` the plausible range in Hz.
    """

    id: str
    lang: str
    voice: str
    turns: tuple[tuple[Slot, ...], ...]
    kind: str
    band: str | None
    missing: tuple[str, ...] = ()
    frequency: tuple[float, float] = (1e6, 1e9)
    width_percent: tuple[float, float] = (2.0, 30.0)
    attenuation: tuple[float, float] = (15.0, 85.0)
    impedances: tuple[float, ...] = ()
    order: tuple[int, int] = (3, 9)
    twist: str = ""
    falling: bool = False
    upper: Mapping[int, bool] = field(default_factory=dict)
    """Sides of stop points, if known: True above the pass band."""
    by_program: bool = False
    """Whether a program printed the numbers: `2.58551e+08 Hz`, `47.49 dB`."""
    register: str = ""
    """form, chat, formal or plain, if known; added sentences and printed numbers fit it."""
    numbers_in: str = ""
    """The language of the numbers, if different from that of the request."""
    traditional: bool = False
    """Whether it is in traditional characters."""
    small: bool = False
    """Whether it is in lower case, units included."""
    topics: frozenset[str] = frozenset()
    """Topics besides the filter, and the lists of its clauses, if known."""

    @cached_property
    def stated(self) -> Stated:
        """The properties that do not depend on its numbers."""
        return stated(self.turns)

    def said(self) -> list[str]:
        """Its texts and the words that a call copies, without its numbers."""
        return [s.argument for turn in self.turns for s in turn if s.kind in ("text", "words")]

    @cached_property
    def numbers_as(self) -> str:
        """The register for printing numbers: its own, or that of its voice."""
        printed: tuple[Habit, ...] = ("program", "formal", "speech")
        by_voice = (habit for habit in printed if self.voice in voices_with(habit))
        return self.register or next(by_voice, "")

    @property
    def casual(self) -> bool:
        """Whether its numbers are those of a chat: few digits, whole decibels."""
        return self.register == "chat" or self.voice in voices_with("casual", "everyday")

    @property
    def everyday(self) -> bool:
        """Whether somebody typed it on an ordinary day, without a style of their own."""
        return self.voice in voices_with("everyday")

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of all turns."""
        return self.stated.slots

    @property
    def numbers(self) -> int:
        """The number of slots with drawn numbers."""
        return sum(slot.kind not in ("text", "words") for turn in self.turns for slot in turn)

    @property
    def type(self) -> str:
        """The record type: full, followup_question, followup_resolve or outside."""
        if self.kind == "outside":
            return "outside"
        if len(self.turns) > 1:
            return "followup_resolve"
        return "full" if self.kind == "full" else "followup_question"


def read_request(line: dict[str, Any], lang: str, voice: str, number: int) -> Request:
    """Parses the request of one line. Raises VoiceError."""
    unknown = sorted(set(line) - FIELDS)
    if unknown:
        raise VoiceError(f"unknown field {unknown[0]!r}")
    text, kind, band = line.get("text"), line.get("kind"), line.get("band")
    turns = [text] if isinstance(text, str) else text
    if not isinstance(turns, list) or not turns or not all(isinstance(t, str) for t in turns):
        raise VoiceError("text is not a text or a list of them")
    if kind not in ("full", "gap", "outside"):
        raise VoiceError(f"kind is {kind!r}, expected full, gap or outside")
    if band is not None and band not in BANDS:
        raise VoiceError(f"band is {band!r}, expected {', '.join(BANDS)} or null")
    missing = line.get("missing", [])
    if (kind == "gap") != bool(missing) or not _MISSING.issuperset(missing):
        raise VoiceError(f"missing is {missing!r}, expected published keys, for a gap alone")
    try:
        parsed = tuple(parse(turn) for turn in turns)
    except SlotError as error:
        raise VoiceError(str(error)) from None
    return Request(
        id=f"{lang}/{voice}-{number:02d}",
        lang=lang,
        voice=f"{lang}/{voice}",
        turns=parsed,
        kind=kind,
        band=band,
        missing=tuple(missing),
        frequency=_pair(line, "freq", (1e6, 1e9)),
        width_percent=_pair(line, "width_percent", (2.0, 30.0)),
        attenuation=_pair(line, "att", (15.0, 85.0)),
        impedances=tuple(float(value) for value in line.get("z0", ())),
        order=tuple(int(n) for n in _pair(line, "order", (3, 9))),  # type: ignore[arg-type]
        twist=line.get("twist", ""),
        falling=line.get("order_of_stops") == "falling",
        traditional=f"{lang}/{voice}" in voices_with("traditional"),
    )


@cache
def all_requests() -> tuple[Request, ...]:
    """All requests of all voices, in the order of the files. Raises VoiceError."""
    found = []
    root = files("rf_synth") / "language" / "requests"
    for lang in LANGS:
        entries = sorted((root / lang).iterdir(), key=lambda entry: entry.name)
        for entry in (entry for entry in entries if entry.name.endswith(".jsonl")):
            voice = entry.name.removesuffix(".jsonl")
            lines = entry.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                try:
                    found.append(read_request(loads(line.encode()), lang, voice, number))
                except ValueError as error:
                    raise VoiceError(f"{lang}/{entry.name}:{number}: {error}") from None
    return tuple(found)


def usable(split: str) -> tuple[Request, ...]:
    """The requests that a split may use.

    test shares its voices with train, but not its numbers. Requests with hardly any numbers would
    be identical in both, so these are divided: four of five belong to train.
    """
    if split == "test_ood":
        return tuple(r for r in all_requests() if r.voice in HELD_OUT)
    if split == "val":
        return tuple(r for r in all_requests() if r.voice in VALIDATION)
    return tuple(r for r in all_requests() if _is_open_to(r, train=split == "train"))


def _is_open_to(request: Request, *, train: bool) -> bool:
    """Whether train, or else test, may use a request."""
    if request.voice in TRAIN_ALONE:
        return train
    if request.voice in HELD_OUT or request.voice in VALIDATION:
        return False
    return request.numbers > SHARED_FROM or _is_for_test(request) != train


def _is_for_test(request: Request) -> bool:
    return blake2b(request.id.encode(), digest_size=1).digest()[0] < 51


def _pair(line: dict[str, Any], key: str, default: tuple[float, float]) -> tuple[float, float]:
    value = line.get(key, default)
    if len(value) != 2 or not 0 < value[0] <= value[1]:
        raise VoiceError(f"{key} is {value!r}, expected [low, high]")
    return float(value[0]), float(value[1])
