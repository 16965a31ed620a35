"""Merges an adapter into its base: planned, streamed, verified, then renamed to its final name."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rf_jsonl import write_json, write_text

from rf_train.errors import TrainError
from rf_train.files.adapter_base import missing_layers_remark
from rf_train.inference.trained_rendering import tokenizer_folder
from rf_train.merge.folder import (
    CARD_NAME,
    MERGE_NAME,
    check_destination,
    check_disk_space,
    copy_model_files,
    existing_merge,
    file_sizes,
    new_folder,
    set_chat_template,
)
from rf_train.merge.model_card import base_model_name, model_card, read_metrics
from rf_train.merge.peak_memory import peak_memory
from rf_train.merge.plan import Plan, merge_identity, plan_merge, template_text
from rf_train.merge.recipe import MergeRecipe
from rf_train.merge.shards import write_shards
from rf_train.merge.verify import VerifyOptions, verify_merge
from rf_train.recipe.keys import as_record
from rf_train.versions import versions

Say = Callable[[str], None]
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")


def merge(
    recipe: MergeRecipe, *, verify: VerifyOptions, force: bool = False, say: Say
) -> dict[str, Any]:
    """Runs a merge recipe; returns the record written to `merge.json`.

    A failed verification leaves nothing under the final name. Raises FileError, TrainError.
    """
    started = time.perf_counter()
    final = Path(recipe.export_dir)
    plan = plan_merge(recipe)
    _announce(plan, say)
    identity = merge_identity(plan)
    record = existing_merge(final, identity)
    if record is not None and not force:
        say(f"unchanged: {final} holds this merge already")
        if record.get("verification") is None and verify.prompts:
            record = _record_verification(plan, final, record, verify=verify, say=say)
        return record
    inputs = [plan.base, plan.weights.adapter.folder]
    marks = ("config.json", MERGE_NAME)
    check_destination(final, inputs, what="model", marks=marks, force=force)
    check_disk_space(final, plan.total)
    with new_folder(final, replace=force) as folder:
        _write(plan, folder)
        record = _record(plan, identity, folder, started)
        write_json(folder / MERGE_NAME, record)
        if verify.prompts:
            record = _record_verification(plan, folder, record, verify=verify, say=say)
        else:
            _write_card(plan, folder, record)
    return record


def _announce(plan: Plan, say: Say) -> None:
    counts, recipe = plan.counts(), plan.recipe
    say(
        f"{counts['merged']} tensors to merge, {counts['copied']} to copy"
        + (f", {counts['dequantised_only']} to dequantise" if counts["dequantised_only"] else "")
        + f"; {plan.total / 1e9:,.2f} GB in {len(plan.shards)} files of at most "
        f"{recipe.export_size:g} GB"
    )
    remark = missing_layers_remark(plan.weights.adapter, plan.tensors)
    if remark is not None:
        say(f"({remark})")
    if plan.trained_on is None or recipe.merge_base == "dequantized":
        return
    say(
        f"(the adapter was trained on {plan.trained_on.name} weights, which differ slightly from "
        "the stored ones; merge_base: dequantized merges into those of the training)"
    )


def _write(plan: Plan, folder: Path) -> None:
    """Writes the weights and everything that belongs to them."""
    from tqdm import tqdm

    unit = {"unit": "B", "unit_scale": True, "unit_divisor": 1000}
    with tqdm(total=plan.total, desc="merge", disable=None, **unit) as bar:
        write_shards(folder, plan.shards, plan.weights, bar.update)
    run = plan.run.folder if plan.run is not None else None
    copy_model_files(plan.base, _tokenizer_folder(plan), run, folder)
    text = template_text(plan.template)
    if text is not None:
        set_chat_template(folder, text)


def _tokenizer_folder(plan: Plan) -> Path:
    """The folder of the tokenizer: the run's, else the adapter's, else the base's."""
    adapter = plan.weights.adapter.folder
    for folder in (Path(tokenizer_folder(plan.run, str(adapter))), adapter):
        if any((folder / name).is_file() for name in _TOKENIZERS):
            return folder
    return plan.base


def _record(plan: Plan, identity: dict[str, Any], folder: Path, started: float) -> dict[str, Any]:
    return {
        "format": 1,
        "recipe": as_record(plan.recipe),
        "base": base_model_name(
            plan.recipe.model_name_or_path, plan.config, plan.weights.adapter.base_name
        ),
        "tensors": plan.counts(),
        "bytes": plan.total,
        "seconds": round(time.perf_counter() - started, 2),
        "peak_memory_bytes": peak_memory(),
        "verification": None,
        "files": file_sizes(folder),
        "identity": identity,
        "versions": versions(),
    }


def _record_verification(
    plan: Plan, folder: Path, record: dict[str, Any], *, verify: VerifyOptions, say: Say
) -> dict[str, Any]:
    """Verifies the model in `folder` and records the result. Raises TrainError where it fails."""
    found = verify_merge(plan, folder, verify, say)
    if not found.passed:
        raise TrainError(
            f"verification failed: mean KL {found.merged.kl_mean:.3g} nats from base + adapter, "
            f"at most {found.bound:g} expected (--verify 0 merges without verification)"
        )
    record = {**record, "verification": found.to_record()}
    write_json(folder / MERGE_NAME, record)
    _write_card(plan, folder, record)
    return record


def _write_card(plan: Plan, folder: Path, record: dict[str, Any]) -> None:
    data, metrics = None, None
    if plan.recipe.metrics is not None:
        data, metrics = read_metrics(Path(plan.recipe.metrics))
    card = {"license": plan.recipe.license, "metrics_data": data, "metrics": metrics}
    name = Path(plan.recipe.export_dir).name
    text = model_card(
        {**record, "run": plan.record, "card": card},
        name=name,
        base=record["base"],
        sizes=record["files"],
    )
    write_text(folder / CARD_NAME, text)
