"""Data sets of a hub, and folders laid out like them: which of their files make up a split.

A data set is fetched into the hub's cache (`HF_HOME`) unless its files are there, and `datasets`
says from its card and its file names which of them belong to which split. The files are then read
like any others. `load_dataset` would report to a server that it was called; the builder of a
local folder does not.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rf_jsonl import FileError, did_you_mean

from rf_train.errors import TrainError

KINDS = (".jsonl", ".json", ".parquet", ".csv")
NO_SUCH_KIND = f"expected a file of {', '.join(KINDS)}"
_CARDS = ("README.md", ".huggingface.yaml")
_NAME = re.compile(r"(?P<name>[\w-][\w.-]*/[\w-][\w.-]*)(?:@(?P<revision>\S+))?")


@dataclass(frozen=True)
class Hub:
    """A data set of a hub, `revision` a branch, a tag or a commit (None: the main branch)."""

    name: str
    revision: str | None = None

    @classmethod
    def named(cls, text: str) -> "Hub | None":
        """The data set that `org/name` or `org/name@revision` names; None for other texts."""
        match = _NAME.fullmatch(text)
        return None if match is None else cls(match["name"], match["revision"])

    def __str__(self) -> str:
        return self.name if self.revision is None else f"{self.name}@{self.revision}"

    def folder(self) -> Path:
        """Its files on this disk, fetched if need be. Raises TrainError with the reason."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        wanted = [f"*{kind}" for kind in KINDS] + list(_CARDS)
        try:
            return Path(
                snapshot_download(
                    self.name,
                    repo_type="dataset",
                    revision=self.revision,
                    allow_patterns=wanted,
                )
            )
        except GatedRepoError:
            reason = "the hub gives it only to those who asked for access, and are logged in"
        except RevisionNotFoundError:
            reason = f"has no revision {self.revision!r} on the hub"
        except RepositoryNotFoundError:
            reason = "is not on the hub, or is private"
        except HFValidationError as error:
            reason = str(error).splitlines()[0]
        except (HfHubHTTPError, OSError):
            reason = "is not in the hub's cache (HF_HOME), and the hub cannot be reached"
        raise TrainError(f"dataset: {self} is no file here and {reason}")


def split_files(folder: Path, split: str, *, subset: str | None = None) -> list[Path]:
    """The files of a split in a folder, in order.

    `subset` is one of the card's configurations (None: the default one). Raises FileError where
    there is no such split or subset, or where the files are of another kind.
    """
    from datasets import load_dataset_builder
    from datasets.exceptions import DatasetsError

    try:
        found = load_dataset_builder(str(folder.absolute()), name=subset).config.data_files
    except (OSError, ValueError, DatasetsError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise FileError(folder, f"holds no data set: {reason}") from None
    splits = {str(name): [Path(file) for file in files] for name, files in (found or {}).items()}
    if split not in splits:
        near = did_you_mean(split, splits)
        raise FileError(folder, f"has no split {split!r}, only {', '.join(splits)}{near}")
    for path in splits[split]:
        if path.suffix not in KINDS:
            raise FileError(path, NO_SUCH_KIND)
    return splits[split]
