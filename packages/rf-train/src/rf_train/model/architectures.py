"""Configs of models: known architectures (for plans without a download), local folders, the hub.

The values of the known architectures are from the published `config.json` of each model.
"""

from pathlib import Path
from typing import Any

from rf_jsonl import FileError, did_you_mean, read_json

from rf_train.errors import TrainError, first_line
from rf_train.files.names import EMBEDDED_PREFIX, RANDOM_PREFIX, last_part

_QWEN3 = {
    "model_type": "qwen3",
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"},
    "rms_norm_eps": 1e-6,
    "bos_token_id": 151643,
    "eos_token_id": 151645,
    "pad_token_id": 151643,
}
_SMOLLM2 = {
    "model_type": "llama",
    "head_dim": 64,
    "vocab_size": 49152,
    "max_position_embeddings": 8192,
    "rope_parameters": {"rope_theta": 1e5, "rope_type": "default"},
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


def _sized(
    family: dict[str, Any], hidden: int, inner: int, layers: int, heads: int, **others: Any
) -> dict[str, Any]:
    sizes = {"hidden_size": hidden, "intermediate_size": inner, "num_hidden_layers": layers}
    return family | sizes | {"num_attention_heads": heads} | others


ARCHITECTURES: dict[str, dict[str, Any]] = {
    "Qwen3-8B": _sized(_QWEN3, 4096, 12288, 36, 32, tie_word_embeddings=False),
    "Qwen3-4B": _sized(_QWEN3, 2560, 9728, 36, 32, tie_word_embeddings=True),
    "Qwen3-1.7B": _sized(_QWEN3, 2048, 6144, 28, 16, tie_word_embeddings=True),
    "Qwen3-0.6B": _sized(_QWEN3, 1024, 3072, 28, 16, tie_word_embeddings=True),
    "SmolLM2-135M-Instruct": _sized(_SMOLLM2, 576, 1536, 30, 9, num_key_value_heads=3),
    "SmolLM2-360M-Instruct": _sized(_SMOLLM2, 960, 2560, 32, 15, num_key_value_heads=5),
}


def architecture(name_or_path: str, *, trust_remote_code: bool = False) -> Any:
    """The transformers config of a local folder, a known architecture or a cached hub model.

    No weights are needed. Hub ids, folders, `embedded:` and `random:` names are looked up in
    `ARCHITECTURES` by their last part. Raises FileError, TrainError.
    """
    from transformers import AutoConfig

    folder = Path(name_or_path)
    if (folder / "config.json").is_file():
        return _folder_config(folder, trust_remote_code)
    if name_or_path.startswith(RANDOM_PREFIX) and "@" in name_or_path:
        return _with_layers(*name_or_path.rsplit("@", 1))
    name = last_part(name_or_path)
    if name in ARCHITECTURES:
        return AutoConfig.for_model(**ARCHITECTURES[name])
    cached = _cached_folder(name_or_path)
    if cached is not None:
        return _folder_config(cached, trust_remote_code)
    raise TrainError(
        f"model_name_or_path: {name_or_path} is neither a local model folder nor a known "
        f"architecture{did_you_mean(name, ARCHITECTURES)}"
    )


def model_config(name_or_path: str, *, trust_remote_code: bool = False) -> Any:
    """The config of a model that is about to be loaded, downloaded if necessary.

    Raises FileError, TrainError.
    """
    from transformers import AutoConfig

    folder = Path(name_or_path)
    if name_or_path.startswith((RANDOM_PREFIX, EMBEDDED_PREFIX)) or folder.is_dir():
        if folder.is_dir() and not (folder / "config.json").is_file():
            raise FileError(folder / "config.json", "no such file, expected a model folder")
        return architecture(name_or_path, trust_remote_code=trust_remote_code)
    if folder.is_absolute() or name_or_path.startswith("."):
        raise FileError(name_or_path, "no such model folder")
    try:
        return AutoConfig.from_pretrained(name_or_path, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise FileError(name_or_path, f"cannot load the model: {first_line(error)}") from None


def _folder_config(folder: Path, trust_remote_code: bool) -> Any:
    """The config of a local model folder. Raises FileError."""
    from transformers import AutoConfig

    path = folder / "config.json"
    read_json(path)
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise FileError(path, first_line(error)) from None


def local_folder(name_or_path: str) -> Path | None:
    """The folder of a model on this disk: a local folder, or one in the hub's cache."""
    folder = Path(name_or_path)
    return folder if (folder / "config.json").is_file() else _cached_folder(name_or_path)


def _cached_folder(name: str) -> Path | None:
    """The folder of a hub id in the hub's cache, if it holds a config; nothing is downloaded."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _with_layers(name: str, layers: str) -> Any:
    """`random:NAME@LAYERS`: the architecture reduced to its first layers."""
    from transformers import AutoConfig

    known = architecture(name).to_dict()
    if not layers.isdigit() or not 0 < int(layers) <= known["num_hidden_layers"]:
        raise TrainError(f"model_name_or_path: {name} has 1 to {known['num_hidden_layers']} layers")
    return AutoConfig.for_model(
        **{**ARCHITECTURES[last_part(name)], "num_hidden_layers": int(layers)}
    )
