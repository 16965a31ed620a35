"""Names in recipes, data and models lead nowhere but into the output folder."""

import json
import shutil
from pathlib import Path

import pytest

OUTSIDE = [
    "../out", "../../out", "..", ".", "/tmp/out-of-here", "a/b", "a\\b", "~/out", "", "c:out",
    "a\0b", "a\nb", " a", "x" * 200,
]  # fmt: skip
INSIDE = ["base", "qwen3-8b_v1.2", "模型 1", "r=8+α=16"]


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A working folder deep inside another; nothing may appear beside it."""
    inner = tmp_path / "one" / "two" / "work"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    yield inner
    beside = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert not {path for path in beside if inner not in path.parents}, "something got out"


def run(words, capfd):
    """Runs a command in this process: (exit code, everything said)."""
    module = __import__(words[0].replace("-", "_") + ".cli", fromlist=["main"])
    with pytest.raises(SystemExit) as left:
        module.main([str(word) for word in words[1:]])
    said = "".join(capfd.readouterr())
    assert "Traceback" not in said
    return left.value.code, said


@pytest.mark.parametrize("name", [*OUTSIDE, *INSIDE])
def test_the_name_of_a_data_set(box, capfd, name):
    splits = {split: {"count": 3} for split in ("train", "val", "test", "test_ood")}
    recipe = {"name": name, "preset": "quickstart", "splits": splits}
    recipe["composition"] = {"types": {"full": 1.0}}
    Path("synth.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    code, said = run(["rf-synth", "generate", "--recipe", "synth.yaml"], capfd)
    assert code == (0 if name in INSIDE else 1), said
    made = [path for path in box.iterdir() if path.name != "synth.yaml"]
    assert made == ([box / "data"] if name in INSIDE else [])


@pytest.mark.parametrize("name", [*OUTSIDE, *INSIDE])
def test_the_name_of_a_model_in_a_recipe(chain, box, capfd, name):
    data = (chain / "data" / "test.jsonl").as_posix()
    recipe = {"data": data, "out": "results", "models": {name: {"backend": "reference"}}}
    Path("eval.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    code, said = run(["rf-eval", "run", "--recipe", "eval.yaml"], capfd)
    assert code == (0 if name in INSIDE else 1), said
    made = [path for path in box.iterdir() if path.name != "eval.yaml"]
    assert made == ([box / "results"] if name in INSIDE else [])
    if name in INSIDE:
        assert (box / "results" / name / "scores.jsonl").exists()


@pytest.mark.parametrize("name", [name for name in OUTSIDE if name])
def test_the_name_of_a_model_in_an_imported_file(box, capfd, name):
    """A file of somebody's results says what its models are called."""
    gold = {"filter_type": "chebyshev", "filter_band": "lowpass", "order": 5}
    one = {"idx": 1, "type": "full", "user": "?", "gt": gold, "pred_raw": "{}", "pred": {}}
    details = {"full": [one], "followup_question": [], "followup_resolve": []}
    content = {"summary": {"name": name, "model": name}, "model": name, "details": details}
    Path("published.json").write_text(json.dumps(content), encoding="utf-8")
    code, said = run(["rf-eval", "import", "published.json", "--out", "out"], capfd)
    assert code == 0, said
    folders = [path for path in (box / "out").iterdir() if path.is_dir()]
    assert len(folders) == 1 and folders[0].resolve().parent == (box / "out").resolve()
    assert {path.name for path in box.iterdir()} == {"published.json", "out"}


@pytest.mark.parametrize("identity", ["../../out", "/tmp/out-of-here", "a/../../b", ".."])
def test_the_id_of_a_sample(chain, box, capfd, identity):
    lines = (chain / "data" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    first, *others = [json.loads(line) for line in lines]
    first["id"] = identity
    text = "".join(json.dumps(record) + "\n" for record in [first, *others])
    Path("test.jsonl").write_text(text, encoding="utf-8")
    answered = ["--data", "test.jsonl", "--out", "out", "--backend", "reference"]
    assert run(["rf-eval", "generate", *answered], capfd)[0] == 0
    scored = ["rf-eval", "score", "out/predictions.jsonl", "--data", "test.jsonl"]
    assert run(scored, capfd)[0] == 0
    assert run(["rf-eval", "report", "out"], capfd)[0] == 0
    assert {path.name for path in box.iterdir()} == {"test.jsonl", "out"}


def test_the_files_that_a_manifest_of_figures_names(chain, box, capfd):
    """An earlier run's files are removed where outdated; a manifest may name anything."""
    victim = box / "precious.txt"
    victim.write_text("mine", encoding="utf-8")
    names = ["../precious.txt", str(victim), "..", "sub/precious.txt"]
    entry = {"files": {name: {"bytes": 4, "sha256": "0"} for name in names}}
    (box / "figures" / "sub").mkdir(parents=True)
    (box / "figures" / "sub" / "precious.txt").write_text("mine", encoding="utf-8")
    manifest = {"figures": {"dataset_distribution": entry}}
    (box / "figures" / "figures.json").write_text(json.dumps(manifest), encoding="utf-8")
    words = ["rf-figs", "render", "--inputs", chain / "data", "--out", "figures", "--jobs", 1]
    code, said = run([*words, "--only", "dataset_distribution", "--force"], capfd)
    assert code == 0, said
    assert victim.read_text(encoding="utf-8") == "mine"
    assert (box / "figures" / "sub" / "precious.txt").exists()


@pytest.mark.parametrize("name", ["../elsewhere.safetensors", "{place}/elsewhere.safetensors"])
def test_the_files_that_an_index_of_weights_names(chain, box, capfd, name):
    """The index of a sharded model may name anything; what lies elsewhere is not the model's."""
    folder = box / "base" / "model"
    shutil.copytree(chain / "tiny-model", folder)
    shutil.copytree(chain / "run", box / "run")
    elsewhere = (folder / "model.safetensors").rename(box / "base" / "elsewhere.safetensors")
    name = name.format(place=elsewhere.parent.as_posix())
    header = elsewhere.read_bytes()
    tensors = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])
    weight_map = {tensor: name for tensor in tensors if tensor != "__metadata__"}
    index = json.dumps({"metadata": {}, "weight_map": weight_map})
    (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")
    recipe = f"model_name_or_path: {folder.as_posix()}\nadapter_name_or_path: run\n"
    recipe += "template: chatml\nexport_dir: merged\n"
    Path("merge.yaml").write_text(recipe, encoding="utf-8")
    code, said = run(["rf-train", "merge", "merge.yaml", "--verify", "0"], capfd)
    assert code == 1 and "elsewhere.safetensors" in said, said
    assert not (box / "merged").exists()


def test_links_out_of_an_output_folder_are_not_followed(chain, box, capfd):
    """A folder from somebody else may hold a link to a file of ours."""
    victim = box / "precious.json"
    victim.write_text("mine", encoding="utf-8")
    shutil.copytree(chain / "results" / "tuned", box / "tuned")
    for name in ("scores.jsonl", "results.json"):
        (box / "tuned" / name).unlink()
        (box / "tuned" / name).symlink_to(victim)
    data = chain / "data" / "test.jsonl"
    words = ["rf-eval", "score", "tuned/predictions.jsonl", "--data", data, "--force", "--partial"]
    code, said = run(words, capfd)
    assert code == 1 and "is a link out of the folder" in said
    assert victim.read_text(encoding="utf-8") == "mine", said
