"""The identity of a run (recipe, data, model), which must match when it is resumed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rf_jsonl import sha256_text

from rf_train.files.safetensors_ranges import fingerprint, read_model
from rf_train.recipe.keys import as_record
from rf_train.recipe.training import Recipe

# What determines the token ids: the tokenizer, and the files that may hold its chat template.
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
# Keys that affect only how a run is computed or monitored, or that name files hashed here anyway.
_IGNORED_KEYS = frozenset(
    "output_dir report_to save_total_limit cut memory_gb micro_batch_tokens answer_logits_only "
    "resident_weights torch_compile gradient_checkpointing packing share_prefix fold_adapters "
    "flash_attn fsdp dataset_dir dataset eval_dataset model_name_or_path adapter_name_or_path "
    "use_cpu per_device_train_batch_size gradient_accumulation_steps".split()
)


def run_identity(recipe: Recipe, path: str, files: dict[str, Path], devices: int) -> dict[str, Any]:
    """The recipe keys that affect the result, and hashes of data, model and tokenizer files."""
    if recipe.order_seed == recipe.seed:  # the default, written out
        recipe = replace(recipe, data_seed=None)
    keys = {key: value for key, value in as_record(recipe).items() if key not in _IGNORED_KEYS}
    return {
        "recipe": keys | {"samples_per_step": recipe.samples_per_step(devices)},
        "data": {name: sha256_text(file) for name, file in files.items()},
        "model": _model(path) | _tokenizer(Path(recipe.tokenizer_path or path)),
    }


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The differences between two identities, each as `group key: old -> new`."""
    found = []
    defaults = as_record(Recipe())  # for keys that did not exist when the old run was made
    for group in ("recipe", "data", "model"):
        before, after = old.get(group, {}), new.get(group, {})
        if group == "recipe" and before:
            before = {key: defaults[key] for key in after.keys() & defaults.keys()} | before
        since = {"fingerprint"} - before.keys() if group == "model" else set()
        for key in sorted((before.keys() | after.keys()) - since):
            if before.get(key) != after.get(key):
                found.append(f"{group} {key}: {before.get(key)} -> {after.get(key)}")
    return found


def _model(path: str) -> dict[str, Any]:
    """Config hash, weight sizes and fingerprint of a local folder; hashing all weights is slow."""
    folder = Path(path)
    if not (folder / "config.json").is_file():
        return {"name": path}
    weights = {file.name: file.stat().st_size for file in sorted(folder.glob("*.safetensors"))}
    found = {"config": sha256_text(folder / "config.json"), **weights}
    return found | ({"fingerprint": fingerprint(read_model(folder))} if weights else {})


def _tokenizer(folder: Path) -> dict[str, Any]:
    """Hashes of a local tokenizer's files."""
    return {
        name: sha256_text(folder / name) for name in _TOKENIZER_FILES if (folder / name).is_file()
    }
