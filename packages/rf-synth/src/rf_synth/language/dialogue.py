"""The three types of conversation: full request, follow-up question, resolved question."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from msgspec import Meta, Struct
from rf_jsonl.recipes import Share, about

from rf_synth.language import Frame, held_out
from rf_synth.language.compose import BRIEF, Composer
from rf_synth.language.model import Language
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import Spec, spec_keys

Message = dict[str, str]

_STATED = {
    "lowpass": ["fc", "fs", "ripple_db", "La_target", "R0"],
    "highpass": ["fc", "fs", "ripple_db", "La_target", "R0"],
    "bandpass": ["f_center", "bandwidth", "fs_lower", "fs_upper", "ripple_db", "La_target", "R0"],
}
"""The parameters in their usual order of mention."""


_Weight = Annotated[float, Meta(ge=0, title="a weight of at least 0")]
_Weights = Annotated[
    tuple[_Weight, ...], Meta(min_length=1, max_length=4, title="one to four weights")
]


class DialogueConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of conversations in which something happens."""

    missing: Annotated[_Weights, about("weights of 1, 2, 3, 4 missing parameters")] = (
        0.3,
        0.35,
        0.2,
        0.15,
    )
    blind: Annotated[Share, about("requests with several gaps that do not state the band")] = 0.2
    second_round: Annotated[Share, about("replies that at first answer only in part")] = 0.12
    correction: Annotated[Share, about("replies that change an earlier value")] = 0.15
    return_loss: Annotated[Share, about("full requests: a return loss in place of the ripple")] = (
        0.0
    )
    vswr: Annotated[Share, about("full requests: a VSWR in place of the ripple")] = 0.0
    shared_frames: Annotated[
        Share, about("requests in any frame, so that the wording does not reveal what is missing")
    ] = 0.0
    shorthand: Annotated[Share, about("requests as engineers type them: 2.4G BPF, BW 100M")] = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError for inconsistent shares or weights."""
        if sum(self.missing) <= 0:
            raise ValueError("missing: one of the weights must be above 0")
        if self.return_loss + self.vswr > 1:
            raise ValueError("return_loss and vswr add up to more than 1")


@dataclass(slots=True)
class Conversation:
    """The turns before the final answer, and their metadata."""

    messages: list[Message]
    phrasing: str
    missing: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """What a first request leaves out, states, and states differently from the final values."""

    missing: list[str]
    given: list[str]
    earlier: dict[str, Any]


class Phrasebook:
    """Generates the conversations of one language, with the frames that a split may use."""

    def __init__(self, language: Language, habits: DialogueConfig, *, ood: bool = False) -> None:
        self.composer = Composer(language)
        self.system: Message = {"role": "system", "content": language.system}
        self.full = _allowed(language.full, ood)
        self.partial = _allowed(language.partial, ood)
        self.replies = _allowed(language.replies, ood)
        self._habits = habits
        others = _allowed(language.full, not ood) + _allowed(language.partial, not ood)
        unusable = {frame.around for frame in others}
        self._for_any = {
            False: self.full + tuple(f for f in self.partial if f.around not in unusable),
            True: self.partial + tuple(f for f in self.full if f.around not in unusable),
        }
        prose = [frame for frame in self.full + self.partial if frame.layout == "prose"]
        self._brief = language.shorthand.frames + tuple(
            replace(frame, layout="shorthand")
            for frame in prose
            if frame.around not in unusable and _takes_anything(frame)
        )
        self._telling = tuple(frame for frame in self.replies if frame.layout != "bare")
        self._end = language.sentence_end

    def full_request(self, draws: Draws, spec: Spec, instead: dict[str, Any]) -> Conversation:
        """System and user message; `instead` is stated in place of the ripple if not empty."""
        frame, band = self._frame(draws, partial=False), spec["filter_band"]
        names, values = _STATED[band], spec
        if instead:
            names = [next(iter(instead)) if name == "ripple_db" else name for name in names]
            values = {**spec, **instead}
        text = self.composer.request(draws, frame, values, names, band)
        return Conversation([self.system, {"role": "user", "content": text}], frame.id)

    def partial_request(self, draws: Draws, spec: Spec, gap: Gap) -> Conversation:
        """A request with a gap and the question for exactly what is missing."""
        frame = self._frame(draws, partial=True)
        band = None if "filter_band" in gap.missing else spec["filter_band"]
        values = {**spec, **gap.earlier}
        pending = _pending(draws, gap) if frame.layout in BRIEF else []
        text = self.composer.request(draws, frame, values, gap.given, band, pending=pending)
        question = self.composer.question(draws, gap.missing)
        messages = [
            self.system,
            {"role": "user", "content": text},
            {"role": "assistant", "content": question},
        ]
        return Conversation(messages, frame.id, gap.missing, list(gap.earlier))

    def resolved(self, draws: Draws, spec: Spec, gap: Gap, *, second_round: bool) -> Conversation:
        """A partial request with the user's answer in one or two rounds, without the result."""
        conversation = self.partial_request(draws, spec, gap)
        messages, asked = conversation.messages, gap.missing
        if second_round and len(asked) > 1:
            kept = 1 + draws.below(len(asked) - 1)
            part = self._reply(draws, spec, asked[:kept], self._telling)
            asked = asked[kept:]
            messages.append({"role": "user", "content": part})
            question = self.composer.question(draws, asked)
            messages.append({"role": "assistant", "content": question})
        text = self._reply(draws, spec, asked, self.replies)
        for name in gap.earlier:
            ended = text.rstrip(".。！! ") + self._end
            text = ended + self.composer.correction(draws, name, spec[name])
        messages.append({"role": "user", "content": text})
        return conversation

    def _frame(self, draws: Draws, *, partial: bool) -> Frame:
        """A frame for full or partial requests, at the configured shares a shared or a brief one.

        Frames worded like one that is reserved for other splits are not shared: full requests in a
        frame for partial ones may read like a family reserved for test_ood.
        """
        if _happens(draws, self._habits.shorthand):
            return draws.pick(self._brief)
        frames = self.partial if partial else self.full
        if _happens(draws, self._habits.shared_frames):
            frames = self._for_any[partial]
        return draws.pick(frames)

    def _reply(self, draws: Draws, spec: Spec, names: list[str], frames: tuple[Frame, ...]) -> str:
        """The user's answer: the values of `names`, in the order of the question."""
        frame = draws.pick(frames)
        values = [name for name in names if name != "filter_band"]
        if not values:
            return draws.pick(self.composer.language.bands[spec["filter_band"]])
        band = spec["filter_band"] if "filter_band" in names else None
        return self.composer.reply(draws, frame, spec, values, band)


def choose_gap(draws: Draws, spec: Spec, habits: DialogueConfig, *, correct: bool) -> Gap:
    """What the request leaves out and, with `correct`, one value that is corrected later.

    `filter_band` is left out only together with fc or fs, since both of them would determine the
    band, as would a centre frequency or two stop edges. At least one frequency is always given.
    """
    band = spec["filter_band"]
    count = _weighted(draws, habits.missing)
    names = _STATED[band]
    if band != "bandpass" and count > 1 and draws.unit() < habits.blind:
        chosen = {"filter_band", draws.pick(("fc", "fs"))}
        chosen.update(draws.shuffled(["ripple_db", "La_target", "R0"])[: count - 2])
    else:
        edges = names[:-3]
        spared = draws.pick(edges)
        chosen = set(draws.shuffled([name for name in names if name != spared])[:count])
    missing = [key for key in spec_keys(band) if key in chosen]
    given = [name for name in names if name not in chosen]
    return Gap(missing, given, _earlier(draws, spec, given) if correct else {})


def _earlier(draws: Draws, spec: Spec, given: list[str]) -> dict[str, Any]:
    """One given value as first stated, before its correction; empty if there is none to change."""
    changeable = [n for n in ("ripple_db", "La_target", "R0", "bandwidth") if n in given]
    if not changeable:
        return {}
    name = draws.pick(changeable)
    if name == "R0":
        return {"R0": draws.pick([value for value in (50, 75, 100) if value != spec["R0"]])}
    if name == "La_target":
        return {"La_target": spec["La_target"] + draws.pick((3, 5, 6, 10))}
    if name == "ripple_db":
        usual = (0.05, 0.1, 0.2, 0.5, 1)
        return {"ripple_db": draws.pick([value for value in usual if value != spec["ripple_db"]])}
    narrower = spec["bandwidth"] * draws.pick((5, 8, 9)) // 10
    return {"bandwidth": narrower // 1000 * 1000}


def _pending(draws: Draws, gap: Gap) -> list[str]:
    """Missing values stated as not known yet: about half of them, in every second request."""
    if draws.below(2):
        return []
    return [name for name in gap.missing if name != "filter_band" and draws.below(2)]


def _allowed(frames: tuple[Frame, ...], ood: bool) -> tuple[Frame, ...]:
    kept = held_out(frames)
    return tuple(frame for frame in frames if (frame.id in kept) == ood)


def _takes_anything(frame: Frame) -> bool:
    """Whether clauses of any form fit the frame: not "a filter with {clauses}"."""
    before = "".join(part for part in frame.before[-1:] if isinstance(part, str)).rstrip()
    last = before[-1:]
    return not (last.isascii() and last.isalpha())


def _happens(draws: Draws, share: float) -> bool:
    """True in the given share of cases; draws nothing if the share is 0."""
    return share > 0 and draws.unit() < share


def _weighted(draws: Draws, weights: tuple[float, ...]) -> int:
    """A number from 1 to len(weights), with these weights."""
    place = draws.unit() * sum(weights)
    for count, weight in enumerate(weights, start=1):
        place -= weight
        if place < 0:
            return count
    return len(weights)
