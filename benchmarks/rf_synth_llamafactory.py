"""Loads every split of a data-set folder with the real LLaMA-Factory and counts what it keeps.

LLaMA-Factory pins older versions of transformers and datasets than this workspace, so it lives in
an environment of its own:

    uv venv --python 3.11 lf
    uv pip install --python lf/bin/python llamafactory torch==2.11.0 torchaudio==2.11.0 torchvision
    lf/bin/python benchmarks/rf_synth_llamafactory.py DATASET_FOLDER TOKENIZER_FOLDER

(torch and torchaudio of one release: what the resolver picks by itself may not fit together.)
TOKENIZER_FOLDER is any Hugging Face folder with a tokenizer and a config.json (no weights are
needed). Exit code 1 where a split loses a record. Last tried with llamafactory 0.9.5 (transformers
5.6.0, datasets 4.0.0) on the paper preset: 25,168, 1,415, 1,372 and 1,372 records, none lost.
"""

import json
import sys
from pathlib import Path


def main(folder: str, tokenizer_folder: str) -> int:
    """Runs LLaMA-Factory's own `get_dataset` on each registered split; prints a line each."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    registered = json.loads((Path(folder) / "dataset_info.json").read_text(encoding="utf-8"))
    lost = 0
    for name, entry in registered.items():
        lines = (Path(folder) / entry["file_name"]).read_text(encoding="utf-8").splitlines()
        arguments = {
            "model_name_or_path": tokenizer_folder,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "dataset": name,
            "dataset_dir": folder,
            "template": "qwen",
            "cutoff_len": 2048,
            "output_dir": "unused",
            "overwrite_cache": True,
            "report_to": "none",
        }
        model_args, data_args, training_args, _, _ = get_train_args(arguments)
        tokenizer_module = load_tokenizer(model_args)
        template = get_template_and_fix_tokenizer(tokenizer_module["tokenizer"], data_args)
        module = get_dataset(
            template, model_args, data_args, training_args, stage="sft", **tokenizer_module
        )
        kept = module["train_dataset"]
        learned = sum(label != -100 for label in kept[0]["labels"])
        print(f"{name}: {len(kept):,} of {len(lines):,} records, first one learns {learned} tokens")
        lost += len(lines) - len(kept)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
