"""Data sets by other names than a file's: on a hub, in a folder laid out as hubs have it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rf_jsonl import FileError
from rf_train.cli import run
from rf_train.data.sources import find_each, find_files

COMMIT, OTHER = "a" * 40, "b" * 40
HOSTS = """
import socket, sys, time
time.sleep = lambda seconds: None  # no waiting between attempts
asked = []
def refuse(host, *rest, **named):
    asked.append(host)
    raise socket.gaierror("no names here")
socket.getaddrinfo = refuse
from rf_train.data.sources import find_each
try:
    print(len([d for s in find_each(sys.argv[1], sys.argv[2]) for d in s.dialogues()]))
except Exception as error:
    print(f"{type(error).__name__}: {error}")
print(*sorted({str(host) for host in asked}))
"""


@pytest.fixture
def hub_cache(tmp_path, write_data, monkeypatch):
    """A hub's cache that holds `lab/filters` at two commits, in the hub's own layout."""
    from huggingface_hub import constants

    root = tmp_path / "hub"
    folder = root / "datasets--lab--filters"
    for name, commit in {"main": COMMIT, "v1": OTHER, "pr/2": OTHER}.items():
        (folder / "refs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "refs" / name).write_text(commit, encoding="utf-8")
    for commit, count in ((COMMIT, 6), (OTHER, 3)):
        snapshot = folder / "snapshots" / commit
        snapshot.mkdir(parents=True)
        for part in ("train-00000-of-00002", "train-00001-of-00002", "validation"):
            write_data(snapshot / f"{part}.jsonl", count)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(root))
    return root


def files_of(dataset: str, folder: Path, split: str = "train") -> list[str]:
    return [
        f"{source.path.parent.name[0]}/{source.path.name}"
        for source in find_files(dataset, str(folder), split)
    ]


def test_a_hub_data_set_is_that_of_its_revision(tmp_path, hub_cache):
    """A branch, a tag, a commit; the main branch where nothing is said."""
    both = [f"a/train-0000{n}-of-00002.jsonl" for n in (0, 1)]
    older = [name.replace("a/", "b/") for name in both]
    assert files_of("lab/filters", tmp_path) == both
    for revision in ("v1", "pr/2", OTHER):
        assert files_of(f"lab/filters@{revision}", tmp_path) == older
    assert files_of(f"lab/filters@{COMMIT}", tmp_path, "validation") == ["a/validation.jsonl"]


def test_a_hub_data_set_trains_as_its_files_do(tmp_path, hub_cache, write_recipe):
    """Both files are one data set to `max_samples`; the record says which commit it was."""
    names = {"hub": "lab/filters@v1", "files": "train-00000-of-00002,train-00001-of-00002"}
    folder = hub_cache / "datasets--lab--filters/snapshots" / OTHER
    logs = {}
    for name, dataset in names.items():
        out = tmp_path / name
        keys = {"dataset": dataset, "dataset_dir": str(folder), "output_dir": str(out)}
        assert run(["train", str(write_recipe(max_steps=2, **keys))]) == 0
        logs[name] = (out / "adapter_model.safetensors").read_bytes()
    assert logs["hub"] == logs["files"]
    record = json.loads((tmp_path / "hub/run.json").read_text(encoding="utf-8"))
    assert all(f"/snapshots/{OTHER}/" in path for path in record["data"]["files"])
    keys = {"dataset": names["hub"], "max_samples": 4, "max_steps": 1, "eval_dataset": names["hub"]}
    out = tmp_path / "few"
    assert run(["train", str(write_recipe(output_dir=str(out), **keys))]) == 0
    data = json.loads((out / "run.json").read_text(encoding="utf-8"))["data"]
    assert (data["train"]["records"], data["eval"]["records"]) == (4, 3)


def test_a_registered_hub_data_set_has_its_own_columns_subset_and_split(tmp_path, hub_cache):
    """What the card says about its configurations counts; tables are read as well as lines."""
    from datasets import Dataset

    snapshot = hub_cache / "datasets--lab--filters/snapshots" / COMMIT
    card = "configs:\n- config_name: zh\n  data_files:\n  - split: dev\n    path: zh/*.parquet\n"
    (snapshot / "README.md").write_text(f"---\n{card}---\n", encoding="utf-8")
    (snapshot / "zh").mkdir()
    turns = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    Dataset.from_list([{"talk": turns}]).to_parquet(snapshot / "zh/x.parquet")
    entry = {"hf_hub_url": "lab/filters@main", "formatting": "sharegpt", "subset": "zh"}
    entry |= {"split": "dev", "columns": {"messages": "talk"}}
    info = {"talks": entry, "other": entry | {"subset": "en"}, "no": entry | {"split": "train"}}
    info |= {"odd": entry | {"hf_hub_url": "lab"}, "none": {"formatting": "sharegpt"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    ((dialogue,),) = [list(source.dialogues()) for source in find_files("talks", str(tmp_path))]
    assert [message["content"] for message in dialogue.messages] == ["q", "a"]
    for name, reason in {
        "other": r"holds no data set: BuilderConfig 'en' not found. Available: \['zh'\]",
        "no": "has no split 'train', only dev",
        "odd": "expected hf_hub_url org/name@revision",
        "none": "has neither file_name nor hf_hub_url",
    }.items():
        with pytest.raises(FileError, match=reason):
            find_files(name, str(tmp_path))


def test_a_folder_is_a_data_set(tmp_path, write_data):
    """Its files by split; lines of JSONL files keep their numbers."""
    folder = tmp_path / "mine"
    folder.mkdir()
    write_data(folder / "train.jsonl", 3)
    write_data(folder / "val.jsonl", 2)
    (source,) = find_each("mine", str(tmp_path))
    assert source.path == folder / "train.jsonl"
    (held,) = find_each(str(folder), str(tmp_path), "validation")
    assert held.path == folder / "val.jsonl"
    with open(folder / "train.jsonl", "a", encoding="utf-8") as file:
        file.write('{"messages": []}\n')
    with pytest.raises(FileError, match=r"train\.jsonl:4: expected a list of messages"):
        list(source.dialogues())
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="empty: holds no data set: "):
        find_each("empty", str(tmp_path))


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ("lab/none", "dataset: lab/none is no file here and is not in the hub's cache (HF_HOME)"),
        ("lab/filters@v9", "dataset: lab/filters@v9 is no file here and is not in the hub's cache"),
        ("hub/none", "dataset_info.json: no such file or directory"),  # a folder, no namespace
        ("lab//none", "dataset_info.json: no such file or directory"),
        ("a--b/c@v1", "dataset: a--b/c@v1 is no file here and "),
    ],
)
def test_a_name_that_is_nothing_is_one_line(
    capsys, tmp_path, hub_cache, write_recipe, monkeypatch, dataset, reason
):
    monkeypatch.chdir(tmp_path)
    recipe = write_recipe(dataset=dataset, dataset_dir=str(tmp_path))
    assert run(["train", str(recipe)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line


@pytest.mark.parametrize(
    ("dataset", "said", "hosts"),
    [
        ("table.parquet", "2", ""),
        ("mine", "3", ""),
        (f"lab/filters@{COMMIT}", "12", "hub.invalid"),
        ("lab/filters@v1", "6", "hub.invalid"),
        ("lab/none", "TrainError: dataset: lab/none is no file here and ", "hub.invalid"),
    ],
)
def test_nobody_is_told_what_is_read(tmp_path, hub_cache, write_data, dataset, said, hosts):
    """The hub is asked for what it has; nothing else on the network is. `datasets` would report
    a load to a server of its own."""
    from datasets import Dataset

    (tmp_path / "mine").mkdir()
    rows = write_data(tmp_path / "mine/train.jsonl", 3).read_text(encoding="utf-8").splitlines()
    messages = [{"messages": json.loads(row)["messages"]} for row in rows[1:]]
    Dataset.from_list(messages).to_parquet(tmp_path / "table.parquet")
    environment = os.environ | {
        "HF_HUB_OFFLINE": "0",
        "HF_ENDPOINT": "http://hub.invalid",
        "HF_HUB_CACHE": str(hub_cache),
        "HF_HOME": str(tmp_path / "home"),
    }
    command = [sys.executable, "-c", HOSTS, dataset, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    first, asked = done.stdout.split("\n")[-3:-1]
    assert first.startswith(said)
    assert set(asked.split()) <= {hosts}
