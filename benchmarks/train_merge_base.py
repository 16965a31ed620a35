"""What merging costs in answers, by the precision of the base and by `merge_base`.

    uv run benchmarks/train_merge_base.py --run runs/quickstart --data VAL.jsonl --dir NEW_FOLDER

Merges the adapter of an NF4 run of the embedded SmolLM2-135M-Instruct into its base as stored
(bf16), as float32 and as float16, and into the dequantised base, and lets all of them and what
they are compared with read the same dialogues, as `rf-train merge --verify` does. Besides the
divergences there is the loss on the answers. Results stand in train_merge_base.json.
"""

import argparse
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import yaml
from rf_jsonl import read_json, sha256_file, write_json
from rf_train.cli import run as rf_train
from rf_train.files.names import EMBEDDED_NAME
from rf_train.files.safetensors_ranges import read_model
from rf_train.files.tensors import load_tensors, save_tensors
from rf_train.inference.trained_rendering import trained_rendering
from rf_train.merge.compare_logits import Batch, Tally, logits_of, make_batches
from rf_train.merge.plan import Plan, plan_merge
from rf_train.merge.prompts import select_prompts
from rf_train.merge.recipe import MERGING
from rf_train.merge.streamed_model import streamed_model
from rf_train.merge.verify import reference_model
from rf_train.model.embedded import unpack_embedded
from rf_train.model.loading import load_tokenizer
from rf_train.recipe.file import load_keys

RESULT = Path(__file__).with_suffix(".json")
CPU = torch.device("cpu")
MERGES = {
    "float32": ("float32", "original"),
    "float16": ("float16", "original"),
    "bfloat16": ("bfloat16", "original"),
    "dequantized": ("bfloat16", "dequantized"),
}
TRAINING, STORED, PLAIN = "NF4 base + adapter", "bfloat16 base + adapter", "bfloat16 base"
# (what is judged, what it should be)
PAIRS = (
    ("merged float32", STORED),  # float32 holds the bf16 values exactly
    ("merged float16", "float16 base + adapter"),
    ("merged bfloat16", STORED),
    ("merged bfloat16", TRAINING),
    ("merged dequantized", TRAINING),
    (STORED, TRAINING),
    (PLAIN, "NF4 base"),
    (PLAIN, STORED),
)
RUN_KEYS = (
    "lora_rank",
    "lora_alpha",
    "lora_target",
    "quantization_type",
    "double_quantization",
    "learning_rate",
    "per_device_train_batch_size",
    "max_steps",
)


def write_base(stored: Path, folder: Path, dtype: str) -> None:
    """The embedded model's folder with its weights in another precision."""
    shutil.copytree(stored, folder)
    weights = folder / "model.safetensors"
    tensors = {name: t.to(getattr(torch, dtype)) for name, t in load_tensors(weights).items()}
    save_tensors(weights, tensors)


def merge(folder: Path, name: str, adapter: Path) -> Plan:
    """Merges by the command; what was planned."""
    dtype, merge_base = MERGES[name]
    recipe = folder / f"{name}.yaml"
    keys = {
        "model_name_or_path": str(folder / dtype),
        "adapter_name_or_path": str(adapter),
        "export_dir": str(folder / f"merged-{name}"),
        "merge_base": merge_base,
    }
    recipe.write_text(yaml.safe_dump(keys), encoding="utf-8")
    if rf_train(["merge", str(recipe), "--verify", "0"]):
        raise SystemExit(f"{name}: not merged")
    return plan_merge(load_keys(MERGING, recipe, ())[0])


def models(folder: Path, adapter: Path) -> dict[str, Any]:
    """Every model by name; weights stay on disk."""
    plans = {name: merge(folder, name, adapter) for name in MERGES}
    stored, half = plans["bfloat16"], plans["float16"]
    found = {f"merged {name}": folder / f"merged-{name}" for name in MERGES}
    opened = {
        name: streamed_model(place, read_model(place), device=CPU)
        for name, place in (found | {PLAIN: folder / "bfloat16"}).items()
    }
    return opened | {
        TRAINING: reference_model(stored, stored.trained_on),
        STORED: reference_model(stored, None),
        "float16 base + adapter": reference_model(half, None),
        "NF4 base": reference_model(stored, stored.trained_on),
    }


def loss(logits: torch.Tensor, batch: Batch) -> tuple[float, int]:
    """Summed loss in nats on the answer tokens that a batch holds, and how many those are."""
    rows, columns = batch.compared.nonzero(as_tuple=True)
    follows = columns + 1 < batch.mask.sum(1)[rows]
    wanted = batch.ids[rows[follows], columns[follows] + 1]
    log_p = torch.log_softmax(logits[follows], 1)
    return -float(log_p.gather(1, wanted[:, None]).sum()), len(wanted)


def logits(name: str, model: Any, batch: Batch) -> torch.Tensor:
    """A model's logits [P, V] at the compared positions."""
    if name != "NF4 base":
        return logits_of(model, batch, CPU)
    with model.disable_adapter():
        return logits_of(model, batch, CPU)


def compare(opened: dict[str, Any], batches: list[Batch]) -> dict[str, Any]:
    """Divergences of the pairs and the mean loss on the answers, over all batches."""
    tallies = {pair: Tally() for pair in PAIRS}
    losses, count = dict.fromkeys(opened, 0.0), 0
    for batch in batches:
        found = {name: logits(name, model, batch) for name, model in opened.items()}
        for (judged, reference), tally in tallies.items():
            tally.add(found[reference], found[judged])
        for name in opened:
            part, tokens = loss(found[name], batch)
            losses[name] += part
        count += tokens
    return {
        "divergences": [
            {"model": judged, "from": reference, **asdict(tally.result())}
            for (judged, reference), tally in tallies.items()
        ],
        "answer_tokens": count,
        "answer_loss_nats": {name: round(value / count, 5) for name, value in losses.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="an NF4 run, or its checkpoint")
    parser.add_argument("--data", type=Path, required=True, help="JSONL it was not trained on")
    parser.add_argument("--dir", type=Path, required=True, help="a new folder, 3 GB")
    parser.add_argument("--prompts", type=int, default=16)
    arguments = parser.parse_args()
    folder = arguments.dir
    unpack_embedded(folder / EMBEDDED_NAME)
    for dtype in sorted({dtype for dtype, _ in MERGES.values()}):
        write_base(folder / EMBEDDED_NAME, folder / dtype, dtype)
    opened = models(folder, arguments.run)
    dialogues = select_prompts(arguments.prompts, arguments.data, None).dialogues
    tokenizer = load_tokenizer(str(folder / "merged-bfloat16"), trust_remote_code=False)
    found = compare(opened, list(make_batches(dialogues, tokenizer, {})))
    run = trained_rendering(str(arguments.run))
    recipe = read_json(run.folder / "run.json")["recipe"] if run is not None else {}
    head = {
        "command": "uv run benchmarks/train_merge_base.py --run RUN --data VAL --dir DIR",
        "model": EMBEDDED_NAME,
        "adapter": arguments.run.name,
        "run": {key: recipe[key] for key in RUN_KEYS},
        "data_sha256": sha256_file(arguments.data),
        "prompts": arguments.prompts,
        "torch": torch.__version__,
    }
    write_json(RESULT, head | found)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
