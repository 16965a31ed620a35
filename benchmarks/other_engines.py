"""The same model through other engines for CPUs: start, tokens per second, memory, size.

Each engine answers in a process of its own, by the Python of an environment that holds it; this
repository's own environment renders the prompts and serves `ours` and `transformers`. All answer
greedily the same requests written by hand, the system prompt known from an earlier answer where an
engine can keep it. MODEL is `models/smollm2-135m-rf` merged into its base:

    uv run rf-train unpack --out /tmp/base
    uv run rf-train merge MERGE.yaml --verify 0                 # export_dir: /tmp/merged
    uv run python benchmarks/other_engines.py --write-gguf /tmp/merged-q8_0.gguf
    python -m onnxruntime_genai.models.builder -i /tmp/merged -o /tmp/onnx -p int8 -e cpu -c /tmp
    uv run python benchmarks/other_engines.py --threads 2 --out benchmarks/other_engines.json \\
        --engine ours --engine transformers=/tmp/merged \\
        --engine xllamacpp=/tmp/merged-q8_0.gguf,/tmp/xllamacpp/bin/python \\
        --engine openvino-genai=/tmp/merged-q8_0.gguf,/tmp/genai/bin/python \\
        --engine onnxruntime-genai=/tmp/onnx,/tmp/onnxruntime/bin/python

With a core busy elsewhere engines of two threads wait for each other, some of them a hundred times
as long; `--threads 1` and tokens per second of processor time are fair then.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = "recipes/smollm2-135m/handwritten_val.jsonl"
ADAPTER = "models/smollm2-135m-rf"
STOP = "<|im_end|>"
BATCH, BATCH_TOKENS = 16, 200


class Ours:
    def __init__(self, _, threads):
        from rf_eval.engine import load, prepare

        self.engine = load(prepare("embedded", ADAPTER), threads)
        self.version = f"rf-eval over openvino {self.engine.about['version']}, int8"

    def one(self, prompt, tokens):
        [(_, answer)] = self.engine.answers([prompt["messages"]], tokens)
        return answer.completion_tokens, answer.text

    def many(self, prompts, tokens):
        messages = [prompt["messages"] for prompt in prompts]
        found = self.engine.answers(messages, tokens, batch_size=BATCH)
        return sum(answer.completion_tokens for _, answer in found)


class Transformers:
    def __init__(self, model, threads):
        import torch
        import transformers

        torch.set_num_threads(threads)
        self.torch = torch
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
        self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16)
        self.stop = self.tokenizer.convert_tokens_to_ids(STOP)
        self.version = f"transformers {transformers.__version__}, torch {torch.__version__}, bf16"

    def generate(self, texts, tokens):
        batch = self.tokenizer(
            texts, return_tensors="pt", padding=True, add_special_tokens=False
        )  # fmt: skip
        with self.torch.inference_mode():
            out = self.model.generate(
                **batch, max_new_tokens=tokens, do_sample=False, eos_token_id=self.stop,
                pad_token_id=self.stop,
            )  # fmt: skip
        return out[:, batch["input_ids"].shape[1] :]

    def one(self, prompt, tokens):
        ids = self.generate([prompt["text"]], tokens)[0]
        return len(ids), self.tokenizer.decode(ids, skip_special_tokens=True)

    def many(self, prompts, tokens):
        found = self.generate([prompt["text"] for prompt in prompts], tokens)
        return int((found != self.stop).sum())


class XllamaCpp:
    def __init__(self, model, threads):
        from importlib.metadata import version

        import xllamacpp

        chosen = xllamacpp.CommonParams()
        chosen.model.path = model
        chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = threads
        chosen.n_ctx, chosen.n_parallel = 2048 * BATCH, BATCH
        self.server = xllamacpp.Server(chosen)
        self.version = f"xllamacpp {version('xllamacpp')}, Q8_0"

    def one(self, prompt, tokens):
        asked = {"prompt": prompt["ids"], "n_predict": tokens, "temperature": 0, "stop": [STOP]}
        found = self.server.handle_completions(asked)
        return found["usage"]["completion_tokens"], found["choices"][0]["text"]

    def many(self, prompts, tokens):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(BATCH) as pool:
            return sum(pool.map(lambda prompt: self.one(prompt, tokens)[0], prompts))


class OpenvinoGenai:
    def __init__(self, model, threads):
        import openvino_genai

        self.library = openvino_genai
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching, scheduler.max_num_batched_tokens = True, 512
        scheduler.cache_size = 1
        self.pipeline = openvino_genai.LLMPipeline(
            model, "CPU", scheduler_config=scheduler, INFERENCE_NUM_THREADS=threads
        )
        self.version = f"openvino-genai {openvino_genai.__version__}, Q8_0 read from GGUF"

    def config(self, tokens):
        return self.library.GenerationConfig(
            max_new_tokens=tokens, do_sample=False, apply_chat_template=False, stop_strings={STOP}
        )

    def one(self, prompt, tokens):
        found = self.pipeline.generate([prompt["text"]], self.config(tokens))
        return found.perf_metrics.get_num_generated_tokens(), found.texts[0]

    def many(self, prompts, tokens):
        found = self.pipeline.generate([p["text"] for p in prompts], self.config(tokens))
        return found.perf_metrics.get_num_generated_tokens()


class OnnxruntimeGenai:
    def __init__(self, model, threads):
        import onnxruntime_genai

        getattr(onnxruntime_genai, "disable_telemetry_events", lambda: None)()
        self.library = onnxruntime_genai
        config = onnxruntime_genai.Config(model)
        config.overlay(
            json.dumps(
                {"model": {"decoder": {"session_options": {"intra_op_num_threads": threads}}}}
            )
        )
        self.model = onnxruntime_genai.Model(config)
        self.tokenizer = onnxruntime_genai.Tokenizer(self.model)
        self.version = f"onnxruntime-genai {onnxruntime_genai.__version__}, {Path(model).name}"

    def generate(self, rows, tokens):
        import numpy as np

        longest = max(map(len, rows))
        pad = 2  # <|im_end|>, on the right: left padding is silently wrong
        chosen = self.library.GeneratorParams(self.model)
        chosen.set_search_options(
            max_length=longest + tokens, do_sample=False, batch_size=len(rows)
        )
        generator = self.library.Generator(self.model, chosen)
        generator.append_tokens(
            np.array([row + [pad] * (longest - len(row)) for row in rows], np.int32)
        )
        while not generator.is_done():
            generator.generate_next_token()
        return [list(generator.get_sequence(i))[longest:] for i in range(len(rows))]

    def one(self, prompt, tokens):
        [ids] = self.generate([prompt["ids"]], tokens)
        return len(ids), self.tokenizer.decode(ids)

    def many(self, prompts, tokens):
        rows = self.generate([prompt["ids"] for prompt in prompts], tokens)
        return sum([*row, 2].index(2) + 1 for row in rows)


ENGINES = {
    "ours": Ours, "transformers": Transformers, "xllamacpp": XllamaCpp,
    "openvino-genai": OpenvinoGenai, "onnxruntime-genai": OnnxruntimeGenai,
}  # fmt: skip


def measured(call):
    """What `call` returns, with the seconds it took and those the processor worked."""
    began, used = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - began, time.process_time() - used


def task(name, model, threads, prompts):
    engine, seconds, _ = measured(lambda: ENGINES[name](model, threads))
    result = {"engine": name, "version": engine.version, "threads": threads,
              "load_s": round(seconds, 2)}  # fmt: skip
    engine.one(prompts[0], 8)
    for label, tokens, chosen in (("100_tokens", 100, prompts[1:4]), ("whole", 1024, prompts[4:5])):
        runs = [measured(lambda p=p: engine.one(p, tokens)) for p in chosen]  # noqa: B023
        rates = sorted((count / wall, count / cpu, count) for (count, _), wall, cpu in runs)
        wall, cpu, count = rates[len(rates) // 2]
        result[label] = {"tokens": count, "tokens_per_s": round(wall, 1),
                         "tokens_per_cpu_s": round(cpu, 1)}  # fmt: skip
        result[label]["text"] = runs[0][0][1]
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    many = prompts[:BATCH]
    count, wall, cpu = measured(lambda: engine.many(many, BATCH_TOKENS))
    result["batch"] = {
        "answers": len(many), "tokens": count,
        "tokens_per_s": round(count / wall, 1), "tokens_per_cpu_s": round(count / cpu, 1),
    }  # fmt: skip
    result["batch_peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    result["load"] = round(os.getloadavg()[0], 1)
    return result


def rendered():
    """The prompts as messages, text and ids."""
    from rf_eval.engine import prepare
    from rf_eval.engine.chat import load_chat

    chat = load_chat(prepare("embedded", ADAPTER))
    with open(DATA, encoding="utf-8") as file:
        many = [json.loads(line)["messages"][:2] for line in list(file)[: BATCH + 4]]
    return [{"messages": m, "text": chat.render(m), "ids": chat.prompt(m)} for m in many]


def write_gguf(path):
    """Base and adapter as one GGUF file of Q8_0, the embedded file's other contents kept."""
    import gguf
    import numpy as np
    from gguf.quants import quantize
    from rf_eval.engine.adapter import AdaptedReader
    from rf_eval.engine.gguf_file import GgufReader, _hugging_face_name, embedded_gguf

    source = embedded_gguf()
    old, merged = gguf.GGUFReader(source), AdaptedReader(GgufReader(source), Path(ADAPTER))
    new = gguf.GGUFWriter(path, "llama")
    for field in old.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        value = 7 if field.name == "general.file_type" else field.contents()
        kind, *inner = field.types
        new.add_key_value(field.name, value, kind, inner[-1] if inner else None)
    for tensor in old.tensors:
        name = _hugging_face_name(tensor.name)
        values = merged.read(name)
        heads = {"q_proj": 9, "k_proj": 3}.get(name.split(".")[-2])
        if heads:  # llama.cpp pairs neighbours where the model pairs halves
            split = values.reshape(heads, 2, len(values) // heads // 2, -1)
            values = split.swapaxes(1, 2).reshape(values.shape)
        if values.ndim == 1:
            new.add_tensor(tensor.name, values.astype(np.float32))
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            new.add_tensor(tensor.name, quantize(values, kind), raw_dtype=kind)
    new.write_header_to_file()
    new.write_kv_data_to_file()
    new.write_tensors_to_file()
    new.close()


def size_mb(path):
    place = Path(path)
    files = [place] if place.is_file() else [f for f in place.rglob("*") if f.is_file()]
    return round(sum(f.stat().st_size for f in files if not f.is_symlink()) / 1e6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--write-gguf", metavar="FILE")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME[=MODEL[,PYTHON]]")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out")
    options = parser.parse_args()
    if options.task:
        name, model, threads, prompts = options.task
        found = task(name, model, int(threads), json.loads(Path(prompts).read_text("utf-8")))
        print(json.dumps(found))
        return
    if options.write_gguf:
        write_gguf(options.write_gguf)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        prompts = Path(folder, "prompts.json")
        if options.engine:
            prompts.write_text(json.dumps(rendered()), encoding="utf-8")
        for chosen in options.engine:
            name, _, places = chosen.partition("=")
            model, _, python = places.partition(",")
            command = [python or sys.executable, __file__, "--task", name, model,
                       str(options.threads), str(prompts)]  # fmt: skip
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"{name}: failed", file=sys.stderr)
                continue
            row = json.loads(done.stdout.splitlines()[-1])
            if model:
                row["model_mb"] = size_mb(model)
            if python:
                row["environment_mb"] = size_mb(Path(python).parent.parent / "lib")
            texts = [row[label].pop("text") for label in ("100_tokens", "whole")]
            row["whole"]["order"] = order_in(texts[1])
            rows.append(row)
            print(json.dumps(row), flush=True)
    if options.out:
        write_rows(Path(options.out), rows)


def write_rows(place, rows):
    """Writes the rows; those of other engines, versions and numbers of threads are kept."""
    known = json.loads(place.read_text("utf-8")) if place.is_file() else []
    new = {(row["engine"], row["version"], row["threads"]) for row in rows}
    kept = [row for row in known if (row["engine"], row["version"], row["threads"]) not in new]
    place.write_text(json.dumps(kept + rows, indent=2) + "\n", encoding="utf-8")


def order_in(text):
    import re

    found = re.findall(r'"order": (\d+)', text)
    return int(found[-1]) if found else None


if __name__ == "__main__":
    main()
