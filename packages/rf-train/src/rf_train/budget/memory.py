"""How much memory a run needs, estimated from the architecture alone.

Checked against measured peaks (see `benchmarks/train_qwen3_8b.md`). Bytes throughout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rf_train.model.loss import CHUNK_ELEMENTS
from rf_train.recipe.training import Recipe

OVERHEAD = 1.0e9  # CUDA context, allocator slack, workspaces


@dataclass(frozen=True)
class Shape:
    """Sizes of a decoder-only architecture; `linears` are (name, in, out) of one layer.

    `norms` counts the parameters of all normalisations.
    """

    hidden: int
    inner: int
    layers: int
    vocabulary: int
    tied: bool
    linears: tuple[tuple[str, int, int], ...]
    norms: int

    @classmethod
    def of(cls, config: Any) -> "Shape":
        """Reads a transformers config of the Llama family (Qwen3, SmolLM2, Llama, Mistral)."""
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        query, key = config.num_attention_heads * head, config.num_key_value_heads * head
        hidden, inner = config.hidden_size, config.intermediate_size
        linears = (
            ("q_proj", hidden, query),
            ("k_proj", hidden, key),
            ("v_proj", hidden, key),
            ("o_proj", query, hidden),
            ("gate_proj", hidden, inner),
            ("up_proj", hidden, inner),
            ("down_proj", inner, hidden),
        )
        tied = bool(config.tie_word_embeddings)
        layers = config.num_hidden_layers
        per_head = 2 * head if config.model_type.startswith("qwen3") else 0
        norms = layers * (2 * hidden + per_head) + hidden
        return cls(hidden, inner, layers, config.vocab_size, tied, linears, norms)

    @property
    def linear_parameters(self) -> int:
        """Parameters of all linear layers but the output head."""
        return self.layers * sum(i * o for _, i, o in self.linears)

    @property
    def embedding_parameters(self) -> int:
        """Parameters of embedding and output head."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def matrix_parameters(self) -> int:
        """Parameters that multiply every token (the head counts, the embedding does not)."""
        return self.linear_parameters + self.vocabulary * self.hidden

    def targets(self, recipe: Recipe) -> Iterator[tuple[str, int, int]]:
        """The linears of one layer that get an adapter."""
        for linear in self.linears:
            if "all" in recipe.lora_target or linear[0] in recipe.lora_target:
                yield linear

    def adapter_parameters(self, recipe: Recipe) -> int:
        """Trainable parameters of the adapter: r (in + out) a target."""
        return self.layers * recipe.lora_rank * sum(i + o for _, i, o in self.targets(recipe))

    def token_bytes(self, recipe: Recipe) -> float:
        """Activations kept for the backward pass, a token and layer, nothing recomputed."""
        size = 2 if recipe.bf16 else 4
        query, key = self.linears[0][2], self.linears[1][2]
        units = 5 * self.hidden + 3 * query + 2 * key + 3 * self.inner
        adapters = sum(i for _, i, _ in self.targets(recipe)) if recipe.lora_dropout else 0
        return size * units + 8 * self.hidden + 1.5 * size * adapters


@dataclass(frozen=True)
class Estimate:
    """Memory of a run: fixed bytes, and bytes for every token computed at once."""

    weights: float
    trained: float
    head: float
    per_token: float
    one_layer: float

    @property
    def fixed(self) -> float:
        """Bytes that do not depend on the micro-batch."""
        return self.weights + self.trained + self.head + OVERHEAD

    def total(self, tokens: int) -> float:
        """Bytes with `tokens` computed at once."""
        return self.fixed + tokens * (self.per_token + self.one_layer)

    def tokens_within(self, budget: float) -> int:
        """Tokens that can be computed at once in `budget` bytes; may be negative."""
        return int((budget - self.fixed) / (self.per_token + self.one_layer))


def estimate(
    shape: Shape, recipe: Recipe, *, resident: bool, checkpointing: bool, devices: int = 1
) -> Estimate:
    """Memory of a recipe on one of so many devices, given the two choices that matter most."""
    size = 2 if recipe.bf16 else 4  # for FP8 weights, too: there are two of one byte each
    full = recipe.finetuning_type == "full"
    linear_bytes = float(size)
    if recipe.quantization_bit and not resident:
        linear_bytes = 0.5 + (1.0 if recipe.double_quantization else 4.0) / 64
    everything = shape.linear_parameters + shape.embedding_parameters
    trained = everything if full else shape.adapter_parameters(recipe)
    weights = linear_bytes * shape.linear_parameters + size * shape.embedding_parameters
    layer = shape.token_bytes(recipe)
    largest = max(i * o for _, i, o in shape.linears) * size
    parts = devices if recipe.fsdp else 1
    gathered = _gathered(shape, recipe, checkpointing) if parts > 1 else 0.0
    return Estimate(
        weights=(0.0 if full else weights / parts + largest) + gathered,
        trained=16.0 * trained / parts,
        head=CHUNK_ELEMENTS * (8.0 + 2 * size),
        per_token=shape.layers * size * shape.hidden if checkpointing else shape.layers * layer,
        one_layer=1.5 * layer,
    )


def _gathered(shape: Shape, recipe: Recipe, checkpointing: bool) -> float:
    """What a device holds in full although the weights are divided: two layers (the one at work and
    the next) and what belongs to no layer, with their gradients where these are trained.

    Full training in bfloat16 also keeps the cast weights of every layer for the backward pass,
    unless activations are recomputed.
    """
    full = recipe.finetuning_type == "full"
    size = 8 if full else 2 if recipe.bf16 else 4
    whole = size * (2 * shape.linear_parameters / shape.layers + shape.embedding_parameters)
    casts = 2.0 * shape.linear_parameters if full and recipe.bf16 and not checkpointing else 0.0
    return whole + casts
