"""Preparing a model: the right numbers, found again by hash, whole or not there at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to compare with transformers")

from engine_models import TEMPLATE, save_model, save_tokenizer
from rf_eval.engine import load, prepare
from rf_eval.engine.cache import cache_folder
from rf_eval.engine.quantise import WeightFile, store_matrix
from rf_eval.engine.weights import SafetensorsReader
from rf_eval.errors import EvalError
from rf_jsonl import FileError

ASK = [{"role": "user", "content": "fc 2.4 GHz"}]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, limits and mounts are POSIX")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"), "qwen3")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def left_in(cache):
    """What a cache holds beside lock files."""
    return sorted(p.name for p in (cache / "engine").iterdir() if p.suffix != ".lock")


def child(code, *arguments, **options):
    """Runs a script in a fresh process without torch."""
    lines = ["import sys", "from rf_eval.engine import load, prepare", code]
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines), *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=300, **options,
    )  # fmt: skip


def test_the_second_time_nothing_is_written(model, cache):
    told = []
    first = prepare(model, cache=cache, progress=told.append)
    assert told and left_in(cache) == [first.name]
    before = {p.name: p.stat().st_mtime_ns for p in first.iterdir()}
    told.clear()
    assert prepare(model, cache=cache, progress=told.append) == first
    assert not told and {p.name: p.stat().st_mtime_ns for p in first.iterdir()} == before


def test_whatever_decides_the_answers_has_its_own_folder(model, cache, tmp_path):
    changed, template = tmp_path / "changed", tmp_path / "template"
    save_model(changed, "qwen3", seed=1)
    shutil.copytree(model, template)
    save_tokenizer(template, TEMPLATE + " ")
    made = [
        prepare(model, cache=cache),
        prepare(changed, cache=cache),
        prepare(template, cache=cache),
        prepare(model, precision="int4", cache=cache),
    ]
    assert len({folder.name for folder in made}) == 4
    copied = shutil.copytree(model, tmp_path / "elsewhere" / model.name)
    assert prepare(copied, cache=cache) == made[0]


def test_a_damaged_folder_is_made_again(model, cache):
    folder = prepare(model, cache=cache)
    weights = folder / "model.bin"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-7])
    with pytest.raises(FileError, match="not a complete prepared model"):
        load(folder)
    assert prepare(model, cache=cache) == folder
    assert weights.read_bytes() == whole


def test_typical_answers_come_with_a_model(model, cache, tmp_path):
    shutil.copytree(model, tmp_path / "model")
    file = tmp_path / "model" / "typical_answers.jsonl"
    file.write_text('{"answer": "w = 12; v = 34"}\n', encoding="utf-8")
    folder = prepare(tmp_path / "model", cache=cache)
    assert folder != prepare(model, cache=cache)
    engine = load(folder)
    numbers = engine._decoder.phrasebook.numbers
    assert engine.chat.text(numbers.next(engine.chat.ids("w = "), {})) == "12; v = "
    assert engine.answer(ASK, 20) == load(prepare(model, cache=cache)).answer(ASK, 20)

    file.write_text('{"answer": "w"}\n{"text": "w"}\n', encoding="utf-8")
    with pytest.raises(FileError, match=r"typical_answers\.jsonl:2: expected \{"):
        prepare(tmp_path / "model", cache=cache)


def test_another_version_of_the_engine_is_refused(model, cache):
    folder = prepare(model, cache=cache)
    record = json.loads((folder / "prepared.json").read_text("utf-8"))
    record["engine"]["version"] = "1.0"
    (folder / "prepared.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(FileError, match=r"was prepared by version 1\.0 of the engine, not 20"):
        load(folder)


def test_the_cache_lies_where_the_environment_says(tmp_path):
    assert cache_folder({"RF_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({"RF_CACHE": "~/x"}) == Path.home() / "x"
    if sys.platform == "linux":
        assert cache_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/rf-filter-llm")
        assert cache_folder({}) == Path.home() / ".cache/rf-filter-llm"


@pytest.mark.parametrize("columns", [64, 96, 256])
@pytest.mark.parametrize("precision", ["int8", "int4", "float32"])
def test_quantised_weights_are_within_half_a_step(precision, columns, tmp_path):
    from safetensors.numpy import save_file

    weights = np.random.default_rng(0).normal(size=(40, columns)).astype(np.float32)
    weights[3] = 0
    save_file({"a": weights[:24].copy(), "b": weights[24:].copy()}, tmp_path / "w.safetensors")
    file = WeightFile(tmp_path / "stored")
    reader = SafetensorsReader([tmp_path / "w.safetensors"])
    stored = store_matrix(reader, ["a", "b"], precision, file)
    file.finish()
    values = file.array(stored.values)
    if precision == "float32":
        assert np.array_equal(values, weights)
        return
    scales = file.array(stored.scales)
    if precision == "int4":
        values = np.stack([values & 15, values >> 4], axis=-1).astype(np.int8) - 8
        values = values.reshape(40, scales.shape[1], -1)
    restored = (values * scales).reshape(weights.shape)
    step = np.broadcast_to(scales, values.shape).reshape(weights.shape)
    assert (np.abs(restored - weights) <= step * 0.5001).all()
    assert (restored[3] == 0).all()


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_a_quantised_model_is_near_the_exact_one(precision, model, cache):
    def logits(folder):
        engine, found = load(folder), []
        compute = engine._decoder._model.compute
        engine._decoder._model.compute = lambda c: found.append(compute(c).copy()) or found[-1]
        engine.answer(ASK, 1)
        return found[0][-1]

    exact = logits(prepare(model, precision="float32", cache=cache))
    near = logits(prepare(model, precision=precision, cache=cache))
    likeness = np.corrcoef(exact, near)[0, 1]
    assert likeness > {"int8": 0.999, "int4": 0.9}[precision]


def broken(model, folder, change):
    shutil.copytree(model, folder)
    change(folder)
    return folder


def cut(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def overwrite(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def configure(**changes):
    def change(folder):
        config = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), "utf-8")

    return change


BROKEN = {
    "truncated": (cut, "model.safetensors: is truncated: tensor"),
    "foreign": (
        overwrite("model.safetensors", b"PK\x03\x04 an archive of some kind"),
        "model.safetensors: is truncated or not a safetensors file",
    ),
    "empty": (
        overwrite("model.safetensors", b""),
        "model.safetensors: is truncated or not a safetensors file",
    ),
    "no-weights": (
        lambda folder: (folder / "model.safetensors").unlink(),
        "has no .safetensors weights",
    ),
    "architecture": (
        configure(architectures=["MambaForCausalLM"]),
        "architecture 'MambaForCausalLM', expected LlamaForCausalLM,",
    ),
    "deeper": (configure(num_hidden_layers=3), "no tensor 'model.layers.2.self_attn.q_proj"),
    "rope": (
        configure(rope_parameters={"rope_type": "yarn", "factor": 4}),
        "rope type 'yarn', expected one of default, linear, llama3",
    ),
    "window": (
        configure(sliding_window=512, use_sliding_window=True),
        "a sliding attention window of 512 tokens is not supported",
    ),
    "no-template": (
        lambda folder: (folder / "chat_template.jinja").unlink(),
        "its tokenizer has no chat template",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_model_is_refused_in_one_line(case, model, cache, tmp_path):
    change, reason = BROKEN[case]
    with pytest.raises((FileError, EvalError)) as refused:
        prepare(broken(model, tmp_path / "broken", change), cache=cache)
    assert reason in str(refused.value) and "\n" not in str(refused.value)
    assert not cache.exists() or left_in(cache) == []


def adapter_of(model, folder, **settings):
    import peft
    import torch
    import transformers

    torch.manual_seed(0)
    base = transformers.AutoModelForCausalLM.from_pretrained(model)
    config = peft.LoraConfig(**{"r": 2, "target_modules": ["q_proj"]} | settings)
    peft.get_peft_model(base, config).save_pretrained(folder)
    return folder


def test_an_adapter_that_does_not_fit_is_refused(model, cache, tmp_path):
    wider = save_model(tmp_path / "wider", "qwen3", hidden_size=128)
    fits_not = adapter_of(wider, tmp_path / "a")
    with pytest.raises(FileError, match=r"an adapter of another model: model\.layers\.\d"):
        prepare(model, fits_not, cache=cache)
    dora = adapter_of(model, tmp_path / "b", use_dora=True)
    with pytest.raises(FileError, match="use_dora is not supported"):
        prepare(model, dora, cache=cache)
    with pytest.raises(FileError, match=r"has no adapter_config.json"):
        prepare(model, tmp_path, cache=cache)
    assert left_in(cache) == []


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no such thing" * 50])
def test_a_foreign_gguf_is_refused(content, cache, tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(FileError, match="is truncated or not a GGUF file"):
        prepare(file, cache=cache)
    assert left_in(cache) == []


def test_what_is_not_there_is_told(cache, tmp_path):
    with pytest.raises(FileError, match="no such model, expected 'embedded'"):
        prepare(tmp_path / "nowhere", cache=cache)
    with pytest.raises(EvalError, match="precision 'int3', expected one of int8, int4, float32"):
        prepare(tmp_path, precision="int3", cache=cache)
    with pytest.raises(EvalError, match="'embedded:other': the embedded model is embedded:Smol"):
        prepare("embedded:other", cache=cache)


def test_a_cache_that_cannot_be_written_is_told(model, tmp_path):
    (tmp_path / "file").write_text("no folder", "utf-8")
    with pytest.raises(FileError, match=r"set RF_CACHE to a folder that can be written"):
        prepare(model, cache=tmp_path / "file")


@contextmanager
def small_disk(place, options):
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@POSIX
@pytest.mark.parametrize("kilobytes", [100, 250, 360])
def test_a_full_disk_leaves_nothing(kilobytes, model, tmp_path):
    """The weights alone take 204 kB, and are there twice for a moment."""
    with small_disk(tmp_path / "disk", f"size={kilobytes}k"):
        with pytest.raises((FileError, EvalError), match="no space left on device"):
            prepare(model, cache=tmp_path / "disk")
        assert left_in(tmp_path / "disk") == []


@POSIX
def test_a_disk_that_may_only_be_read(model, tmp_path):
    with small_disk(tmp_path / "disk", "size=4m,ro"), pytest.raises(FileError) as refused:
        prepare(model, cache=tmp_path / "disk")
    assert "read-only file system (set RF_CACHE" in str(refused.value)


KILLED = """
import os, signal
def strike(event, arguments):
    if event == sys.argv[3] and sys.argv[4] in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(strike)
prepare(sys.argv[1], cache=sys.argv[2])
"""


@POSIX
@pytest.mark.parametrize(
    ("event", "place"),
    [("open", "weights.tmp"), ("open", "chat.json"), ("os.remove", "weights.tmp"),
     ("open", "prepared.json"), ("os.rename", "model-")],
)  # fmt: skip
def test_killed_while_preparing(event, place, tmp_path, model, cache):
    named = shutil.copytree(model, tmp_path / "model")
    ended = child(KILLED, named, cache, event, place)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert all(name.startswith(".") for name in left_in(cache))
    folder = prepare(named, cache=cache)
    assert left_in(cache) == [folder.name]
    assert load(folder).answer(ASK, 5)


TOGETHER = """
from pathlib import Path
Path(sys.argv[3]).touch()
while not Path(sys.argv[4]).exists():
    pass
wrote = []
folder = prepare(sys.argv[1], cache=sys.argv[2], progress=wrote.append)
print(any(line.startswith("Reading") for line in wrote), folder.name, load(folder).about["name"])
"""


def test_two_processes_prepare_at_once(model, cache, tmp_path):
    ready = [tmp_path / "one", tmp_path / "two"]
    code = "import sys\nfrom rf_eval.engine import load, prepare" + TOGETHER
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, model, cache, ready[own], ready[1 - own]],
            stdout=subprocess.PIPE, text=True,
        )
        for own in (0, 1)
    ]  # fmt: skip
    said = sorted(process.communicate(timeout=300)[0].split() for process in both)
    assert [line[0] for line in said] == ["False", "True"]
    assert said[0][1:] == said[1][1:] == [left_in(cache)[0], "openvino"]
    assert len(left_in(cache)) == 1


LIMITED = """
import resource
import openvino
from rf_eval.errors import EvalError
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]),) * 2)
try:
    load(sys.argv[1]).answer([{"role": "user", "content": "x"}])
except EvalError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("more", [10_000_000, 40_000_000])
def test_out_of_memory_is_one_line(more, model, cache):
    ended = child(LIMITED, prepare(model, cache=cache), more)
    assert ended.stdout == "out of memory\n", ended
