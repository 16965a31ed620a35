"""Records of style `tool-call`: requests as people write them, answered by a call."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from rf_synth.calls import solve_call
from rf_synth.dataset import grammar
from rf_synth.dataset.plan import Plan
from rf_synth.dataset.recipe import Recipe
from rf_synth.requests import clauses, labels
from rf_synth.requests.asides import with_aside
from rf_synth.requests.compose import Conversation, UnfitRequest, converse
from rf_synth.requests.purposes import ANOTHER_TASK, DESIGN, states_values_alone, with_purpose
from rf_synth.requests.variation import in_traditional_characters, varied
from rf_synth.requests.voices import Request, usable
from rf_synth.specs.draws import Draws
from rf_synth.styles.tool_call import SYSTEM_PROMPTS, answer_turn, compact_tool

Record = dict[str, Any]
_FORMS = (
    ("other task", frozenset(["other"])),
    ("level", frozenset(["edge_db"])),
    ("multiple", frozenset(f"multiple{i}" for i in range(1, 7))),
    ("offset", frozenset(["transition", *(f"offset{i}" for i in range(1, 7))])),
    ("range", frozenset(f"to{i}" for i in range(1, 7))),
    ("relative width", frozenset(["fbw", "q"])),
    ("several attenuations", frozenset(["att2", "att3"])),
    ("matching", frozenset(["return_loss", "vswr", "gamma"])),
    ("order", frozenset(["order"])),
    ("edges", frozenset(["f1", "f2"])),
)
TRADITIONAL_SHARE = 0.05
"""Share of the Chinese and mixed requests in traditional characters, in splits with variation."""
KINDS = {"full": "full", "followup_question": "gap", "outside": "outside"}
"""Record types that may be lists of labels, and the kind of list."""


def form_of(call: Mapping[str, str]) -> str:
    """The least common way of stating a specification in a call, for breakdowns."""
    return next((name for name, keys in _FORMS if not keys.isdisjoint(call)), "plain")


class Pools:
    """Requests of voices by type and language, and by band as well."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._all: dict[tuple[str, str], list[Request]] = {}
        self._banded: dict[tuple[str, str, str | None], list[Request]] = {}
        for request in requests:
            self._all.setdefault((request.type, request.lang), []).append(request)
            key = (request.type, request.lang, request.band)
            self._banded.setdefault(key, []).append(request)

    def fitting(self, kind: str, lang: str, band: str) -> list[Request]:
        """Those of this band, or of any band if there are none or `kind` is outside."""
        if kind == "outside":  # many have no band
            return self._all[kind, lang]
        return self._banded.get((kind, lang, band)) or self._all[kind, lang]


class RequestStream:
    """Generates the records of one split of a recipe with source `requests`."""

    def __init__(self, recipe: Recipe, split: str) -> None:
        self.split = split
        self._prefix = recipe.key(split, "")
        self._labels_share = recipe.labels[split]
        left = 1 - self._labels_share
        self._clauses_share = recipe.clauses[split] / left if left else 0.0
        left -= recipe.clauses[split]
        self._grammar_share = recipe.grammar[split] / left if left else 0.0
        self._variation, self._asides = recipe.variation[split], recipe.asides[split]
        self._purposes = recipe.purposes[split]
        offset = Draws(recipe.key(split, "plan")).below(2**31)
        self.plan = Plan(recipe.compositions[split], offset)
        self._style, self._call_role = recipe.answer_style, recipe.call_role
        left -= recipe.grammar[split]
        self._everyday_share = recipe.everyday[split] / left if left else 0.0
        requests = usable(split)
        self._any_voice = Pools(requests)
        self._everyday_voices = Pools(r for r in requests if r.everyday)

    def record(self, index: int) -> Record:
        """Record `index`, a function of the recipe, the split and the index alone."""
        kind, band, lang = self.plan.cell(index)
        draws = Draws(f"{self._prefix}{index}")
        while True:
            request = self._with_purpose(draws, kind, band, lang)
            if self._asides and draws.unit() < self._asides:
                request = with_aside(draws, request)
            if self._variation and draws.unit() < self._variation:
                request = varied(draws, request)
            if self._variation and lang != "en" and draws.unit() < TRADITIONAL_SHARE:
                request = in_traditional_characters(request)
            try:
                conversation = converse(draws, request, solve_call)
            except UnfitRequest:
                continue
            return self._record(index, request, conversation)

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """Records `start` to `stop - 1` as JSON lines."""
        for index in range(start, stop):
            yield orjson.dumps(self.record(index)) + b"\n"

    def _with_purpose(self, draws: Draws, kind: str, band: str, lang: str) -> Request:
        """A request to which, in its share, a sentence adds what its values are for."""
        if not self._purposes or draws.unit() >= self._purposes:
            return self._request(draws, kind, band, lang)
        if kind != "outside":
            request = self._request(draws, kind, band, lang)
            plain = states_values_alone(request)
            return with_purpose(draws, request, DESIGN) if plain else request
        values = ("full", "full", "followup_question")
        while True:
            request = self._request(draws, draws.pick(values), band, lang)
            if states_values_alone(request):
                return with_purpose(draws, request, ANOTHER_TASK)

    def _request(self, draws: Draws, kind: str, band: str, lang: str) -> Request:
        if kind in KINDS and draws.unit() < self._labels_share:
            return labels.assemble(draws, lang, KINDS[kind], band)
        if self._clauses_share and draws.unit() < self._clauses_share:
            return clauses.assemble(draws, lang, kind, band)
        grammatical = kind in grammar.KINDS and band in grammar.BANDS
        if self._grammar_share and grammatical and draws.unit() < self._grammar_share:
            return grammar.assemble(draws, lang, kind, band)
        if self._everyday_share and draws.unit() < self._everyday_share:
            return draws.pick(self._everyday_voices.fitting(kind, lang, band))
        return draws.pick(self._any_voice.fitting(kind, lang, band))

    def _record(self, index: int, request: Request, said: Conversation) -> Record:
        result = said.result
        lang = "en" if request.lang == "en" else "zh"
        messages = [{"role": "system", "content": SYSTEM_PROMPTS[lang]}]
        for turn, text in enumerate(said.user):
            if turn:
                messages.append({"role": "assistant", "content": said.replies[turn - 1]})
            messages.append({"role": "user", "content": text})
        messages.append(answer_turn(said.call, self._call_role))
        n = result.get("n_exact")
        meta = {
            "type": request.type,
            "band": result.get("spec", {}).get("filter_band") or request.band,
            "lang": request.lang,
            "phrasing": request.id,
            "voice": request.voice,
            "form": form_of(said.call),
            "spec": result.get("spec", {}),
            "order": result.get("order"),
            "n_exact": n,
            "margin": None if n is None else round(abs(n - round(n)), 6),
            "missing": result.get("missing", []),
            "corrected": list(request.stated.corrected),
            "answer_style": self._style,
            "call": said.call,
            "noise": said.noise,
            "result": result,
        }
        tools = {} if self._call_role == "assistant" else {"tools": compact_tool()}
        return {"id": f"{self.split}-{index:06d}", "messages": messages, **tools, "meta": meta}
