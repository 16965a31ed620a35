"""Merging tiny models: numerics against peft and float64, untouched bytes, the files that come."""

import json
from pathlib import Path

import pytest
import torch
from rf_train.cli import run
from rf_train.files.safetensors_ranges import read_model
from safetensors.torch import load_file

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
KINDS = {
    "plain": {},
    "all linear": {"target_modules": ALL},
    "rank-stabilised": {"use_rslora": True, "r": 3},
    "dora": {"use_dora": True},
    "patterns": {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.self_attn.v_proj": 5}},
}


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        found |= load_file(path)
    return found


def merged_by_peft(base: Path, adapter: Path) -> dict[str, torch.Tensor]:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return PeftModel.from_pretrained(model, adapter).merge_and_unload().state_dict()


def changed(adapter: Path) -> set[str]:
    return {
        name.removeprefix("base_model.model.").replace(".lora_A.weight", ".weight")
        for name in load_file(adapter / "adapter_model.safetensors")
        if ".lora_A." in name
    }


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_pefts_own_merge_in_float32(kind, tied, make_base, make_adapter, write_merge):
    base = make_base(tied=tied)
    adapter = make_adapter(base, **KINDS[kind])
    recipe = write_merge(base, adapter)
    assert run(["merge", str(recipe), "--verify", "2"]) == 0  # against peft's unmerged layers
    merged, before = tensors_of(recipe.parent / "merged"), tensors_of(base)
    expected = merged_by_peft(base, adapter)
    assert merged.keys() == before.keys()
    for name, tensor in merged.items():
        if name in changed(adapter):
            assert not torch.equal(tensor, before[name]), name
            torch.testing.assert_close(tensor, expected[name], rtol=1e-5, atol=1e-6)
        else:
            assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_16_bit_base_is_rounded_once(dtype, make_base, make_adapter, write_merge):
    """W + s B A in float64, rounded once, is what must come out but for near ties in float32."""
    base = make_base(dtype=dtype)
    adapter = make_adapter(base, r=4, lora_alpha=6)
    recipe = write_merge(base, adapter)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    merged, before = tensors_of(recipe.parent / "merged"), tensors_of(base)
    small = load_file(adapter / "adapter_model.safetensors")
    wrong = total = 0
    for name in changed(adapter):
        stem = "base_model.model." + name.removesuffix(".weight")
        up, down = small[f"{stem}.lora_B.weight"].double(), small[f"{stem}.lora_A.weight"].double()
        exact = before[name].double() + 6 / 4 * (up @ down)
        # float64 -> 16 bits in one rounding; through float32 a tie could be rounded twice
        expected = exact.to(merged[name].dtype)
        wrong += int((merged[name] != expected).sum())
        total += expected.numel()
        torch.testing.assert_close(merged[name], expected, rtol=2**-7, atol=0)
    assert wrong <= total // 1000


def test_untouched_tensors_keep_their_bytes(make_base, make_adapter, write_merge):
    base = make_base(dtype="bfloat16")
    adapter = make_adapter(base)
    recipe = write_merge(base, adapter, export_size=1e-5)  # 10 kB: many files
    assert run(["merge", str(recipe), "--verify", "0"]) == 0

    def raw(folder: Path) -> dict[str, bytes]:
        found = {}
        for place in read_model(folder).values():
            with open(place.path, "rb") as file:
                file.seek(place.start)
                found[place.name] = file.read(place.length)
        return found

    before, after = raw(base), raw(recipe.parent / "merged")
    assert {name for name in before if before[name] != after[name]} == changed(adapter)


def test_the_merged_folder_is_a_model_of_its_own(make_base, make_adapter, write_merge, capsys):
    """transformers loads it from many files, with tokenizer, template and generation config."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = make_base(tied=True)
    adapter = make_adapter(base)
    recipe = write_merge(base, adapter, export_size=1e-4)
    assert run(["merge", str(recipe)]) == 0
    out = capsys.readouterr().out
    assert "same most likely token" in out
    assert f"into {recipe.parent / 'merged'}" in out
    folder = recipe.parent / "merged"
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    assert sorted(set(index["weight_map"].values())) == files
    assert files[0] == f"model-00001-of-{len(files):05}.safetensors"
    assert all((folder / name).stat().st_size <= 100_000 + 4096 for name in files)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    expected = merged_by_peft(base, adapter)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-5, atol=1e-6)
    assert (folder / "generation_config.json").is_file()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
    assert rendered == "<|im_start|>user\nhi<|im_end|>\n"
    record = json.loads((folder / "merge.json").read_text(encoding="utf-8"))
    assert record["tensors"] == {"copied": 20, "merged": 4, "dequantised_only": 0}
    assert not list(folder.parent.glob(".merged*"))


def test_what_is_there_is_left_alone(make_base, make_adapter, write_merge, capsys):
    base = make_base()
    recipe = write_merge(base, make_adapter(base))
    folder = recipe.parent / "merged"
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert run(["merge", str(recipe), "--verify", "2"]) == 0  # only the verification is made up for
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp
    assert json.loads((folder / "merge.json").read_text())["verification"]["prompts"] == 2
    other = write_merge(base, make_adapter(base, "other", r=2))
    assert run(["merge", str(other), "--verify", "0"]) == 1
    assert "holds another model (--force replaces it)" in capsys.readouterr().err
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp
    assert run(["merge", str(other), "--verify", "0", "--force"]) == 0
    assert (folder / "model.safetensors").stat().st_mtime_ns != stamp
