"""The lines that a run prints before its first step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rf_train.budget.strategy import Strategy
from rf_train.data.run_data import Data
from rf_train.data.schedule import Schedule
from rf_train.recipe.training import Recipe
from rf_train.training.distributed import unused_devices_remark


def announce(
    record: dict[str, Any],
    *,
    recipe: Recipe,
    data: Data,
    schedule: Schedule,
    strategy: Strategy,
    checkpoint: Path | None,
) -> Iterator[str]:
    """Lines that describe the run; `record` is that of `run.json`."""
    samples, facts = data.train, record["truth"]
    yield (
        f"{schedule.total_steps:,} steps of {schedule.batch} samples "
        f"({len(samples):,} samples from {samples.summary.records:,} records, "
        f"{samples.sizes.tokens / len(samples):.0f} tokens each, "
        f"{samples.sizes.answers / len(samples):.0f} with loss)"
    )
    yield (
        f"{facts['trainable_parameters']:,} trainable parameters in {facts['adapter_dtype']}; "
        f"{facts['quantised_linears']} quantised layers ({facts['frozen_weights']})"
    )
    yield _computation(strategy, facts["attention"])
    if facts["shared_prefixes"]:
        tokens = " and ".join(f"{length:,}" for length in facts["shared_prefixes"])
        yield f"prompts of {tokens} tokens computed once for all samples that share them"
    if recipe.fsdp is not None:
        yield f"sharding: {facts['sharding']}"
    if (remark := unused_devices_remark()) is not None:
        yield remark
    skipped = samples.summary.skipped
    for reason, count in skipped.counts.items():
        yield f"left out: {count} x {reason}, e.g. {skipped.places[reason][0]}"
    if checkpoint is not None:
        yield f"continuing from {checkpoint}"


def _computation(strategy: Strategy, attention: str) -> str:
    """How a step is computed."""
    limit = strategy.cut.tokens
    return (
        f"attention: {attention}; micro-batches: {strategy.cut.layout}"
        + (f", at most {limit:,} tokens" if limit else "")
        + (", activations recomputed" if strategy.checkpointing else "")
        + (", adapters folded into the weights" if strategy.folded else "")
        + (", layers compiled" if strategy.compiled else "")
    )
