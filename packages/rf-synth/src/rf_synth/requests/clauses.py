"""Assembles requests from clauses: `need a Cheby BPF, 40 dB at ±30 MHz, ripple under 0.1 dB`.

Whole requests written by people (`voices`) have what no program invents; clauses add variety, since
people say the same things in any order, with anything left out or added. The clauses of each
language are data (`wordings`); here they become slotted requests and dialogues. All clauses of a
request fit its register. English in mixed requests is described in `mixing`.
"""

import re
from dataclasses import dataclass, field

from rf_synth.requests.clause_writer import ClauseWriter
from rf_synth.requests.layout import laid_out
from rf_synth.requests.mixing import in_languages_of
from rf_synth.requests.pass_bands import LADDERS
from rf_synth.requests.plausible import (
    NO_RIPPLE,
    draw_frequency,
    impedances_of,
    missing_keys,
    words_in,
)
from rf_synth.requests.slots import parse
from rf_synth.requests.stop_clauses import (
    Clause,
    answered_stops,
    impossible_stops,
    numbered,
    stop_clauses,
)
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

_GAPS = (
    ("ripple",), ("ripple",), ("ripple",), ("stop", "att"), ("stop", "att"), ("att",), ("att",),
    ("stop",), ("stop",), ("ripple", "stop", "att"), ("ripple", "att"), ("ripple", "stop"),
    ("pass",), ("pass", "ripple"), ("center",), ("width",),
)  # fmt: skip
"""What requests leave out; for a filter with one edge `center` and `width` mean that edge."""
MOST_TURNS = 3
"""Maximum number of user turns in a dialogue."""


_SHORT = 3
"""A head of at most this many words may be anywhere, not only at the beginning."""
REFLECTIONS = 1e5
"""Frequency in Hz above which requests mention reflections."""
_REGISTERS = ("plain",) * 7 + ("chat",) * 6 + ("form",) * 4 + ("formal",) * 3
"""Registers of requests, with their shares in twentieths."""


_UNSAID = {
    # no Bessel filter whose phase does not matter, no tunable one without tuning
    "outside": {"delay", "tables", "equal ripple", "kind"},
    "butterworth": {"equal ripple", "tables"},
    "bandpass": {"stepped lines", "ladder", "pa harmonics"},
    "bandstop": {"out of band", "multiplex", "stepped lines", "harmonics", "if strip", "ladder"}
    | {"interferer", "pa harmonics", "coupling"},
    "lowpass": {"band edges", "coupling", "if strip", "multiplex"},
    "highpass": {"band edges", "coupling", "stepped lines", "harmonics", "if strip"}
    | {"pa harmonics", "substrate"},
}
"""Topics that do not fit a family or band."""
DIGITAL = re.compile(
    r"数字|采样|离散|响应不变|FPGA|DSP|单片机|抽取|自适应|窗函数|定点|scipy|[FI]IR|biquad|digital|sampled"
    r"|impulse|bilinear|fixed-point|decimat|difference equation|Python|Nyquist"
)
"""Words of a digital filter, which has no ports."""
_NOT_DIGITAL = frozenset(
    "z0 return_loss connector coupling losses measurement parts power price quantity size"
    " substrate temperature supply multiplex tool work deadline smd".split()
)
"""Topics and lists of hardware."""
_HEADING = re.compile(r"如下|见下|下列")
"""Words of a Chinese heading."""
_LEADS = re.compile(
    "如下|设计|帮|求|[算想配做缺整来]|需[要求]|选用|要[一个]|[Ss]pec|request|[Nn]eed|require|wanted"
)
"""Words of a head that stands above the clauses."""
_BARE = re.compile(r"\{\w+\+\}")
"""An answer that is a number alone, clear only by itself."""
_ONE, _MANY = re.compile(r"一[只个颗台款]"), re.compile(r"数量|批量|起订|样品")
"""One filter in a Chinese head, and quantities, which contradict it."""
_ARTICLE = re.compile(r"\b([Aa]) (?=\{family:[aeiouAEIOU])")


@dataclass
class _Plan:
    """What one request states, before its clauses are chosen."""

    kind: str
    band: str | None
    gaps: frozenset[str] = frozenset()
    family: str = "chebyshev"
    other: bool = False
    """Whether a clause makes the request another task."""
    twist: str = ""
    turns: list[list[Clause]] = field(default_factory=list)


def assemble(draws: Draws, lang: str, kind: str, band: str) -> Request:
    """A request of record type `kind` (full, followup_question, …) for a filter of `band`."""
    return in_languages_of(lang, lambda: _assembled(draws, lang, kind, band))


def _assembled(draws: Draws, lang: str, kind: str, band: str) -> Request:
    frequency = draw_frequency(draws)
    writer, quoted = ClauseWriter(draws, lang, frequency, draws.pick(_REGISTERS)), False
    if kind == "outside" and draws.below(5) == 0:
        question = writer.one("questions") if lang != "mix" else writer.around_quote("questions")
        plan = _Plan("outside", None, turns=[[Clause(question)]])
    else:
        plan = _planned(draws, kind, band)
        quoted = lang == "mix" and draws.below(6) == 0
        if quoted:  # quotations are from customers
            writer.base = "en"
            writer.said |= {"homework", "exercise", "work"}
        task = "outside" if plan.kind == "outside" else plan.family
        writer.said |= _UNSAID.get(task, set()) | _UNSAID.get(band, set())
        plan.turns.append(_first_turn(writer, plan, band))
        writer.base = "zh" if quoted else writer.base
        if kind == "followup_resolve":
            _later_turns(writer, plan, band)
    counted, upper = numbered(clause for turn in plan.turns for clause in turn)
    texts: list[str] = []
    for turn in plan.turns:
        said, counted = counted[: len(turn)], counted[len(turn) :]
        parts = [writer.in_terms(clause.text) for clause in said]
        if quoted and not texts:
            texts.append(_quoted(writer, parts))
        elif plan.band is None or texts:  # a question or an answer stands alone
            texts.append("，".join(parts) if writer.base == "zh" else ", ".join(parts))
        else:
            texts.append(_around(writer, parts))
    return Request(
        id=f"{lang}/clauses",
        lang=lang,
        voice=f"{lang}/clauses",
        turns=tuple(parse(text) for text in texts),
        kind=plan.kind,
        band=plan.band,
        missing=missing_keys(band, plan.gaps) if plan.kind == "gap" else (),
        frequency=frequency,
        impedances=impedances_of(texts),
        twist=plan.twist,
        upper=upper,
        numbers_in="en" if quoted else "",
        register=writer.register if plan.band else "",
        topics=frozenset(writer.said),
    )


def _planned(draws: Draws, kind: str, band: str) -> _Plan:
    """Draws what the request leaves out, or why it is to be declined."""
    family = "butterworth" if draws.below(14) == 0 else "chebyshev"
    if kind == "full":
        return _Plan("full", band, family=family)
    if kind == "followup_question":
        return _Plan("gap", band, _gaps(draws, band))
    if kind == "followup_resolve":
        corrects = draws.below(4) == 0
        return _Plan("full", band, frozenset() if corrects else _gaps(draws, band))
    way = draws.below(10)
    gaps = _gaps(draws, band) if draws.below(3) == 0 else frozenset[str]()
    if way < 5:
        return _Plan("outside", band, gaps, family="outside")
    if way < 9:
        return _Plan("outside", band, gaps, other=True)
    return _Plan("outside", band, twist=draws.pick(("stop_in_band", "att_below_ripple")))


def _gaps(draws: Draws, band: str) -> frozenset[str]:
    gaps = draws.pick(_GAPS)
    if band == "bandpass":
        return frozenset(gaps)
    return frozenset("pass" if gap in ("center", "width") else gap for gap in gaps)


def _first_turn(writer: ClauseWriter, plan: _Plan, band: str) -> list[Clause]:
    draws = writer.draws
    if plan.gaps or plan.other:  # an exercise gives what it takes
        writer.said |= {"homework", "exercise"}
    other = writer.one("other") if plan.other else ""
    writer.said |= _NOT_DIGITAL if DIGITAL.search(other) else set()
    passing, leveled = _pass_clauses(writer, plan, band)
    texts = passing + _ripple_clauses(writer, plan, leveled)
    stops, by_order = _stops(writer, plan, band)
    texts += _ports(writer, band)
    given, asked = _order(writer, plan, by_order)
    texts += [*given, other, *_left_open(writer, plan, stops)]
    noise = [writer.one("noise") for _ in range(draws.pick((0, 0, 0, 0, 1, 1, 2)))]
    head = _head(writer, plan, band)
    if NO_RIPPLE.search(head):
        texts = [text for text in texts if "{ripple" not in text]
    if _ONE.search(head):
        noise = [text for text in noise if not _MANY.search(text)]
    behind = [*noise, *asked]  # what is not of the response, and questions, come last
    if writer.lang == "en" and draws.below(2):
        texts, behind = [*texts, *behind], []
    clauses = _in_some_order(draws, stops, texts)
    short = (
        words_in(head) <= _SHORT and writer.register in ("form", "chat") and not _LEADS.search(head)
    )
    place = draws.below(len(clauses) + 1) if short and draws.below(3) == 0 else 0
    ends = [Clause(text) for text in behind if text]
    return [*clauses[:place], Clause(head), *clauses[place:], *ends]


def _ports(writer: ClauseWriter, band: str) -> list[str]:
    """The clause of one impedance or two, in less than half of the requests."""
    draws = writer.draws
    if "z0" in writer.said or draws.below(20) >= 9:
        return []
    pair = draws.below(12) == 0 and writer.frequency[1] < 3e9  # no ports of two sizes above
    # a ladder does not transform without reflections
    pair = pair and not (band in LADDERS and writer.said & {"return_loss", "vswr", "gamma"})
    writer.said |= {"connector"} if pair else set()  # connectors have one impedance
    return [writer.one("z_pair" if pair else "z0")]


def _order(writer: ClauseWriter, plan: _Plan, by_order: bool) -> tuple[list[str], list[str]]:
    """The clause of an order that is given, or that of one that is asked for; mostly neither."""
    draws = writer.draws
    if plan.kind == "gap" or by_order or draws.below(12):
        return [], []
    if draws.pick(("given", "asked")) == "given":
        return [writer.one("order", "given")], []
    return [], [writer.one("order", "asked")]


def _left_open(writer: ClauseWriter, plan: _Plan, stops: list[Clause]) -> list[str]:
    """Statements that a missing value is not known, unless the next turn gives it."""
    if writer.base == "en" and plan.kind != "gap":
        return []
    ends = any("{to1" in stop.text for stop in stops)  # a stop band with an end is not unknown
    unsaid = sorted(plan.gaps - {"stop"} if ends else plan.gaps)
    return [writer.one("open", gap) for gap in unsaid if writer.draws.below(5) < 2]


def _in_some_order(draws: Draws, stops: list[Clause], texts: list[str]) -> list[Clause]:
    """All clauses shuffled; the points of a mask stay together."""
    masked = all("{att" in stop.text for stop in stops)
    blocks = [list(stops)] if masked else [[stop] for stop in stops]
    blocks += [[Clause(text)] for text in texts if text]
    return [clause for block in draws.shuffled(blocks) for clause in block]


def _stops(writer: ClauseWriter, plan: _Plan, band: str) -> tuple[list[Clause], bool]:
    """The clauses of the stop band, and whether an order is given instead."""
    if plan.twist:
        return impossible_stops(writer, band), False
    by_order = not plan.gaps and band != "bandstop" and writer.draws.below(14) == 0
    if by_order:
        writer.said |= {"homework", "exercise"}  # homework asks for the order
        return [Clause(writer.one("order", "given"))], True
    return stop_clauses(writer, band, plan.gaps), False


def _head(writer: ClauseWriter, plan: _Plan, band: str) -> str:
    """The clause that names the filter; the band may be omitted if the edges determine it."""
    draws = writer.draws
    path: tuple[str, ...] = ("heads", band)
    clear = plan.kind == "full" and band != "bandstop" and not plan.gaps
    if clear and plan.family == "chebyshev" and draws.below(8) == 0:
        path = ("unnamed",)
    head = writer.one(*path, containing="" if plan.family == "chebyshev" else "{F}")
    name = writer.one("families", plan.family)
    return _ARTICLE.sub(r"\1n ", head.replace("{F}", f"{{family:{name}}}"))


def _pass_clauses(writer: ClauseWriter, plan: _Plan, band: str) -> tuple[list[str], bool]:
    """The clauses of the pass band, and whether its edges are at a stated level."""
    draws = writer.draws
    for gap, said in (("pass", None), ("center", "width_alone"), ("width", "center_alone")):
        if gap in plan.gaps:
            return [writer.one(said)] if said else [], False
    leveled = "ripple" not in plan.gaps and draws.below(100) < (
        40 if plan.family == "butterworth" else 14
    )
    if band in LADDERS:
        return [writer.one("edge_level" if leveled else "edge", band)], leveled
    way = draws.below(100)
    if band == "bandstop":
        return [writer.one("notch_edges" if way < 65 else "notch_center_width")], False
    if leveled:
        return [writer.one("edges_level" if way < 40 else "center_width_level")], True
    name = (
        "edges" if way < 40 else "center_width" if way < 78 else "center_fbw" if way < 93
        else "center_q"
    )  # fmt: skip
    return [writer.one(name)], False


def _ripple_clauses(writer: ClauseWriter, plan: _Plan, leveled: bool) -> list[str]:
    draws = writer.draws
    reflections = writer.frequency[1] > REFLECTIONS and "return_loss" not in writer.said
    if leveled:  # edges at 3 dB are not those of the ripple band
        writer.said.add("ripple edge")
    if "ripple" in plan.gaps:
        return []
    if plan.twist == "att_below_ripple":
        return [writer.one("ripple")]
    if plan.family == "butterworth":
        return [] if leveled or draws.below(5) < 2 else [writer.one("ripple")]
    way = draws.below(100 if reflections else 70)
    if way < 5 and reflections:
        writer.said |= {"tables", "equal ripple"}  # these imply a single statement of the ripple
        return [writer.one("ripple"), writer.one("return_loss")]
    name = "ripple" if way < 68 else "return_loss" if way < 84 else "vswr" if way < 95 else "gamma"
    return [writer.one(name)]


def _later_turns(writer: ClauseWriter, plan: _Plan, band: str) -> None:
    """Adds answers to what was left out, in one turn or several, and corrections."""
    draws = writer.draws
    answers = [
        Clause(writer.one("notch_edges"))  # not the part between the edges
        if band == "bandstop" and name == "pass_bandpass"
        else answered_stops(writer, name)
        for name in _answer_lists(draws, plan.gaps, band)
    ]
    bare = any(_BARE.fullmatch(answer.text) for answer in answers)
    if len(answers) > 1 and (draws.below(2) or bare):
        plan.turns += [[answer] for answer in answers]
    elif answers:
        plan.turns.append(answers)
    if answers and (len(plan.turns) == MOST_TURNS or draws.below(8)):
        return
    said = {slot.key for turn in plan.turns for clause in turn for slot in parse(clause.text)}
    ways = [key for key in ("ripple", "att", "edge", "center", "width", "z0") if key in said]
    name = ("corrections", draws.pick(ways)) if ways else ("z0",)
    plan.turns.append([Clause(writer.one(*name))])


def _answer_lists(draws: Draws, gaps: frozenset[str], band: str) -> list[str]:
    side = band if band in LADDERS else "bandpass"
    names = ["ripple"] if "ripple" in gaps else []
    if "pass" in gaps:
        names.append(f"pass_{side}")
    names += [f"pass_{gap}" for gap in ("center", "width") if gap in gaps]
    if {"stop", "att"} <= gaps:
        names.append(f"stop_att_{side}")
    elif "att" in gaps:
        names.append("att")
    elif "stop" in gaps:
        names.append(f"stop_{side}")
    return draws.shuffled(names)


def _around(writer: ClauseWriter, parts: list[str]) -> str:
    """The clauses in their layout, with an opening and a closing at random."""
    draws = writer.draws
    # a heading needs no other one above it
    led = writer.base == "zh" and bool(_HEADING.search(parts[0]))
    opening = "" if led else writer.in_terms(writer.one("openings")) if draws.below(20) < 8 else ""
    closing = writer.in_terms(writer.one("closings")) if draws.below(20) < 7 else ""
    return laid_out(draws, writer.base, writer.register, parts, (opening, closing))


def _quoted(writer: ClauseWriter, parts: list[str]) -> str:
    """English clauses as a quotation between Chinese sentences."""
    body = laid_out(writer.draws, "en", writer.register, parts)
    opening = writer.around_quote("before_quotes")
    closing = writer.around_quote("behind_quotes") if writer.draws.below(10) < 7 else ""
    if any("{order" in part for part in parts):  # the order is given
        closing = ""
    writer.said |= {"openings", "closings"}
    return "\n".join(text for text in (opening, body, closing) if text)
