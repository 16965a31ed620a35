"""Every kind of recipe: a good one that uses all of its parts, and the function that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rf_eval.recipe
import rf_figs.recipe
from rf_eval.errors import EvalError
from rf_figs.errors import FigsError
from rf_jsonl import FileError
from rf_synth.dataset import recipe as synth
from rf_train.errors import TrainError
from rf_train.inference.recipe import INFERENCE
from rf_train.merge.recipe import MERGING
from rf_train.recipe.file import load_keys, load_recipe


@dataclass(frozen=True)
class Kind:
    """refusals: what the command line turns into one line and exit code 1."""

    good: str
    load: Callable[[Path], Any]
    refusals: tuple[type[Exception], ...]


def load_synth(path: Path) -> synth.Recipe:
    values, lines = synth.load_recipe(path)
    try:
        return synth.resolve(values)
    except synth.RecipeError as error:  # as the command line says it
        raise error.in_file(path, lines) from None


SYNTH = """
name: tiny
preset: quickstart
seed: 0
answer_style: json
difficulty: natural
out: data/tiny
splits:
  train:
    count: 30
    types: {full: 20, followup_resolve: 5, followup_question: 5}
  test: {count: 6}
composition:
  types: {full: 0.6, followup_resolve: 0.2, followup_question: 0.2}
  bands: {lowpass: 1/3, highpass: 1/3, bandpass: 1/3}
  langs: {zh: 0.4, en: 0.3, mix: 0.3}
ranges:
  order: [2, 9]
  frequency: [10e6, 10e9]
  impedance: [50, 75]
  free_impedance_share: 0.1
dialogue:
  missing: [3, 2, 1]
  return_loss: 0.1
  vswr: 0.1
"""

TRAIN = """
model_name_or_path: tiny-model
stage: sft
finetuning_type: lora
lora_rank: 4
lora_target: all
quantization_bit: 4
quantization_method: bnb
dataset: train
dataset_dir: data
template: chatml
cutoff_len: 1024
per_device_train_batch_size: 4
max_steps: 3
learning_rate: 1.0e-3
lr_scheduler_type: cosine
save_total_limit: 2
report_to: none
output_dir: run
"""

MERGE = """
model_name_or_path: tiny-model
adapter_name_or_path: run
template: chatml
export_dir: merged
export_size: 5
merge_base: dequantized
quantization_type: nf4
double_quantization: true
license: apache-2.0
"""

CHAT = """
model_name_or_path: tiny-model
template: chatml
quantization_bit: 4
max_new_tokens: 8
do_sample: true
temperature: 0.5
top_p: 0.9
seed: 1
"""

EVAL = """
data: data/test.jsonl
out: results
n: 4
seed: 0
backend: hf
batch_size: 4
max_new_tokens: 8
models:
  base: {model: tiny-model, run: run}
  tuned:
    run: run
    chat_template_kwargs: {enable_thinking: false}
compare: [base, tuned]
metrics: [default, {name: exact_match}]
group_by: [type, band]
report: true
threads: 1
"""

FIGS = """
inputs: [run, results, data]
out: figures
only: [training_loss_curve]
lang: both
width: column
style: null
strict: false
"""

RECIPES = {
    "synth": Kind(SYNTH, load_synth, (FileError, OSError)),
    "train": Kind(TRAIN, load_recipe, (FileError, TrainError, OSError)),
    "merge": Kind(MERGE, lambda path: load_keys(MERGING, path), (FileError, TrainError, OSError)),
    "chat": Kind(CHAT, lambda path: load_keys(INFERENCE, path), (FileError, TrainError, OSError)),
    "eval": Kind(EVAL, rf_eval.recipe.read_recipe, (FileError, EvalError, OSError)),
    "figs": Kind(FIGS, rf_figs.recipe.read_recipe, (FileError, FigsError, OSError)),
}
