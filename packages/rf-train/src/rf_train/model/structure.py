"""What a model is made of, and whether it can be trained here: asked of its own class.

Built on the meta device, where tensors take no memory, so that every architecture of transformers
is counted as it is, and not as a formula for some of them says.
"""

import functools
import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from rf_train.errors import TrainError
from rf_train.model.trace import SPY, first_line, trace


@dataclass(frozen=True)
class Linear:
    """A linear layer: its name in the model, and its widths."""

    name: str
    inputs: int
    outputs: int

    @property
    def suffix(self) -> str:
        """The last part of the name, as `lora_target` has it."""
        return self.name.rsplit(".", 1)[-1]

    @property
    def weights(self) -> int:
        """Parameters of the weight."""
        return self.inputs * self.outputs


@dataclass(frozen=True)
class Structure:
    """A model counted on its own class; parameters that layers share count once.

    `linears` are the linear layers in the decoder blocks, `other_linears` those elsewhere (a vision
    tower's), the output head aside; `experts` parameters in stacks of three dimensions, of which a
    token meets `active_experts`. `hidden`, `heads` and `inner` are widths. `window` is the shortest
    attention window in tokens, `transposed` whether linear layers are GPT-2's Conv1D, `obstacle`
    why the model cannot be trained here.
    """

    kind: str
    parameters: int
    obstacle: str | None = None
    hidden: int = 0
    heads: int = 0
    inner: int = 0
    vocabulary: int = 0
    embeddings: int = 0
    blocks: int = 0
    linears: tuple[Linear, ...] = ()
    other_linears: tuple[Linear, ...] = ()
    experts: int = 0
    active_experts: int = 0
    window: int | None = None
    transposed: bool = False


def structure_of(config: Any) -> Structure:
    """The structure of the model that a transformers config describes. Raises TrainError."""
    kind: Any = type(config)
    return _structure(json.dumps(config.to_dict(), default=str, sort_keys=True), kind)


@functools.lru_cache(maxsize=8)
def _structure(text: str, config_class: Any) -> Structure:
    content = json.loads(text)
    content.pop("quantization_config", None)
    model, obstacle = _build_on_meta(config_class, content)
    if obstacle is None:
        return _measure(model)
    parts = linears_in_blocks(model) if hasattr(model, "lm_head") else ([], [])
    inside, outside = map(tuple, parts)
    return Structure(
        type(model).__name__, _count(model), obstacle, linears=inside, other_linears=outside
    )


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _build_on_meta(config_class: Any, content: dict[str, Any]) -> tuple[Any, str | None]:
    """The model on the meta device, and why it is no model for this trainer if it is none."""
    from transformers import AttentionInterface, AutoModel, AutoModelForCausalLM

    AttentionInterface.register(SPY, lambda *_, **__: None)
    ways: list[tuple[Any, dict[str, Any], str | None]] = [
        (AutoModelForCausalLM, {"attn_implementation": SPY}, None),
        (AutoModelForCausalLM, {}, "its attention cannot keep packed samples apart"),
        (AutoModel, {}, "it is no causal language model"),
    ]
    reasons = []
    for kind, keys, obstacle in ways:
        try:
            with torch.device("meta"):
                return kind.from_config(config_class.from_dict(content), **keys), obstacle
        except Exception as error:  # a model's own code raises what it likes
            reasons.append(first_line(error))
    raise TrainError(
        f"model_name_or_path: its {config_class.model_type} model cannot be built ({reasons[-1]})"
    )


def decoder_blocks(model: Any) -> tuple[str, nn.ModuleList] | None:
    """Name and list of the decoder blocks of a causal language model, or None."""
    inside = set(map(id, model.get_decoder().modules()))
    wanted = model.config.get_text_config().num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and id(module) in inside and len(module) == wanted:
            return name, module
    return None


def linears_in_blocks(model: Any) -> tuple[list[Linear], list[Linear]]:
    """The linear layers in the decoder blocks of a model, and those elsewhere but the head."""
    found, head = decoder_blocks(model), model.get_output_embeddings()
    prefix = f"{found[0]}." if found else "\0"
    inside: list[Linear] = []
    outside: list[Linear] = []
    for name, module in model.named_modules():
        sizes = _widths(module)
        if sizes is not None and module is not head:
            linear = Linear(name, *sizes)
            (inside if name.startswith(prefix) else outside).append(linear)
    return inside, outside


def _widths(module: nn.Module) -> tuple[int, int] | None:
    """Inputs and outputs of a linear layer (GPT-2's, Conv1D, has them the other way round)."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    if type(module).__name__ == "Conv1D":
        return module.nx, module.nf  # type: ignore[return-value]
    return None


def _measure(model: Any) -> Structure:
    """Counts of a causal language model, and what running it shows."""
    found, config = decoder_blocks(model), model.config.get_text_config()
    blocks = found[1] if found else None
    inside, outside = linears_in_blocks(model)
    ends = (model.get_input_embeddings(), model.get_output_embeddings())
    weights = {id(m.weight): m.weight for m in ends if hasattr(m, "weight")}
    vocabulary, hidden = ends[0].weight.shape
    experts, active = _experts(blocks, config)
    seen = trace(model, blocks)
    return Structure(
        kind=type(model).__name__,
        parameters=_count(model),
        obstacle=seen.obstacle,
        hidden=hidden,
        heads=seen.heads or hidden,
        inner=_feed_forward_width(config, hidden),
        vocabulary=vocabulary,
        embeddings=sum(weight.numel() for weight in weights.values()),
        blocks=0 if blocks is None else len(blocks),
        linears=tuple(inside),
        other_linears=tuple(outside),
        experts=experts,
        active_experts=active,
        window=seen.window,
        transposed=any(type(module).__name__ == "Conv1D" for module in model.modules()),
    )


def _feed_forward_width(config: Any, hidden: int) -> int:
    """Width of what a token meets between the two halves of the feed-forward part."""
    chosen, width = _experts_per_token(config), getattr(config, "moe_intermediate_size", None)
    if chosen and width:
        return int(chosen * width)
    return int((getattr(config, "intermediate_size", None) or 4 * hidden) * (chosen or 1))


def _experts_per_token(config: Any) -> int | None:
    """Experts that a token meets, where there are any."""
    return getattr(config, "num_experts_per_tok", None) or getattr(config, "moe_topk", None)


def _experts(blocks: nn.ModuleList | None, config: Any) -> tuple[int, int]:
    """Parameters in stacks of experts [E, ., .], and how many of them a token meets."""
    stacks = [
        parameter
        for module in (blocks.modules() if blocks else ())
        if not isinstance(module, nn.Conv1d)
        for parameter in module.parameters(recurse=False)
        if parameter.dim() == 3
    ]
    chosen = _experts_per_token(config)
    active = sum(p.numel() // len(p) * min(chosen or len(p), len(p)) for p in stacks)
    return sum(p.numel() for p in stacks), active
