"""The choice of cut, logits or recomputation never changes the mathematics.

Small float32 models on the CPU; references are computed the plain way, one sample at a time with
transformers' own forward pass and PyTorch's cross entropy.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from gradient_checks import assert_same, gradients, with_adapter
from rf_train.budget.strategy import should_fold_adapters
from rf_train.data.batches import make_batch
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.lora import fold_adapters
from rf_train.model.loss import answer_loss, full_loss
from rf_train.recipe.file import resolve
from torch.nn import functional

LENGTHS = (11, 37, 23, 5)
KINDS = [("qwen3", True), ("qwen3", False), ("llama", True), ("llama", False)]


def make_samples(lengths=LENGTHS, seed=0):
    rng = np.random.default_rng(seed)
    samples = []
    for length in lengths:
        ids = rng.integers(3, 500, length).astype(np.int32)
        marks = np.zeros(length, np.bool_)
        marks[length // 2 : length - length // 5] = True
        marks[-1] = True
        samples.append((ids, marks))
    return samples


def step_gradients(model, groups, layout, multiple=1):
    """Gradients of one step cut into `groups` of samples; loss a mean over the step's tokens."""
    model.zero_grad()
    answers = sum(int(marks.sum()) for group in groups for _, marks in group)
    loss = 0.0
    for group in groups:
        part = model(**make_batch(group, layout, 0, multiple).kwargs()) / answers
        part.backward()
        loss += float(part.detach())
    return loss, gradients(model)


def plain_reference(model, samples):
    """Loss and gradients by transformers' own forward, a sample at a time, all logits."""
    model.zero_grad()
    total = sum(int(marks.sum()) for _, marks in samples)
    loss = torch.zeros(())
    for ids, marks in samples:
        inputs = torch.from_numpy(ids.astype(np.int64))[None]
        logits = model.model(input_ids=inputs).logits[0]
        wanted = torch.from_numpy(np.where(marks, ids, -100).astype(np.int64))
        loss = loss + functional.cross_entropy(logits[:-1], wanted[1:], reduction="sum")
    (loss / total).backward()
    return float(loss.detach()) / total, gradients(model)


@pytest.mark.parametrize(("kind", "tied"), KINDS)
@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_one_batch_of_four_equals_four_of_one(make_model, kind, tied, layout):
    model, samples = with_adapter(make_model(kind, tied=tied)), make_samples()
    reference = plain_reference(model, samples)
    assert_same(step_gradients(model, [samples], layout), reference)
    assert_same(step_gradients(model, [[s] for s in samples], layout), reference)
    assert_same(step_gradients(model, [samples[:3], samples[3:]], layout, 64), reference)


@pytest.mark.parametrize("tied", [True, False])
def test_full_training_gets_the_same_gradients(make_model, tied):
    model, samples = AnswerLossModel(make_model(tied=tied)).train(), make_samples()
    reference = plain_reference(model, samples)
    assert any("embed_tokens" in name for name in reference[1])
    assert_same(step_gradients(model, [samples], "packed", 64), reference)


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_logits_only_where_there_is_loss_change_nothing(make_model, layout):
    model, samples = with_adapter(make_model()), make_samples()
    model.answer_logits_only = False
    everywhere = step_gradients(model, [samples], layout)
    model.answer_logits_only = True
    assert_same(step_gradients(model, [samples], layout), everywhere)


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_a_changed_neighbour_changes_nothing(make_model, layout):
    model, samples = with_adapter(make_model()), make_samples()
    before = sample_states(model, samples, layout)
    other = [*samples]
    other[1] = (samples[1][0][::-1].copy(), samples[1][1])
    after = sample_states(model, other, layout)
    for index in (0, 2, 3):
        torch.testing.assert_close(before[index], after[index], rtol=0, atol=0)
    assert (before[1] - after[1]).abs().max() > 1e-3


def sample_states(model, samples, layout):
    """Last hidden states of every sample, cut out of the batch."""
    batch = make_batch(samples, layout, 0, 64)
    with torch.no_grad():
        hidden = model.hidden_states(
            batch.input_ids, batch.position_ids, batch.boundaries, batch.longest
        )
    rows, width = batch.input_ids.shape
    starts = np.cumsum([0, *(len(ids) for ids, _ in samples)])
    if layout == "padded":
        starts = np.arange(rows + 1) * width
    return [
        hidden[start : start + len(ids)] for start, (ids, _) in zip(starts, samples, strict=False)
    ]


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_recomputing_activations_gives_equal_gradients(make_model, layout):
    samples = make_samples()
    kept = step_gradients(with_adapter(make_model()), [samples], layout)
    model = with_adapter(make_model())
    model.causal_lm.gradient_checkpointing_enable({"use_reentrant": False})
    assert model.causal_lm.is_gradient_checkpointing
    assert_same(step_gradients(model, [samples], layout), kept)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_head_loss_agrees_with_cross_entropy_in_float64(compiled):
    """Whatever the chunk; loss and both gradients."""
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(37, 16, generator=generator, dtype=torch.float64)
    head = torch.randn(90, 16, generator=generator, dtype=torch.float64)
    answers = torch.randint(0, 90, (37,), generator=generator)
    exact = [hidden.clone().requires_grad_(), head.clone().requires_grad_()]
    loss = functional.cross_entropy(exact[0] @ exact[1].T, answers, reduction="sum")
    loss.backward()
    for chunk in (90, 450, 10**6):
        ours = [hidden.float().requires_grad_(), head.float().requires_grad_()]
        ours_loss = answer_loss(*ours, answers, chunk, compiled=compiled)
        (ours_loss * 0.5).backward()
        assert float(ours_loss.detach()) == pytest.approx(float(loss.detach()), rel=1e-6)
        for mine, reference in zip(ours, exact, strict=True):
            torch.testing.assert_close(
                mine.grad.double(), 0.5 * reference.grad, rtol=1e-4, atol=1e-5
            )
    everywhere = full_loss(hidden.float(), head.float(), torch.arange(37), answers)
    assert float(everywhere) == pytest.approx(float(loss.detach()), rel=1e-6)


def test_a_batch_without_answers_has_no_gradient(make_model):
    model = with_adapter(make_model())
    ids, marks = make_samples()[0]
    model(**make_batch([(ids, marks & False)], "packed", 0).kwargs()).backward()
    assert all(float(g.abs().max()) == 0.0 for g in gradients(model).values())
    assert gradients(model)


def test_lora_is_what_peft_computes(make_model):
    """Against peft's own forward pass of the same adapter, also with rank-stabilised scaling."""
    from peft.tuners.lora import Linear

    for keys in ({}, {"use_rslora": True}, {"lora_alpha": 3}):
        model = with_adapter(make_model(), **keys)
        x = torch.randn(2, 9, 48, generator=torch.Generator().manual_seed(2))
        layer = model.causal_lm.model.layers[1].self_attn.q_proj
        torch.testing.assert_close(layer(x), Linear.forward(layer, x), rtol=1e-5, atol=1e-6)
        scale = {"use_rslora": 8 / 2.0, "lora_alpha": 3 / 4}.get(next(iter(keys), ""), 2.0)
        assert layer.scaling["default"] == pytest.approx(scale)


@pytest.mark.parametrize("target", ["all", "q_proj,down_proj"])
def test_adapters_in_the_weights_give_the_same_gradients(make_model, target):
    samples = make_samples()
    apart, folded = (with_adapter(make_model("qwen3"), lora_target=target) for _ in range(2))
    fold_adapters(folded)
    assert step_gradients(folded, [samples], "packed")[0] == pytest.approx(
        step_gradients(apart, [samples], "packed")[0], rel=1e-6
    )
    expected = gradients(apart)
    assert set(gradients(folded)) == set(expected)
    for name, gradient in gradients(folded).items():
        assert (gradient - expected[name]).norm() <= 1e-5 * expected[name].norm(), name


@pytest.mark.parametrize(
    ("keys", "sizes", "folded"),
    [
        ({}, (576, 1536), True),
        ({}, (4096, 12288), False),
        ({"fold_adapters": False}, (576, 1536), False),
        ({"fold_adapters": True}, (4096, 12288), True),
        ({"quantization_bit": 4}, (576, 1536), False),
        ({"lora_dropout": 0.05}, (576, 1536), False),
        ({"finetuning_type": "full"}, (576, 1536), False),
    ],
)
def test_adapters_are_folded_where_that_is_faster(keys, sizes, folded):
    recipe, _ = resolve({"model_name_or_path": "m"} | keys)
    config = SimpleNamespace(hidden_size=sizes[0], intermediate_size=sizes[1])
    assert should_fold_adapters(recipe, config, torch.device("cuda")) == folded
    assert should_fold_adapters(recipe, config, torch.device("cpu")) == bool(
        keys.get("fold_adapters")
    )


@pytest.mark.parametrize("double", [True, False])
def test_resident_weights_are_the_quantised_ones(make_model, double):
    """Dequantised once or for every product: the same numbers; and they are really 4-bit."""
    from bitsandbytes.nn import Linear4bit
    from rf_train.model.loading import quantised_linear, use_resident_weights

    recipe, _ = resolve(
        {"model_name_or_path": "m", "quantization_bit": 4, "double_quantization": double}
    )
    model = make_model().requires_grad_(False)
    original = model.model.layers[0].mlp.up_proj.weight.clone()
    for layer in model.model.layers:
        layer.mlp.up_proj = quantised_linear(layer.mlp.up_proj, recipe)
    adapted, samples = with_adapter(model), make_samples()
    every_time = step_gradients(adapted, [samples], "packed")
    assert use_resident_weights(adapted, torch.float32) == 2
    assert not any(isinstance(m, Linear4bit) for m in adapted.modules())
    assert_same(step_gradients(adapted, [samples], "packed"), every_time)
    held = adapted.causal_lm.model.layers[0].mlp.up_proj.base_layer.weight
    assert 0.02 < (held - original).norm() / original.norm() < 0.2
    blocks = held.reshape(-1, 64)
    assert max(len(block.unique()) for block in blocks) <= 16
