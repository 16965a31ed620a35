"""Triton kernels, interpreted on the CPU, and what uses them."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rf_train.model import attention


@pytest.fixture(scope="module")
def distances():
    """What `interpreted_kernels.py` prints."""
    if importlib.util.find_spec("triton") is None:
        pytest.skip("Triton is not installed here")
    script = Path(__file__).with_name("interpreted_kernels.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("case", "tolerance"),
    [
        ("attention", 1e-5),
        ("attention behind prefixes", 1e-5),
        ("attention in float16", 2e-3),
    ],
)
def test_output_and_gradients_of_the_kernels_are_those_of_attention(distances, case, tolerance):
    assert len(distances[case]) == 4
    assert max(distances[case]) < tolerance


def test_gating_kernels_quantise_as_pytorch_does(distances):
    assert max(distances["gating"]["scales"]) < 1e-6
    assert min(distances["gating"]["equal"]) > 0.95


def test_the_operations_are_what_pytorch_asks_of_them(distances):
    assert distances["operations"]


def test_without_a_gpu_packed_pieces_are_computed_in_a_loop():
    assert attention.packed_kernels(torch.device("cpu"), None) is None


def test_heads_are_the_configs_or_follow_from_it():
    from transformers import AutoConfig

    config = AutoConfig.for_model("gpt_neox", hidden_size=48, num_attention_heads=4)
    assert attention.heads_of(config) == (4, 4, 12)
    config = AutoConfig.for_model("qwen3", num_attention_heads=32, num_key_value_heads=8)
    assert attention.heads_of(config) == (32, 8, 128)
