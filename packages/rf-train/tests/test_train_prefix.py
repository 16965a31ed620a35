"""Prompts that many samples share, computed once: the same loss and gradients from fewer tokens.

References compute every sample whole, in rows of their own. The variable-length kernels need a
GPU; here an operation with their signature and their alignment stands in for them, so that
everything around them is tested.
"""

import json
from typing import NamedTuple

import numpy as np
import pytest
import torch
from gradient_checks import assert_same, gradients, with_adapter
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_train.budget.strategy import should_share_prefixes
from rf_train.cli import run
from rf_train.data.batches import make_batch
from rf_train.data.samples import Samples
from rf_train.data.stored import Stored, Summary
from rf_train.errors import TrainError
from rf_train.model import attention, packed_attention
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.recipe.file import resolve
from rf_train.training.build import mark_length_dynamic
from rf_train.training.state import Totals

PREFIXES = (19, 17)
OWN = (11, 2, 37, 1, 5)  # of one token and without loss, of two and one with loss


def make_samples(own=OWN, prefixes=PREFIXES, seed=0):
    """Samples that begin alternately with one or another prefix, and one with neither."""
    rng = np.random.default_rng(seed)
    prompts = [rng.integers(3, 500, length) for length in prefixes]
    samples = []
    for number, length in enumerate(own):
        prompt = prompts[number % len(prompts)]
        ids = np.concatenate([prompt, rng.integers(3, 500, length)]).astype(np.int32)
        marks = np.zeros(len(ids), np.bool_)
        marks[len(prompt) + 1 :: 2] = True
        samples.append((ids, marks))
    alone = rng.integers(3, 500, 12).astype(np.int32)
    return [*samples, (alone, np.arange(12) > 6)]


def prefixes_of(samples, prefixes=PREFIXES):
    return [prefixes[n % len(prefixes)] for n in range(len(samples) - 1)] + [0]


def flat(samples):
    offsets = np.cumsum([0, *(len(ids) for ids, _ in samples)])
    ids, marks = (np.concatenate(parts) for parts in zip(*samples, strict=True))
    answers = np.array([np.count_nonzero(marks) for _, marks in samples])
    file = Stored(ids, marks, offsets, answers, np.arange(len(samples)), Summary(len(samples)))
    return Samples([file])


def step(model, groups, layout, multiple=1, prefixes=None):
    """Summed loss and gradients of a step cut into `groups` of samples."""
    model.zero_grad()
    loss, prefixes = 0.0, prefixes or [0] * sum(map(len, groups))
    for group in groups:
        here, prefixes = prefixes[: len(group)], prefixes[len(group) :]
        part = model(**make_batch(group, layout, 0, multiple, prefixes=here).kwargs())
        part.backward()
        loss += float(part.detach())
    return loss, gradients(model)


# -- kernels that are not there -------------------------------------------------------------------


def weights_of(q, k, scale, end):
    """Softmax weights [heads, Q, K], causal from the last key backwards or from the first one on;
    and the keys' head of every query's."""
    heads = torch.arange(q.shape[1]) // (q.shape[1] // k.shape[1])
    mask = torch.ones(len(q), len(k), dtype=torch.bool).tril(len(k) - len(q) if end else 0)
    scores = torch.einsum("qhd,khd->hqk", q, k[:, heads]) * (scale or q.shape[-1] ** -0.5)
    return scores.masked_fill(~mask, -torch.inf).softmax(-1), heads


def pieces_of(cu_q, cu_k, queries, keys):
    """Every piece of some tensors over the queries and of some over the keys."""
    lengths = [cu_q.diff().tolist()] * len(queries) + [cu_k.diff().tolist()] * len(keys)
    split = (x.split(n) for x, n in zip([*queries, *keys], lengths, strict=True))
    return zip(*split, strict=True)


@torch.library.custom_op("rf_train_tests::varlen", mutates_args=())
def varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
    scale: float | None,
    end: bool,
) -> torch.Tensor:
    outputs = []
    for q, k, v in pieces_of(cu_q, cu_k, [query], [key, value]):
        weights, heads = weights_of(q, k, scale, end)
        outputs.append(torch.einsum("hqk,khd->qhd", weights, v[:, heads]))
    return torch.cat(outputs)


@torch.library.custom_op("rf_train_tests::varlen_backward", mutates_args=())
def varlen_backward(
    grad: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
    scale: float | None,
    end: bool,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    found = []
    for g, q, k, v in pieces_of(cu_q, cu_k, [grad, query], [key, value]):
        weights, heads = weights_of(q, k, scale, end)
        by_weights = torch.einsum("qhd,khd->hqk", g, v[:, heads])
        by_scores = weights * (by_weights - (weights * by_weights).sum(-1, keepdim=True))
        by_scores = by_scores * (scale or q.shape[-1] ** -0.5)
        by_key, by_value = torch.zeros_like(k), torch.zeros_like(v)
        by_key.index_add_(1, heads, torch.einsum("hqk,qhd->khd", by_scores, q))
        by_value.index_add_(1, heads, torch.einsum("hqk,qhd->khd", weights, g))
        found.append((torch.einsum("hqk,khd->qhd", by_scores, k[:, heads]), by_key, by_value))
    by_query, by_key, by_value = (torch.cat(parts) for parts in zip(*found, strict=True))
    return by_query, by_key, by_value


varlen.register_fake(lambda query, *_: torch.empty_like(query))
varlen_backward.register_fake(lambda _, *rest: tuple(torch.empty_like(x) for x in rest[:3]))


def _keep(ctx, inputs, output):
    *tensors, ctx.scale, ctx.end = inputs
    ctx.save_for_backward(*tensors)


def _backward(ctx, grad):
    return *varlen_backward(grad, *ctx.saved_tensors, ctx.scale, ctx.end), *[None] * 4


varlen.register_autograd(_backward, setup_context=_keep)


def flash_stand_in(*, at_end=True):
    """Has the signature of PyTorch's function."""

    def stand_in(query, key, value, cu_q, cu_k, max_q, max_k, *, scale, window_size, **_):
        assert window_size == (-1, 0)
        return varlen(query, key, value, cu_q, cu_k, scale, at_end)

    return stand_in


class TritonKernels:
    """Has the functions of `rf_train.model.attention_kernels`."""

    class Packed(NamedTuple):
        query: torch.Tensor
        key: torch.Tensor
        value: torch.Tensor
        query_bounds: torch.Tensor
        key_bounds: torch.Tensor

    @staticmethod
    def attention(packed, longest, scale):
        output = varlen(*packed, scale, True)
        return output, output.new_zeros((output.shape[1], len(output)), dtype=torch.float32)

    @staticmethod
    def attention_gradients(packed, grad, normaliser, inner, longest, scale):
        assert normaliser.shape == inner.shape == grad.shape[1::-1]
        return varlen_backward(grad, *packed, scale, True)


@pytest.fixture(params=["flash", "triton"])
def kernels(monkeypatch, request):
    """Puts the stand-ins there, and has one of them used."""
    monkeypatch.setattr(attention, "varlen_attn", flash_stand_in())
    monkeypatch.setattr(packed_attention, "_kernels", lambda: TritonKernels)
    monkeypatch.setattr("rf_train.model.answer_loss_model.packed_kernels", lambda *_: request.param)


# -- loss and gradients ---------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "tied"), [("qwen3", True), ("llama", False)])
@pytest.mark.parametrize("multiple", [1, 64])
def test_a_shared_prefix_gives_the_same_gradients(make_model, kind, tied, multiple):
    model, samples = with_adapter(make_model(kind, tied=tied)), make_samples()
    reference = step(model, [samples], "padded")
    assert_same(step(model, [samples], "packed", multiple), reference)
    assert_same(step(model, [samples], "packed", multiple, prefixes_of(samples)), reference)
    cut = [samples[:3], samples[3:4], samples[4:]]
    assert_same(step(model, cut, "packed", multiple, prefixes_of(samples)), reference)
    assert_same(
        step(model, [samples], "packed", multiple, prefixes_of(samples, (14, 17))), reference
    )
    model.answer_logits_only = False
    assert_same(step(model, [samples], "packed", multiple, prefixes_of(samples)), reference)


@pytest.mark.parametrize("multiple", [1, 64])
def test_kernels_of_variable_length_give_the_same_gradients(make_model, kernels, multiple):
    model, samples = with_adapter(make_model()), make_samples()
    reference = step(model, [samples], "padded")
    assert_same(step(model, [samples], "packed", multiple), reference)
    assert_same(step(model, [samples], "packed", multiple, prefixes_of(samples)), reference)


def test_full_training_gets_the_same_gradients(make_model):
    model, samples = AnswerLossModel(make_model(tied=True)).train(), make_samples()
    reference = step(model, [samples], "padded")
    assert any("embed_tokens" in name for name in reference[1])
    assert_same(step(model, [samples], "packed", 64, prefixes_of(samples)), reference)


def test_recomputed_activations_give_the_same_gradients(make_model, kernels):
    model, samples = with_adapter(make_model()), make_samples()
    reference = step(model, [samples], "padded")
    model.causal_lm.gradient_checkpointing_enable({"use_reentrant": False})
    assert_same(step(model, [samples], "packed", 64, prefixes_of(samples)), reference)


def test_compiled_layers_give_the_same_gradients_without_compiling_again(make_model, kernels):
    """Whatever the numbers of samples and tokens; and no graph is broken."""
    model = with_adapter(make_model())
    batches = [make_samples(own, seed=n) for n, own in enumerate([OWN, (4, 9), (30,) * 8, (7,)])]
    references = [step(model, [samples], "padded") for samples in batches]
    torch.compiler.reset()
    torch._dynamo.utils.counters.clear()
    for layer in model.causal_lm.model.layers:
        layer.compile(fullgraph=True, backend="aot_eager")
    mark_length_dynamic(model)
    graphs = []
    for samples, reference in zip(batches, references, strict=True):
        assert_same(step(model, [samples], "packed", 64, prefixes_of(samples)), reference)
        graphs.append(torch._dynamo.utils.counters["stats"]["unique_graphs"])
    assert graphs == [2] * 4  # what enters the first layer needs no gradient
    torch.compiler.reset()


def test_the_gradient_of_a_prefix_is_added_in_float32():
    """In bfloat16 the hundredth addend of one would not count in full; each is rounded once."""
    samples = make_samples((3,) * 600)
    batch = make_batch(samples, "packed", 0, 1, prefixes=prefixes_of(samples))
    source, own, copies = batch.shared[1:]
    assert copies.shape == (300, sum(PREFIXES))
    grad = torch.full((len(source), 2, 4), 1.01, dtype=torch.bfloat16)
    found = attention.add_copies(grad, own, copies)
    exact, prompts = 301 * float(grad[0, 0, 0]), found[: sum(PREFIXES)]
    assert torch.equal(prompts, torch.full_like(prompts, exact))
    assert torch.equal(found[len(prompts) :], grad[: len(found) - len(prompts)])


def test_the_operations_are_what_pytorch_asks_of_them():
    samples = make_samples()
    batch = make_batch(samples, "packed", 0, 1, prefixes=prefixes_of(samples))
    row = torch.randn(2, batch.input_ids.numel(), 4, dtype=torch.float64).transpose(0, 1)
    row.requires_grad_()
    places = batch.shared[1:]
    torch.library.opcheck(attention.copy_prefix, (row, *places))
    assert torch.autograd.gradcheck(lambda x: attention.copy_prefix(x, *places), (row,))


# -- layout ---------------------------------------------------------------------------------------


def test_a_row_holds_every_prefix_once():
    parts = [([7, 8], [1, 2, 3], [0, 1, 1]), ([9], [4, 5], [0, 1]), ([], [6, 6], [0, 1]),
             ([7, 8], [3, 1], [0, 1])]  # fmt: skip
    samples = [(np.array(head + own), np.array([0] * len(head) + marks, np.bool_))
               for head, own, marks in parts]  # fmt: skip
    prefixes = [len(head) for head, _, _ in parts]
    batch = make_batch(samples, "packed", 0, 7, prefixes=prefixes)
    assert batch.input_ids.tolist() == [[7, 8, 9, 1, 2, 3, 4, 5, 6, 6, 3, 1, 0, 0]]
    assert batch.position_ids.tolist() == [[0, 1, 0, 2, 3, 4, 1, 2, 0, 1, 2, 3, 0, 1]]
    assert batch.boundaries.tolist() == [0, 2, 3, 6, 8, 10, 12, 14]
    assert (batch.answer_at.tolist(), batch.answers.tolist()) == ([3, 4, 6, 8, 10], [2, 3, 5, 6, 1])
    assert batch.shared.boundaries.tolist() == [0, 2, 3, 8, 11, 13, 17, 19]
    keys = [0, 1, 2, 0, 1, 3, 4, 5, 2, 6, 7, 8, 9, 0, 1, 10, 11, 12, 13]
    assert batch.shared.source.tolist() == keys
    assert batch.shared.own.tolist() == [0, 1, 2, 5, 6, 7, 9, 10, 11, 12, 15, 16, 17, 18]
    assert batch.shared.copies.tolist() == [[3, 4, 8], [13, 14, -1]]
    assert batch.longest == 7
    assert make_batch(samples, "padded", 0, prefixes=prefixes).shared is None
    assert make_batch(samples, "packed", 0, prefixes=[0] * 4).shared is None


@given(
    heads=st.lists(st.integers(16, 40), min_size=1, max_size=3),
    tails=st.lists(
        st.tuples(st.integers(0, 2), st.lists(st.integers(0, 1), max_size=4), st.integers(0, 30)),
        min_size=1,
        max_size=12,
    ),
)
@settings(max_examples=200)
def test_a_prefix_is_the_longest_that_may_be_shared(heads, tails):
    """Samples of up to three prompts, some of them short; loss begins somewhere."""
    rng = np.random.default_rng(1)
    prompts, samples = [rng.integers(3, 9, length) for length in heads], []
    for which, tail, silent in tails:
        ids = np.concatenate([prompts[which % len(prompts)], tail]).astype(np.int32)
        samples.append((ids, np.arange(len(ids)) > silent))
    whole = flat(samples)
    prefixes, distinct = whole.prefix_lengths(np.arange(len(samples))), whole.shared.distinct
    groups = {}
    for (ids, marks), prefix in zip(samples, prefixes, strict=True):
        if len(ids) > 16:
            groups.setdefault(tuple(ids[:16]), []).append((ids, marks, prefix))
        else:
            assert prefix == 0

    def may_be_shared(group, count):
        return all(
            np.array_equal(ids[:count], group[0][0][:count])
            and len(ids) > count
            and not marks[: count + 1].any()
            for ids, marks, _ in group
        )

    for group in groups.values():
        (found,) = {int(prefix) for _, _, prefix in group}
        longest = max(n for n in range(60) if n == 0 or may_be_shared(group, n))
        assert found == (longest if len(group) > 1 and longest >= 16 else 0)
    assert sorted(distinct) == sorted(int(group[0][2]) for group in groups.values() if group[0][2])


# -- whether it is done ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "shared"),
    [
        ({}, True),
        ({"share_prefix": True}, True),
        ({"share_prefix": False}, False),
        ({"packing": False}, False),
        ({"cut": "plain"}, False),
        ({"lora_dropout": 0.05}, False),
        ({"lora_dropout": 0.05, "finetuning_type": "full"}, True),
    ],
)
def test_prefixes_are_shared_where_that_changes_nothing(keys, shared):
    recipe, _ = resolve({"model_name_or_path": "m"} | keys)
    assert should_share_prefixes(recipe, None, torch.device("cpu")) == shared


def test_kernels_that_align_otherwise_share_nothing(monkeypatch):
    """They are tried; samples of equal numbers of queries and keys they may still compute."""
    behind = ([40, 30, 1, 59, 92], [-1, -1, 0, 0, 1])
    for at_end in (True, False):
        monkeypatch.setattr(attention, "varlen_attn", flash_stand_in(at_end=at_end))
        assert attention._matches_reference([100, 92], [-1, -1], "cpu")
        assert attention._matches_reference(*behind, "cpu") == at_end
    monkeypatch.setattr(attention, "packed_kernels", lambda *_: "flash")
    monkeypatch.setattr(attention, "flash_supports_prefixes", lambda: False)
    device = torch.device("cpu")
    assert not should_share_prefixes(resolve({"model_name_or_path": "m"})[0], None, device)
    requested, _ = resolve({"model_name_or_path": "m", "share_prefix": True})
    with pytest.raises(TrainError, match="share_prefix: the attention kernels"):
        should_share_prefixes(requested, None, device)
    monkeypatch.setattr(attention, "packed_kernels", lambda *_: "triton")  # tried with prefixes
    assert should_share_prefixes(requested, None, device)


@pytest.fixture
def write_prompted(tmp_path, write_recipe):
    """A factory: keys -> recipe whose samples have one of two system prompts, and no dropout."""
    path = tmp_path / "train.jsonl"

    def write(**keys):
        recipe = write_recipe(lora_dropout=0.0, **keys)
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        prompts = ["Answer with one JSON object.", "设计一个滤波器，只输出一个 JSON。"]
        for number, record in enumerate(records):
            system = {"role": "system", "content": prompts[number % 4 == 0]}
            record["messages"] = [system, *record["messages"][-2:]]
        text = "".join(json.dumps(record) + "\n" for record in records)
        path.write_text(text, encoding="utf-8")
        return str(recipe)

    return write


def log_of(folder):
    lines = (folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    names = ("current_steps", "loss", "eval_loss")
    return [[json.loads(line).get(name, 0.0) for name in names] for line in lines]


def test_a_run_shares_says_so_and_learns_the_same(tmp_path, write_prompted, write_data, capsys):
    """Validation samples have no system prompt."""
    validation = str(write_data(tmp_path / "validation.jsonl", 5))
    common = {"eval_dataset": validation, "eval_steps": 2, "max_steps": 4, "save_steps": 2}
    folders = {}
    for name, keys in {"shared": {}, "whole": {"share_prefix": False}}.items():
        folders[name] = tmp_path / name
        recipe = write_prompted(
            output_dir=str(folders[name]), micro_batch_tokens=200, **common, **keys
        )
        assert run(["train", recipe]) == 0
        output = capsys.readouterr().out
        assert ("tokens computed once for all samples that share them" in output) == (not keys)
    for ours, theirs in zip(*map(log_of, folders.values()), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)
    truth = {n: json.loads((f / "run.json").read_text())["truth"] for n, f in folders.items()}
    assert len(truth["shared"]["shared_prefixes"]) == 2
    assert truth["whole"]["shared_prefixes"] == []
    assert 0.1 < truth["shared"]["shared_share"] < 0.8
    assert "shared_share" not in truth["whole"]
    assert truth["shared"]["padding_share"] == truth["whole"]["padding_share"] == 0
    assert truth["shared"]["tokens_per_step"] == truth["whole"]["tokens_per_step"]
    # How it is computed is no part of what a run is: the other half may be computed otherwise.
    recipe = write_prompted(output_dir=str(folders["shared"]), share_prefix=False, **common)
    assert run(["train", recipe]) == 0
    assert "unchanged: the run is complete" in capsys.readouterr().out


def test_padding_is_counted_beside_what_is_shared():
    # 8 samples of 300 tokens of which 200 are shared, on one device and on two, in rows of 1,088
    for devices in (1, 2):
        totals = Totals(tokens=devices * 2400, computed=1088, shared=7 * 200)
        assert totals.padding_share == pytest.approx(88 / 1088, abs=1e-4)
        assert totals.shared_share == pytest.approx(1400 / 2488, abs=1e-4)


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_the_bound_of_a_batch_is_a_plain_number(layout):
    """Compiled layers pass it on to kernels; a number of numpy's would be a tensor to them."""
    samples = make_samples()
    batch = make_batch(samples, layout, 0, 64, prefixes=prefixes_of(samples))
    assert type(batch.longest) is int
