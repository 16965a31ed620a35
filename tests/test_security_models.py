"""Untrusted weights: safetensors only, no pickle is opened, no code that comes along is run."""

import ast
import json
import shutil
from pathlib import Path

import pytest
from tiny_chain import ROOT

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
FORBIDDEN_ATTRIBUTES = {
    ("torch", "load"), ("torch", "save"), ("np", "load"), ("os", "system"), ("os", "popen"),
    ("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("shutil", "unpack_archive"),
}  # fmt: skip
# rf-synth writes these formulas itself and checks every node of them; it reads none.
ALLOWED = {("formula.py", "eval"), ("formula.py", "compile")}

TRAIN = "stage: sft\ndataset: train\ndataset_dir: data\ntemplate: chatml\nmax_steps: 1\n"
RECIPES = {
    "train": TRAIN + "model_name_or_path: {model}\noutput_dir: new\n",
    "merge": "model_name_or_path: {model}\nadapter_name_or_path: {adapter}\ntemplate: chatml\n"
    "export_dir: merged\n",
    "chat": "model_name_or_path: {model}\nadapter_name_or_path: {adapter}\ntemplate: chatml\n",
}
EVAL = "generate --data data/test.jsonl --backend hf --batch-size 8 --max-new-tokens 2 --out o"
LOADERS = {
    "rf-eval model": ("rf_eval", f"{EVAL} --model {{model}}"),
    "rf-eval adapter": ("rf_eval", f"{EVAL} --model {{model}} --adapter {{adapter}}"),
    "rf-train train": ("rf_train", "train train.yaml"),
    "rf-train merge": ("rf_train", "merge merge.yaml --verify 0"),
    "rf-train chat": ("rf_train", "chat chat.yaml --once hello"),
}
OF_A_MODEL = ["rf-eval model", "rf-train train", "rf-train merge", "rf-train chat"]
CHATS_TOKENIZER = ("rf-train chat", "tokenizer_config.json")
OF_AN_ADAPTER = ["rf-eval adapter", "rf-train merge", "rf-train chat"]


class Bomb:
    """Unpickling it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def box(chain, tmp_path, monkeypatch):
    """A copy of the chain's model, adapter and data, and the file that must not appear."""
    for name in ("tiny-model", "run", "data"):
        shutil.copytree(chain / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path


def load(box, loader, capfd, model="tiny-model", adapter="run"):
    """Lets one command load a model and an adapter; returns its exit code and what it said."""
    for name, text in RECIPES.items():
        recipe = text.format(model=model, adapter=adapter)
        (box / f"{name}.yaml").write_text(recipe, encoding="utf-8")
    package, command = LOADERS[loader]
    words = command.format(model=model, adapter=adapter).split()
    if package == "rf_eval":
        from rf_eval.cli import run_command as run
    else:
        from rf_train.cli import run
    code = run(words)
    said = "".join(capfd.readouterr())
    assert "Traceback" not in said
    return code, said


def put_bomb(folder, weights, pickle_name):
    """A pickle in the place of the safetensors."""
    import torch

    (folder / weights).unlink()
    torch.save({"weight": Bomb(folder.parent / "boom")}, folder / pickle_name)


@pytest.mark.parametrize("loader", OF_A_MODEL)
def test_a_pickled_model_is_refused_unopened(box, loader, capfd):
    put_bomb(box / "tiny-model", "model.safetensors", "pytorch_model.bin")
    code, said = load(box, loader, capfd)
    assert code == 1
    assert "pytorch_model.bin" in said and "only safetensors" in said
    assert not (box / "boom").exists()


@pytest.mark.parametrize("loader", OF_AN_ADAPTER)
def test_a_pickled_adapter_is_refused_unopened(box, loader, capfd):
    put_bomb(box / "run", "adapter_model.safetensors", "adapter_model.bin")
    code, said = load(box, loader, capfd)
    assert code == 1
    assert "adapter_model.bin" in said or "holds a pickle" in said
    assert not (box / "boom").exists()


def test_a_pickled_adapter_of_a_hub_is_refused_unopened(box, capfd, monkeypatch):
    """What a hub id names, as it lies in the cache after a download."""
    import huggingface_hub.constants

    put_bomb(box / "run", "adapter_model.safetensors", "adapter_model.bin")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(box / "hub"))
    repository = box / "hub" / "models--somebody--adapter"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    shutil.copytree(box / "run", repository / "snapshots" / ("0" * 40))
    code, said = load(box, "rf-train chat", capfd, adapter="somebody/adapter")
    assert code == 1
    assert "only safetensors are read" in said or "cannot load the adapter" in said
    assert not (box / "boom").exists()


@pytest.mark.parametrize("loader", OF_A_MODEL)
@pytest.mark.parametrize("place", ["config.json", "tokenizer_config.json"])
def test_code_that_comes_with_a_model_is_not_run(box, loader, place, capfd):
    """Neither for the model nor for its tokenizer, and nobody is asked whether it may."""
    # The tokenizer of a run is taken from the run.
    folder = box / ("run" if (loader, place) == CHATS_TOKENIZER else "tiny-model")
    settings = json.loads((folder / place).read_text(encoding="utf-8"))
    if place == "config.json":
        settings |= {"model_type": "foreign"}
        settings["auto_map"] = {"AutoConfig": "foreign.C", "AutoModelForCausalLM": "foreign.M"}
    else:
        settings |= {"tokenizer_class": "T", "auto_map": {"AutoTokenizer": ["foreign.T", None]}}
    (folder / place).write_text(json.dumps(settings), encoding="utf-8")
    code_file = f"open({str(box / 'boom')!r}, 'w')\nclass C: pass\nclass M: pass\nclass T: pass\n"
    (folder / "foreign.py").write_text(code_file, encoding="utf-8")
    code, said = load(box, loader, capfd)
    assert not (box / "boom").exists()
    if loader != "rf-train merge":  # adds tensors and copies files, and loads neither
        assert code == 1, said


@pytest.mark.parametrize("loader", ["rf-eval model", "rf-train train"])
def test_a_chat_template_cannot_reach_out_of_its_sandbox(box, loader, capfd):
    template = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    (box / "tiny-model" / "chat_template.jinja").write_text(template, encoding="utf-8")
    code, said = load(box, loader, capfd)
    if loader == "rf-train train":  # trains with its own template, not with the model's
        assert "__subclasses__" not in (box / "new/chat_template.jinja").read_text("utf-8")
    else:
        assert code == 1, said


@pytest.mark.parametrize("package", ["rf-synth", "rf-train", "rf-eval", "rf-figs", "rf-jsonl"])
def test_no_package_has_the_means(package):
    """No pickle, no evaluation of text, no shell and no unpacking of archives in any source."""
    files = sorted((ROOT / "packages" / package / "src").rglob("*.py"))
    assert files
    found = [(file.name, name) for file in files for name in dangerous(file)]
    assert set(found) <= ALLOWED, found


def dangerous(file):
    """The names of dangerous calls and imports in a source file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            yield from (name for name in names if name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            target = node.func
            if isinstance(target, ast.Name) and target.id in FORBIDDEN_CALLS:
                yield target.id
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                name = (target.value.id, target.attr)
                yield from [".".join(name)] if name in FORBIDDEN_ATTRIBUTES else []
            yield from ("shell" for keyword in node.keywords if keyword.arg == "shell")
