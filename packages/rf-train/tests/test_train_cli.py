"""The command line: light to start, exit codes as agreed, one line for what goes wrong."""

import subprocess
import sys

import pytest
from rf_train.cli import COMMANDS, run


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from rf_train.cli import run; code = run(['--help'])\n"
        "heavy = {'torch', 'transformers', 'peft', 'yaml', 'numpy'} & set(sys.modules)\n"
        "sys.exit(code or len(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, (_, text) in COMMANDS.items():
        assert name in done.stdout
        assert text in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    assert run([name, "--help"]) == 0
    assert "Usage: rf-train" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["trian"], ["train", "--no-such"]])
def test_wrong_usage_is_2(arguments, capsys):
    assert run(arguments) == 2
    assert "Error: " in capsys.readouterr().err


def test_python_m_works():
    done = subprocess.run(
        [sys.executable, "-m", "rf_train", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "version" in done.stdout
