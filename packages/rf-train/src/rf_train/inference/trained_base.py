"""Whether the base model of a conversation is the one that its adapter was trained on."""

from pathlib import Path

from rf_jsonl import read_json

from rf_train.errors import TrainError
from rf_train.files.adapter_base import base_mismatch
from rf_train.files.names import ADAPTER_CONFIG_NAME, RUN_NAME
from rf_train.files.safetensors_ranges import read_model
from rf_train.inference.recipe import InferenceRecipe
from rf_train.model.architectures import local_folder


def base_remark(recipe: InferenceRecipe, path: str) -> str:
    """A remark on a base, loaded from `path`, whose name differs from the one trained on, or "".

    Raises TrainError where the weights are known to differ, unless the recipe allows that.
    """
    place = recipe.adapter_name_or_path
    config = Path(place or "") / ADAPTER_CONFIG_NAME
    if place is None or not config.is_file():
        return ""
    run, folder = recipe.run(), local_folder(path)
    stored = folder is not None and any(folder.glob("*.safetensors"))
    difference, certain = base_mismatch(
        recipe.model_name_or_path,
        read_model(folder) if folder is not None and stored else None,
        base_name=str(read_json(config).get("base_model_name_or_path") or ""),
        record=read_json(run.folder / RUN_NAME) if run is not None else None,
    )
    if not certain or recipe.allow_other_base or not difference:
        return difference
    raise TrainError(f"model_name_or_path: {difference}; allow_other_base: true answers anyway")
