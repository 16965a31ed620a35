"""Verifies a merge: compares the model on disk with base and adapter, on real prompts."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.files.safetensors_ranges import read_model
from rf_train.merge.compare_logits import BOUNDS, Comparison, Tally, logits_of, make_batches
from rf_train.merge.peak_memory import peak_memory
from rf_train.merge.plan import Plan, quantised_weights
from rf_train.merge.prompts import select_prompts
from rf_train.merge.streamed_model import streamed_model
from rf_train.merge.weights import TrainedOn
from rf_train.model.loading import load_tokenizer


@dataclass(frozen=True)
class VerifyOptions:
    """How a merge is verified: on how many prompts (0: not at all), and of which file."""

    prompts: int
    file: Path | None = None


@dataclass(frozen=True)
class Verification:
    """How far the merged model is from base and adapter.

    Attributes
    ----------
    merged : compared with the weights merged into; decides whether the verification passes
    training : compared with the quantised weights of the training, where those differ
    bound : the largest mean KL that passes, in nats
    prompts, origin : how many prompts, and where they come from
    seconds : duration of the verification
    """

    merged: Comparison
    training: Comparison | None
    bound: float
    prompts: int
    origin: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the mean KL stays within its bound (NaN does not)."""
        return self.merged.kl_mean <= self.bound

    def to_record(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "prompts": self.prompts,
            "origin": self.origin,
            **asdict(self.merged),
            "kl_mean_bound": self.bound,
            "against_training": None if self.training is None else asdict(self.training),
            "seconds": round(self.seconds, 2),
            "peak_memory_bytes": peak_memory(),
        }


def verify_merge(
    plan: Plan, folder: Path, options: VerifyOptions, say: Callable[[str], None]
) -> Verification:
    """Runs prompts through both models. Raises FileError, TrainError."""
    started = time.perf_counter()
    prompts = select_prompts(options.prompts, options.file, plan.run.folder if plan.run else None)
    if not prompts.dialogues:
        raise FileError(options.file or folder, "holds no dialogue to verify with")
    say(f"verifying on {len(prompts.dialogues)} prompts: {prompts.origin}")
    tokenizer = load_tokenizer(str(folder), trust_remote_code=plan.recipe.trust_remote_code)
    kwargs = plan.template.kwargs if plan.template is not None else {}
    merged, tallies = _merged_model(plan, folder), [Tally() for _ in _references(plan)]
    references = [reference_model(plan, trained_on) for trained_on in _references(plan)]
    for batch in make_batches(prompts.dialogues, tokenizer, kwargs):
        logits = logits_of(merged, batch, plan.weights.device)
        for tally, reference in zip(tallies, references, strict=True):
            tally.add(logits_of(reference, batch, plan.weights.device), logits)
    results = [tally.result() for tally in tallies]
    return Verification(
        merged=results[0],
        training=results[1] if len(results) > 1 else None,
        bound=_bound(plan),
        prompts=len(prompts.dialogues),
        origin=prompts.origin,
        seconds=time.perf_counter() - started,
    )


def _references(plan: Plan) -> list[TrainedOn | None]:
    """The quantisations of the base to compare with: as merged, and as trained if different."""
    merged = plan.weights.trained_on
    return [merged] if merged is not None or plan.trained_on is None else [None, plan.trained_on]


def _bound(plan: Plan) -> float:
    """The bound for the coarsest precision that a merged weight is rounded to."""
    changed = [t.dtype for t in plan.tensors.values() if plan.weights.changes(t.name)]
    return max(BOUNDS[dtype] for dtype in changed)


def _merged_model(plan: Plan, folder: Path) -> Any:
    return streamed_model(
        folder,
        read_model(folder),
        device=plan.weights.device,
        trust_remote_code=plan.recipe.trust_remote_code,
    )


def reference_model(plan: Plan, trained_on: TrainedOn | None) -> Any:
    """The base with the adapter attached, its weights as `trained_on` says (None: as stored)."""
    quantised = (
        quantised_weights(plan.base, plan.tensors, trained_on, plan.record)
        if trained_on
        else frozenset[str]()
    )
    weights = replace(plan.weights, trained_on=trained_on, quantised=quantised)
    return streamed_model(
        plan.base,
        plan.tensors,
        device=plan.weights.device,
        adapter=plan.weights.adapter.folder,
        read=weights.base,
        trust_remote_code=plan.recipe.trust_remote_code,
    )
