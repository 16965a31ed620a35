"""Frozen products in FP8: the arithmetic against float64, and the recipes that cannot have it.

PyTorch's kernel behind `torch._scaled_mm` also exists on the CPU, so what runs here is the code
that runs on a GPU; only the command refuses to train that way without one.
"""

import json
from pathlib import Path

import pytest
import torch
from gradient_checks import gradients, with_adapter
from rf_train.budget.memory import estimate
from rf_train.cli import run
from rf_train.errors import TrainError
from rf_train.model.architectures import architecture
from rf_train.model.fp8 import (
    E4M3,
    LARGEST,
    Fp8FromFourBit,
    Fp8Linear,
    fp8_fault,
    fp8_names,
    quantise_rows,
    require_fp8,
    row_scaled_product,
    use_fp8_weights,
)
from rf_train.model.fp8_mlp import Fp8GatedMlp, join_gated_mlps
from rf_train.model.structure import structure_of
from rf_train.recipe.file import load_recipe, resolve
from torch import nn

PUBLISHED = Path(__file__).parents[3] / "recipes/qwen3-8b-rf/train.yaml"
HALF_STEP = 2.0**-4  # e4m3 has three bits behind the point: half a unit in the last place
FLOOR = 2.0**-10 / LARGEST  # half the least magnitude above zero, in parts of the row's largest
BFLOAT16 = 2.0**-8


def random(*shape, seed=0, spread=0.0):
    """Normal numbers; `spread`: rows differ by up to so many decades."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(shape, generator=generator)
    decades = spread * (torch.rand((*shape[:-1], 1), generator=generator) - 0.5)
    return values * 10.0**decades


def rounded(x):
    """What FP8 with a scale per row makes of x [R, C], in float64."""
    values, scales = quantise_rows(x)
    return values.double() * scales.double()


def test_a_row_uses_all_of_the_format():
    x = random(40, 64, spread=12.0)
    values, scales = quantise_rows(x)
    assert values.dtype == E4M3
    assert scales.shape == (40, 1)
    assert (values.float().abs().amax(1) == LARGEST).all()
    bound = HALF_STEP * x.abs() + FLOOR * x.abs().amax(1, keepdim=True)
    assert ((rounded(x) - x).abs() <= bound * 1.001).all()


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_rows_of_zeros_stay_zeros_and_nan_stays_nan(dtype):
    values, scales = quantise_rows(torch.zeros(2, 16), dtype)
    assert (values.float() == 0).all()
    assert torch.isfinite(scales).all()
    x = random(2, 16)
    x[1, 3] = torch.nan
    values, scales = quantise_rows(x, dtype)
    product = values.float() * scales
    assert torch.isfinite(product[0]).all()
    assert product[1].isnan().all()  # so that a lost model is noticed


def test_the_kernel_multiplies_scales_and_rounds_once():
    """Its contract, emulated: quantise, multiply in float64, scale, round to bfloat16."""
    (left, left_scale), (right, right_scale) = (
        quantise_rows(random(rows, 256, seed=rows, spread=6.0)) for rows in (33, 48)
    )
    product = row_scaled_product(left, right, left_scale, right_scale.t().contiguous())
    assert product.dtype == torch.bfloat16
    exact = (left.double() * left_scale.double()) @ (right.double() * right_scale.double()).t()
    size = (left.double() * left_scale).abs() @ (right.double() * right_scale).abs().t()
    assert ((product.double() - exact).abs() <= BFLOAT16 * exact.abs() + 1e-5 * size).all()
    assert fp8_fault(torch.device("cpu")) is None


@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_has_the_output_and_gradient_of_its_rounded_weight(bias):
    """Against autograd in float64. Of the output the rounding of x is known exactly; the gradient
    is bounded by the rounding of its rows."""
    weight, x, grad = random(96, 64, seed=1), random(2, 9, 64, seed=2), random(2, 9, 96, seed=3)
    offset = random(1, 96, seed=4)[0].bfloat16() if bias else None
    layer = Fp8Linear(weight.bfloat16(), offset)
    x16 = x.bfloat16().requires_grad_()
    output = layer(x16)
    (ours,) = torch.autograd.grad(output, x16, grad.bfloat16())

    held = rounded(weight.bfloat16())
    seen = rounded(x16.detach().flatten(0, 1)).view(2, 9, 64)
    expected = seen @ held.t() + (offset.double() if bias else 0.0)
    assert output.shape == (2, 9, 96)
    assert torch.allclose(output.double(), expected, rtol=2 * BFLOAT16, atol=2 * BFLOAT16)

    x64 = x16.detach().double().requires_grad_()
    g64 = grad.bfloat16().double()
    (exact,) = torch.autograd.grad(x64 @ held.t(), x64, g64)
    bound = HALF_STEP * g64.abs() @ held.abs()
    scales = layer.scales.double()
    largest = (g64 * scales).abs().amax(-1, keepdim=True)
    bound += FLOOR * largest * (held / scales.t()).abs().sum(0)
    assert ((ours.double() - exact).abs() <= 1.01 * bound + BFLOAT16 * exact.abs()).all()
    assert (ours.double() - exact).norm() / exact.norm() < 0.04  # roundings mostly cancel


def test_the_weight_is_held_twice_and_gets_no_gradient():
    layer = Fp8Linear(random(48, 32))
    assert torch.equal(layer.transposed.float(), layer.weight.float().t())
    assert not any(p.requires_grad for p in layer.parameters())
    held = sum(p.numel() * p.element_size() for p in layer.parameters())
    assert held == 2 * 48 * 32 + 4 * (48 + 32)  # two bytes per weight, and the scales


def four_bit(rows, columns, *, doubly, bias=False):
    """A bitsandbytes layer in NF4, [rows, columns]."""
    from rf_train.model.loading import quantised_linear

    keys = {"model_name_or_path": "m", "quantization_bit": 4, "bf16": True}
    recipe, _ = resolve(keys | {"double_quantization": doubly})
    linear = nn.Linear(columns, rows, bias=bias).bfloat16().requires_grad_(False)
    linear.weight.data = random(rows, columns, spread=2.0).bfloat16()
    return quantised_linear(linear, recipe)


@pytest.mark.parametrize("doubly", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_a_weight_left_in_four_bits_gives_the_products_of_one_kept_in_fp8(doubly, bias):
    """Bit for bit, forward and backward: the same values, made again for every product."""
    packed = four_bit(96, 64, doubly=doubly, bias=bias)
    kept = use_in_fp8(four_bit(96, 64, doubly=doubly, bias=bias), keep_four_bit=False)
    made = use_in_fp8(packed, keep_four_bit=True)
    if bias:
        kept.bias = made.bias
    assert (type(kept), type(made)) == (Fp8Linear, Fp8FromFourBit)
    results = []
    for layer in (kept, made):
        x = random(3, 5, 64, seed=2).bfloat16().requires_grad_()
        output = layer(x)
        results.append(
            (output, *torch.autograd.grad(output, x, random(3, 5, 96, seed=3).bfloat16()))
        )
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)
    held = sum(p.numel() * p.element_size() for n, p in made.named_parameters() if n != "bias")
    assert held == 96 * 64 * (0.5 + 4 / 64) + 4 * (96 + 64)


def use_in_fp8(layer, *, keep_four_bit):
    decoder = nn.ModuleDict({"up_proj": layer})
    assert use_fp8_weights(decoder, keep_four_bit=keep_four_bit) == 1
    return decoder["up_proj"]


def gated_mlp(kind, seed=0):
    from transformers import AutoConfig
    from transformers.models.llama.modeling_llama import LlamaMLP
    from transformers.models.qwen3.modeling_qwen3 import Qwen3MLP

    torch.manual_seed(seed)
    config = AutoConfig.for_model(kind, hidden_size=64, intermediate_size=96)
    return {"llama": LlamaMLP, "qwen3": Qwen3MLP}[kind](config).bfloat16().requires_grad_(False)


@pytest.mark.parametrize("kind", ["qwen3", "llama"])
def test_a_joined_mlp_is_no_farther_from_the_exact_one(kind):
    """Output and gradient in float64, against those of three layers in FP8 and of one operation."""
    exact = gated_mlp(kind).double()
    decoders = [nn.ModuleDict({"mlp": gated_mlp(kind)}) for _ in range(2)]
    for decoder in decoders:
        assert use_fp8_weights(decoder) == 3
    assert join_gated_mlps(decoders[1]) == 1
    assert type(decoders[1]["mlp"]) is Fp8GatedMlp
    x, grad = random(2, 40, 64, seed=2).bfloat16(), random(2, 40, 64, seed=3).bfloat16()
    results = []
    for mlp in (exact, *(decoder["mlp"] for decoder in decoders)):
        given = x.to(torch.float64 if mlp is exact else x.dtype).requires_grad_()
        output = mlp(given)
        results.append((output, *torch.autograd.grad(output, given, grad.to(output.dtype))))
    reference, apart, joined = ([t.double() for t in result] for result in results)
    for ours, theirs, expected in zip(joined, apart, reference, strict=True):
        gaps = [float((t - expected).norm() / expected.norm()) for t in (ours, theirs)]
        assert gaps[0] < 1.1 * gaps[1] < 0.1


def test_a_joined_layer_holds_the_values_of_both():
    one, other = Fp8Linear(random(32, 16, seed=1)), Fp8Linear(random(48, 16, seed=2))
    joint = Fp8Linear.joined(one, other)
    x = random(5, 16, seed=3).bfloat16()
    assert torch.equal(joint(x), torch.cat([one(x), other(x)], 1))
    assert torch.equal(joint.transposed.float(), joint.weight.float().t())


def test_mlps_of_another_kind_keep_their_own_forward_pass():
    class Clipped(nn.Module):
        """Has the layers of a gated MLP, and does something more."""

        def __init__(self):
            super().__init__()
            whole = gated_mlp("qwen3")
            self.gate_proj, self.up_proj = whole.gate_proj, whole.up_proj
            self.down_proj, self.act_fn = whole.down_proj, whole.act_fn

        def forward(self, x):
            gated = self.act_fn(self.gate_proj(x)).clamp(max=0.01) * self.up_proj(x)
            return self.down_proj(gated)

    decoder = nn.ModuleDict(
        {"first": Clipped(), "second": Clipped(), "trained": gated_mlp("llama")}
    )
    decoder["trained"].up_proj.weight.requires_grad_()
    assert use_fp8_weights(decoder) == 8
    assert join_gated_mlps(decoder) == 0


def losses_and_gradients(model, tokens):
    model.zero_grad()
    at = torch.arange(1, tokens.numel() - 1)
    loss = model(
        input_ids=tokens,
        position_ids=torch.arange(tokens.shape[1])[None],
        answer_at=at,
        answers=tokens[0, at + 1],
    )
    loss.backward()
    return float(loss.detach()), gradients(model)


def error(ours, reference):
    """Relative error of all gradients together."""
    gap = sum((ours[n].double() - g.double()).square().sum() for n, g in reference.items())
    return float(gap / sum(g.double().square().sum() for g in reference.values())) ** 0.5


@pytest.mark.parametrize(("target", "joined"), [("q_proj,v_proj", 2), ("all", 0)])
def test_adapters_get_no_other_gradients_through_joined_mlps(make_model, target, joined):
    """Where no adapter is inside; as far from bfloat16 as without joining."""
    tokens = torch.randint(3, 400, (1, 40), generator=torch.Generator().manual_seed(1))
    results = {}
    for way in ("bfloat16", "fp8", "joined"):
        model = with_adapter(make_model().bfloat16(), lora_target=target)
        if way != "bfloat16":
            use_fp8_weights(model.causal_lm.model)
        if way == "joined":
            assert join_gated_mlps(model.causal_lm.model) == joined
            assert len(fp8_names(model)) == (14 - joined) * 4
        results[way] = losses_and_gradients(model, tokens)
    distances = [error(results[way][1], results["bfloat16"][1]) for way in ("fp8", "joined")]
    assert distances[1] < 1.2 * distances[0]


@pytest.mark.parametrize("bits", [None, 4])
def test_the_adapter_gets_its_gradients_through_a_model_in_fp8(make_model, bits):
    """Nearer to those of bfloat16 than bfloat16 is after NF4, the rounding that QLoRA trains on."""
    tokens = torch.randint(3, 400, (1, 40), generator=torch.Generator().manual_seed(1))
    results = {}
    for way in ("bfloat16", "nf4", "fp8"):
        model = with_adapter(make_model().bfloat16())
        decoder = model.causal_lm.model
        if way == "nf4" or bits == 4:
            quantise(decoder)
        if way == "fp8":
            assert use_fp8_weights(decoder) == 14
            assert len(fp8_names(model)) == 14 * 4
            assert type(model.causal_lm.lm_head) is nn.Linear
        results[way] = losses_and_gradients(model, tokens)
    by_fp8 = error(results["fp8"][1], results["bfloat16"][1])
    assert results["fp8"][0] == pytest.approx(results["bfloat16"][0], rel=0.02)
    if bits is None:
        assert 0.001 < by_fp8 < error(results["nf4"][1], results["bfloat16"][1])
    else:
        assert 0.001 < by_fp8 < 0.3


def quantise(decoder):
    from rf_train.model.loading import quantised_linear

    recipe, _ = resolve({"model_name_or_path": "m", "quantization_bit": 4, "bf16": True})
    for parent in list(decoder.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear and not child.weight.requires_grad:
                setattr(parent, name, quantised_linear(child, recipe))


def test_sizes_that_the_products_do_not_take_are_named():
    decoder = nn.ModuleDict({"up_proj": nn.Linear(40, 64)}).requires_grad_(False)
    with pytest.raises(TrainError, match="multiples of 16; up_proj has 40 inputs and 64 outputs"):
        use_fp8_weights(decoder)


def test_whoever_trains_in_several_processes_sends_no_fp8_weights(tmp_path):
    """gloo cannot send FP8 at all; nobody needs to, for all have quantised the same weights."""
    from rf_train.training.distributed import exclude_from_ddp_sync
    from torch.nn.parallel import DistributedDataParallel

    model = nn.Sequential(Fp8Linear(random(32, 16)), nn.Linear(32, 4).bfloat16())
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1
    )
    try:
        exclude_from_ddp_sync(model, fp8_names(model))
        wrapped = DistributedDataParallel(model)
        wrapped(random(3, 16).bfloat16()).sum().backward()
        sent = wrapped.parameters_to_ignore
    finally:
        torch.distributed.destroy_process_group()
    assert sent == {"0.weight", "0.transposed", "0.scales", "0.ones"}
    assert model[1].weight.grad is not None


@pytest.mark.slow
@pytest.mark.parametrize("from_four_bit", [False, True])
def test_compiled_layers_are_no_farther_from_bfloat16(make_model, from_four_bit):
    """Fused kernels round less often, and where a value then falls on the other side of a step of
    FP8 the difference is that step; so the two are compared by their distance from bfloat16."""
    from rf_train.training.build import compile_layers

    tokens = torch.randint(3, 400, (1, 40), generator=torch.Generator().manual_seed(2))
    results = {}
    for way in ("bfloat16", "fp8", "fp8 compiled"):
        target = "all" if from_four_bit else "q_proj,v_proj"  # between which MLPs are joined
        model = with_adapter(make_model().bfloat16(), lora_target=target)
        if from_four_bit:
            quantise(model.causal_lm.model)
        if way != "bfloat16":
            use_fp8_weights(model.causal_lm.model, keep_four_bit=from_four_bit)
            join_gated_mlps(model.causal_lm.model)
        if way == "fp8 compiled":
            compile_layers(model, fp8=True)
        results[way] = losses_and_gradients(model, tokens)
    assert results["fp8 compiled"][0] == pytest.approx(results["fp8"][0], rel=0.01)
    distances = [error(results[way][1], results["bfloat16"][1]) for way in ("fp8", "fp8 compiled")]
    assert distances[1] == pytest.approx(distances[0], rel=0.15)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, "needs an NVIDIA GPU of compute capability 8.9"),
        ({"bf16": False}, "bf16 must be true"),
        ({"finetuning_type": "full"}, "full fine-tuning has none"),
        ({"fold_adapters": True, "lora_dropout": 0.0}, "cannot take adapters in"),
        ({"fsdp": "full_shard"}, "are not divided"),
        ({"compute_dtype": "fp4"}, "'fp4' is not known"),
    ],
)
def test_recipes_that_cannot_have_it_are_refused_by_name(
    tmp_path, write_recipe, capsys, keys, reason
):
    recipe = write_recipe(**{"compute_dtype": "fp8", "bf16": True} | keys)
    assert run(["train", str(recipe)]) == 1
    written = capsys.readouterr().err.strip().splitlines()
    assert len(written) == 1
    assert "compute_dtype: " in written[0]
    assert reason in written[0]
    assert not (tmp_path / "run/run.json").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU of another make")
def test_a_device_of_another_kind_is_named():
    with pytest.raises(TrainError, match="this run uses mps"):
        require_fp8(torch.device("mps"))


def test_the_plan_counts_two_bytes_a_weight(capsys):
    """Nothing but the weights takes another size than with dequantised NF4."""
    recipe, _ = load_recipe(PUBLISHED, ("compute_dtype=fp8",))
    shape = structure_of(architecture("Qwen3-8B"))
    needs = estimate(shape, recipe, resident=True, checkpointing=False)
    weights = 2 * (shape.parameters + shape.largest_linear)
    assert needs.weights == pytest.approx(weights)
    options = ["--samples", "25168", "--tokens", "362", "--set", "compute_dtype=fp8"]
    assert run(["plan", str(PUBLISHED), *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["memory"]
    assert found["80 GB"]["weights_kept_in_fp8"]
    assert not found["80 GB"]["weights_kept_dequantised"]
    assert found["16 GB"]["fits"]  # from 4-bit weights, made anew for every product
    assert not found["16 GB"]["weights_kept_in_fp8"]
    assert run(["plan", str(PUBLISHED), *options]) == 0
    assert "weights kept in FP8" in capsys.readouterr().out
