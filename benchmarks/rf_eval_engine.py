"""Speed and memory of the engine: preparing a model, starting, answering.

Every row is measured in a separate process through the public API; `wall` depends on other
processes (the load is recorded), `cpu` hardly does. From the root of the repository:

    uv run python benchmarks/rf_eval_engine.py --out benchmarks/rf_eval_engine.json
    uv run python benchmarks/rf_eval_engine.py --only warm --out benchmarks/rf_eval_engine.json
    uv run python benchmarks/rf_eval_engine.py --large          # and Qwen3 at 0.6B, random weights
    uv run python benchmarks/rf_eval_engine.py --transformers BASE   # and bf16, BASE unpacked

`--only` measures only the rows whose names start with this; the others in the file are kept.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = "recipes/smollm2-135m/handwritten_val.jsonl"
ADAPTER = "models/smollm2-135m-rf"
READER = "models/smollm2-135m-rf-tool"
REQUEST = "Chebyshev bandpass 1176.45-1227.6 MHz, 0.25 dB ripple, 42.5 dB at 1100 MHz and 1310 MHz"


def requests(count):
    with open(DATA, encoding="utf-8") as file:
        return [json.loads(line)["messages"][:2] for line in list(file)[:count]]


def prepare(base, adapter, precision, cache):
    from rf_eval.engine import prepare

    folder = prepare(base, adapter or None, precision=precision, cache=cache)
    size = sum(file.stat().st_size for file in folder.iterdir())
    return {"megabytes_on_disk": round(size / 1e6, 1)}


def engine(base, adapter, precision, cache, for_batches=False):
    from rf_eval.engine import load, prepare

    folder = prepare(base, adapter or None, precision=precision, cache=cache)
    return load(folder, for_batches=for_batches)


def start(tokens, *model):
    """One answer in a new process; the parent's clock includes the interpreter's start."""
    engine(*model).answer(requests(1)[0], int(tokens))
    return {"tokens": int(tokens)}


def start_call(cache):
    """A call in a new process, with grammar and drafts as in rf-design."""
    from rf_design.reading.model import call_grammar
    from rf_design.reading.typical import typical_answers
    from rf_eval.engine import load, prepare
    from rf_synth.styles.tool_call import SYSTEM_PROMPTS

    loaded = load(prepare("embedded", READER, cache=cache), grammar=call_grammar())
    loaded.expect(typical_answers())
    messages = [
        {"role": "system", "content": SYSTEM_PROMPTS["en"]},
        {"role": "user", "content": REQUEST},
    ]
    [(_, answer)] = loaded.answers([messages], 200, call_grammar)
    return {"tokens": answer.completion_tokens, "answer_s": round(answer.seconds, 3)}


def warm(tokens, count, *model):
    """Answers one after the other, and first tokens with a new and a known system prompt."""
    from statistics import median

    loaded, firsts, found = engine(*model), [], []
    for messages in requests(int(count) + 1):
        began = time.perf_counter()
        loaded.answer(messages, 1)
        firsts.append(time.perf_counter() - began)
        used = time.process_time()
        [(_, answer)] = loaded.answers([messages], int(tokens))
        found.append((answer.completion_tokens, answer.seconds, time.process_time() - used))
    return {
        "tokens": found[-1][0],
        "seconds": round(median(seconds for _, seconds, _ in found[1:]), 3),
        "tokens_per_s": round(median(n / seconds for n, seconds, _ in found[1:]), 1),
        "tokens_per_cpu_s": round(median(n / cpu for n, _, cpu in found[1:]), 1),
        "first_token_s": {
            "new_system_prompt": round(firsts[0], 3),
            "known_system_prompt": round(median(firsts[1:]), 3),
        },
    }


def batch(count, size, *model):
    loaded = engine(*model, for_batches=True)
    began, used = time.perf_counter(), time.process_time()
    found = [answer for _, answer in loaded.answers(requests(int(count)), batch_size=int(size))]
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    tokens = sum(answer.completion_tokens for answer in found)
    return {
        "answers": len(found),
        "batch_size": int(size),
        "tokens": tokens,
        "tokens_per_s": round(tokens / seconds, 1),
        "tokens_per_cpu_s": round(tokens / cpu, 1),
    }


def held_to_a_schema(count, *model):
    """The cost of a grammar: the same answers, free and constrained to the schema of their JSON."""
    fields = ["filter_type", "filter_band"]
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "required": fields,
        "additionalProperties": True,
    }
    loaded, used = engine(*model), {}
    for name, grammar in (("free", None), ("held", schema)):
        for messages in requests(int(count)):
            began = time.process_time()
            text = loaded.answer(messages, 100, grammar=grammar)
            spent = (time.process_time() - began) / len(loaded.chat.ids(text))
            used.setdefault(name, []).append(spent)
    medians = {name: sorted(values)[len(values) // 2] for name, values in used.items()}
    return {f"cpu_ms_a_token_{name}": round(1e3 * value, 2) for name, value in medians.items()}


def transformers(count, size, base):
    """The hf backend in bfloat16, for comparison."""
    from rf_eval.backends.hf import HfBackend
    from rf_eval.samples import Sample

    samples = [Sample(str(i), messages, "") for i, messages in enumerate(requests(int(count)))]
    backend = HfBackend(
        model=base, adapter=ADAPTER, run=ADAPTER, dtype="bfloat16", batch_size=int(size),
        max_new_tokens=100,
    )  # fmt: skip
    list(backend.generate(samples[:1]))
    began, used = time.perf_counter(), time.process_time()
    found = [one for many in backend.generate(samples) for one in many]
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    tokens = sum(one.completion_tokens for one in found)
    return {
        "batch_size": int(size),
        "tokens": tokens,
        "tokens_per_s": round(tokens / seconds, 1),
        "tokens_per_cpu_s": round(tokens / cpu, 1),
    }


def row(name, task, *arguments):
    """Runs one task in a new process; returns its result with the time and memory it took."""
    began = time.perf_counter()
    command = [sys.executable, __file__, "--task", task, *map(str, arguments)]
    # With the bytecode of all modules on disk, as after any first run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{name}: failed")
    result = {
        "row": name,
        **json.loads(output.splitlines()[-1]),
        "process": {
            "wall_s": round(time.perf_counter() - began, 2),
            "cpu_s": round(used.ru_utime + used.ru_stime, 2),
            "peak_mb": round(used.ru_maxrss / 1e3),
            "load": round(os.getloadavg()[0], 1),
        },
    }
    print(json.dumps(result), flush=True)
    return result


def random_qwen3(folder):
    from random_qwen3 import write_random

    write_random(folder, ADAPTER)


TASKS = {
    task.__name__: task
    for task in (
        prepare,
        start,
        start_call,
        warm,
        batch,
        held_to_a_schema,
        transformers,
        random_qwen3,
    )
}


class Models:
    """The models of the rows, created in a temporary folder on demand."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def prepared(self, base, adapter, precision):
        """Arguments for a model whose preparation is not part of the row."""
        model = (base, adapter, precision, str(self.folder / "cache"))
        # In a separate process, since memory of this one would count in its children.
        command = [sys.executable, __file__, "--task", "prepare", *model]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return model

    def fresh(self, base, adapter, precision):
        """Arguments for a model that is not prepared yet."""
        return (base, adapter, precision, tempfile.mkdtemp(dir=self.folder))

    def qwen3(self):
        base = self.folder / "qwen3-0.6b"
        if not base.exists():
            base.mkdir()
            command = [sys.executable, __file__, "--task", "random_qwen3", str(base)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return str(base)


def small_rows(models):
    """`(name, task, arguments)` of each row; the arguments are created on demand."""
    deriver, reader = ("embedded", ADAPTER), ("embedded", READER)

    def own(precision="int8"):
        return models.prepared(*deriver, precision)

    return [
        ("prepare int8", "prepare", lambda: models.fresh(*deriver, "int8")),
        ("prepare int4", "prepare", lambda: models.fresh(*deriver, "int4")),
        ("from process start, 100 tokens", "start", lambda: (100, *own())),
        ("prepare the reading model", "prepare", lambda: models.fresh(*reader, "int8")),
        (
            "from process start, a call",
            "start_call",
            lambda: models.prepared(*reader, "int8")[3:],
        ),
        ("warm, 100 tokens", "warm", lambda: (100, 6, *own())),
        ("warm, whole derivation", "warm", lambda: (1024, 3, *own())),
        ("batch of 16", "batch", lambda: (32, 16, *own())),
        ("batch of 32", "batch", lambda: (64, 32, *own())),
        ("batch of 32, int4", "batch", lambda: (32, 32, *own("int4"))),
        ("held to a schema", "held_to_a_schema", lambda: (4, *own())),
    ]


def transformers_rows(base):
    return [
        (
            f"transformers bf16, batch of {size}, 100 tokens",
            "transformers",
            lambda size=size: (max(4, size), size, base),
        )
        for size in (1, 16)
    ]


def large_rows(models):
    rows = []
    for kind in ("int8", "int4"):
        rows += [
            (
                f"Qwen3 0.6B, prepare {kind}",
                "prepare",
                lambda kind=kind: models.fresh(models.qwen3(), "", kind),
            ),
            (
                f"Qwen3 0.6B, warm, 100 tokens, {kind}",
                "warm",
                lambda kind=kind: (100, 2, *models.prepared(models.qwen3(), "", kind)),
            ),
        ]
    return rows


def machine():
    from importlib.metadata import version

    cpu = platform.processor() or platform.machine()
    return {"cores": os.cpu_count(), "cpu": cpu, "openvino": version("openvino")}


def known_rows(path):
    """The rows of an existing file, by name, which must be from this machine."""
    if not path or not Path(path).exists():
        return {}
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    if found["machine"] != machine():
        sys.exit(f"{path}: measured on {found['machine']}, this is {machine()}: take another --out")
    return {row["row"]: row for row in found["rows"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--large", action="store_true", help="also Qwen3 at 0.6B, random weights")
    parser.add_argument("--transformers", metavar="BASE", help="also bf16, BASE unpacked")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="rows whose names start with this"
    )
    parser.add_argument("--out", help="file to update")
    options = parser.parse_args()
    if options.task:
        name, *arguments = options.task
        print(json.dumps(TASKS[name](*arguments) or {}))
        return
    rows = known_rows(options.out)
    with tempfile.TemporaryDirectory() as folder:
        models = Models(folder)
        wanted = small_rows(models)
        wanted += transformers_rows(options.transformers) if options.transformers else []
        wanted += large_rows(models) if options.large else []
        chosen = [w for w in wanted if not options.only or w[0].startswith(tuple(options.only))]
        if not chosen:
            sys.exit("no such row, expected one of: " + "; ".join(name for name, _, _ in wanted))
        for name, task, arguments in chosen:
            rows[name] = row(name, task, *arguments())
            if options.out:  # after each row, so that an interruption loses one
                text = json.dumps({"machine": machine(), "rows": list(rows.values())}, indent=2)
                Path(options.out).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
