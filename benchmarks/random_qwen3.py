"""A Qwen3 of 0.6B parameters with random weights, for measurements on a larger model."""

import json
import shutil
from pathlib import Path

import numpy as np

CONFIG = {
    "architectures": ["Qwen3ForCausalLM"], "vocab_size": 151936, "hidden_size": 1024,
    "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
    "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True,
    "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
}  # fmt: skip


def write_random(folder, tokenizer):
    """Writes the model folder in bfloat16, without torch, with the tokenizer of an adapter."""
    folder = Path(folder)
    sizes = CONFIG
    hidden, heads, inner = sizes["hidden_size"], sizes["head_dim"], sizes["intermediate_size"]
    queries, keys = sizes["num_attention_heads"] * heads, sizes["num_key_value_heads"] * heads
    shapes = {"model.embed_tokens": (sizes["vocab_size"], hidden), "model.norm": (hidden,)}
    for layer in range(sizes["num_hidden_layers"]):
        place = f"model.layers.{layer}"
        shapes |= {
            f"{place}.input_layernorm": (hidden,), f"{place}.post_attention_layernorm": (hidden,),
            f"{place}.self_attn.q_proj": (queries, hidden),
            f"{place}.self_attn.k_proj": (keys, hidden),
            f"{place}.self_attn.v_proj": (keys, hidden),
            f"{place}.self_attn.o_proj": (hidden, queries),
            f"{place}.self_attn.q_norm": (heads,), f"{place}.self_attn.k_norm": (heads,),
            f"{place}.mlp.gate_proj": (inner, hidden), f"{place}.mlp.up_proj": (inner, hidden),
            f"{place}.mlp.down_proj": (hidden, inner),
        }  # fmt: skip
    header, offset = {}, 0
    for name, shape in shapes.items():
        end = offset + 2 * int(np.prod(shape))
        header[f"{name}.weight"] = {
            "dtype": "BF16", "shape": shape, "data_offsets": [offset, end],
        }  # fmt: skip
        offset = end
    text = json.dumps(header).encode()
    draw = np.random.default_rng(0)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for shape in shapes.values():
            scale, centre = (0.1, 1.0) if len(shape) == 1 else (0.03, 0.0)
            values = draw.standard_normal(shape, dtype=np.float32) * scale + centre
            file.write((values.view(np.uint32) >> 16).astype(np.uint16).tobytes())
    (folder / "config.json").write_text(json.dumps(sizes), encoding="utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(Path(tokenizer) / name, folder)
