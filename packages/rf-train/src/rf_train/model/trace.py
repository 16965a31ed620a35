"""Traces a model without weights, to check that samples stay isolated and the loss is plain.

On the meta device tensors have shapes but no values. The attention function registered here only
records its calls, which shows what a model's own code does without computing anything.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from rf_train.errors import first_line

SPY = "rf_trace"
_TOKENS = 16
# Arguments of attention that do not change what is computed here.
_IGNORED_ARGUMENTS = frozenset(
    "position_ids use_cache output_router_logits output_attentions output_hidden_states "
    "cache_position boundaries is_causal".split()
)


@dataclass(frozen=True)
class Trace:
    """Findings: why the model cannot be trained here, its shortest attention window in tokens, and
    the width of all query heads together."""

    obstacle: str | None
    window: int | None = None
    heads: int | None = None


def trace(model: Any, blocks: nn.ModuleList | None) -> Trace:
    """Runs a causal language model that was built on the meta device with the attention `SPY`."""
    head, decoder = model.get_output_embeddings(), model.get_decoder()
    if not isinstance(head, nn.Linear) or decoder is model or not blocks:
        return Trace("it has no decoder blocks followed by a linear output head")
    calls: list[dict[str, Any]] = []
    _register(calls)
    if hasattr(model, "set_experts_implementation"):
        model.set_experts_implementation("batched_mm")  # other implementations read values
    for part in (model, decoder):
        part.config.pad_token_id = None  # otherwise some models search for it in the input
    inputs = {"input_ids": torch.zeros(1, _TOKENS, dtype=torch.long, device="meta")}
    inputs["position_ids"] = torch.arange(_TOKENS, device="meta")[None]
    try:
        with torch.device("meta"), torch.no_grad():
            boundaries = torch.tensor([0, _TOKENS], dtype=torch.int32)
            decoder(**inputs, use_cache=False, boundaries=boundaries)
            obstacle = _attention_obstacle(calls, blocks)
            obstacle = obstacle or _head_obstacle(model, decoder, head, inputs)
    except Exception as error:  # a model's own code may raise anything
        return Trace(f"it does not run on packed tokens ({first_line(error)})")
    windows = [call["sliding_window"] for call in calls if call.get("sliding_window")]
    queries = [call["query"].shape for call in calls]
    heads = max((shape[1] * shape[3] for shape in queries), default=None)
    return Trace(obstacle, min(windows, default=None), heads)


def _register(calls: list[dict[str, Any]]) -> None:
    """Registers the recording attention; the arguments of every call are appended to `calls`."""
    from transformers import AttentionInterface

    def spy(
        module: Any, query: Any, key: Any, value: Any, mask: Any, **given: Any
    ) -> tuple[Any, None]:
        calls.append({**given, "module": module, "query": query, "key": key, "value": value})
        batch, heads, length, _ = query.shape
        return query.new_empty(batch, length, heads, value.shape[-1]), None

    AttentionInterface.register(SPY, spy)


def _attention_obstacle(calls: list[dict[str, Any]], blocks: nn.ModuleList) -> str | None:
    """What prevents computing the attention of the blocks here, or None."""
    others = len(blocks) - len(calls)
    if others:
        name = type(blocks[0]).__name__
        return f"{others} of its {len(blocks)} blocks ({name}) do not use transformers' attention"
    if any(isinstance(module, nn.Conv1d) for module in blocks.modules()):
        return "its blocks mix neighbouring tokens by convolutions"
    return next(filter(None, map(_call_obstacle, calls)), None)


def _call_obstacle(call: dict[str, Any]) -> str | None:
    """What prevents computing one block's call of attention here, or None."""
    name = type(call["module"]).__name__
    known = {"scaling", "dropout", "sliding_window", "module", "query", "key", "value"}
    extra = [k for k, v in call.items() if v is not None and k not in _IGNORED_ARGUMENTS | known]
    reasons = {
        "does not pass on where packed samples end": call.get("boundaries") is None,
        "is not causal": not getattr(call["module"], "is_causal", True),
        "attends to other tokens than its own": call["key"].shape[2] != call["query"].shape[2],
        "has values of another width than its queries": call["value"].shape[-1]
        != call["query"].shape[-1],
        f"uses {', '.join(extra)}, which is not supported here": bool(extra),
    }
    found = [reason for reason, holds in reasons.items() if holds]
    return f"{name} {found[0]}" if found else None


def _head_obstacle(model: Any, decoder: Any, head: Any, inputs: dict[str, Any]) -> str | None:
    """What happens between decoder and logits besides the product with the head, or None."""
    seen: dict[str, Any] = {}
    hooks = [
        decoder.register_forward_hook(lambda _, __, out: seen.update(hidden=out[0])),
        head.register_forward_hook(lambda _, given, out: seen.update(taken=given[0], logits=out)),
    ]
    try:
        logits = model(**inputs, use_cache=False).logits
    finally:
        for hook in hooks:
            hook.remove()
    if not _same_memory(seen["hidden"], seen["taken"]):
        return "hidden states are changed between its decoder and its output head"
    if not _same_memory(seen["logits"], logits):
        return "its logits are changed after the output head"
    return None


def _same_memory(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool(one.untyped_storage()._cdata == other.untyped_storage()._cdata)
