"""Where every command writes and how it shows names: links, pipes, modes, streams, `~`, bytes.

No device is touched: a link and a pipe show all that a device would.
"""

import json
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest
from readers import write_answers, write_merged, write_specs
from rf_jsonl import locked_folder
from test_bad_input import command_line

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links, pipes and modes")

SPEC = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1, "fc": 1e9, "fs": 2e9,
    "R0": 50, "La_target": 40,
}  # fmt: skip
CALL = {"band": "HPF", "edge": "620 MHz", "ripple": "0.1 dB", "order": "5"}

ONE_FILE = {
    "solve": "rf-synth solve specs.jsonl --out {out}",
    "solve calls": "rf-synth solve --calls calls.jsonl --out {out}",
    "compare": "rf-eval compare results/base results/tuned --out {out}",
    "plot": "rf-eval check answers.jsonl --plot {out}.svg",
    "design": "rf-design --batch batch.jsonl --out {out}",
    "export": "rf-train export merged --to ollama --out {out}",
}
"""Commands that write one file."""
FOLDERS = {
    "generate": ("rf-synth generate --recipe recipe/synth.yaml --out {out}", "test.jsonl"),
    "answers": (
        "rf-eval generate --data data/test.jsonl --backend reference --out {out}",
        "predictions.meta.json",
    ),
    "scores": (
        "rf-eval score results/tuned --data data/test.jsonl --metric order --out {out}",
        "scores.jsonl",
    ),
    "import": ("rf-eval import published.json --out {out}", "test.jsonl"),
    "figures": (
        "rf-figs render --inputs data --jobs 1 --only dataset_distribution --out {out}",
        "dataset_distribution.csv",
    ),
    "filter": ("rf-design --spec spec.json --no-plots --out {out}", "filter.cir"),
    "shrink": ("rf-train shrink run --rank 2 --out {out}", None),
}
"""Commands that write a folder, and one of the files they replace there."""


@pytest.fixture(scope="module")
def inputs_here(inputs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("places") / "work"
    shutil.copytree(inputs, folder)
    for prepare in (write_answers, write_specs, write_merged):
        prepare(folder)
    (folder / "spec.json").write_text(json.dumps(SPEC), "utf-8")
    (folder / "calls.jsonl").write_text(json.dumps(CALL) + "\n", "utf-8")
    (folder / "batch.jsonl").write_text(json.dumps({"id": "a", "call": CALL}) + "\n", "utf-8")
    answer = (folder / "answers.jsonl").read_text("utf-8").splitlines()[0]
    gold = json.loads(answer)
    one = {"idx": 1, "type": "full", "user": "u", "gt": gold, "pred_raw": answer, "pred": gold}
    details = {"full": [one], "followup_question": [], "followup_resolve": []}
    (folder / "published.json").write_text(json.dumps({"summary": {}, "details": details}), "utf-8")
    return folder


@pytest.fixture
def here(inputs_here, tmp_path, monkeypatch):
    """A folder to write to; the commands run in the one beside it that holds their inputs."""
    monkeypatch.chdir(inputs_here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    before = sorted(inputs_here.iterdir())
    yield tmp_path
    assert sorted(inputs_here.iterdir()) == before, "something was made beside the inputs"


def words(command, out):
    return [word.replace("{out}", str(out)) for word in command.split()]


def place_of(name, folder):
    return folder / ("file.svg" if name == "plot" else "file")


def argument_of(name, path):
    return path.with_suffix("") if name == "plot" else path


@pytest.mark.parametrize("name", ONE_FILE)
def test_a_file_is_replaced_behind_its_link_keeps_its_mode_and_asks_for_force(name, here, capfd):
    command = ONE_FILE[name]
    (here / "far").mkdir()
    link, real = place_of(name, here), here / "far" / "real"
    link.symlink_to(real)
    code, output, errors = command_line(words(command, argument_of(name, link)), capfd)
    assert code == 0, output + errors
    made = real.read_bytes()
    assert link.is_symlink() and made.endswith(b"\n")

    real.write_bytes(b"something else\n")
    real.chmod(0o600)
    code, _, errors = command_line(words(command, argument_of(name, link)), capfd)
    assert code == 1 and "--force replaces it" in errors and errors.count("\n") == 1
    assert real.read_bytes() == b"something else\n"

    with open(real, "rb") as reading:
        code, output, errors = command_line(
            [*words(command, argument_of(name, link)), "--force"], capfd
        )
        assert code == 0, output + errors
        assert reading.read() == b"something else\n", "was written into, not replaced"
    assert link.is_symlink() and real.read_bytes()[:20] == made[:20]
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert sorted(path.name for path in (here / "far").iterdir()) == ["real"]


@pytest.mark.parametrize("name", ONE_FILE)
def test_a_pipe_gets_what_a_file_would_and_stays_a_pipe(name, here, capfd):
    command, pipe = ONE_FILE[name], place_of(name, here)
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    code, output, errors = command_line(words(command, argument_of(name, pipe)), capfd)
    reader.join(timeout=300)
    assert code == 0, output + errors
    assert len(read) == 1 and read[0] and stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", [name for name in ONE_FILE if name != "plot"])
def test_a_dash_is_the_standard_output_and_nothing_else_is_on_it(name, here, capfd):
    file = here / "file"
    code, *_ = command_line(words(ONE_FILE[name], file), capfd)
    assert code == 0
    code, output, _ = command_line(words(ONE_FILE[name], "-"), capfd)
    assert code == 0 and not Path("-").exists()
    expected = file.read_text("utf-8")
    if name == "design":  # the seconds differ
        output, expected = (text.partition('"seconds"')[0] for text in (output, expected))
    assert output == expected


@pytest.mark.parametrize("name", FOLDERS)
def test_no_folder_is_called_like_the_standard_output(name, here, capfd):
    code, _, errors = command_line(words(FOLDERS[name][0], "-"), capfd)
    assert code == 2 and "folder" in errors


@pytest.mark.parametrize("name", [name for name, (_, file) in FOLDERS.items() if file])
def test_a_folder_that_another_process_writes_is_left_alone(name, here, capfd):
    with locked_folder(here / "out"):
        code, _, errors = command_line(words(FOLDERS[name][0], here / "out"), capfd)
    assert code == 1 and "another process is writing there" in errors
    assert [path.name for path in (here / "out").iterdir()] == [".rf-lock"]


@pytest.mark.parametrize("name", [name for name, (_, file) in FOLDERS.items() if file])
def test_a_link_within_a_folder_is_followed(name, here, capfd):
    command, file = FOLDERS[name]
    code, output, errors = command_line(words(command, here / "out"), capfd)
    assert code == 0, output + errors
    (here / "out" / "within").mkdir()
    target = here / "out" / "within" / "elsewhere"
    made = (here / "out" / file).read_bytes()
    assert made.endswith(b"\n")
    (here / "out" / file).rename(target)
    target.write_bytes(made[:-1] + b" ")
    target.chmod(0o640)
    (here / "out" / file).symlink_to(target)
    with open(target, "rb") as reading:
        code, output, errors = command_line([*words(command, here / "out"), "--force"], capfd)
        assert code == 0, output + errors
        assert reading.read() == made[:-1] + b" ", "was written into, not replaced"
    assert (here / "out" / file).is_symlink() and stat.S_IMODE(target.stat().st_mode) == 0o640
    assert len(target.read_bytes()) == len(made) or file == "predictions.meta.json"
    assert target.read_bytes()[-1:] == made[-1:]

    (here / "out" / file).unlink()
    (here / "out" / file).symlink_to(here / "new")
    code, _, errors = command_line([*words(command, here / "out"), "--force"], capfd)
    assert code == 1 and "is a link out of the folder" in errors
    assert not (here / "new").exists() and (here / "out" / file).is_symlink()


def test_a_merged_model_is_written_behind_a_link(here, capfd):
    (here / "models" / "real").mkdir(parents=True)
    (here / "link").symlink_to("models/real")
    recipe = here / "merge.yaml"
    recipe.write_text("model_name_or_path: tiny-model\nadapter_name_or_path: run\n", "utf-8")
    command = f"rf-train merge {recipe} --verify 0 --set export_dir={here / 'link'}".split()
    for _ in range(2):
        code, output, errors = command_line([*command, "--force"], capfd)
        assert code == 0, output + errors
        assert (here / "link").is_symlink()
        assert (here / "models/real/config.json").is_file()


@pytest.mark.parametrize("name", [*ONE_FILE, *FOLDERS])
def test_a_tilde_in_an_option_is_the_home_folder(name, here, capfd):
    """`--out=~/x` reaches the command as it is: shells expand only a word's beginning."""
    command = ONE_FILE.get(name) or FOLDERS[name][0]
    code, output, errors = command_line(
        words(command.replace("--out {out}", "--out={out}"), "~/made"), capfd
    )
    assert code == 0, output + errors
    assert [path.name.removesuffix(".svg") for path in (here / "home").iterdir()] == ["made"]


def test_a_tilde_in_a_recipe_is_the_home_folder(here, inputs_here, capfd):
    home = here / "home"
    for name in ("tiny-model", "data", "run"):
        shutil.copytree(inputs_here / name, home / name)
    text = (inputs_here / "recipe" / "train.yaml").read_text("utf-8")
    for key, value in {
        "model_name_or_path": "tiny-model", "dataset_dir": "data", "output_dir": "run"
    }.items():  # fmt: skip
        text = text.replace(f"{key}: {value}", f"{key}: ~/{'new' if value == 'run' else value}")
    recipes = {
        "synth": ("rf-synth generate --recipe {}", "preset: quickstart\nname: t\nout: ~/synth\n"
                  "splits: {train: {count: 6}, val: {count: 3}, test: {count: 3}, "
                  "test_ood: {count: 3}}\ncomposition: {types: {full: 1.0}}\n"),
        "train": ("rf-train train {} --set max_steps=1", text),
        "merge": ("rf-train merge {} --verify 0", "model_name_or_path: ~/tiny-model\n"
                  "adapter_name_or_path: ~/run\nexport_dir: ~/merged\n"),
        "chat": ("rf-train chat {} --once hello", "model_name_or_path: ~/tiny-model\n"
                 "adapter_name_or_path: ~/run\nmax_new_tokens: 2\n"),
        "eval": ("rf-eval run --recipe {}", "data: ~/data/test.jsonl\nout: ~/results\nn: 2\n"
                 "backend: hf\nmax_new_tokens: 2\nmodels: {tuned: {run: ~/run}}\n"),
        "figs": ("rf-figs render --recipe {}", "inputs: [~/run]\nout: ~/figures\n"
                 "only: [training_config]\nlang: en\n"),
    }  # fmt: skip
    for name, (command, content) in recipes.items():
        recipe = here / f"{name}.yaml"
        recipe.write_text(content, "utf-8")
        code, output, errors = command_line(command.format(recipe).split(), capfd)
        assert code == 0, output + errors
    made = {path.name for path in home.iterdir() if not path.name.startswith(".")}
    assert made == {
        "tiny-model", "data", "run", "synth", "new", "merged", "results", "figures",
    }  # fmt: skip


NOT_TEXT = os.fsdecode(b"n\xff\x1b[31m\xc3(")
SHOWN = r"n\udcff\x1b[31m\udcc3("


@pytest.mark.parametrize("name", [*ONE_FILE, *FOLDERS])
def test_a_name_that_is_no_text_is_written_out(name, here, capfd):
    """Bytes that are not UTF-8, and characters that would steer the terminal."""
    command = ONE_FILE.get(name) or FOLDERS[name][0]
    code, output, errors = command_line(words(command, here / NOT_TEXT), capfd)
    assert code == 0, output + errors
    assert SHOWN in output + errors or name == "filter"  # which names the files only
    assert "\x1b" not in output + errors and "Traceback" not in errors
    assert [p.name.removesuffix(".svg") for p in here.iterdir() if p.name != "home"] == [NOT_TEXT]


def test_a_library_that_writes_no_such_name_is_not_begun_with(here, capfd):
    code, _, errors = command_line(["rf-train", "unpack", "--out", str(here / NOT_TEXT)], capfd)
    assert code == 1 and SHOWN in errors and "is not a UTF-8 name" in errors
    assert [path.name for path in here.iterdir()] == ["home"]


def test_a_library_that_reads_no_such_name_is_not_taken_for_a_fault_of_the_file(here, capfd):
    shutil.copytree("run", here / NOT_TEXT)
    command = f"rf-train shrink {{}} --rank 2 --out {here / 'lower'}"
    code, _, errors = command_line(
        [word.replace("{}", str(here / NOT_TEXT)) for word in command.split()], capfd
    )
    assert code == 1 and errors.count("\n") == 1 and "Traceback" not in errors
    assert SHOWN in errors and "is not a UTF-8 name" in errors
    assert not (here / "lower").exists()


INPUTS = {
    "solve": ("specs.jsonl", "rf-synth solve {}"),
    "validate": ("data", "rf-synth validate {}"),
    "audit": ("answers.jsonl", "rf-synth audit {} --json"),
    "stats": ("data", "rf-synth stats {}"),
    "check": ("answers.jsonl", "rf-eval check {} --json"),
    "score": ("results/tuned", "rf-eval score {} --data data/test.jsonl --out=~/s"),
    "report": ("results", "rf-eval report {}"),
    "figures": ("results", "rf-figs render --inputs {} --out=~/f --only evaluation_radar"),
    "spec": ("spec.json", "rf-design --spec {}"),
    "chat": ("recipe/chat.yaml", "rf-train chat {} --once hello --set max_new_tokens=2"),
    "plan": ("recipe/train.yaml", "rf-train plan {}"),
}


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_whose_name_is_no_text(name, missing, here, inputs_here, capfd):
    source, command = INPUTS[name]
    if name == "chat":
        (inputs_here / source).write_text(
            "model_name_or_path: tiny-model\nadapter_name_or_path: run\n", "utf-8"
        )
    path = here / NOT_TEXT
    if not missing:
        copy = shutil.copytree if (inputs_here / source).is_dir() else shutil.copyfile
        copy(inputs_here / source, path)
    code, output, errors = command_line(
        [w.replace("{}", str(path)) for w in command.split()], capfd
    )
    assert code == int(missing), output + errors
    assert "Traceback" not in errors and "\x1b" not in output + errors
    if missing:
        assert SHOWN in errors
