"""A second process takes compiled layers from the cache, those with gradients of our own, too."""

import json
import os
import subprocess
import sys

import pytest

LAYER = """
import json, torch
from torch._dynamo.utils import counters
from rf_train.model.compile_cache import use_compile_cache
from rf_train.model.fp8 import Fp8Linear

use_compile_cache()
torch.manual_seed(0)
layer = Fp8Linear(torch.randn(32, 16))
layer.compile()
x = torch.randn(16, 16, dtype=torch.bfloat16, requires_grad=True)
layer(x).float().square().sum().backward()
print(json.dumps({"counts": dict(counters["aot_autograd"]), "gradient": x.grad.tolist()}))
"""


def start(cache) -> dict:
    """The layer's gradient in a process of its own, and what PyTorch counted of its cache."""
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", LAYER]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_fp8_layers_are_traced_once(tmp_path):
    """Found in the cache the second time, forward and backward pass, with the same gradient."""
    first, second = start(tmp_path), start(tmp_path)
    assert first["counts"].get("autograd_cache_saved") == 1
    assert second["counts"].get("autograd_cache_hit") == 1
    assert first["gradient"] == second["gradient"]
