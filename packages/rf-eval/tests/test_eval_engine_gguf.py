"""GGUF files: written here as llama.cpp's converter writes them, read by the engine."""

import json

import numpy as np
import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to compare with transformers")

import gguf
from engine_models import TEMPLATE, plain_answers, save_model
from rf_eval.engine import load, prepare
from rf_eval.engine.chat import load_chat
from rf_eval.engine.gguf_file import GgufReader, embedded_gguf
from rf_jsonl import FileError
from safetensors.numpy import load_file

ALONE = [[{"role": "user", "content": text}] for text in ("设计滤波器", "fc 2.4 GHz", "x" * 40)]
NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip


def permuted(weight, heads):
    """The order in which llama.cpp keeps rows of Llama's query and key projections."""
    halves = weight.reshape(heads, 2, -1, weight.shape[1])
    return halves.swapaxes(1, 2).reshape(weight.shape)


def write_gguf(model, path, kind):
    config = json.loads((model / "config.json").read_text("utf-8"))
    writer = gguf.GGUFWriter(path, kind)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    tokenizer = json.loads((model / "tokenizer.json").read_text("utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    tokens = sorted(vocabulary, key=vocabulary.get)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_eos_token_id(1)
    writer.add_chat_template(TEMPLATE)
    for name, weight in load_file(model / "model.safetensors").items():
        parts = name.removesuffix(".weight").split(".")
        layer = int(parts[2]) if parts[1:2] == ["layers"] else None
        stored = NAMES[".".join(parts[3:]) if layer is not None else ".".join(parts)]
        if kind == "llama" and stored in ("attn_q", "attn_k"):
            key = "num_attention_heads" if stored == "attn_q" else "num_key_value_heads"
            weight = permuted(weight, config[key])
        prefix = "" if layer is None else f"blk.{layer}."
        writer.add_tensor(f"{prefix}{stored}.weight", weight.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_a_gguf_file_answers_as_the_model_it_was_made_of(kind, tmp_path):
    model = save_model(tmp_path / "model", kind, head_dim=32)
    file = write_gguf(model, tmp_path / "model.gguf", kind)
    engine = load(prepare(file, precision="float32", cache=tmp_path / "cache"))
    expected = plain_answers(model, ALONE)
    assert engine.answer_many(ALONE, 40) == expected


def test_a_truncated_gguf_is_refused(tmp_path):
    model = save_model(tmp_path / "model", "llama", head_dim=32)
    file = write_gguf(model, tmp_path / "model.gguf", "llama")
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(FileError, match="is truncated or not a GGUF file"):
        prepare(file, cache=tmp_path / "cache")


@pytest.mark.slow
def test_the_embedded_model_is_read_as_transformers_reads_it(tmp_path):
    """Every weight, exactly; and the ids of a prompt, by the tokenizer in the file."""
    import transformers

    file = embedded_gguf()
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype="float32"
    ).state_dict()
    reader = GgufReader(file)
    for name in reader.shapes:
        assert np.array_equal(reader.read(name), theirs[name].numpy()), name
        assert np.array_equal(reader.read(name, 5, 9), theirs[name].numpy()[5:9]), name
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    chat = load_chat(prepare(cache=tmp_path))
    messages = [{"role": "system", "content": "你好 <b>"}, *ALONE[1]]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert chat.render(messages) == prompt
    assert chat.prompt(messages) == tokenizer(prompt, add_special_tokens=False)["input_ids"]
    assert chat.stop_ids == (tokenizer.eos_token_id,)
