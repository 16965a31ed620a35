"""docs/architecture.md: the names in it exist, and its table of extensions is done for real."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from tiny_chain import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

STYLE = '''"""Style `exact`: the real number under the ceiling before the order."""

from rf_synth.specs.minimum_order import exact_order


class ExactStyle:
    name = "exact"

    def answer(self, spec, order):
        return {**spec, "derivation": {"n": f"{exact_order(spec):.3f}"}, "order": order}

    def steps(self):
        return {}

    def problems(self, ranges):
        return []
'''
METRIC = '''"""How long answers are."""

from rf_eval.registry import Score, metric


@metric("few_characters")
def few_characters(sample, answer):
    """The completion has at most 400 characters."""
    return Score(1.0) if len(answer.text) <= 400 else Score(0.0, "ok", str(len(answer.text)))
'''
BACKEND = '''"""A model that answers every question in the same way."""

from rf_eval.backends import backend, prediction


@backend("constant")
class ConstantBackend:
    def __init__(self, model="{}"):
        self.model = model

    def describe(self):
        return {"model": {"name": self.model}, "adapter": None, "rendering": None, "decoding": None}

    def generate(self, samples):
        yield [prediction(sample, self.model) for sample in samples]
'''
FIGURE = '''"""Samples by language."""

from collections import Counter
from dataclasses import dataclass

from rf_figs.readers.samples import iter_samples
from rf_figs.tables import Table

TITLE = ("Samples by language", "各语言样本数")
NEEDS = ("test.jsonl",)


@dataclass(frozen=True)
class Data:
    counts: Counter

    def table(self):
        return Table(["lang", "samples"], list(self.counts.items()))


def load(inputs):
    return Data(Counter(sample.lang for sample in iter_samples(inputs.one("test.jsonl"))))


def draw(data, style):
    figure = style.figure(height=2.0)
    figure.add_subplot().bar(list(data.counts), list(data.counts.values()))
    return figure
'''


@pytest.fixture
def sources(tmp_path):
    """A copy of the packages' sources that can be added to."""
    for package in ("rf_synth", "rf_eval", "rf_figs"):
        folder = ROOT / "packages" / package.replace("_", "-") / "src" / package
        shutil.copytree(folder, tmp_path / "src" / package, ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path / "src"


def run(sources, command):
    """Runs a command of the copied sources in the folder beside them."""
    module, *words = command.split()
    outcome = subprocess.run(
        [sys.executable, "-m", module.replace("-", "_"), *words],
        cwd=sources.parent, env={**os.environ, "PYTHONPATH": str(sources)}, check=False,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


COUNTS = "--count val=20 --count test=20 --count test_ood=20"


def test_a_phrasing_family_is_one_line(sources):
    line = "kindly ¦ prose ¦ ,~+,~and~ ¦ _ ¦ _ ¦ Kindly design {a_head} with {clauses}."
    change(sources / "rf_synth/language/en.py", '_FULL = """\n', f'_FULL = """\n{line}\n')
    run(sources, f"rf-synth generate --count train=3000 {COUNTS} --out made")
    found = "".join(path.read_text("utf-8") for path in (sources.parent / "made").glob("*.jsonl"))
    assert '"phrasing":"en.full.kindly"' in found and "Kindly design" in found
    run(sources, "rf-synth validate made")


def test_an_answer_style_is_a_file_and_its_name(sources):
    (sources / "rf_synth/styles/exact.py").write_text(STYLE, encoding="utf-8")
    name = '    "derivation": '
    added = f'    "exact": "rf_synth.styles.exact:ExactStyle",\n{name}'
    change(sources / "rf_synth/styles/__init__.py", name, added)
    run(sources, f"rf-synth generate --set answer_style=exact --count train=60 {COUNTS} --out made")
    text = (sources.parent / "made" / "train.jsonl").read_text(encoding="utf-8")
    assert re.search(r'\\"derivation\\": \{\\"n\\": \\"\d+\.\d{3}\\"\}, \\"order\\"', text)
    run(sources, "rf-synth validate made")


def test_a_metric_and_a_backend_are_a_file_and_its_name_each(sources, chain):
    (sources / "rf_eval/metrics/brevity.py").write_text(METRIC, encoding="utf-8")
    change(sources / "rf_eval/metrics/__init__.py", "ask, resolve  #", "ask, resolve, brevity  #")
    (sources / "rf_eval/backends/constant.py").write_text(BACKEND, encoding="utf-8")
    name = '        "rf_eval.backends.oracle",\n'
    added = f'{name}        "rf_eval.backends.constant",\n'
    change(sources / "rf_eval/registry.py", name, added)
    assert "few_characters" in run(sources, "rf-eval metrics")
    data = chain / "data" / "test.jsonl"
    run(sources, f"rf-eval generate --data {data} --backend constant --out made")
    score = f"rf-eval score made/predictions.jsonl --data {data} --metric few_characters"
    assert re.search(r"few_characters +6 +100\.0", run(sources, score))


def test_a_figure_is_a_file(sources, chain):
    (sources / "rf_figs/figures/languages.py").write_text(FIGURE, encoding="utf-8")
    assert "languages" in run(sources, "rf-figs list")
    run(sources, f"rf-figs render --inputs {chain / 'data'} --only languages --out made --jobs 1")
    made = {path.name for path in (sources.parent / "made").glob("languages*")}
    assert made >= {"languages.png", "languages.pdf", "languages_zh.png", "languages.csv"}


def test_a_preset_is_a_file(sources):
    presets = sources / "rf_synth" / "presets"
    text = (presets / "quickstart.yaml").read_text(encoding="utf-8")
    renamed = re.sub(r"^preset:.*$", "preset: mine", text, flags=re.MULTILINE)
    (presets / "mine.yaml").write_text(renamed, encoding="utf-8")
    run(sources, f"rf-synth generate --preset mine --count train=30 {COUNTS} --out made")
    run(sources, "rf-synth validate made")


def test_every_file_and_name_on_the_page_exists():
    paths = set(re.findall(r"`((?:rf_\w+|packages|tests)/[\w./-]*)`", PAGE))
    assert len(paths) > 40
    for path in paths:
        tool = path.split("/")[0]
        inside = ROOT / "packages" / tool.replace("_", "-") / "src"
        place = ROOT / path if tool in ("packages", "tests") else inside / path
        assert place.exists(), path
    for path, names in re.findall(r"`(rf_\w+/[\w/]+\.py)` \(([^)]*`[^)]*)\)", PAGE):
        source = ROOT / "packages" / path.split("/")[0].replace("_", "-") / "src" / path
        text = source.read_text(encoding="utf-8")
        for name in re.findall(r"`([\w.]+)(?<!\.py)`", names):
            assert re.search(rf"(?:def|class) {name.split('.')[-1]}\b", text), f"{path}: {name}"


def test_links_on_every_page_lead_somewhere():
    pages = [
        *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/*.md"),
        *ROOT.glob("examples/*/*.md"), *ROOT.glob("benchmarks/*.md"),
    ]  # fmt: skip
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, broken


def test_every_decision_is_indexed_dated_and_headed_alike():
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    notes = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    rows = []
    for note in notes:
        number, (title, _, date, *rest) = note.name[:3], note.read_text("utf-8").splitlines()
        assert re.fullmatch(rf"# {number} [A-Z].+[^.]", title), note.name
        assert re.match(r"\d{4}-\d\d-\d\d", date), note.name
        body = "\n".join(rest)
        assert "**Decision.**" in body and "**Why.**" in body and "**Rejected.**" in body, note.name
        rows.append(f"| {number} | [{title[6:]}]({note.name}) | {date[:10]} |")
    assert [row for row in index.splitlines() if re.match(r"\| \d", row)] == rows
