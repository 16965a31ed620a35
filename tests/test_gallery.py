"""The gallery shows every figure, and the answers behind two of them are what it says they are."""

import json
import math
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from rf_figs import registry

DOCS = Path(__file__).parents[1] / "docs"
PROGRAM = DOCS.parent / "tools" / "log_tables.py"


def test_the_page_shows_every_figure_in_both_languages():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == registry.names()
    shown = re.findall(r'src="(gallery/\w+\.png)"', page)
    wanted = [f"gallery/{name}{tail}.png" for name in registry.names() for tail in ("", "_zh")]
    assert shown == wanted
    assert {f"gallery/{path.name}" for path in (DOCS / "gallery").iterdir()} == set(wanted)


def test_logarithms_from_the_table_are_off_by_at_most_one_unit_of_the_last_decimal():
    lg = runpy.run_path(str(PROGRAM))["lg"]
    numbers = [1.0, 9.999999, 10.0, 0.02, *(10 ** (k / 977) for k in range(-2000, 9000, 7))]
    off = [round(1e5 * abs(lg(x) - round(math.log10(x), 5))) for x in numbers]
    assert max(off) == 1
    assert 0 < sum(off) < 0.25 * len(off)
    with pytest.raises(ValueError, match="no logarithm of 0"):
        lg(0.0)


def test_the_tables_answers_have_the_orders_of_the_data_set(tmp_path):
    data = tmp_path / "data"
    command = [sys.executable, "-m", "rf_synth", "generate", "--out", str(data)]
    options = ["--set", "answer_style=derivation", "--count", "train=30", "--count", "val=30"]
    subprocess.run([*command, *options, "--count", "test=60"], check=True, capture_output=True)
    lines = (data / "test.jsonl").read_text(encoding="utf-8").splitlines()
    metas = [meta for meta in (json.loads(line)["meta"] for line in lines) if meta["order"]]
    specs = "".join(json.dumps(meta["spec"]) + "\n" for meta in metas)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(data / "metadata.json")],
        input=specs, capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["order"] for answer in answers] == [meta["order"] for meta in metas]
    assert all(list(answer)[-2:] == ["derivation", "order"] for answer in answers)
