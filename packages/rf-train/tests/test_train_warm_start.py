"""A second process takes compiled layers from the cache, those with gradients of our own, too."""

import json
import os
import subprocess
import sys

import pytest
import torch
from rf_train.model.compile_cache import cache_folder
from torch._inductor.runtime import cache_dir_utils

LAYER = """
import json, torch
from torch._dynamo.utils import counters
from rf_train.model.compile_cache import measure_start, use_compile_cache
from rf_train.model.fp8 import Fp8Linear

use_compile_cache()
torch.manual_seed(0)
layer = Fp8Linear(torch.randn(32, 16))
layer.compile()
x = torch.randn(16, 16, dtype=torch.bfloat16, requires_grad=True)
layer(x).float().square().sum().backward()
start = measure_start(1.0)
print(json.dumps({
    "counts": dict(counters["aot_autograd"]), "gradient": x.grad.tolist(),
    "compiled": start.graphs_compiled, "found": start.graphs_from_cache,
}))
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
    assert (first["compiled"], first["found"]) == (2, 0)  # the forward and the backward pass
    assert (second["compiled"], second["found"]) == (0, 2)
    assert first["gradient"] == second["gradient"]


def test_the_folder_is_the_users_whatever_pytorch_has_noted(tmp_path, monkeypatch):
    """PyTorch notes its default under /tmp in the variable, as soon as something is decorated."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    torch.compile(lambda x: x)
    assert "TORCHINDUCTOR_CACHE_DIR" in os.environ
    assert cache_folder() == tmp_path / "rf-train/compiled"
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "named"))
    assert cache_folder() == tmp_path / "named"


def test_pytorchs_folder_is_used_where_the_users_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    assert str(cache_folder()) == cache_dir_utils.default_cache_dir()
