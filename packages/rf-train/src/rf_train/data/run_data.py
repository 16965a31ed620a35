"""Reads the training and validation samples of a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_train.data.samples import Samples
from rf_train.data.sources import Sources
from rf_train.data.templates import TEMPLATES
from rf_train.data.tokenised import read_samples
from rf_train.recipe.training import Recipe


@dataclass(frozen=True)
class Data:
    """Training and validation samples, and the files they came from."""

    train: Samples
    validation: Samples | None
    sources: Sources

    def parts(self) -> dict[str, tuple[list[Path], Samples]]:
        """Files and samples by part, `train` and, if there is validation, `eval`."""
        files = {part: [source.path for source in found] for part, found in self.sources.items()}
        parts = {"train": (files["train"], self.train)}
        if self.validation is not None:
            parts["eval"] = (files.get("eval", files["train"]), self.validation)
        return parts


def read_data(
    recipe: Recipe, sources: Sources, tokenizer: Any, *, progress: bool | None = None
) -> Data:
    """Reads and tokenises a recipe's samples; splits off validation samples if it says so.

    `progress` None shows a bar on terminals. Raises FileError, TrainError.
    """
    read = {
        part: read_samples(
            found,
            tokenizer,
            TEMPLATES[recipe.template],
            cutoff_len=recipe.cutoff_len,
            mask_history=recipe.mask_history,
            refuse_overlong=recipe.overlong == "refuse",
            max_records=recipe.max_samples if part == "train" else None,
            progress=progress,
        )
        for part, found in sources.items()
    }
    train, validation = read["train"], read.get("eval")
    if validation is None and recipe.val_size:
        train, validation = train.split(recipe.val_size, recipe.seed)
    return Data(train, validation, sources)
