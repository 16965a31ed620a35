"""Records of source `requests` with answers in the published keys: styles `json`, `by-hand`, ….

The requests are those of style `tool-call`, except for those that the published keys cannot
express. As everywhere in the published task, a request without an impedance is incomplete.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

from rf_synth.calls import solve_call
from rf_synth.dataset.recipe import Recipe
from rf_synth.dataset.request_stream import KINDS, Record, RequestStream, form_of
from rf_synth.language import LANGUAGES
from rf_synth.language.compose import Composer
from rf_synth.requests import clauses, labels, published
from rf_synth.requests.compose import Conversation, UnfitRequest, converse, disagreement
from rf_synth.requests.variation import varied, with_impedance
from rf_synth.requests.voices import Request, usable
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import Spec, minimum_order
from rf_synth.styles import as_json, get_style

Result = dict[str, Any]
_OUTCOMES = {
    "full": "full", "followup_resolve": "full", "followup_question": "gap", "outside": "outside",
}  # fmt: skip
_JUDGE = partial(disagreement, may_be_missing=published.ALSO_NEEDED)
_INEXPRESSIBLE: Result = {"status": "inexpressible", "missing": [], "reply": {"zh": "", "en": ""}}
_BY_PROGRAM = ((1e8, 6e9), (1e8, 6e9), (1e8, 6e9), (1e7, 1e9), (1e9, 2e10), (1e3, 1e8))
"""Frequency ranges in Hz for numbers printed by a program, mostly as in the published study."""
_LOOKS_FULL = 0.35
"""Share of the gaps that lack only an impedance or a stop edge and are complete elsewhere."""
_OTHER_FAMILY = 0.1
"""Share of Butterworth filters among what is declined, besides the recipe's band-stops."""
_PROGRAM_ELSEWHERE = 0.15
"""Share of other requests (voices, clauses, labels) whose numbers are printed by a program."""


@dataclass(frozen=True)
class _Target:
    """What a cell of the plan asks for: a request of record type `source` whose outcome in the
    published task is full, gap or outside.
    """

    source: str
    outcome: str
    band: str
    lang: str
    butterworth: bool = False

    @classmethod
    def of(cls, draws: Draws, kind: str, band: str, lang: str) -> "_Target":
        """The target of one cell; band-stops, which have no published keys, are declined."""
        outcome = _OUTCOMES[kind]
        if kind == "outside" and band == "bandstop":
            return cls("full", outcome, band, lang)
        if kind == "outside" and draws.unit() < _OTHER_FAMILY:
            return cls("full", outcome, band, lang, butterworth=True)
        band = "bandpass" if band == "bandstop" else band
        if kind == "followup_question" and draws.unit() < _LOOKS_FULL:
            return cls("full", outcome, band, lang)
        return cls(kind, outcome, band, lang)

    def fits(self, request: Request) -> bool:
        """Whether the outcome of a request may be the target's, judging by its slots."""
        if self.outcome == "full":
            return published.may_be_answered(request)
        return not self.butterworth or published.is_butterworth(request)


class PublishedStream(RequestStream):
    """Makes the records of one split, answered in a style of the published task."""

    def __init__(self, recipe: Recipe, split: str) -> None:
        super().__init__(recipe, split)
        self._answers = get_style(recipe.answer_style)
        self._program_share = recipe.program[split]
        self._results: list[Result] = []
        self._usable = usable(split)
        self._fit: dict[tuple[_Target, int], list[Request]] = {}
        self._composers = {code: Composer(language) for code, language in LANGUAGES.items()}

    def record(self, index: int) -> Record:
        """Record `index`; depends on the recipe, the split and the index only."""
        kind, band, lang = self.plan.cell(index)
        draws = Draws(f"{self._prefix}{index}")
        for tries in count():
            request = self._fitting(draws, _Target.of(draws, kind, band, lang), tries)
            if self._variation and draws.unit() < self._variation:
                request = varied(draws, request)
            try:
                said = converse(draws, request, self._solver(draws, request), _JUDGE)
            except UnfitRequest:
                continue
            earlier = self._results[-len(said.user) : -1]
            if all(result["status"] == "incomplete" for result in earlier):
                return self._published(index, kind, request, said)
        raise AssertionError("unreachable: count() does not end")

    def _fitting(self, draws: Draws, target: "_Target", tries: int) -> Request:
        """A request whose outcome may be the target's."""
        while True:
            request = self._drawn(draws, target, tries)
            if target.fits(request):
                break
            tries += 1
        if target.outcome == "full" and not published.states_impedance(request):
            request = with_impedance(draws, request)
        if request.kind != target.outcome:
            request = replace(request, kind=target.outcome, missing=())
        return request

    def _drawn(self, draws: Draws, target: "_Target", tries: int) -> Request:
        """A request of voices, clauses or labels; some with numbers as programs print them."""
        place = draws.unit()
        by_program = self._program_share > 0 and draws.unit() < _PROGRAM_ELSEWHERE
        if target.source in KINDS and place < self._program_share + self._labels_share:
            request = labels.assemble(draws, target.lang, KINDS[target.source], target.band)
            if place >= self._program_share:
                return replace(request, by_program=by_program)
            return replace(
                request,
                by_program=True,
                frequency=draws.pick(_BY_PROGRAM),
                attenuation=(8.0, 95.0),
                order=(2, 11),
            )
        if draws.unit() < self._clauses_share:
            request = clauses.assemble(draws, target.lang, target.source, target.band)
        else:
            request = draws.pick(self._voices(target, tries // 5))
        return replace(request, by_program=by_program)

    def _voices(self, target: "_Target", width: int) -> list[Request]:
        """Requests of voices that may fit; after some tries also of other bands and languages.

        A split with few voices may have none that fits for a band and language.
        """
        key = (target, min(width, 3))
        if key not in self._fit:
            found = [r for r in self._usable if r.type == target.source and target.fits(r)]
            same = [(r.band == target.band, r.lang == target.lang, r) for r in found]
            widths = (
                [r for band, lang, r in same if band and lang],
                [r for _, lang, r in same if lang],
                [r for band, _, r in same if band],
                found,
            )
            self._fit[key] = next(pool for pool in (*widths[key[1] :], *widths[::-1]) if pool)
        return self._fit[key]

    # --- answers -------------------------------------------------------------------------------

    def _solver(self, draws: Draws, request: Request) -> Callable[[Mapping[str, object]], Result]:
        """A function that solves a call as in the published task and records the result."""
        self._results.clear()

        def solve(call: Mapping[str, object]) -> Result:
            texts = {key: str(value) for key, value in call.items()}
            made = self._outcome(draws, request, texts)
            self._results.append(made)
            return made

        return solve

    def _outcome(self, draws: Draws, request: Request, call: dict[str, str]) -> Result:
        result = solve_call(call, strict=True)
        declined = published.declined(result, others=request.kind == "outside")
        if declined is not None:
            return {"status": "outside", "missing": [], "reply": declined, "spec": {}}
        if not published.is_published_kind(result):
            return _INEXPRESSIBLE
        missing = published.published_missing(result)
        if missing:
            question = self._composers[request.lang].question(draws, missing)
            known = published.published_part(result, missing)
            reply = {"zh": question, "en": question}
            return {"status": "incomplete", "missing": missing, "reply": reply, "spec": known}
        if result["status"] != "designed":
            return _INEXPRESSIBLE
        spec = published.published_spec(call, result)
        answer = spec and self._answers.answer(spec, result["order"])
        if not answer:
            return _INEXPRESSIBLE
        made = {"status": "designed", "spec": spec, "order": result["order"], "answer": answer}
        return _INEXPRESSIBLE | made

    def _published(self, index: int, kind: str, request: Request, said: Conversation) -> Record:
        """The record of a conversation."""
        turns = self._results[-len(said.user) :]
        messages = [{"role": "system", "content": LANGUAGES[request.lang].system}]
        for text, reply in zip(said.user, [*said.replies, _text(request, turns[-1])], strict=True):
            messages.append({"role": "user", "content": text})
            messages.append({"role": "assistant", "content": reply})
        meta = {
            "type": kind,
            "band": turns[-1]["spec"].get("filter_band") or request.band,
            "lang": request.lang,
            "phrasing": request.id,
            "voice": request.voice,
            "form": form_of(said.call),
            "spec": turns[-1]["spec"],
            **_figures(turns[-1]),
            "missing": turns[0]["missing"],
            "corrected": list(request.stated.corrected),
            "answer_style": self._style,
            "stated": said.call,
            "noise": said.noise,
        }
        return {"id": f"{self.split}-{index:06d}", "messages": messages, "meta": meta}


def _text(request: Request, result: Result) -> str:
    """The assistant's last turn: the answer, the question, or the reason for declining."""
    if "answer" in result:
        return as_json(result["answer"])
    text: str = result["reply"]["en" if request.lang == "en" else "zh"]
    return text


def _figures(result: Result) -> dict[str, Any]:
    """Order, n and its distance to an integer; None without an answer."""
    if "answer" not in result:
        return {"order": None, "n_exact": None, "margin": None}
    spec: Spec = result["spec"]
    order, n = minimum_order(spec)
    return {"order": order, "n_exact": round(n, 6), "margin": round(abs(n - round(n)), 6)}
