"""Compares the logits of a merged model with those of base and adapter, in float32.

Both models read the same tokens: prompts and, where the data has them, answers. The predictions of
all answer tokens are compared (of the prompt's last tokens where there is no answer). Only the
rounding of the merged weights may cause differences, so the bound depends on their precision.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from rf_train.data.rendering import Message, answer_text
from rf_train.merge.prompts import prompt_and_answer

_POSITIONS = 32  # compared in a prompt
_TOKENS = 2048  # computed at once, padding included
_CHUNK = 16  # positions whose probabilities are in memory at once
# Largest mean KL divergence of a merge, in nats per position, by the precision of its weights.
# docs/merging.md gives the measurements behind these bounds.
BOUNDS = {"F32": 1e-6, "F16": 1e-4, "BF16": 5e-3}


@dataclass(frozen=True)
class Comparison:
    """Two models' predictions at the same positions.

    Logit differences are absolute; KL is of the second model from the first, in nats per position.
    """

    positions: int
    max_logit_difference: float
    mean_logit_difference: float
    kl_mean: float
    kl_max: float
    top1_agreement: float


@dataclass
class Tally:
    """Accumulates differences of two models' logits, position by position."""

    largest: float = 0.0
    differences: list[float] = field(default_factory=list)
    divergences: list[float] = field(default_factory=list)
    agreed: int = 0

    def add(self, reference: torch.Tensor, other: torch.Tensor) -> None:
        """Adds the logits [P, V] of both models at the same positions."""
        for start in range(0, len(reference), _CHUNK):
            a, b = reference[start : start + _CHUNK], other[start : start + _CHUNK]
            difference = (a - b).abs()
            self.largest = max(self.largest, float(difference.max()))
            self.differences += difference.mean(dim=1).tolist()
            self.agreed += int((a.argmax(dim=1) == b.argmax(dim=1)).sum())
            log_p, log_q = torch.log_softmax(a.double(), 1), torch.log_softmax(b.double(), 1)
            self.divergences += (log_p.exp() * (log_p - log_q)).sum(dim=1).tolist()

    def result(self) -> Comparison:
        """The comparison over all positions so far; NaN where a model's logits are NaN."""
        count = len(self.differences)
        return Comparison(
            positions=count,
            max_logit_difference=self.largest,
            mean_logit_difference=sum(self.differences) / count,
            kl_mean=_not_negative(sum(self.divergences) / count),
            kl_max=_not_negative(max(self.divergences)),
            top1_agreement=self.agreed / count,
        )


def _not_negative(divergence: float) -> float:
    """Rounding may make a KL of zero negative; NaN is kept."""
    return 0.0 if divergence < 0 else divergence


@dataclass(frozen=True)
class Batch:
    """Right-padded ids and mask [B, L], and the positions [B, L] that are compared."""

    ids: torch.Tensor
    mask: torch.Tensor
    compared: torch.Tensor


@dataclass(frozen=True)
class _Row:
    """Ids of one dialogue up to the last compared position, and the first compared position."""

    ids: list[int]
    first: int


def make_batches(
    dialogues: Sequence[Sequence[Message]], tokenizer: Any, kwargs: dict[str, Any]
) -> Iterator[Batch]:
    """Renders dialogues as inference does and marks the positions to compare.

    Dialogues of similar length share a batch of at most 2,048 tokens; a longer one is alone.
    """
    rows = sorted(
        (_row(messages, tokenizer, kwargs) for messages in dialogues), key=lambda row: len(row.ids)
    )
    waiting: list[_Row] = []
    for row in rows:
        if waiting and len(row.ids) * (len(waiting) + 1) > _TOKENS:
            yield _pad(waiting)
            waiting = []
        waiting.append(row)
    yield _pad(waiting)


def _row(messages: Sequence[Message], tokenizer: Any, kwargs: dict[str, Any]) -> _Row:
    prompt, answered = prompt_and_answer(messages)
    text = _prompt_text(prompt, tokenizer, kwargs)
    answer = answer_text(text, answered, tokenizer, kwargs) if answered else ""
    start = _ids(text, tokenizer)
    if not answer:
        return _Row(start, max(0, len(start) - _POSITIONS))
    # The last token is only predicted, not an input: position i holds the prediction of i + 1.
    return _Row([*start, *_ids(answer, tokenizer)[: _POSITIONS - 1]], len(start) - 1)


def _pad(rows: Sequence[_Row]) -> Batch:
    longest = max(len(row.ids) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask, compared = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
        compared[number, row.first : len(row.ids)] = True
    return Batch(ids, mask, compared)


def _prompt_text(messages: list[Message], tokenizer: Any, kwargs: dict[str, Any]) -> str:
    if not tokenizer.chat_template:
        return "\n".join(message["content"] for message in messages)
    text: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, **kwargs
    )
    return text


def _ids(text: str, tokenizer: Any) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


@torch.inference_mode()
def logits_of(model: Any, batch: Batch, device: torch.device) -> torch.Tensor:
    """The model's logits at the compared positions, [P, V] in float32 on the CPU."""
    causal = model.get_base_model() if hasattr(model, "peft_config") else model
    output = causal.model(
        input_ids=batch.ids.to(device), attention_mask=batch.mask.to(device), use_cache=False
    )
    hidden = output.last_hidden_state[batch.compared.to(device)]
    logits: torch.Tensor = causal.get_output_embeddings()(hidden)
    return logits.float().cpu()
