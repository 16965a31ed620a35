"""Answers by `rf-eval generate --devices N`: the same file from any number of cards, and how fast.

    RESULT=FOLDER/result python card_generation.py --folder FOLDER --devices 4 [--kill] [--toy]

Makes a random model and a data set in FOLDER unless they exist, answers it, and writes
`$RESULT.0.json`: seconds, answers a second, and whether the file is that of one card (made before
with `--devices 1`; without it the hash says so later). `--kill` ends one process on the way and
continues with half the cards.
"""

import argparse
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from train_qwen3_8b import write_inputs

CHATML = (
    "{% for m in messages %}<|im_start|> {{ m['role'] }} {{ m['content'] }} <|im_end|> {% endfor %}"
    "{% if add_generation_prompt %}<|im_start|> assistant {% endif %}"
)
WORDS = 4000


def make_inputs(folder: Path, toy: bool) -> None:
    """Model and data, once; several processes may ask for them at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "test.jsonl").is_file():
            make_model(folder, toy)
            make_data(folder, 96 if toy else 512)


def make_model(folder: Path, toy: bool) -> None:
    """Qwen3-0.6B with random weights large enough that it does not repeat one word for ever."""
    import torch
    from rf_train.model.architectures import ARCHITECTURES
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    write_inputs(folder, count=1, words=WORDS)
    known = ARCHITECTURES["SmolLM2-135M-Instruct" if toy else "Qwen3-0.6B"]
    changes = {"vocab_size": WORDS + 6, "initializer_range": 0.06, "tie_word_embeddings": False}
    changes |= {"bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0}
    config = AutoConfig.for_model(**known | changes | ({"num_hidden_layers": 2} if toy else {}))
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32 if toy else torch.bfloat16
        )
    model.save_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
    tokenizer.chat_template = CHATML
    tokenizer.save_pretrained(folder / "model")


def make_data(folder: Path, count: int) -> None:
    """Questions of random words; `test.jsonl` appears when it is whole."""
    import numpy as np

    rng = np.random.Generator(np.random.Philox(key=[3, 4]))
    with open(folder / "test.part", "w", encoding="utf-8") as file:
        for i in range(count):
            words = " ".join(f"w{k}" for k in rng.integers(0, WORDS, rng.integers(100, 400)))
            turns = [{"role": "user", "content": words}, {"role": "assistant", "content": "w0"}]
            line = {"id": f"g-{i:05d}", "messages": turns, "meta": {"type": "full", "lang": "en"}}
            file.write(json.dumps(line) + "\n")
    os.replace(folder / "test.part", folder / "test.jsonl")


def command(folder: Path, out: Path, devices: int, toy: bool) -> list[str]:
    sizes = ["--batch-size", "4" if toy else "32", "--max-new-tokens", "8" if toy else "48"]
    return [
        sys.executable, "-m", "rf_eval", "generate", "--data", str(folder / "test.jsonl"),
        "--backend", "hf", "--model", str(folder / "model"), "--devices", str(devices),
        "--out", str(out), *sizes,
    ]  # fmt: skip


def workers_of(parent: int) -> list[int]:
    """Process ids of those that a process has started as `spawn` does (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            command_line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(above) == parent and b"spawn_main" in command_line:
            found.append(int(folder.name))
    return found


def killed(words: list[str], file: Path) -> dict[str, object]:
    """Starts the command, ends its last process after the first answers; how all of it ended."""
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
    while not (file.is_file() and file.stat().st_size) and process.poll() is None:
        time.sleep(0.02)
    workers = workers_of(process.pid)
    if not workers:
        return {"killed": "no process was found", "exit": process.wait()}
    os.kill(max(workers), signal.SIGKILL)
    at = time.monotonic()
    _, said = process.communicate()
    return {
        "exit": process.returncode,
        "ended_after_seconds": round(time.monotonic() - at, 2),
        "said": [line for line in said.splitlines() if line.startswith("rf-eval:")],
        "lines_then": file.read_bytes().count(b"\n"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--again", action="store_true", help="the same once more, to compare")
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_args()
    folder, toy = options.folder, options.toy
    make_inputs(folder, toy)
    way = "-killed" if options.kill else "-again" if options.again else ""
    out = folder / f"{options.devices}{way}"
    file, result = out / "predictions.jsonl", {"devices": options.devices}
    words = command(folder, out, options.devices, toy)
    if options.kill:
        result["killed"] = killed(words, file)
        devices = max(1, options.devices // 2)
        words = [*command(folder, out, devices, toy), "--resume"]
    began = time.monotonic()
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    result |= {"exit": done.returncode, "process_seconds": round(time.monotonic() - began, 1)}
    if done.returncode == 0:
        content = file.read_bytes()
        meta = json.loads((out / "predictions.meta.json").read_text(encoding="utf-8"))
        result |= {
            "answers": content.count(b"\n"),
            "seconds": meta["seconds"],  # loading the model included
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        alone = folder / "1" / "predictions.jsonl"
        if alone.is_file() and alone != file:
            result["as_one_card"] = alone.read_bytes() == content
            lines = zip(alone.read_bytes().splitlines(), content.splitlines(), strict=True)
            result["differing_answers"] = sum(one != other for one, other in lines)
    else:
        result["said"] = done.stderr.splitlines()[-10:]
    Path(f"{os.environ['RESULT']}.0.json").write_text(json.dumps(result), encoding="utf-8")
    print(json.dumps(result))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
