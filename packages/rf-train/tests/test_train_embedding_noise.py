"""Noise on the embeddings: its size is that of the paper however samples are laid out, it is there
in training alone, and it is drawn from the numbers of the step, so that a resumed run repeats it.
"""

import json
import math

import pytest
import torch
from gradient_checks import with_adapter
from rf_train.cli import run
from rf_train.data.batches import make_batch
from rf_train.model.embedding_noise import sample_lengths, with_noise
from test_train_loss import LENGTHS, make_samples

PREFIX = 3


def test_noise_is_uniform_up_to_alpha_over_the_root_of_the_samples_size():
    embedded = torch.zeros(2, 50, 64)
    noise = with_noise(embedded, 50, alpha=5.0)
    limit = 5.0 / math.sqrt(50 * 64)
    assert 0.99 * limit < float(noise.abs().max()) <= limit
    assert abs(float(noise.mean())) < 0.03 * limit
    assert float(noise.std()) == pytest.approx(limit / math.sqrt(3), rel=0.02)
    assert not torch.equal(noise[0], noise[1])


def test_every_sample_of_a_row_has_noise_of_the_same_norm():
    """Its expected norm, alpha / sqrt(3), does not depend on the length of the sample."""
    batch = make_batch(make_samples(), "packed", 0)
    lengths = sample_lengths(batch.boundaries, batch.boundaries, sum(LENGTHS))
    assert lengths.tolist() == [n for n in LENGTHS for _ in range(n)]
    noise = with_noise(torch.zeros(1, sum(LENGTHS), 512), lengths, alpha=1.0)[0]
    for sample in noise.split(LENGTHS):
        assert float(sample.norm()) == pytest.approx(1 / math.sqrt(3), rel=0.05)


def test_a_shared_prefix_counts_in_the_length_of_each_sample():
    samples = [(ids.copy(), marks) for ids, marks in make_samples()]
    for ids, _ in samples:
        ids[:PREFIX] = 7
    batch = make_batch(samples, "packed", 0, prefixes=[PREFIX] * len(samples))
    lengths = sample_lengths(batch.boundaries, batch.shared.boundaries, batch.input_ids.numel())
    own = [n for n in LENGTHS for _ in range(n - PREFIX)]
    assert lengths.tolist() == [PREFIX] * PREFIX + own


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_noise_is_for_training_alone(make_model, layout):
    model = with_adapter(make_model())
    inputs = make_batch(make_samples(), layout, 0, 64).kwargs()
    plain = model(**inputs).detach()
    model.noise_alpha = 5.0
    assert not torch.equal(model(**inputs), plain)
    model.eval()
    assert torch.equal(model(**inputs), plain)


def test_a_recipe_with_noise_learns_and_repeats_itself(tmp_path, write_recipe):
    """The noise of a step is seeded by its number, as dropout is."""
    losses = {}
    for name, alpha in (("first", 5.0), ("again", 5.0), ("without", None)):
        keys = {"neftune_noise_alpha": alpha, "max_steps": 4, "logging_steps": 1}
        recipe = write_recipe(output_dir=str(tmp_path / name), lora_dropout=0.0, **keys)
        assert run(["train", str(recipe)]) == 0
        lines = (tmp_path / name / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
        losses[name] = [json.loads(line)["loss"] for line in lines]
    assert losses["first"] == losses["again"]
    assert losses["first"] != losses["without"]
