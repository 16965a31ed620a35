"""How much memory a run needs, estimated from the architecture alone.

Checked against measured peaks (see `benchmarks/train_qwen3_8b.md`). Bytes throughout.
"""

from dataclasses import dataclass
from typing import Any

from rf_train.model.loss import CHUNK_ELEMENTS
from rf_train.model.structure import Structure, structure_of
from rf_train.model.trainable import targets
from rf_train.recipe.training import Recipe

OVERHEAD = 1.0e9  # CUDA context, allocator slack, workspaces


@dataclass(frozen=True)
class Shape:
    """Sizes of a model as the estimates need them, from its class (see `Structure`)."""

    structure: Structure

    @classmethod
    def of(cls, config: Any) -> "Shape":
        """The sizes of the model that a transformers config describes. Raises TrainError."""
        return cls(structure_of(config))

    @property
    def hidden(self) -> int:
        """Width of what goes from block to block."""
        return self.structure.hidden

    @property
    def inner(self) -> int:
        """Width within the feed-forward part."""
        return self.structure.inner

    @property
    def layers(self) -> int:
        """Decoder blocks."""
        return self.structure.blocks

    @property
    def parameters(self) -> int:
        """All parameters, shared ones once."""
        return self.structure.parameters

    @property
    def linear_parameters(self) -> int:
        """Weights of all linear layers but the output head: those that are quantised."""
        structure = self.structure
        return sum(linear.weights for linear in structure.linears + structure.other_linears)

    @property
    def block_parameters(self) -> int:
        """Parameters of all blocks: linear layers and experts."""
        return self.linear_parameters + self.structure.experts

    @property
    def embedding_parameters(self) -> int:
        """Parameters of embedding and output head."""
        return self.structure.embeddings

    @property
    def matrix_parameters(self) -> int:
        """Parameters that multiply every token (the head counts, the embedding does not)."""
        structure = self.structure
        weights = sum(linear.weights for linear in structure.linears)
        return weights + structure.active_experts + structure.vocabulary * structure.hidden

    @property
    def largest(self) -> int:
        """Parameters of the largest linear layer."""
        return max((linear.weights for linear in self.structure.linears), default=0)

    def adapter_parameters(self, recipe: Recipe) -> int:
        """Trainable parameters of the adapter: r (in + out) a target. Raises TrainError."""
        found = targets(recipe, self.structure.linears)
        return recipe.lora_rank * sum(one.inputs + one.outputs for one in found)

    def token_bytes(self, recipe: Recipe) -> float:
        """Activations kept for the backward pass, a token and layer, nothing recomputed.

        What linear layers return, and what norms, attention and gating keep beside it.
        """
        size, structure = 2 if recipe.bf16 else 4, self.structure
        outputs = sum(linear.outputs for linear in structure.linears) / self.layers
        outputs += structure.active_experts / (self.layers * self.hidden)
        units = outputs + 3 * self.hidden + 2 * structure.heads + structure.inner
        adapters = 0.0
        if recipe.drops:
            adapted = targets(recipe, structure.linears)
            adapters = sum(linear.inputs for linear in adapted) / self.layers
        return size * units + 8 * self.hidden + 1.5 * size * adapters

    def compiled_token_bytes(self, recipe: Recipe) -> float:
        """The same where layers are compiled: norms and gating are computed again, not kept.

        What stays: the outputs of all linear layers, queries and keys once more behind their
        rotation, what attention returns (2.5 widths together), and the inputs of trained layers,
        one for those that read the same.
        """
        size, structure = 2 if recipe.bf16 else 4, self.structure
        full = recipe.finetuning_type == "full"
        trained = structure.linears if full else targets(recipe, structure.linears)
        inputs = {(one.name.rpartition(".")[0], one.inputs) for one in trained}
        units = float(sum(one.outputs for one in structure.linears))
        units += sum(width for _, width in inputs)
        units += structure.active_experts / self.hidden
        # Whole weights in float32 make what the layers add to float32, too.
        residual = 8 * self.hidden if full and recipe.bf16 else 0
        return size * (units / self.layers + 2.5 * self.hidden) + residual


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
    shape: Shape,
    recipe: Recipe,
    *,
    resident: bool,
    checkpointing: bool,
    devices: int = 1,
    compiled: bool = False,
) -> Estimate:
    """Memory of a recipe on one of so many devices, given the choices that matter most.

    Micro-batches are sized for layers that are not `compiled`: those that are need less, and the
    difference is what the allocator loses between micro-batches of different lengths.
    """
    size = 2 if recipe.bf16 else 4  # for FP8 weights, too: there are two of one byte each
    full = recipe.finetuning_type == "full"
    linear_bytes = float(size)
    if recipe.quantization_bit and not resident:
        doubly = recipe.double_quantization and recipe.compute_dtype is None
        linear_bytes = 0.5 + (1.0 if doubly else 4.0) / 64
    trained = shape.parameters if full else shape.adapter_parameters(recipe)
    others = shape.parameters - shape.linear_parameters
    weights = linear_bytes * shape.linear_parameters + size * others
    layer = shape.compiled_token_bytes(recipe) if compiled else shape.token_bytes(recipe)
    largest = shape.largest * size
    parts = devices if recipe.fsdp else 1
    gathered = _gathered(shape, recipe, checkpointing) if parts > 1 else 0.0
    return Estimate(
        weights=(0.0 if full else weights / parts + largest) + gathered,
        trained=16.0 * trained / parts,
        head=CHUNK_ELEMENTS * (8.0 + 2 * size),
        per_token=shape.layers * size * shape.hidden if checkpointing else shape.layers * layer,
        one_layer=0.0 if compiled and not checkpointing else 1.5 * layer,
    )


def even_micro_batch_tokens(step_tokens: float, limit: int) -> int:
    """Tokens of a micro-batch where a step is cut evenly into as few as the limit allows."""
    batches = max(1, -(-round(step_tokens) // limit))
    return -(-round(step_tokens) // batches)


def _gathered(shape: Shape, recipe: Recipe, checkpointing: bool) -> float:
    """What a device holds in full although the weights are divided: two layers (the one at work and
    the next) and what belongs to no layer, with their gradients where these are trained.

    Full training in bfloat16 also keeps the cast weights of every layer for the backward pass,
    unless activations are recomputed.
    """
    full = recipe.finetuning_type == "full"
    size = 8 if full else 2 if recipe.bf16 else 4
    whole = size * (2 * shape.block_parameters / shape.layers + shape.embedding_parameters)
    casts = 2.0 * shape.block_parameters if full and recipe.bf16 and not checkpointing else 0.0
    return whole + casts
