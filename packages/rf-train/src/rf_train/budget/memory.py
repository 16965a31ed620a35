"""How much memory a run needs, estimated from the structure of its model alone.

Checked against measured peaks (see `benchmarks/train_qwen3_8b.md`). All sizes are in bytes.
"""

from dataclasses import dataclass

from rf_train.model.loss import CHUNK_ELEMENTS
from rf_train.model.structure import Structure
from rf_train.model.trainable import targets
from rf_train.recipe.training import Recipe

OVERHEAD = 1.0e9  # CUDA context, allocator fragmentation, workspaces


def adapter_parameters(model: Structure, recipe: Recipe) -> int:
    """Trainable parameters of the adapter: r (in + out) per target. Raises TrainError."""
    found = targets(recipe, model.linears)
    return recipe.lora_rank * sum(linear.inputs + linear.outputs for linear in found)


def trained_parameters(model: Structure, recipe: Recipe) -> int:
    """Parameters that the recipe trains. Raises TrainError."""
    full = recipe.finetuning_type == "full"
    return model.parameters if full else adapter_parameters(model, recipe)


def _token_bytes(model: Structure, recipe: Recipe) -> float:
    """Activations kept for the backward pass per token and layer, if none are recomputed.

    These are the outputs of linear layers, and what norms, attention and gating keep.
    """
    size = 2 if recipe.bf16 else 4
    outputs = sum(linear.outputs for linear in model.linears) / model.blocks
    outputs += model.active_experts / (model.blocks * model.hidden)
    units = outputs + 3 * model.hidden + 2 * model.heads + model.inner
    adapters = 0.0
    if recipe.drops:
        adapted = targets(recipe, model.linears)
        adapters = sum(linear.inputs for linear in adapted) / model.blocks
    return size * units + 8 * model.hidden + 1.5 * size * adapters


def _compiled_token_bytes(model: Structure, recipe: Recipe) -> float:
    """The same where layers are compiled: norms and gating are recomputed, not kept.

    What is kept: the outputs of all linear layers, queries and keys once more after their rotation
    and the output of attention (2.5 widths together), and the inputs of trained layers, one for all
    that share an input.
    """
    size = 2 if recipe.bf16 else 4
    full = recipe.finetuning_type == "full"
    trained = model.linears if full else targets(recipe, model.linears)
    inputs = {(linear.name.rpartition(".")[0], linear.inputs) for linear in trained}
    units = float(sum(linear.outputs for linear in model.linears))
    units += sum(width for _, width in inputs)
    units += model.active_experts / model.hidden
    # With full weights in float32 the residual stream is in float32, too.
    residual = 8 * model.hidden if full and recipe.bf16 else 0
    return size * (units / model.blocks + 2.5 * model.hidden) + residual


@dataclass(frozen=True)
class Estimate:
    """Memory of a run: fixed bytes, and bytes per token of a micro-batch."""

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
        """Bytes with micro-batches of `tokens`."""
        return self.fixed + tokens * (self.per_token + self.one_layer)

    def tokens_within(self, budget: float) -> int:
        """Tokens of the largest micro-batch that fits `budget` bytes; may be negative."""
        return int((budget - self.fixed) / (self.per_token + self.one_layer))


def estimate(
    model: Structure,
    recipe: Recipe,
    *,
    resident: bool,
    checkpointing: bool,
    devices: int = 1,
    compiled: bool = False,
) -> Estimate:
    """Memory of a recipe on one of `devices` devices.

    Parameters
    ----------
    model : the structure of the base model
    recipe : what is trained, and in which precision
    resident : whether 4-bit weights are kept dequantised
    checkpointing : whether activations are recomputed
    devices : processes that share the weights with `fsdp`
    compiled : whether layers are compiled; those keep less for the backward pass

    Raises
    ------
    TrainError : `lora_target` names no layer of the model
    """
    size = 2 if recipe.bf16 else 4  # for FP8 weights, too, of which there are two copies
    full = recipe.finetuning_type == "full"
    linear_bytes = float(size)
    if recipe.quantization_bit and not resident:
        double = recipe.double_quantization and recipe.compute_dtype is None
        linear_bytes = 0.5 + (1.0 if double else 4.0) / 64
    others = model.parameters - model.linear_parameters
    weights = linear_bytes * model.linear_parameters + size * others
    layer = _compiled_token_bytes(model, recipe) if compiled else _token_bytes(model, recipe)
    largest = model.largest_linear * size
    shards = devices if recipe.fsdp else 1
    gathered = _gathered(model, recipe, checkpointing) if shards > 1 else 0.0
    return Estimate(
        weights=(0.0 if full else weights / shards + largest) + gathered,
        trained=16.0 * trained_parameters(model, recipe) / shards,
        head=CHUNK_ELEMENTS * (8.0 + 2 * size),
        per_token=model.blocks * (size * model.hidden if checkpointing else layer),
        one_layer=0.0 if compiled and not checkpointing else 1.5 * layer,
    )


def even_micro_batch_tokens(step_tokens: float, limit: int) -> int:
    """Tokens per micro-batch when a step is divided evenly into as few as `limit` allows."""
    batches = max(1, -(-round(step_tokens) // limit))
    return -(-round(step_tokens) // batches)


def _gathered(model: Structure, recipe: Recipe, checkpointing: bool) -> float:
    """What a device holds in full although the weights are sharded.

    These are two layers (the current and the next one; with `shard_grad_op` all of them, until
    their backward pass) and everything outside the layers, with the gradients of what is trained
    in two layers. Full training in bfloat16 also keeps the cast weights of every
    layer for the backward pass, unless activations are recomputed.
    """
    full = recipe.finetuning_type == "full"
    size = 4 if full or not recipe.bf16 else 2
    two_layers = 2 * model.block_parameters / model.blocks
    whole = model.block_parameters if recipe.fsdp == "shard_grad_op" else two_layers
    weights = size * (whole + model.embeddings)
    gradients = 4 * (two_layers + model.embeddings) if full else 0.0
    casts = 2.0 * model.block_parameters if full and recipe.bf16 and not checkpointing else 0.0
    return weights + gradients + casts
