"""What a model is made of and whether it can be trained here, determined from its own class.

The model is built on the meta device, where tensors take no memory. So every architecture of
transformers is counted exactly, where formulas would cover only some.
"""

import functools
import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from rf_train.errors import TrainError, first_line
from rf_train.model.trace import SPY, trace


@dataclass(frozen=True)
class Linear:
    """A linear layer: its name in the model, and its sizes."""

    name: str
    inputs: int
    outputs: int

    @property
    def suffix(self) -> str:
        """The last part of the name, as in `lora_target`."""
        return self.name.rsplit(".", 1)[-1]

    @property
    def weights(self) -> int:
        """Parameters of the weight."""
        return self.inputs * self.outputs


@dataclass(frozen=True)
class Structure:
    """The structure of a model; parameters that layers share count once.

    Attributes
    ----------
    kind : name of the model's class
    parameters : all parameters
    obstacle : why the model cannot be trained here, or None
    hidden, heads, inner : widths of the residual stream, of all query heads together, and within
        the feed-forward part
    vocabulary : rows of the embedding
    embeddings : parameters of embedding and output head
    blocks : number of decoder blocks
    linears : the linear layers in the decoder blocks
    other_linears : those elsewhere (a vision tower's), without the output head
    experts, active_experts : parameters in three-dimensional stacks of experts, and how many of
        them each token uses
    window : the shortest attention window, in tokens
    transposed : whether linear layers are GPT-2's Conv1D
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

    @property
    def all_linears(self) -> tuple[Linear, ...]:
        """All linear layers but the output head: those that are quantised."""
        return self.linears + self.other_linears

    @property
    def linear_parameters(self) -> int:
        """Weights of `all_linears`."""
        return sum(linear.weights for linear in self.all_linears)

    @property
    def block_parameters(self) -> int:
        """Parameters of linear layers and experts."""
        return self.linear_parameters + self.experts

    @property
    def matrix_parameters(self) -> int:
        """Parameters that multiply every token: the head's count, the embedding's do not."""
        weights = sum(linear.weights for linear in self.linears)
        return weights + self.active_experts + self.vocabulary * self.hidden

    @property
    def largest_linear(self) -> int:
        """Weights of the largest linear layer in the decoder blocks."""
        return max((linear.weights for linear in self.linears), default=0)


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
    linears, others = linears_in_blocks(model) if hasattr(model, "lm_head") else ((), ())
    kind = type(model).__name__
    return Structure(kind, _count(model), obstacle, linears=linears, other_linears=others)


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _build_on_meta(config_class: Any, content: dict[str, Any]) -> tuple[Any, str | None]:
    """The model on the meta device, and why it cannot be trained here, if it cannot."""
    from transformers import AttentionInterface, AutoModel, AutoModelForCausalLM

    AttentionInterface.register(SPY, lambda *_, **__: None)
    attempts: list[tuple[Any, dict[str, Any], str | None]] = [
        (AutoModelForCausalLM, {"attn_implementation": SPY}, None),
        (AutoModelForCausalLM, {}, "its attention cannot keep packed samples apart"),
        (AutoModel, {}, "it is not a causal language model"),
    ]
    reasons = []
    for kind, keys, obstacle in attempts:
        try:
            with torch.device("meta"):
                return kind.from_config(config_class.from_dict(content), **keys), obstacle
        except Exception as error:  # a model's own code may raise anything
            reasons.append(first_line(error))
    raise TrainError(
        f"model_name_or_path: its {config_class.model_type} model cannot be built ({reasons[-1]})"
    )


def decoder_blocks(model: Any) -> tuple[str, nn.ModuleList] | None:
    """Name and list of the decoder blocks of a causal language model, or None if it has none."""
    inside = set(map(id, model.get_decoder().modules()))
    count = model.config.get_text_config().num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and id(module) in inside and len(module) == count:
            return name, module
    return None


def linears_in_blocks(model: Any) -> tuple[tuple[Linear, ...], tuple[Linear, ...]]:
    """The linear layers in a model's decoder blocks, and those elsewhere without the head."""
    found, head = decoder_blocks(model), model.get_output_embeddings()
    prefix = f"{found[0]}." if found else "\0"
    inside: list[Linear] = []
    outside: list[Linear] = []
    for name, module in model.named_modules():
        sizes = _widths(module)
        if sizes is not None and module is not head:
            linear = Linear(name, *sizes)
            (inside if name.startswith(prefix) else outside).append(linear)
    return tuple(inside), tuple(outside)


def _widths(module: nn.Module) -> tuple[int, int] | None:
    """Inputs and outputs of a linear layer or of GPT-2's Conv1D, None for other modules."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    if type(module).__name__ == "Conv1D":
        return module.nx, module.nf  # type: ignore[return-value]
    return None


def _measure(model: Any) -> Structure:
    """The structure of a causal language model, from counting and tracing it."""
    found, config = decoder_blocks(model), model.config.get_text_config()
    blocks = found[1] if found else None
    linears, other_linears = linears_in_blocks(model)
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
        linears=linears,
        other_linears=other_linears,
        experts=experts,
        active_experts=active,
        window=seen.window,
        transposed=any(type(module).__name__ == "Conv1D" for module in model.modules()),
    )


def _feed_forward_width(config: Any, hidden: int) -> int:
    """Width within the feed-forward part, of all experts that a token uses together."""
    experts, width = _experts_per_token(config), getattr(config, "moe_intermediate_size", None)
    if experts and width:
        return int(experts * width)
    return int((getattr(config, "intermediate_size", None) or 4 * hidden) * (experts or 1))


def _experts_per_token(config: Any) -> int | None:
    """How many experts each token uses, None for a dense model."""
    return getattr(config, "num_experts_per_tok", None) or getattr(config, "moe_topk", None)


def _experts(blocks: nn.ModuleList | None, config: Any) -> tuple[int, int]:
    """Parameters in stacks of experts [E, ., .], and how many of them each token uses."""
    stacks = [
        parameter
        for module in (blocks.modules() if blocks else ())
        if not isinstance(module, nn.Conv1d)
        for parameter in module.parameters(recurse=False)
        if parameter.dim() == 3
    ]
    used = _experts_per_token(config)
    active = sum(p.numel() // len(p) * min(used or len(p), len(p)) for p in stacks)
    return sum(p.numel() for p in stacks), active
