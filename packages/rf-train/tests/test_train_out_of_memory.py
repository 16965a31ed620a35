"""Out of memory is one line, and what it advises needs less."""

import re

import pytest
import torch
from rf_train.budget.out_of_memory import explain_out_of_memory, training_advice
from rf_train.budget.strategy import StepLoad, fastest_strategy
from rf_train.cli import run
from rf_train.errors import TrainError
from rf_train.model.architectures import architecture
from rf_train.model.structure import structure_of
from rf_train.recipe.file import resolve

QWEN3_8B = {
    "model_name_or_path": "random:Qwen3-8B",
    "lora_target": "q_proj,v_proj",
    "lora_dropout": 0.05,
    "quantization_bit": 4,
    "bf16": True,
    "per_device_train_batch_size": 16,
}
LOAD = StepLoad(step_tokens=16 * 362, longest=700, steps=3146)


def needs(keys, budget=1e15):
    """The chosen way of a recipe, the tokens it computes at once, and bytes it needs for them."""
    recipe, _ = resolve(keys)
    way = fastest_strategy(recipe, structure_of(architecture("Qwen3-8B")), LOAD, budget)
    tokens = min(way.cut.tokens or LOAD.longest * way.cut.samples, round(LOAD.step_tokens))
    return recipe, way, tokens, way.estimate.total(tokens)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"cut": "plain"},
        {"micro_batch_tokens": 5792, "resident_weights": True},
        {"gradient_checkpointing": False, "resident_weights": False},
    ],
)
def test_the_advised_cut_needs_less(keys):
    """The keys of the advice, put into the recipe, give a way of at most three quarters."""
    recipe, way, tokens, before = needs(QWEN3_8B | keys)
    advice = training_advice(recipe, structure_of(architecture("Qwen3-8B")), LOAD, way, tokens)
    assert advice.startswith(f"with {tokens:,} tokens at once; what needs less: --set ")
    changes = dict(re.findall(r"--set (\w+)=(\S+)", advice))
    *_, after = needs(QWEN3_8B | keys | changes)
    assert after <= 0.75 * before


def test_where_nothing_smaller_is_left_the_data_must_give():
    keys = {"micro_batch_tokens": 700, "gradient_checkpointing": True, "resident_weights": False}
    recipe, way, *_ = needs(QWEN3_8B | keys)
    advice = training_advice(recipe, structure_of(architecture("Qwen3-8B")), LOAD, way, 700)
    assert "no smaller cut is left (a lower cutoff_len" in advice


def test_a_step_that_does_not_fit_is_one_line(tmp_path, write_recipe, capsys, monkeypatch):
    """A petabyte really is asked for, and refused, in the middle of a step."""
    monkeypatch.setattr(
        "rf_train.model.answer_loss_model.answer_loss", lambda *_, **__: torch.empty(2**48)
    )
    assert run(["train", str(write_recipe(output_dir=str(tmp_path / "run")))]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert re.fullmatch(
        r"rf-train: out of memory with \d+ tokens at once; "
        r"what needs less: --set micro_batch_tokens=\d+",
        error,
    )


def test_weights_that_do_not_fit_are_one_line(tmp_path, write_recipe, capsys, monkeypatch):
    def too_large(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("rf_train.training.run.build_model", too_large)
    assert run(["train", str(write_recipe(output_dir=str(tmp_path / "run")))]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "out of memory while the model was loaded" in error
    assert "quantization_bit: 4 or a smaller model" in error


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes"), explain_out_of_memory(lambda: "never said"):
        raise RuntimeError("shapes do not match")
    with (
        pytest.raises(TrainError, match="out of memory said"),
        explain_out_of_memory(lambda: "said"),
    ):
        raise MemoryError


def test_memory_is_measured_before_the_weights_are_there(tmp_path, write_recipe, monkeypatch):
    """Estimates count the weights, so what they take must not be missing from the budget too."""
    from rf_train.training import run as run_module

    order = []
    for name in ("free_memory", "build_model"):
        function = getattr(run_module, name)

        def noted(*arguments, name=name, function=function):
            order.append(name)
            return function(*arguments)

        monkeypatch.setattr(run_module, name, noted)
    assert run(["train", str(write_recipe(output_dir=str(tmp_path / "run"), max_steps=1))]) == 0
    assert order == ["free_memory", "build_model"]
