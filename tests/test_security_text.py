"""Untrusted text: shown and never obeyed, by no browser, no terminal, no parser and no TeX."""

import importlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from tiny_chain import ROOT

# Clears the screen, renames the window, rings, and turns the direction of writing.
STEERING = "\x1b[2J\x1b]0;owned\x07\u202e"
EVIL = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>'
MARKS = {"\x1b", "\x07", "\u202e"}
FIELDS = ["type", "band", "lang", "phrasing", "answer_style", "order", "margin"]


def run(words, capfd):
    """Runs a command in this process, as its script would: (exit code, everything said)."""
    module = importlib.import_module(words[0].replace("-", "_") + ".cli")
    with pytest.raises(SystemExit) as left:
        module.main([str(word) for word in words[1:]])
    return left.value.code, "".join(capfd.readouterr())


def read(path):
    return [json.loads(line) for line in path.read_bytes().removesuffix(b"\n").split(b"\n")]


def records(folder):
    return read(folder / "data" / "test.jsonl")


def write(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")


@pytest.mark.parametrize("field", ["id", "content", *FIELDS])
def test_no_field_of_a_record_steers_the_terminal(chain, tmp_path, capfd, field):
    data, (first, *others) = tmp_path / "test.jsonl", records(chain)
    if field == "id":
        first["id"] += STEERING
    elif field == "content":
        first["messages"][-1]["content"] += STEERING
    else:
        first["meta"][field] = f"{first['meta'][field]}{STEERING}"
    write(data, [first, *others])
    out = tmp_path / "out"
    answered = ["--data", data, "--out", out, "--force"]
    for words in (
        ["rf-synth", "validate", data], ["rf-synth", "audit", data], ["rf-synth", "stats", data],
        ["rf-eval", "generate", "--backend", "reference", *answered],
        ["rf-eval", "score", out / "predictions.jsonl", *answered],
        ["rf-eval", "report", out, "--data", data],
        ["rf-figs", "render", "--jobs", 1, "--inputs", tmp_path, "--out", out / "figs",
         "--only", "dataset_distribution"],
    ):  # fmt: skip
        code, said = run(words, capfd)
        assert code in (0, 1), words
        assert not MARKS & set(said), words


@pytest.mark.parametrize(
    ("command", "content"),
    [
        ("rf-synth generate --recipe {file}", '"na\\eme": 1\n'),
        ("rf-train plan {file}", '"na\\eme": 1\n'),
        ("rf-eval run --recipe {file}", '"na\\eme": 1\n'),
        ("rf-figs render --recipe {file}", '"na\\eme": 1\n'),
        ("rf-eval check {file}", '{"filter_type": "\\u001b]0;owned\\u0007", "order": "\\u001b"}\n'),
        ("rf-synth solve {file}", '{"filter_type": "\\u001b]0;owned\\u0007"}\n'),
    ],
)
def test_no_key_and_no_answer_steers_it_either(tmp_path, capfd, command, content):
    file = tmp_path / "file.yaml"
    file.write_text(content, encoding="utf-8")
    code, said = run(command.format(file=file).split(), capfd)
    assert code == 1
    assert said and not MARKS & set(said), said


def test_names_in_results_do_not(chain, tmp_path, capfd):
    shutil.copytree(chain / "results", tmp_path / "results")
    for name in ("base", "tuned"):
        path = tmp_path / "results" / name / "results.json"
        content = json.loads(path.read_text(encoding="utf-8")) | {"model": name + STEERING}
        path.write_text(json.dumps(content), encoding="utf-8")
    folders = [tmp_path / "results" / name for name in ("base", "tuned")]
    code, said = run(["rf-eval", "compare", *folders, "--out", tmp_path / "c.json"], capfd)
    assert code == 0 and "base\\x1b" in said
    assert not MARKS & set(said)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.slow
def test_a_conversation_shows_what_a_model_writes_and_does_not_obey_it():
    """In a terminal; a pipe gets the text as it is."""
    script = f"from rf_train.chat.terminal import show; show({STEERING + '三 dB' + chr(10)!r})"
    command = [sys.executable, "-c", script]
    piped = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8")
    assert piped == STEERING + "三 dB\n"
    ours, theirs = os.openpty()
    subprocess.run(command, stdout=theirs, check=True, env={**os.environ, "PYTHONUTF8": "1"})
    shown = os.read(ours, 1000).decode("utf-8")
    assert shown == "\\x1b[2J\\x1b]0;owned\\x07\\u202e三 dB\r\n"
    os.close(ours), os.close(theirs)


def test_the_report_holds_all_text_as_data(chain, tmp_path, capfd):
    """Whatever field it stands in; that a browser shows it as text is tested beside rf-eval."""
    data, (first, second, *others) = tmp_path / "test.jsonl", records(chain)
    first["id"] += EVIL
    second["meta"]["lang"] = EVIL
    second["messages"][0]["content"] += EVIL + "\u2028"
    write(data, [first, second, *others])
    out = tmp_path / "out"
    run(["rf-eval", "generate", "--data", data, "--backend", "reference", "--out", out,
         "--name", EVIL], capfd)  # fmt: skip
    answers = read(out / "predictions.jsonl")
    ends = {one["id"]: number for number, one in enumerate(answers)}
    evil = [  # an answer that a later turn quotes cannot change without that turn
        one | {"completion": EVIL} if ends[one["id"]] == number else one
        for number, one in enumerate(answers)
    ]
    write(out / "predictions.jsonl", evil)
    code, said = run(["rf-eval", "score", out / "predictions.jsonl", "--data", data], capfd)
    assert code == 0, said
    code, said = run(["rf-eval", "report", out, "--data", data], capfd)
    assert code == 0, said
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "owned" in page and "onerror" in page  # it is there, as data
    assert "<img" not in page and page.count("<script") == page.count("</script>") == 2
    assert "\u2028" not in page


def test_the_report_s_script_makes_no_markup_of_data():
    page = ROOT / "packages/rf-eval/src/rf_eval/report/template.html"
    script = page.read_text(encoding="utf-8").split('<script type="application/json"')[1]
    assert "textContent" in script
    for maker in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
        'setAttribute("on', "javascript:", "fetch(", "XMLHttp", "import(",
    ):  # fmt: skip
        assert maker not in script, maker


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('touch boom')", "().__class__", "lg.__globals__", "[x for x in a]",
        "(lambda: 1)()", "'a' * 9999999999", "open('boom', 'w')", "exec('1')", "a if b else c",
        "f'{a}'", "a.b", "a[0]", "(a := 1)", "1" + "0" * 600, "lg(*a)", "lg(x=1)",
    ],
)  # fmt: skip
def test_a_formula_of_a_data_set_is_arithmetic_or_nothing(chain, tmp_path, capfd, formula):
    """`metadata.json` may come from anybody, and its formulas are worked out."""
    data = tmp_path / "test.jsonl"
    write(data, records(chain))
    step = {"name": "k", "formula": formula, "decimals": 4, "meaning": "?"}
    steps = {"json": {band: [step] for band in ("lowpass", "highpass", "bandpass")}}
    metadata = {"derivation_steps": steps, "files": {}}
    (tmp_path / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    out = tmp_path / "out"
    run(["rf-eval", "generate", "--data", data, "--backend", "reference", "--out", out], capfd)
    answers = read(out / "predictions.jsonl")
    for answer in answers:
        if answer["completion"].startswith("{"):
            found = json.loads(answer["completion"])
            answer["completion"] = json.dumps({"derivation": {"k": "1"}, **found})
    write(out / "predictions.jsonl", answers)
    score = ["rf-eval", "score", out / "predictions.jsonl", "--data", data]
    code, said = run([*score, "--metric", "derivation_steps"], capfd)
    errors = [line for line in said.splitlines() if line.startswith("rf-eval: ")]
    assert code == 1 and len(errors) == 1 and "formula" in errors[0], said
    assert "Traceback" not in said and not list(tmp_path.rglob("boom"))


@pytest.mark.parametrize("package", ["rf-synth", "rf-eval", "rf-figs"])
def test_a_recipe_is_data(tmp_path, capfd, package):
    """YAML can name Python objects; here it cannot."""
    file = tmp_path / "recipe.yaml"
    file.write_text("name: !!python/object/apply:os.system ['touch boom']\n", encoding="utf-8")
    command = {"rf-synth": "generate", "rf-eval": "run", "rf-figs": "render"}[package]
    code, said = run([package, command, "--recipe", file], capfd)
    assert code == 1 and "recipe.yaml:1" in said, said
    assert not list(tmp_path.rglob("boom"))


@pytest.mark.skipif(sys.platform == "win32", reason="no such folder name there")
def test_tables_for_tex_hold_no_commands_of_strangers(chain, tmp_path, capfd):
    """A model is called as its folder is."""
    results = tmp_path / r"\input{passwd} 100% $x_1^2$ & # ~ {"
    shutil.copytree(chain / "results" / "tuned", results)
    words = ["rf-figs", "render", "--inputs", results, "--out", tmp_path / "figs", "--jobs", 1]
    code, said = run([*words, "--only", "results_table"], capfd)
    assert code == 0, said
    tex = (tmp_path / "figs" / "results_table.tex").read_text(encoding="utf-8")
    assert r"\input" not in tex
    escaped = r"\textbackslash{}input\{passwd\} 100\% \$x\_1"
    assert escaped in tex
