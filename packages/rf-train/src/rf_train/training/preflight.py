"""Checks before a run reads its data or changes its folder."""

import importlib.util
from pathlib import Path

from rf_train.data.sources import Sources, find_each
from rf_train.errors import TrainError
from rf_train.files.names import ADAPTER_NAME, CHECKPOINT_PREFIX
from rf_train.files.peft_adapter import read_adapter
from rf_train.model.architectures import model_config
from rf_train.model.embedded import check_embedded
from rf_train.model.lora import check_adapter
from rf_train.model.structure import structure_of
from rf_train.model.trainable import adapt_to_stored_weights, check_trainable, structure_remarks
from rf_train.recipe.training import Recipe


def check_model(recipe: Recipe) -> tuple[Recipe, list[str]]:
    """The recipe adapted to how the base is stored, and remarks; no weights are loaded.

    Raises FileError, TrainError where the model cannot be trained as the recipe says.
    """
    check_embedded(recipe.model_name_or_path)
    config = model_config(recipe.model_name_or_path, trust_remote_code=recipe.trust_remote_code)
    recipe, remarks = adapt_to_stored_weights(recipe, config)
    structure = structure_of(config)
    check_trainable(recipe, structure)
    return recipe, remarks + structure_remarks(recipe, structure)


def find_sources(recipe: Recipe) -> Sources:
    """The data files of a recipe by part (`train`, `eval`). Raises FileError, TrainError."""
    if recipe.dataset is None:
        raise TrainError("dataset: is missing")
    sources = {"train": find_each(recipe.dataset, recipe.dataset_dir)}
    if recipe.eval_dataset is not None:
        sources["eval"] = find_each(recipe.eval_dataset, recipe.dataset_dir, "validation")
    return sources


def data_files(sources: Sources) -> dict[str, Path]:
    """The files by part; the second and later ones of a part are numbered."""
    return {
        part if number == 1 else f"{part} {number}": source.path
        for part, found in sources.items()
        for number, source in enumerate(found, 1)
    }


def initial_adapter(recipe: Recipe) -> dict[str, Path]:
    """The file of the adapter that a recipe starts from, if any. Raises FileError, TrainError."""
    if recipe.adapter_name_or_path is None:
        return {}
    folder = Path(recipe.adapter_name_or_path)
    check_adapter(read_adapter(folder), recipe)
    return {"adapter": folder / ADAPTER_NAME}


def check_output_folder(recipe: Recipe, model: str) -> None:
    """Raises TrainError where a run would overwrite the `model` or adapter that it starts from.

    Neither may it start from a checkpoint in its own folder, which `--force` clears.
    """
    folder = Path(recipe.output_dir).resolve()
    inputs = {"model_name_or_path": model, "adapter_name_or_path": recipe.adapter_name_or_path}
    for name, location in inputs.items():
        if location is None:
            continue
        found = Path(location).resolve()
        own_checkpoint = found.parent == folder and found.name.startswith(CHECKPOINT_PREFIX)
        if found == folder or own_checkpoint:
            raise TrainError(
                f"output_dir: {recipe.output_dir} holds what the run starts from ({name}), "
                "expected another folder"
            )


def check_reporters(recipe: Recipe) -> None:
    """Raises TrainError for a reporter that is not installed."""
    if "tensorboard" in recipe.report_to and importlib.util.find_spec("tensorboard") is None:
        raise TrainError("report_to: not installed (pip install 'rf-train[tensorboard]')")
