"""Adding a figure is adding a file: the README's example, dropped into the folder."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rf_figs import figures, registry
from rf_figs.errors import FigsError
from rf_figs.render import Job, draw_job

README = Path(__file__).parents[1] / "README.md"
IMPORTS = """
from collections import Counter
from dataclasses import dataclass
from matplotlib.figure import Figure
from rf_figs.inputs import Inputs
from rf_figs.readers.samples import iter_samples
from rf_figs.style import Style
from rf_figs.tables import Table

"""


def test_the_readmes_figure_is_found_and_drawn(handmade, tmp_path, monkeypatch):
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    (tmp_path / "lang_bars.py").write_text(IMPORTS + code[1], encoding="utf-8")
    monkeypatch.setattr(figures, "__path__", [*figures.__path__, str(tmp_path)])
    assert "lang_bars" in registry.names()
    outcome = draw_job(Job("lang_bars", (handmade,)))
    assert sorted(outcome.files) == [
        "lang_bars.csv", "lang_bars.pdf", "lang_bars.png", "lang_bars_zh.pdf", "lang_bars_zh.png",
    ]  # fmt: skip
    assert outcome.files["lang_bars.csv"].startswith(b"lang,samples\nzh,")
    monkeypatch.delitem(sys.modules, "rf_figs.figures.lang_bars")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(FigsError, match="did you mean order_confusion"):
        registry.get("order_confusions")


def test_names_are_found_without_importing_a_figure():
    code = "import sys; from rf_figs import registry; print(len(registry.names()));"
    code += "print([m for m in sys.modules if m.startswith('rf_figs.figures.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["14", "[]"]
