"""Generates tokens one by one from a causal language model, reusing its key-value cache.

A separate loop instead of `generate` with a streamer: it needs no thread, Ctrl-C arrives between
tokens, and the cache is accessible. The part of the cache that the next prompt shares is kept, the
rest is cropped. An interrupt inside a forward pass leaves layers with caches of different lengths,
so the cache is invalid until a pass is complete.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Choose = Callable[[Sequence[int], torch.Tensor], int]


@dataclass(frozen=True)
class Decoding:
    """How a token is chosen; the fields are those of transformers' GenerationConfig."""

    do_sample: bool = False
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 42

    def __str__(self) -> str:
        penalty = self.repetition_penalty
        rest = f", repetition penalty {penalty:g}" if penalty != 1.0 else ""
        if not self.do_sample:
            return f"greedy{rest}"
        kept = f", top_k {self.top_k}" if self.top_k else ""
        return f"sampled, temperature {self.temperature:g}, top_p {self.top_p:g}{kept}{rest}"

    def chooser(self, device: torch.device) -> Choose:
        """A function from the ids so far and the next token's logits [V] to the next id."""
        from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor

        steps = LogitsProcessorList()
        if self.repetition_penalty != 1.0:
            steps.append(RepetitionPenaltyLogitsProcessor(self.repetition_penalty))
        if self.do_sample:
            steps.extend(self._warpers())
        generator = torch.Generator(device).manual_seed(self.seed)

        def choose(ids: Sequence[int], logits: torch.Tensor) -> int:
            scores = logits.float()[None]
            if steps:
                scores = steps(torch.tensor([list(ids)], device=device), scores)
            if not self.do_sample:
                return int(scores.argmax())
            return int(torch.multinomial(scores.softmax(-1), 1, generator=generator))

        return choose

    def _warpers(self) -> list[Any]:
        from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

        warpers: list[Any] = []
        if self.temperature != 1.0:
            warpers.append(TemperatureLogitsWarper(self.temperature))
        if self.top_k:
            warpers.append(TopKLogitsWarper(self.top_k))
        if self.top_p < 1.0:
            warpers.append(TopPLogitsWarper(self.top_p))
        return warpers


class TokenGenerator:
    """A model with its cache, so that a dialogue is not computed again in each turn.

    `stop_ids` end an answer. The cache never changes the result: the part that is not a prefix of
    the next prompt is dropped first, and all of it after an interrupted forward pass.
    """

    def __init__(self, model: Any, stop_ids: Sequence[int], decoding: Decoding) -> None:
        self.model = model
        self.stop_ids = frozenset(stop_ids)
        self._choose = decoding.chooser(model.device)
        self._cache: Any = None
        self._read: list[int] = []  # the ids whose keys and values the cache holds

    @property
    def longest(self) -> int | None:
        """The longest prompt and answer together that the model supports, in tokens."""
        return getattr(self.model.config, "max_position_embeddings", None)

    def tokens(self, prompt: Sequence[int], limit: int) -> Iterator[int]:
        """Yields up to `limit` ids that continue `prompt`; a stop token is the last one."""
        ids = list(prompt)
        fresh = ids[self._reuse_prefix(ids) :]
        for _ in range(limit):
            token = self._choose(ids, self._next_logits(fresh))
            yield token
            if token in self.stop_ids:
                return
            ids.append(token)
            fresh = [token]

    def _reuse_prefix(self, ids: list[int]) -> int:
        """Crops the cache to the prefix that it shares with `ids`; returns its length."""
        from transformers import DynamicCache

        if not self._read:
            self._cache = DynamicCache()
            return 0
        shared = 0
        # At least one id must be computed, for the logits of the answer's first token.
        for cached, new in zip(self._read, ids[:-1], strict=False):
            if cached != new:
                break
            shared += 1
        surplus = len(self._read) - shared
        if surplus:
            self._cache.crop(-surplus)
            del self._read[shared:]
        return shared

    def _next_logits(self, fresh: list[int]) -> torch.Tensor:
        """Appends `fresh` to the cache; returns the logits [V] of the next token."""
        cached, self._read = self._read, []  # invalid until the forward pass is complete
        with torch.inference_mode():
            output = self.model(
                input_ids=torch.tensor([fresh], device=self.model.device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._read = cached + fresh
        logits: torch.Tensor = output.logits[0, -1]
        return logits
