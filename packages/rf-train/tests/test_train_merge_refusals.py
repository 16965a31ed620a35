"""What a merge must not do: guess, half write, or overwrite. One line each, exit code 1."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from rf_jsonl import locked_folder
from rf_train.cli import run
from safetensors.torch import load_file, save_file


@pytest.fixture
def parts(tmp_path, make_base, make_adapter):
    """Base (in several files) and adapter in folders of their own, to be damaged."""
    from transformers import AutoModelForCausalLM

    source = make_base()
    base = tmp_path / "base"
    shutil.copytree(source, base)
    (base / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(source).save_pretrained(base, max_shard_size="100KB")
    return base, make_adapter(source)


def refused(capsys, recipe: Path, *options: str) -> str:
    """Runs the merge, which must fail with one line and write nothing; returns the line."""
    capsys.readouterr()
    assert run(["merge", str(recipe), "--verify", "0", *options]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert not (recipe.parent / "merged").exists()
    assert not list(recipe.parent.glob(".*merging"))
    return lines[0]


def edit_json(path: Path, **changes) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_tensors(path: Path, change) -> None:
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


Q = "base_model.model.model.layers.0.self_attn.q_proj"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("modules_to_save", ["lm_head"], "modules_to_save: ['lm_head'] changes what"),
        ("bias", "all", "bias: 'all' trains biases too"),
        ("peft_type", "IA3", "peft_type 'IA3', only LORA can be merged"),
        ("fan_in_fan_out", True, "fan_in_fan_out: True changes what"),
        ("init_lora_weights", "pissa_niter_4", "changed the base weights too"),
        ("trainable_token_indices", [1], "trainable_token_indices: [1] changes what"),
        ("setting_of_a_newer_peft", {"k": 1}, "setting_of_a_newer_peft: {'k': 1} changes what"),
        ("r", 8, "are not of rank 8"),
        ("use_dora", True, "use_dora and the tensors disagree"),
    ],
)
def test_other_adapters_are_refused_by_name(capsys, parts, write_merge, key, value, reason):
    base, adapter = parts
    edit_json(adapter / "adapter_config.json", **{key: value})
    assert reason in refused(capsys, write_merge(base, adapter))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.update({"base_model.model.lm_head.weight": torch.zeros(2)}), "lm_head.weight"),
        (lambda t: t.pop(f"{Q}.lora_B.weight"), "q_proj: lora_B is missing"),
        (
            lambda t: t.update(
                {"base_model.model.model.embed_tokens.lora_embedding_A": torch.ones(2)}
            ),
            "an adapter of an embedding is not merged",
        ),
        (
            lambda t: t.update(
                {
                    f"{Q.replace('layers.0', 'layers.7')}.{part}.weight": t[
                        f"{Q}.{part}.weight"
                    ].clone()
                    for part in ("lora_A", "lora_B")
                }
            ),
            "has no model.layers.7.self_attn.q_proj.weight, which the adapter changes",
        ),
        (
            lambda t: t.update({f"{Q}.lora_A.weight": torch.zeros(4, 40)}),
            "not the adapter's base: model.layers.0.self_attn.q_proj.weight is [64, 48], "
            "the adapter's [64, 40]",
        ),
    ],
)
def test_every_adapter_tensor_must_find_its_place(capsys, parts, write_merge, change, reason):
    base, adapter = parts
    edit_tensors(adapter / "adapter_model.safetensors", change)
    assert reason in refused(capsys, write_merge(base, adapter))


def test_an_adapter_of_a_tied_output_head_is_refused(capsys, make_base, make_adapter, write_merge):
    base = make_base(tied=True)
    adapter = make_adapter(base, target_modules=["q_proj", "lm_head"])
    assert "a copy of base weights" in refused(capsys, write_merge(base, adapter))
    edit_tensors(
        adapter / "adapter_model.safetensors",
        lambda t: t.pop("base_model.model.lm_head.base_layer.weight"),
    )
    assert "which this base shares with the input embedding" in refused(
        capsys, write_merge(base, adapter)
    )


def test_a_quantised_base_is_refused(capsys, parts, write_merge):
    base, adapter = parts
    edit_json(base / "config.json", quantization_config={"quant_method": "bitsandbytes"})
    assert "weights are stored quantised (bitsandbytes)" in refused(
        capsys, write_merge(base, adapter)
    )


def truncate(path: Path) -> None:
    with open(path, "rb+") as file:
        file.truncate(path.stat().st_size - 100)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (Path.unlink, "no such file, but model.safetensors.index.json names it"),
        (truncate, "is truncated or not a safetensors file (incomplete metadata"),
        (lambda path: path.write_bytes(b"\xff" * 40), "not a safetensors file (header too large)"),
        (
            lambda path: path.write_bytes(b"\x04\0\0\0\0\0\0\0oops"),
            "not a safetensors file (invalid JSON in header",
        ),
        (lambda path: path.write_bytes(b""), "not a safetensors file (header too small)"),
    ],
)
def test_damaged_weights_are_named(capsys, parts, write_merge, damage, reason):
    base, adapter = parts
    shard = sorted(base.glob("model-*.safetensors"))[1]
    damage(shard)
    line = refused(capsys, write_merge(base, adapter))
    assert f"{shard}: " in line
    assert reason in line


def test_an_adapter_that_is_a_pickle_is_not_opened(capsys, parts, write_merge):
    base, adapter = parts
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    assert "is a pickle" in refused(capsys, write_merge(base, adapter))


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"export_legacy_format": True}, "merge.yaml:4: export_legacy_format: pickles"),
        (
            {"export_siz": 5, "export_size": None},
            "export_siz: no such key, did you mean export_size?",
        ),
        ({"export_quantization_bit": 4}, "a key of LLaMA-Factory that rf-train does not support"),
        ({"quantization_bit": 4}, "use merge_base: dequantized"),
        ({"lora_rank": 8}, "lora_rank: belongs to a training recipe"),
        ({"export_dir": None}, "export_dir: is missing"),
        ({"adapter_name_or_path": "a,b"}, "one adapter is merged at a time"),
        ({"merge_base": "dequantized"}, "no run.json says how the base was quantised"),
        ({"quantization_type": "nf4"}, "concerns merge_base: dequantized"),
        ({"model_name_or_path": "./nowhere"}, "nowhere: no such model folder"),
        ({"adapter_name_or_path": "nowhere"}, "nowhere: no such adapter folder"),
    ],
)
def test_recipes_are_as_strict_as_those_of_training(capsys, parts, write_merge, keys, reason):
    assert reason in refused(capsys, write_merge(*parts, **keys))


def test_nothing_that_is_read_or_no_model_is_replaced(capsys, parts, tmp_path, write_merge):
    base, adapter = parts
    for place in (base, tmp_path):
        recipe = write_merge(base, adapter, export_dir=str(place))
        assert "which is read; choose another folder" in refused(capsys, recipe, "--force")
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "thesis.tex").write_text("years of work")
    recipe = write_merge(base, adapter, export_dir=str(notes))
    assert "holds files but no model" in refused(capsys, recipe, "--force")
    assert (notes / "thesis.tex").read_text() == "years of work"


# -- another base -------------------------------------------------------------------------------


@pytest.fixture
def kin(tmp_path, make_base):
    """A fine-tuned relative of the base: the same names, shapes and config, other weights."""
    base = tmp_path / "kin"
    shutil.copytree(make_base(), base)
    edit_tensors(base / "model.safetensors", lambda t: t["model.norm.weight"].mul_(1.01))
    return base


def test_another_base_of_the_same_shape_needs_consent(
    capsys, make_base, make_adapter, write_merge, kin
):
    """By the weights, since the folder that was trained on is still there."""
    adapter = make_adapter(make_base())
    line = refused(capsys, write_merge(kin, adapter))
    assert (
        f"{kin} is not what the adapter was trained on, {make_base()} (the weights differ)" in line
    )
    assert "allow_other_base: true merges anyway" in line
    recipe = write_merge(kin, adapter, allow_other_base=True)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0


def test_a_copy_of_the_base_is_the_base_whatever_it_is_called(parts, write_merge):
    """Even in other files: `parts` cuts it into several."""
    assert run(["merge", str(write_merge(*parts)), "--verify", "0"]) == 0


@pytest.mark.parametrize(
    ("trained_on", "fits"),
    [("Qwen/Qwen3-8B", False), ("somebody/BASE", True), ("/gone/base", True), ("", True)],
)
def test_names_decide_where_nothing_else_is_known(capsys, parts, write_merge, trained_on, fits):
    base, adapter = parts
    edit_json(adapter / "adapter_config.json", base_model_name_or_path=trained_on)
    recipe = write_merge(base, adapter)
    if fits:
        assert run(["merge", str(recipe), "--verify", "0"]) == 0
    else:
        assert "trained on, Qwen/Qwen3-8B (another model)" in refused(capsys, recipe)


def test_a_run_knows_the_weights_of_its_base(
    capsys, tmp_path, make_base, kin, write_recipe, write_merge
):
    """Also when the folder it was trained on is gone, or has become another model."""
    base = tmp_path / "base"
    shutil.copytree(make_base(), base)
    recipe = write_recipe(model_name_or_path=str(base), max_steps=1)
    assert run(["train", str(recipe)]) == 0
    other = tmp_path / "elsewhere"
    shutil.move(base, other)
    shutil.copytree(kin, base)
    assert "(the weights differ)" in refused(capsys, write_merge(base, tmp_path / "run"))
    assert run(["merge", str(write_merge(other, tmp_path / "run")), "--verify", "0"]) == 0


def test_layers_without_an_adapter_are_named(capsys, make_base, make_adapter, write_merge):
    base = make_base()
    adapter = make_adapter(base, target_modules=["q_proj", "v_proj"], layers_to_transform=[1])
    recipe = write_merge(base, adapter)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    expected = (
        "(without an adapter: model.layers.0.self_attn.q_proj, model.layers.0.self_attn.v_proj)"
    )
    assert expected in capsys.readouterr().out


def test_an_adapter_that_lacks_layers_needs_consent(capsys, parts, write_merge):
    base, adapter = parts

    def drop(tensors):
        for part in "AB":
            del tensors[f"{Q}.lora_{part}.weight"]

    edit_tensors(adapter / "adapter_model.safetensors", drop)
    line = refused(capsys, write_merge(base, adapter))
    assert "has nothing for model.layers.0.self_attn.q_proj, which its target_modules name" in line
    recipe = write_merge(base, adapter, allow_other_base=True)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    assert "(without an adapter: model.layers.0.self_attn.q_proj)" in capsys.readouterr().out


# -- interrupted ----------------------------------------------------------------------------------

# A merge that rests in its first two files, which are written at once, until it is stopped.
SLOW = """
import sys, time
from rf_train.cli import run
from rf_train.merge import shards
write = shards._write_shard
def write_and_rest(path, shard, weights, progress):
    write(path, shard, weights, progress)
    for _ in range(6000):
        progress(0)  # raises once the merge is stopped
        time.sleep(0.1)
shards._write_shard = write_and_rest
sys.exit(run(sys.argv[1:]))
"""


def start_and_wait(recipe: Path) -> subprocess.Popen:
    """Starts a slow merge and waits until its second file is being written."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, "merge", str(recipe), "--verify", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 600
    while len(list(recipe.parent.glob(".merged.merging/new/*.safetensors"))) < 2:
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            pytest.fail(f"no second file: {process.communicate(timeout=600)[1]}")
        time.sleep(0.01)
    return process


def test_kill_9_leaves_no_half_model_and_a_rerun_succeeds(parts, write_merge):
    recipe = write_merge(*parts, export_size=5e-5)
    process = start_and_wait(recipe)
    process.kill()
    process.communicate(timeout=600)
    assert not (recipe.parent / "merged").exists()
    assert list(recipe.parent.glob(".merged.merging/new/*"))  # what the killed one left
    assert run(["merge", str(recipe), "--verify", "1"]) == 0
    assert not list(recipe.parent.glob(".merged*"))


def test_ctrl_c_is_130_and_leaves_nothing(parts, write_merge):
    recipe = write_merge(*parts, export_size=5e-5)
    process = start_and_wait(recipe)
    process.send_signal(signal.SIGINT)
    try:
        errors = process.communicate(timeout=300)[1]
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "rf-train: stopped"
    assert not list(recipe.parent.glob(".merged*"))
    assert not (recipe.parent / "merged").exists()


def test_two_merges_into_one_place_do_not_meet(capsys, parts, write_merge):
    recipe = write_merge(*parts)
    beside = recipe.parent / ".merged.merging"
    with locked_folder(beside):
        (beside / "new").mkdir()
        (beside / "new" / "half.safetensors").write_bytes(b"the other one's")
        capsys.readouterr()
        assert run(["merge", str(recipe), "--verify", "0"]) == 1
        assert (beside / "new" / "half.safetensors").read_bytes() == b"the other one's"
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"rf-train: {beside}: another process is writing there"
    assert not (recipe.parent / "merged").exists()


def test_a_model_that_cannot_be_replaced_comes_back(parts, write_merge, make_adapter, monkeypatch):
    """The disk refuses the last rename, when the earlier model is out of the way already."""
    base, adapter = parts
    recipe = write_merge(base, adapter)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    folder = recipe.parent / "merged"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rename = os.replace

    def refuse(source, target):
        if Path(source).name == "new":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rename(source, target)

    other = write_merge(base, make_adapter(base, "other", r=2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        assert run(["merge", str(other), "--verify", "0", "--force"]) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not list(recipe.parent.glob(".merged*"))
    assert run(["merge", str(other), "--verify", "0", "--force"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} != before


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX")
def test_a_full_disk_is_one_line(parts, write_merge):
    recipe = write_merge(*parts)
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))\n"
        "from rf_train.cli import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "merge", str(recipe), "--verify", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "model.safetensors: file too large" in done.stderr
    assert not (recipe.parent / "merged").exists()
    assert not list(recipe.parent.glob(".merged*"))


def test_a_disk_without_room_is_told_before_anything_is_written(
    capsys, parts, write_merge, monkeypatch
):
    usage = shutil.disk_usage(parts[0])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10**6))
    assert "0.0 GB are free on its disk" in refused(capsys, write_merge(*parts))
