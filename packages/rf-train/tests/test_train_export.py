"""Modelfiles: the prompt an Ollama template writes is the prompt the model was trained with."""

import os
import re
import shutil
from pathlib import Path

import pytest
from rf_train.cli import run

QUESTION = [
    {"role": "system", "content": "You design filters."},
    {"role": "user", "content": "低通，1.2 GHz"},
]
HISTORY = [
    *QUESTION,
    {"role": "assistant", "content": '{"order": 5}'},
    {"role": "user", "content": "again?"},
]


@pytest.fixture
def merged(write_recipe, model_folder, write_merge):
    """A merged model of a short ChatML run, in a folder."""
    assert run(["train", str(write_recipe(max_steps=1))]) == 0
    recipe = write_merge(model_folder, write_recipe().parent / "run", template=None)
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    return recipe.parent / "merged"


def rendered(text: str, messages: list[dict[str, str]]) -> str:
    """What the Modelfile's TEMPLATE writes: its few Go constructs as Jinja's, run by Jinja."""
    from jinja2 import Environment

    [template] = re.findall(r'TEMPLATE """(.*?)"""', text, re.DOTALL)
    jinja = template.replace("{{- range .Messages }}", "{% for m in messages %}")
    jinja = jinja.replace("{{ end }}", "{% endfor %}")
    jinja = jinja.replace("{{ .Role }}", "{{ m.role }}").replace(
        "{{ .Content }}", "{{ m.content }}"
    )
    return Environment(keep_trailing_newline=True).from_string(jinja).render(messages=messages)


@pytest.mark.parametrize("messages", [QUESTION, HISTORY], ids=["first", "later"])
def test_the_template_writes_what_the_tokenizer_writes(merged, messages, capsys):
    from transformers import AutoTokenizer

    assert run(["export", str(merged), "--to", "ollama"]) == 0
    text = (merged / "Modelfile").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    expected = AutoTokenizer.from_pretrained(merged).apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert rendered(text, messages) == expected
    assert text.startswith("FROM .\n")
    assert 'PARAMETER stop "<|im_end|>"\n' in text


@pytest.mark.skipif("RF_QWEN3_TOKENIZER" not in os.environ, reason="needs Qwen3's own tokenizer")
def test_qwen3_without_thinking_gets_the_empty_think_block(merged, tmp_path):
    """As `template: qwen3` renders a prompt; nothing of it in earlier answers."""
    import json

    from transformers import AutoTokenizer

    source = Path(os.environ["RF_QWEN3_TOKENIZER"])
    folder = tmp_path / "qwen3"
    shutil.copytree(source, folder)
    shutil.copyfile(merged / "config.json", folder / "config.json")
    record = json.loads((merged / "run.json").read_text(encoding="utf-8"))
    record["rendering"] |= {"template": "qwen3", "chat_template_kwargs": {"enable_thinking": False}}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert run(["export", str(folder), "--to", "ollama"]) == 0
    text = (folder / "Modelfile").read_text(encoding="utf-8")
    assert '<|im_start|>assistant\n<think>\n\n</think>\n\n"""' in text
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for messages in (QUESTION, HISTORY):
        assert rendered(text, messages) == tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )


def test_a_template_that_is_not_chatml_is_refused(merged, capsys):
    (merged / "chat_template.jinja").write_text("{{ messages[0].content }}")
    assert run(["export", str(merged), "--to", "ollama"]) == 1
    assert "its chat template is not ChatML" in capsys.readouterr().err
    assert not (merged / "Modelfile").exists()


def test_it_overwrites_nothing_different(merged, capsys):
    target = merged / "Modelfile"
    assert run(["export", str(merged), "--to", "ollama"]) == 0
    assert run(["export", str(merged), "--to", "ollama"]) == 0
    assert "unchanged" in capsys.readouterr().out
    target.write_text("FROM elsewhere\n")
    assert run(["export", str(merged), "--to", "ollama"]) == 1
    assert "(--force replaces it)" in capsys.readouterr().err
    assert run(["export", str(merged), "--to", "ollama", "--force"]) == 0
    assert target.read_text().startswith("FROM .\n")


def test_weights_may_come_from_elsewhere(merged, tmp_path, capsys):
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"GGUF")
    out = tmp_path / "elsewhere" / "Modelfile"
    assert run(["export", str(merged), "--to", "ollama", "--out", str(out)]) == 0
    assert out.read_text().startswith(f"FROM {merged.resolve()}\n")
    options = ["--weights", str(gguf), "--out", str(out), "--force"]
    assert run(["export", str(merged), "--to", "ollama", *options]) == 0
    assert out.read_text().startswith(f"FROM {gguf.resolve()}\n")


def test_gguf_is_refused_with_what_to_do_instead(merged, capsys):
    assert run(["export", str(merged), "--to", "gguf"]) == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "convert_hf_to_gguf.py" in error
    assert str(merged) in error


def test_only_model_folders_are_exported(tmp_path, capsys):
    assert run(["export", str(tmp_path), "--to", "ollama"]) == 1
    assert "is not a model folder" in capsys.readouterr().err
