"""The transformer that a model's configuration describes: Llama, Qwen2 and Qwen3.

All three are pre-norm decoders with rotary positions, grouped-query attention and a SiLU-gated
MLP. Qwen2 adds biases to the query, key and value projections, Qwen3 norms queries and keys per
head.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rf_jsonl import FileError

KINDS = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
}
ROPE_TYPES = ("default", "linear", "llama3")


@dataclass(frozen=True)
class Architecture:
    """The parameters of a model's graph; sizes in elements, `context_length` in tokens.

    `rope_scaling` has the keys of the configuration's `rope_scaling` (or `rope_parameters`).
    """

    kind: str
    layers: int
    hidden_size: int
    heads: int
    key_value_heads: int
    head_size: int
    intermediate_size: int
    vocabulary_size: int
    context_length: int
    norm_epsilon: float
    rope_theta: float
    tied_embeddings: bool
    query_key_value_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    rope_scaling: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query_key_norm(self) -> bool:
        """Whether queries and keys are normed per head."""
        return self.kind == "qwen3"

    def inverse_frequencies(self) -> NDArray[np.float32]:
        """Rotary frequencies in radians per token, shape (head_size / 2,).

        `llama3` is the interpolation of the Llama 3.1 report: long wavelengths are stretched by
        `factor`, short ones are kept, those between are blended.
        """
        exponents = np.arange(0, self.head_size, 2, dtype=np.float32) / self.head_size
        plain: NDArray[np.float32] = (1.0 / self.rope_theta**exponents).astype(np.float32)
        scaling = self.rope_scaling
        kind = scaling.get("rope_type", scaling.get("type", "default"))
        if kind == "linear":
            return (plain / np.float32(scaling["factor"])).astype(np.float32)
        if kind == "llama3":
            return _llama3(plain, scaling)
        return plain


def _llama3(plain: NDArray[np.float32], scaling: Mapping[str, Any]) -> NDArray[np.float32]:
    low, high = float(scaling["low_freq_factor"]), float(scaling["high_freq_factor"])
    original, factor = float(scaling["original_max_position_embeddings"]), float(scaling["factor"])
    wavelengths = 2 * math.pi / plain.astype(np.float64)
    kept = np.clip((original / wavelengths - low) / (high - low), 0.0, 1.0)
    return ((1 - kept) * plain / factor + kept * plain).astype(np.float32)


def architecture_of(config: Mapping[str, Any], path: str | os.PathLike[str]) -> Architecture:
    """The architecture that a `config.json` describes; `path` is for error messages.

    Raises FileError for an unsupported architecture or feature, and for missing keys.
    """
    name = next(iter(config.get("architectures") or [""]))
    if name not in KINDS:
        raise FileError(path, f"architecture {name or 'unknown'!r}, expected {', '.join(KINDS)}")
    try:
        found = _described(KINDS[name], config)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(path, f"no usable {error} in the model's configuration") from None
    _refuse_unsupported(found, config, path)
    return found


def _described(kind: str, config: Mapping[str, Any]) -> Architecture:
    heads = int(config["num_attention_heads"])
    rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
    theta = rope.pop("rope_theta", None) or config.get("rope_theta") or 10_000.0
    bias = bool(config.get("attention_bias", False))
    return Architecture(
        kind=kind,
        layers=int(config["num_hidden_layers"]),
        hidden_size=int(config["hidden_size"]),
        heads=heads,
        key_value_heads=int(config.get("num_key_value_heads") or heads),
        head_size=int(config.get("head_dim") or int(config["hidden_size"]) // heads),
        intermediate_size=int(config["intermediate_size"]),
        vocabulary_size=int(config["vocab_size"]),
        context_length=int(config.get("max_position_embeddings") or 2048),
        norm_epsilon=float(config["rms_norm_eps"]),
        rope_theta=float(theta),
        tied_embeddings=bool(config.get("tie_word_embeddings", False)),
        query_key_value_bias=bias or kind == "qwen2",
        output_bias=bias and kind != "qwen2",
        mlp_bias=bool(config.get("mlp_bias", False)),
        rope_scaling=rope,
    )


def _refuse_unsupported(
    found: Architecture, config: Mapping[str, Any], path: str | os.PathLike[str]
) -> None:
    rope = found.rope_scaling.get("rope_type", found.rope_scaling.get("type", "default"))
    if rope not in ROPE_TYPES:
        raise FileError(path, f"rope type {rope!r}, expected one of {', '.join(ROPE_TYPES)}")
    if config.get("hidden_act", "silu") != "silu":
        raise FileError(path, f"activation {config['hidden_act']!r}, expected 'silu'")
    window = config.get("sliding_window")
    uses = config.get("use_sliding_window", config["architectures"][0] == "MistralForCausalLM")
    if window and uses and window < found.context_length:
        raise FileError(path, f"a sliding attention window of {window} tokens is not supported")
