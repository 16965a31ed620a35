"""The weights of a run, their identity, and which ones are refused.

Only safetensors are loaded: a pickle can run code, against which PyTorch protects only partially.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from rf_jsonl import read_json, sha256_file, shown

from rf_eval.errors import EvalError

ADAPTER_WEIGHTS = "adapter_model.safetensors"
WEIGHTS = ("*.safetensors", "*.bin", "*.gguf")
PICKLES = ("*.bin", "*.pt", "*.pth")
EDGE_BYTES = 1 << 20


def chosen_weights(
    model: str | None, adapter: str | None, run: str | None
) -> tuple[str, str | None]:
    """The base model and the adapter: those of the run unless others are named."""
    if model is not None or run is None:
        return str(model), adapter
    recorded = read_json(Path(run) / "run.json").get("model")
    path = (recorded or {}).get("path") or (recorded or {}).get("name_or_path")
    if not isinstance(path, str):
        raise EvalError(f'{Path(run) / "run.json"}: no "model", so the base model is not known')
    own = (Path(run) / "adapter_config.json").is_file()
    return path, adapter or (run if own else None)


def refuse_pickles(model: str, adapter: str | None) -> None:
    """Raises EvalError for a model folder or an adapter without safetensors.

    A model that is not a folder is a hub id, from which the loader takes only safetensors.
    """
    if Path(model).is_dir() and not any(Path(model).glob("*.safetensors")):
        raise EvalError(f"{model}: {_pickles_in(Path(model)) or 'has no .safetensors weights'}")
    if adapter is not None and not (Path(adapter) / ADAPTER_WEIGHTS).is_file():
        raise EvalError(f"{adapter}: {_pickles_in(Path(adapter)) or f'has no {ADAPTER_WEIGHTS}'}")


def _pickles_in(folder: Path) -> str:
    pickles = sorted(path.name for kind in PICKLES for path in folder.glob(kind))
    return f"has pickles ({pickles[0]}), only safetensors are read" if pickles else ""


def adapter_identity(adapter: str | None, *, merged: bool) -> dict[str, Any] | None:
    """Path and hash of an adapter's weights, and whether they are merged into the base model."""
    if adapter is None:
        return None
    weights = Path(adapter) / ADAPTER_WEIGHTS
    digest = sha256_file(weights) if weights.is_file() else fingerprint(adapter)
    return {"path": shown(adapter), "sha256": digest, "merged": merged}


def fingerprint(model: str) -> str | None:
    """sha256 over a folder's config and its weight files' names, sizes and first and last MiB.

    This distinguishes models without reading 16 GB; None for a hub id, which has only its name.
    """
    folder = Path(model)
    if not folder.is_dir():
        return None
    digest = sha256()
    config = folder / "config.json"
    digest.update(config.read_bytes() if config.is_file() else b"")
    for path in sorted(path for pattern in WEIGHTS for path in folder.glob(pattern)):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}".encode())
        with path.open("rb") as file:
            digest.update(file.read(EDGE_BYTES))
            file.seek(max(0, size - EDGE_BYTES))
            digest.update(file.read(EDGE_BYTES))
    return digest.hexdigest()
