"""The command as a person types it: what it says, what it writes, what it refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rf_figs import registry
from rf_figs.cli import group, main
from rf_figs.recipe import Recipe, read_recipe
from rf_jsonl import FileError, read_json

QUICK = ["--only", "results_table", "--lang", "en"]


def run(*arguments: str | Path, expect: int = 0) -> str:
    """Runs the command as its entry point does; returns what it printed on both streams."""
    result = CliRunner().invoke(group, list(map(str, arguments)))
    if result.exit_code not in (0, 2):
        assert result.exception is not None
        assert type(result.exception).__module__.startswith(("rf_figs", "rf_jsonl", "builtins"))
    assert (1 if result.exit_code == 1 else result.exit_code) == expect, result.output
    return result.output + (str(result.exception) if expect == 1 else "")


def test_help_imports_neither_matplotlib_nor_numpy():
    code = "import sys; from rf_figs.cli import main; sys.argv = ['rf-figs', '--help']\n"
    code += "try:\n    main()\nexcept SystemExit: pass\n"
    code += "print([m for m in ('matplotlib', 'numpy', 'yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: rf-figs" in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_list_names_every_figure_and_its_inputs():
    output = run("list")
    for name in registry.names():
        kind = registry.get(name)
        assert name in output
        assert all(need in output for need in kind.needs)


def test_render_says_what_it_does_and_writes_it(handmade, tmp_path):
    output = run("render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK)
    assert output.startswith(f"1 figure from {handmade.as_posix()} to {tmp_path.as_posix()}/o/")
    assert "1 drawn, 0 skipped, 0 failed: 5 files written" in output
    assert (tmp_path / "o" / "results_table.tex").read_text(encoding="utf-8").startswith(r"\begin")


def test_a_second_run_changes_nothing_and_another_needs_force(handmade, tmp_path):
    arguments = ["render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK]
    run(*arguments)
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "o").iterdir()}
    assert "0 files written, 5 unchanged" in run(*arguments)
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "o").iterdir()}
    assert "--force replaces" in run(*arguments, "--width", "page", expect=1)
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "o").iterdir()}
    assert "2 files written" in run(*arguments, "--width", "page", "--force")


def test_missing_inputs_skip_figures_and_strict_makes_them_errors(handmade, tmp_path):
    shutil.rmtree(handmade / "run")
    arguments = ["render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK]
    arguments += ["--only", "training_config"]
    output = run(*arguments)
    assert f"training_config          skipped: no run.json in {handmade.as_posix()}" in output
    assert "skipped: training_config" in run(*arguments, "--strict", expect=1)
    assert (tmp_path / "o" / "results_table.pdf").is_file()


def test_a_malformed_file_fails_its_figures_and_not_the_others(handmade, tmp_path):
    (handmade / "run" / "trainer_log.jsonl").write_text('{"current_steps": 1\n', encoding="utf-8")
    arguments = ["render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK]
    output = run(*arguments, "--only", "training_loss_curve", expect=1)
    assert "trainer_log.jsonl:1: not JSON" in output
    assert (tmp_path / "o" / "results_table.pdf").is_file()
    entry = read_json(tmp_path / "o" / "figures.json")["figures"]["training_loss_curve"]
    assert "not JSON" in entry["failed"]


def test_a_figure_that_is_skipped_now_leaves_no_outdated_files(handmade, tmp_path):
    arguments = ["render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK]
    run(*arguments, "--only", "training_config")
    shutil.rmtree(handmade / "run")
    assert "would change" in run(*arguments, "--only", "training_config", expect=1)
    assert (tmp_path / "o" / "training_config.png").is_file()
    assert "5 removed" in run(*arguments, "--only", "training_config", "--force")
    assert not (tmp_path / "o" / "training_config.png").exists()


def test_a_figure_that_fails_now_keeps_what_was_drawn_before(handmade, tmp_path):
    out = tmp_path / "o"
    arguments = ["render", "--inputs", handmade, "--out", out, "--jobs", "1", *QUICK]
    run(*arguments, "--only", "training_loss_curve")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (handmade / "run" / "trainer_log.jsonl").write_text("{", encoding="utf-8")
    assert "0 removed" in run(*arguments, "--only", "training_loss_curve", "--force", expect=1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_figures_not_asked_for_stay_in_the_manifest(handmade, tmp_path):
    out = ["render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", "--lang", "en"]
    run(*out, "--only", "results_table")
    run(*out, "--only", "training_config")
    figures = read_json(tmp_path / "o" / "figures.json")["figures"]
    assert sorted(figures) == ["results_table", "training_config"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["render", "--inputs", "nowhere"], "nowhere: no such folder"),
        (["render", "--recipe", "radar.yaml"], "did you mean evaluation_radar?"),
        (["render", "--inputs", ".", "--style", "none.mplstyle"], "no such style sheet"),
        (["render", "--recipe", "none.yaml"], "none.yaml: no such file"),
        (["render", "--inputs", "empty"], "skipped:"),
    ],
)
def test_refusals_are_one_line_and_exit_1(arguments, said, handmade, monkeypatch, capsys):
    monkeypatch.chdir(handmade)
    (handmade / "empty").mkdir()
    (handmade / "radar.yaml").write_text("inputs: .\nonly: radar_evaluation\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["rf-figs", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("rf-figs: ")
    assert said in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["paint"],
        ["render", "--colour"],
        ["render", "--lang", "de"],
        ["render", "--inputs", ".", "--only", "radar_evaluation"],
    ],
)
def test_wrong_usage_exits_2(arguments):
    run(*arguments, expect=2)


def test_a_style_sheet_is_laid_over_ours(handmade, tmp_path):
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("axes.facecolor: 00FF00\n", encoding="utf-8")
    run(
        "render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", "--lang", "en",
        "--only", "order_accuracy_by_band", "--style", sheet,
    )  # fmt: skip
    from PIL import Image

    with Image.open(tmp_path / "o" / "order_accuracy_by_band.png") as image:
        colours = {c: n for n, c in image.convert("RGB").getcolors(1 << 20)}
    assert colours[0, 255, 0] > 10_000


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_style_sheet_that_wants_latex_is_drawn_without_and_says_so(handmade, tmp_path, jobs):
    """On a machine without LaTeX, and for Chinese texts that it could not set."""
    sheet = tmp_path / "paper.mplstyle"
    sheet.write_text("text.usetex: True\nfont.size: 9\n", encoding="utf-8")
    output = run(
        "render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", jobs,
        "--only", "results_table", "--only", "order_accuracy_by_band", "--style", sheet,
    )  # fmt: skip
    said = "text.usetex of paper.mplstyle is ignored: all texts are set without LaTeX"
    assert output.count(said) == 2
    assert (tmp_path / "o" / "order_accuracy_by_band_zh.png").stat().st_size > 10_000
    assert said in (tmp_path / "o" / "figures.json").read_text(encoding="utf-8")


def test_a_style_sheet_that_matplotlib_cannot_draw_with_is_one_line(handmade, tmp_path):
    sheet = tmp_path / "odd.mplstyle"
    sheet.write_text("path.effects: []\n", encoding="utf-8")
    output = run(
        "render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK,
        "--style", sheet, expect=1,
    )  # fmt: skip
    assert "odd.mplstyle: matplotlib cannot draw with it: AttributeError" in output
    assert "Traceback" not in output


def test_a_style_sheet_that_is_none_is_refused(handmade, tmp_path):
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("axes.facecolor: not-a-colour\n", encoding="utf-8")
    output = run(
        "render", "--inputs", handmade, "--out", tmp_path / "o", "--jobs", "1", *QUICK,
        "--style", sheet, expect=1,
    )  # fmt: skip
    assert "mine.mplstyle: not a style sheet: " in output
    assert "not-a-colour" in output


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_writes_nothing_and_exits_130(handmade, tmp_path, jobs):
    out = tmp_path / "o"
    # The command itself: where an interrupt meets an import that runs exec(), as data classes do,
    # `python -m` ends by the signal, which is 130 only to a shell.
    script = shutil.which("rf-figs", path=str(Path(sys.executable).parent))
    assert script is not None
    command = [script, "render", "--inputs", str(handmade)]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--jobs", jobs],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()  # says what it is about to do
    process.stdout.readline()  # the first figure is drawn
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does, to the workers too
    _, error = process.communicate(timeout=300)
    assert process.returncode == 130
    assert error.strip() == "rf-figs: interrupted, nothing was written"
    assert not out.exists()


def test_the_shipped_recipe_is_the_default():
    shipped = Path(__file__).parents[3] / "recipes" / "quickstart" / "figs.yaml"
    assert read_recipe(shipped) == Recipe()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("langs: en", "figs.yaml:1: langs: no such key, did you mean lang?"),
        ("lang: de", "lang: 'de' is not known (known: en, zh, both)"),
        ("inputs: 3", "inputs: expected a list, found 3"),
        ("strict: maybe", "strict: expected true or false, found 'maybe'"),
        ("out: 3", "out: expected a path, found 3"),
        ("- a", "expected a mapping of keys and values"),
        ("a: [", "not YAML"),
    ],
)
def test_recipes_are_checked(tmp_path, text, said):
    path = tmp_path / "figs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"figs\.yaml") as refused:
        read_recipe(path)
    assert said in str(refused.value)


def test_options_win_over_the_recipe(handmade, tmp_path):
    recipe = tmp_path / "figs.yaml"
    wanted = {"inputs": [str(handmade)], "out": str(tmp_path / "a"), "only": ["results_table"]}
    recipe.write_text(json.dumps({**wanted, "lang": "zh"}), encoding="utf-8")
    run("render", "--recipe", recipe, "--out", tmp_path / "b", "--jobs", "1")
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b" / "results_table_zh.png").is_file()
    assert not (tmp_path / "b" / "results_table.png").exists()
