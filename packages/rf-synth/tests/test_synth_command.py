"""The command line and recipes: what is refused, and that nothing is lost then."""

import json
import subprocess
import sys

import pytest
from rf_synth.dataset.feasible import check_feasible
from rf_synth.dataset.recipe import RecipeError, load_preset, override, preset_names, resolve
from rf_synth.errors import SynthError

TINY = ["--set", "splits.train.count=30", "--set", "splits.val.count=10"]
TINY += ["--set", "splits.test.count=10", "--set", "splits.test_ood.count=10"]


def run(*arguments, **kwargs):
    command = [sys.executable, "-m", "rf_synth", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, **kwargs
    )


def test_generate_again_is_unchanged_and_other_needs_force(tmp_path):
    out = tmp_path / "data"
    assert run("generate", *TINY, "--out", out).returncode == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    again = run("generate", *TINY, "--out", out)
    assert again.returncode == 0
    assert "unchanged" in again.stdout
    other = run("generate", *TINY, "--out", out, "--seed", "1")
    assert other.returncode == 1
    assert "--force" in other.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert run("generate", *TINY, "--out", out, "--seed", "1", "--force").returncode == 0
    assert (out / "train.jsonl").read_bytes() != before["train.jsonl"]
    forced = run("generate", *TINY, "--out", out, "--seed", "1", "--force")
    assert "unchanged" not in forced.stdout


@pytest.mark.parametrize("name", ["train.jsonl", "metadata.json", "dataset_info.json", "README.md"])
def test_an_existing_file_is_not_replaced_without_force(tmp_path, name):
    """A folder of data sets may have its own registration and README."""
    (tmp_path / name).write_text("mine\n", encoding="utf-8")
    refused = run("generate", *TINY, "--out", tmp_path)
    assert refused.returncode == 1
    assert f"{tmp_path / name}: holds something else (--force replaces it)" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine\n"


def test_a_damaged_data_set_is_not_called_unchanged(tmp_path):
    out = tmp_path / "data"
    run("generate", *TINY, "--out", out)
    with open(out / "val.jsonl", "ab") as file:
        file.write(b"{}\n")
    assert run("generate", *TINY, "--out", out).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["generate", "--preset", "papper"], 2, "did you mean paper"),
        (["generate", "--preset", "paper", "--recipe", "x.yaml"], 2, "exclude each other"),
        (["generate", "--recipe", "nothing.yaml"], 1, "nothing.yaml: no such file"),
        (["generate", "--set", "rangs.order=[1,3]"], 2, "did you mean ranges"),
        (["generate", "--set", "ranges.ordr=[1,3]"], 2, "did you mean order"),
        (["generate", "--set", "order"], 2, "expected key=value"),
        (["generate", "--set", "answer_style=derivaton"], 2, "did you mean derivation"),
        (["generate", "--set", "difficulty=hrad"], 2, "did you mean hard"),
        (["generate", "--count", "trian=5"], 2, "did you mean train"),
        (["generate", "--count", "train"], 2, "expected SPLIT=N"),
        (["generate", "--shard", "3/2"], 2, "expected K/N"),
        (["generate", "--workers", "0"], 2, "0"),
        (["generat"], 2, "No such command"),
        (["generate", "--nonsense"], 2, "No such option"),
        (["validate", "nowhere"], 1, "nowhere: no such file"),
        (["audit", "nowhere"], 1, "nowhere: no such file"),
        (["schema", "recrod"], 2, "did you mean record"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(tmp_path, arguments, code, message):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("here", encoding="utf-8")
    result = run("generate", *TINY, "--out", blocked / "data")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert blocked.read_text(encoding="utf-8") == "here"


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file size there")
def test_a_full_disk_leaves_the_old_data_set(tmp_path):
    out = tmp_path / "data"
    run("generate", *TINY, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000));"
        "sys.argv = ['rf-synth', *sys.argv[1:]]; from rf_synth.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "generate", "--out", str(out), "--force"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("composition.types={full: 0.5, followup_resolve: 0.2}", "add up to 0.7"),
        ("composition.bands={lowpass: 3, highpass: 4}", "counts add up to 7"),
        ("composition.langs={zh: -1, en: 2}", "expected a number from 0"),
        ("composition.langs={zh: 0.5, fr: 0.5}", "composition.langs.fr: no such key"),
        ("composition.types=7", "composition.types: expected counts or shares"),
        ("splits.train.count=0", "at least 1"),
        ("splits.train.count=ten", "whole number"),
        ("splits.train.size=10", "splits.train.size: no such key"),
        ("composition.types={full: 1/0}", "composition.types.full: expected a count or a share"),
        ("composition.types={full: a}", "composition.types.full: expected a count or a share"),
        ("splits=7", "splits: expected at least one split, found 7"),
        ("ranges.order=[5, 3]", "is above"),
        ("ranges.order=[1, 5.5]", "whole number"),
        ("ranges.order=3", "expected \\[low, high\\]"),
        ("ranges.frequency=[low, high]", "ranges.frequency.0: expected a number within"),
        ("ranges.attenuation_db=[2, 50]", "must lie above ripple_db"),
        ("ranges.margin=[0, 0.5]", "ranges.margin.0: expected a number within 1e-6 and 0.5"),
        ("dialogue.correction=1.5", "share of 0 to 1"),
        ("dialogue.missing=[0, 0]", "weights"),
        ("dialogue.mising=[1]", "did you mean missing"),
        ("splits.val.dialogue={shared_frame: 1}", "splits.val.dialogue.shared_frame.*did you mean"),
        (
            "splits.val.dialogue.vswr=2",
            "splits.val.dialogue.vswr: expected a share of 0 to 1",
        ),
        ("splits.val.dialogue=0.5", "splits.val.dialogue: expected keys and values"),
        ("seed=1.5", "whole number"),
        ("name=", "name: has no value"),
    ],
)
def test_contradictory_recipes_are_refused(assignment, message):
    values = load_preset("quickstart")
    override(values, assignment)
    with pytest.raises(RecipeError, match=message):
        resolve(values)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["ranges.order=[14, 15]", "ranges.selectivity=[3.5, 4]"], "no order can be reached"),
        (["ranges.selectivity=[1.50001, 1.50002]"], "found in"),
        (["answer_style=derivation", "ranges.frequency=[1e6, 5e6]"], "10 MHz"),
    ],
)
def test_unmeetable_ranges_are_found_before_writing(assignments, message):
    values = load_preset("quickstart")
    for assignment in assignments:
        override(values, assignment)
    with pytest.raises(SynthError, match=message):
        check_feasible(resolve(values))


@pytest.mark.parametrize("style", ["tool-call", "json", "by-hand"])
def test_the_preset_of_requests_is_feasible_in_every_style(style):
    check_feasible(resolve(load_preset("real") | {"answer_style": style}))


def test_a_style_that_does_not_exist_is_refused():
    with pytest.raises(RecipeError, match="answer_style: 'verse' is not known"):
        resolve(load_preset("real") | {"answer_style": "verse"})


@pytest.mark.parametrize("name", sorted(set(preset_names()) - {"real"}))
def test_every_preset_of_phrasings_is_feasible_in_every_style(name):
    for style in ("json", "derivation"):
        recipe = resolve(load_preset(name) | {"answer_style": style})
        check_feasible(recipe)
    shares = recipe.compositions["train"]
    if name == "balanced":
        assert len(set(shares.bands.values())) == 1
        assert shares.types["followup_question"] * 5 == shares.total
        assert shares.types["followup_resolve"] * 5 == shares.total
    if name == "bpf-heavy":
        assert shares.bands["bandpass"] > 2 * (shares.bands["lowpass"] + shares.bands["highpass"])


def test_a_recipe_file_is_read_and_its_faults_have_line_numbers(tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text(
        "name: mine\npreset: mine\nsplits: {train: {count: 12}}\n"
        "composition: {types: {full: 1}, bands: {bandpass: 1}, langs: {en: 1}}\n",
        encoding="utf-8",
    )
    assert run("generate", "--recipe", good, "--out", tmp_path / "out").returncode == 0
    lines = (tmp_path / "out" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    metas = [json.loads(line)["meta"] for line in lines]
    assert {(m["type"], m["band"], m["lang"]) for m in metas} == {("full", "bandpass", "en")}
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: mine\nsplits: [\n", encoding="utf-8")
    result = run("generate", "--recipe", bad, "--out", tmp_path / "no")
    assert result.returncode == 1
    assert "bad.yaml:3: not YAML" in result.stderr
    assert not (tmp_path / "no").exists()


def test_a_recipe_of_a_packaged_preset_inherits_the_rest(tmp_path):
    from rf_synth.dataset.recipe import load_recipe

    path = tmp_path / "mine.yaml"
    path.write_text("preset: paper\nanswer_style: derivation\nseed: 7\n", encoding="utf-8")
    recipe = resolve(load_recipe(str(path))[0])
    paper = resolve(load_preset("paper"))
    assert recipe.compositions == paper.compositions
    assert (recipe.answer_style, recipe.seed, recipe.name) == ("derivation", 7, paper.name)
    path.write_text(
        "preset: paper\nsplits: {train: {count: 900}}\n"
        "composition: {types: {full: 1}, bands: {bandpass: 1}, langs: {zh: 1/3, en: 2/3}}\n",
        encoding="utf-8",
    )
    train = resolve(load_recipe(str(path))[0]).compositions["train"]
    assert dict(train.langs) == {"zh": 300, "en": 600, "mix": 0}
    assert train.bands["bandpass"] == 900


def test_a_misspelt_preset_gets_a_suggestion(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 7\npreset: papr\n", encoding="utf-8")
    result = run("generate", "--recipe", path, "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "mine.yaml:2: preset: 'papr' is not known, did you mean paper?" in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_packaged_quickstart_is_the_recipe_of_the_repository():
    from importlib.resources import files
    from pathlib import Path

    recipe = Path(__file__).parents[3] / "recipes" / "quickstart" / "synth.yaml"
    if not recipe.exists():
        pytest.skip("not in the repository")
    packaged = files("rf_synth") / "presets" / "quickstart.yaml"
    assert recipe.read_text(encoding="utf-8") == packaged.read_text(encoding="utf-8")


def test_help_lists_all_commands():
    text = run("--help").stdout
    for command in ("generate", "solve", "validate", "audit", "stats", "schema"):
        assert command in text
        assert run(command, "--help").returncode == 0
