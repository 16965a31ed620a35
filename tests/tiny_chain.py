"""A recipe small enough for tests: few samples, a model made on the spot, the real commands."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

SYNTH = """
name: tiny
preset: quickstart
splits: {train: {count: 30}, val: {count: 6}, test: {count: 6}, test_ood: {count: 6}}
composition:
  types: {full: 0.6, followup_resolve: 0.2, followup_question: 0.2}
  bands: {lowpass: 0.34, highpass: 0.33, bandpass: 0.33}
  langs: {zh: 0.4, en: 0.3, mix: 0.3}
"""


def pipeline(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "pipeline.py"), "recipe", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, env=env
    )


def generate(out: str) -> dict:
    return {
        "name": f"make-{out}",
        "run": ["rf-synth", "generate", "--recipe", "{recipe}/synth.yaml", "--out", out, "--force"],
        "reads": ["{recipe}/synth.yaml"],
        "writes": [out],
    }


def write_recipe(folder: Path, *stages: dict) -> None:
    (folder / "recipe").mkdir(exist_ok=True)
    (folder / "recipe" / "synth.yaml").write_text(SYNTH, encoding="utf-8")
    text = yaml.safe_dump({"stages": list(stages)})
    (folder / "recipe" / "pipeline.yaml").write_text(text, encoding="utf-8")


TINY_TRAIN = """
model_name_or_path: tiny-model
stage: sft
finetuning_type: lora
lora_rank: 4
lora_target: all
quantization_bit: 4
dataset: train
dataset_dir: data
template: chatml
cutoff_len: 1024
per_device_train_batch_size: 4
gradient_accumulation_steps: 1
max_steps: 3
learning_rate: 1.0e-3
logging_steps: 1
save_steps: 2
output_dir: run
"""

TINY_EVAL = """
data: data/test.jsonl
out: results
n: 4
backend: hf
batch_size: 4
max_new_tokens: 8
models:
  base: {model: tiny-model, run: run}
  tuned: {run: run}
compare: [base, tuned]
"""


def make_tiny_model(folder: Path) -> None:
    """A randomly initialised two-layer model with a byte-level tokenizer, made on the spot."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = {token: number for number, token in enumerate(special + alphabet)}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(special)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        eos_token_id=vocabulary["<|im_end|>"],
        pad_token_id=vocabulary["<|endoftext|>"],
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


STAGES = """
- name: train
  run: [rf-train, train, "{recipe}/train.yaml"]
  reads: ["{recipe}/train.yaml", data]
  writes: [run]
- name: eval
  run: [rf-eval, run, --recipe, "{recipe}/eval.yaml"]
  reads: ["{recipe}/eval.yaml", data, run]
  writes: [results]
- name: figs
  run: [rf-figs, render, --inputs, run, --inputs, results, --inputs, data, --out, figures,
        --only, training_loss_curve, --only, baseline_comparison]
  reads: [data, run, results]
  writes: [figures]
"""


def run_chain(folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Data, a trained adapter, results and two figures in `folder`, by the four commands.

    Returns what they printed.
    """
    make_tiny_model(folder / "tiny-model")
    write_recipe(folder, generate("data"), *yaml.safe_load(STAGES))
    (folder / "recipe" / "train.yaml").write_text(TINY_TRAIN.lstrip(), encoding="utf-8")
    (folder / "recipe" / "eval.yaml").write_text(TINY_EVAL.lstrip(), encoding="utf-8")
    outcome = pipeline(folder, env=env)
    assert outcome.returncode == 0, outcome.stderr + outcome.stdout[-3000:]
    return outcome.stdout + outcome.stderr
