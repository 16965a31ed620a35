"""Adapters at a lower rank, and runs that start from an adapter."""

import json

import pytest
import torch
from rf_train.cli import run
from rf_train.merge.shrink import factorise
from safetensors.torch import load_file


@pytest.fixture
def run_folder(write_recipe, tmp_path):
    """A finished run of an adapter of rank 4."""
    assert run(["train", str(write_recipe(max_steps=2, learning_rate=1e-2))]) == 0
    return tmp_path / "run"


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_no_matrix_of_that_rank_is_nearer(rank):
    """Against numpy's decomposition of the product itself; the kept share is what is not lost."""
    import numpy as np

    torch.manual_seed(0)
    down, up, scale = torch.randn(6, 40), torch.randn(24, 6), 1.7
    product = (scale * up @ down).double()
    found = factorise(down, up, scale, rank)
    lost = float((product - found.up @ found.down).square().sum())
    values = np.linalg.svd(product.numpy(), compute_uv=False)
    assert lost == pytest.approx(float((values[rank:] ** 2).sum()), rel=1e-6, abs=1e-9)
    assert found.kept == pytest.approx(1 - lost / float(product.square().sum()))
    assert found.up.shape == (24, rank)
    assert found.down.shape == (rank, 40)


def test_a_change_of_nothing_is_kept_whole():
    """peft starts B at zero: nothing has been learnt, and nothing can be lost."""
    found = factorise(torch.randn(4, 8), torch.zeros(8, 4), 2.0, 2)
    assert found.kept == 1.0
    assert not found.up.any()


def test_peft_reads_what_was_shrunk(make_base, make_adapter, tmp_path):
    """At its full rank the smaller adapter is the old one, whatever scale that had."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = make_base()
    old = make_adapter(base, r=4, lora_alpha=6, use_rslora=True)
    assert run(["shrink", str(old), "--rank", "4", "--out", str(tmp_path / "new")]) == 0
    ids = torch.arange(3, 40)[None]

    def logits(folder):
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        with torch.inference_mode():
            return PeftModel.from_pretrained(model, folder).eval()(ids).logits

    assert torch.allclose(logits(old), logits(tmp_path / "new"), atol=1e-4)


def test_precision_and_the_record_of_the_run_come_along(run_folder, tmp_path, capsys):
    """So that the small adapter is prompted, merged and judged as the large one."""
    out = tmp_path / "small"
    command = ["shrink", str(run_folder), "--rank", "2", "--dtype", "bfloat16", "--out", str(out)]
    assert run(command) == 0
    assert "4 ->  2" in capsys.readouterr().out
    tensors = load_file(out / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["shrunk"]["rank"] == 2
    assert 0 < record["shrunk"]["kept_least"] <= record["shrunk"]["kept_mean"] <= 1
    assert (out / "tokenizer.json").is_file()
    assert run(command) == 1
    assert "--force" in capsys.readouterr().err
    assert run([*command, "--force"]) == 0


def test_what_cannot_be_shrunk_is_refused(run_folder, make_base, make_adapter, tmp_path, capsys):
    dora = make_adapter(make_base(), "dora", use_dora=True)
    refusals = [
        ([str(run_folder), "--rank", "5", "--out", str(tmp_path / "x")], "--rank 5"),
        ([str(tmp_path / "none"), "--rank", "2", "--out", str(tmp_path / "x")], "no such adapter"),
        ([str(run_folder), "--rank", "2", "--out", str(run_folder / "x")], "which is read"),
        ([str(run_folder), "--rank", "2", "--out", str(run_folder.parent)], "which is read"),
        ([str(dora), "--rank", "2", "--out", str(tmp_path / "x")], "use_dora"),
    ]
    for arguments, said in refusals:
        assert run(["shrink", *arguments]) == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_run_goes_on_from_an_adapter(run_folder, write_recipe, tmp_path):
    """At a rate of nearly zero it ends with the very adapter it started from."""
    recipe = write_recipe(
        "on.yaml",
        adapter_name_or_path=str(run_folder),
        learning_rate=1e-12,
        max_steps=1,
        output_dir=str(tmp_path / "on"),
    )
    assert run(["train", str(recipe)]) == 0
    before = load_file(run_folder / "adapter_model.safetensors")
    after = load_file(tmp_path / "on" / "adapter_model.safetensors")
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert torch.allclose(tensor, after[name], atol=1e-9), name
    identity = json.loads((tmp_path / "on" / "run.json").read_text(encoding="utf-8"))["identity"]
    assert "adapter" in identity["data"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"lora_rank": 2}, "lora_rank: is 2"),
        ({"lora_alpha": 3}, "lora_alpha: the scale is 0.75"),
        ({"finetuning_type": "full"}, "adapter_name_or_path: full"),
        ({"adapter_name_or_path": "/none"}, "no such adapter folder"),
        ({"lora_target": "q_proj"}, "adapter does not fit"),
    ],
)
def test_a_recipe_that_contradicts_its_adapter_is_refused(
    run_folder, write_recipe, tmp_path, capsys, keys, said
):
    start = {"adapter_name_or_path": str(run_folder), "output_dir": str(tmp_path / "on")}
    assert run(["train", str(write_recipe("on.yaml", **(start | keys)))]) == 1
    assert said in capsys.readouterr().err
