"""Records of source `phrasings`, each determined by its index alone."""

from collections.abc import Iterator
from typing import Any

import orjson

from rf_synth.dataset.plan import Cell, Plan
from rf_synth.dataset.recipe import Recipe
from rf_synth.language import LANGUAGES
from rf_synth.language.dialogue import Conversation, Gap, Phrasebook, choose_gap
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import Spec
from rf_synth.specs.return_loss import RIPPLES
from rf_synth.specs.sampler import SpecSampler
from rf_synth.specs.split_sectors import sector, sectors_of
from rf_synth.styles import as_json, get_style

OOD = "test_ood"
Record = dict[str, Any]
Sample = tuple[Spec, int, float, dict[str, Any]]
"""(specification, order, n, answer)"""


class RecordStream:
    """Generates the records of one split of a recipe, in any order."""

    def __init__(self, recipe: Recipe, split: str) -> None:
        self.recipe = recipe
        self.split = split
        self._prefix = recipe.key(split, "")
        offset = Draws(recipe.key(split, "plan")).below(2**31)
        self.plan = Plan(recipe.compositions[split], offset)
        self._sectors = sectors_of(split)
        self._habits = recipe.habits[split]
        self._sampler = SpecSampler(recipe.ranges)
        self._matched = {
            name: SpecSampler(recipe.ranges, RIPPLES[name])
            for name in ("return_loss", "vswr")
            if getattr(self._habits, name) > 0
        }
        self._style = get_style(recipe.answer_style)
        self._books = {
            code: Phrasebook(language, self._habits, ood=split == OOD)
            for code, language in LANGUAGES.items()
        }

    def record(self, index: int) -> Record:
        """Record `index`, a function of the recipe, the split and the index alone."""
        cell = kind, band, code = self.plan.cell(index)
        draws = Draws(f"{self._prefix}{index}")
        book = self._books[code]
        if kind == "full":
            (spec, order, n, answer), instead = self._full_sample(draws, band)
            conversation = book.full_request(draws, spec, instead)
        else:
            (spec, order, n, answer), gap, twice = self._gapped_sample(draws, band, kind)
            if kind == "followup_question":
                conversation = book.partial_request(draws, spec, gap)
                shown = {key: v for key, v in spec.items() if key not in gap.missing}
                return self._record(index, cell, conversation, shown)
            conversation = book.resolved(draws, spec, gap, second_round=twice)
        final = as_json(answer)
        conversation.messages.append({"role": "assistant", "content": final})
        record = self._record(index, cell, conversation, spec)
        meta = record["meta"]
        meta["order"] = order
        meta["n_exact"] = round(n, 6)
        meta["margin"] = round(abs(n - round(n)), 6)
        return record

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """Records `start` to `stop - 1` as JSON lines."""
        for index in range(start, stop):
            yield orjson.dumps(self.record(index)) + b"\n"

    def _record(self, index: int, cell: Cell, conversation: Conversation, spec: Spec) -> Record:
        """The parts of a record that all types share."""
        kind, band, code = cell
        meta = {
            "type": kind,
            "band": band,
            "lang": code,
            "phrasing": conversation.phrasing,
            "spec": spec,
            "order": None,
            "n_exact": None,
            "margin": None,
            "missing": conversation.missing,
            "corrected": conversation.corrected,
            "answer_style": self._style.name,
        }
        return {"id": f"{self.split}-{index:06d}", "messages": conversation.messages, "meta": meta}

    def _sample(self, draws: Draws, sampler: SpecSampler, band: str) -> Sample:
        """A specification with its answer, redrawn while the style cannot derive the order."""
        while True:
            spec, order, n = sampler.draw(draws, band, self._sectors)
            answer = self._style.answer(spec, order)
            if answer is not None:
                return spec, order, n, answer

    def _full_sample(self, draws: Draws, band: str) -> tuple[Sample, dict[str, Any]]:
        """A sample, and the return loss or VSWR stated in place of the ripple, if any."""
        if not self._matched:
            return self._sample(draws, self._sampler, band), {}
        place = draws.unit()
        for name, sampler in self._matched.items():
            place -= getattr(self._habits, name)
            if place < 0:
                sample = self._sample(draws, sampler, band)
                return sample, {name: RIPPLES[name][sample[0]["ripple_db"]]}
        return self._sample(draws, self._sampler, band), {}

    def _gapped_sample(self, draws: Draws, band: str, kind: str) -> tuple[Sample, Gap, bool]:
        """A sample whose first request falls into a sector of this split; the gap; two rounds?"""
        habits = self._habits
        resolve = kind == "followup_resolve"
        correct = resolve and draws.unit() < habits.correction
        twice = resolve and draws.unit() < habits.second_round
        while True:
            sample = self._sample(draws, self._sampler, band)
            gap = choose_gap(draws, sample[0], habits, correct=correct)
            stated = {**sample[0], **gap.earlier} if gap.earlier else sample[0]
            if sector(stated, gap.given) in self._sectors:
                return sample, gap, twice
