"""Compiled layers kept between runs, and how long runs took to start with and without them.

PyTorch caches compiled graphs in a folder, by their code, sizes and versions. Its default is under
/tmp, which a restart empties; ours is `$TORCHINDUCTOR_CACHE_DIR` where that is set, otherwise
`rf-train/compiled` in the user's cache folder. It also holds `starts.json`: the last measured start
for each model, way of computing it, and device.
"""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, expanded, read_json, write_json

from rf_train.files.user_cache import user_cache
from rf_train.recipe.training import Recipe
from rf_train.versions import versions

FOLDER_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"  # PyTorch's; it puts Triton's kernels there, too
_STARTS = "starts.json"


@dataclass(frozen=True)
class StartTiming:
    """Seconds from the start of the process to the end of its first step and of that step alone,
    and how many graphs were found in the cache or compiled."""

    seconds_to_first_step: float
    first_step_seconds: float
    graphs_from_cache: int
    graphs_compiled: int

    def __str__(self) -> str:
        text = (
            f"first step done {self.seconds_to_first_step:.1f} s after the start of the process, "
            f"{self.first_step_seconds:.1f} s of them in the step"
        )
        if not self.graphs_from_cache + self.graphs_compiled:
            return text
        return (
            f"{text} ({self.graphs_compiled} graphs compiled, {self.graphs_from_cache} found in "
            f"{cache_folder()})"
        )


def cache_folder() -> Path:
    """Where compiled layers are kept: PyTorch's own folder if the user's cache is read-only."""
    named = os.environ.get(FOLDER_VARIABLE)
    # PyTorch writes its default into the variable when anything asks for it, as bitsandbytes does
    # when it is imported: that is no choice of the user's.
    if named and Path(named).absolute() != _pytorchs_own_folder():
        return Path(expanded(named))
    ours = user_cache("compiled")
    return ours if _can_be_made(ours) else _pytorchs_own_folder()


def use_compile_cache() -> None:
    """Keeps everything compiled from now on in `cache_folder`."""
    _keep_traced_layers()
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # PyTorch says what is wrong with the folder that was named
    if os.access(folder, os.W_OK):
        os.environ[FOLDER_VARIABLE] = str(folder)


def _pytorchs_own_folder() -> Path:
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    return Path(default_cache_dir()).absolute()


def _can_be_made(folder: Path) -> bool:
    """Whether a folder can be written, or made by who runs this. Makes nothing."""
    nearest = next((p for p in (folder, *folder.parents) if os.path.lexists(p)), None)
    return nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK)


def _keep_traced_layers() -> None:
    """Has PyTorch also keep what it traced of layers with gradients of our own (FP8 products).

    By default it does not, and traces both passes anew at every start. The key of such a layer
    covers all of its code, the custom gradient included.
    """
    from torch._functorch import config

    name = "autograd_cache_allow_custom_autograd_functions"
    if hasattr(config, name):  # since PyTorch 2.9
        setattr(config, name, True)


def measure_start(step_seconds: float) -> StartTiming:
    """The timing of this process, whose first step has just ended after `step_seconds`."""
    import psutil  # type: ignore[import-untyped]
    from torch._dynamo.utils import counters

    # Graphs of layers found already traced, in AOTAutograd's cache, are counted here as well.
    found = counters["inductor"]
    return StartTiming(
        round(time.time() - psutil.Process().create_time(), 2),
        round(step_seconds, 2),
        int(found["fxgraph_cache_hit"]),
        int(found["fxgraph_cache_miss"]) + int(found["fxgraph_cache_bypass"]),
    )


def record_start(recipe: Recipe, start: StartTiming) -> None:
    """Writes the timing of a compiled run to the cache folder, for `last_start`."""
    if not start.graphs_from_cache + start.graphs_compiled:
        return
    kept = _read_starts()
    before = kept.get(_key(recipe), {})
    kept[_key(recipe)] = {**before, "cold" if start.graphs_compiled else "warm": asdict(start)}
    try:
        write_json(cache_folder() / _STARTS, kept)
    except OSError:
        return  # a run need not fail because its cache cannot be written


def last_start(recipe: Recipe) -> dict[str, Any]:
    """The last measured starts of the same model and way of computing it: `cold`, `warm`."""
    found: dict[str, Any] = _read_starts().get(_key(recipe), {})
    return found


def _key(recipe: Recipe) -> str:
    """What determines the compiled code, except for the sizes of batches."""
    known = versions()
    weights = "4 bit" if recipe.resident_weights is False else "16 bit"
    if recipe.compute_dtype is not None:
        weights = f"{recipe.compute_dtype}{' from 4 bit' if weights == '4 bit' else ''}"
    parts = (
        recipe.model_name_or_path,
        recipe.finetuning_type,
        ",".join(recipe.lora_target),
        weights,
        known["torch"],
        known.get("device", "CPU"),
    )
    return " | ".join(parts)


def _read_starts() -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_json(cache_folder() / _STARTS)
    except FileError:
        return {}
    return found
