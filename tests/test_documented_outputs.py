"""What the documents show is what the commands and the code in them give."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documented import FEW, blocks, shell, the_block
from tiny_chain import ROOT


def test_the_solver_says_what_its_readme_shows(tmp_path):
    block = the_block("packages/rf-synth/README.md", "$ echo '{")
    outcome = shell(block.commands[0], tmp_path)
    assert outcome.stdout.strip() == block.output, outcome.stderr


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_designer_says_what_its_readme_shows(tmp_path, page):
    block = the_block(f"packages/rf-design/{page}", "$ echo '{")
    outcome = shell(block.commands[0], tmp_path)
    assert outcome.stdout.strip() == block.output, outcome.stderr


def test_the_evaluator_says_what_its_readme_shows(tmp_path):
    """A data set without filters: the README's own record, another, and two people's answers."""
    page = "packages/rf-eval/README.md"
    first = the_block(page, '{"id"').text
    ann = json.loads(first)
    bob = json.loads(first.replace("Ann", "Bob").replace("Cologne", "Bonn").replace("41", "30"))
    bob["id"] = "2"
    text = "".join(json.dumps(record) + "\n" for record in (ann, bob))
    (tmp_path / "test.jsonl").write_text(text, encoding="utf-8")
    right = ann["messages"][-1]["content"]
    wrong = "Sure: " + bob["messages"][-1]["content"].replace("30", "31")
    answers = [{"id": "1", "completion": right}, {"id": "2", "completion": wrong}]
    (tmp_path / "people").mkdir()
    text = "".join(json.dumps(answer) + "\n" for answer in answers)
    (tmp_path / "people" / "predictions.jsonl").write_text(text, encoding="utf-8")
    command = the_block(page, "rf-eval score").commands[0].replace("test.jsonl", "../test.jsonl")
    outcome = shell(command, tmp_path / "people")
    assert outcome.returncode == 0, outcome.stderr
    assert the_block(page, "metric ").text in outcome.stdout


def test_the_readme_s_answer_meets_its_specification(tmp_path):
    answer = the_block("docs/results.md", '{"filter_type"').text
    (tmp_path / "answers.jsonl").write_text(answer + "\n", encoding="utf-8")
    outcome = shell("rf-eval check answers.jsonl", tmp_path)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_shipped_model_reads_what_the_front_page_shows(page):
    """The first request of the page, and the part of its report that stands below."""
    [request, shown] = [b for b in blocks() if b.page == page][:2]
    [command] = [one for one in request.commands if one.startswith('uv run rf-design "')]
    outcome = shell(command, ROOT)
    assert outcome.returncode == 0, outcome.stderr
    said = iter(outcome.stdout.splitlines())
    lost = [line for line in shown.text.splitlines() if line not in said]
    assert not lost, outcome.stdout


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_an_assistant_starts_the_server_as_the_readme_configures_it(page):
    """`uv run --directory` is the environment that runs this test."""
    import anyio
    from mcp import Client, StdioServerParameters, stdio_client

    configured = json.loads(the_block(f"packages/rf-design/{page}", '{"mcpServers"').text)
    server = configured["mcpServers"]["rf-design"]
    assert [server["command"], *server["args"][:3]] == [
        "uv", "run", "--directory", "/path/to/rf-filter-llm",
    ]  # fmt: skip
    command, *arguments = server["args"][3:]
    started = StdioServerParameters(
        command=str(Path(sys.executable).parent / command), args=arguments, cwd=ROOT
    )

    async def names():
        async with Client(stdio_client(started)) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    listed = anyio.run(names)
    text = (ROOT / "packages" / "rf-design" / page).read_text(encoding="utf-8")
    assert listed == set(re.findall(r"^\| `(\w+)` \|.*\|.*\|$", text, re.MULTILINE)) & listed
    assert len(listed) == 3


@pytest.mark.parametrize(
    "page",
    [
        *(f"packages/{name}/README.md" for name in ("rf-jsonl", "rf-eval", "rf-design")),
        "packages/rf-design/README.zh.md",
    ],
)
def test_python_in_a_readme_runs(tmp_path, page):
    """That of rf-figs is drawn in packages/rf-figs/tests/test_figs_registry.py."""
    [block] = [b for b in blocks() if b.page == page and b.language == "python"]
    command = [sys.executable, "-c", block.text]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_the_recipe_in_a_readme_makes_a_data_set(tmp_path):
    text = the_block("packages/rf-synth/README.md", "preset: ").text
    (tmp_path / "mine.yaml").write_text(text + "\nname: mine\n", encoding="utf-8")
    outcome = shell(f"rf-synth generate --recipe mine.yaml {FEW}", tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert (tmp_path / "data" / "mine" / "train.jsonl").exists()


def test_the_recipe_for_a_served_model_is_one(tmp_path):
    from rf_eval.recipe import read_recipe

    path = tmp_path / "eval.yaml"
    path.write_text(the_block("docs/serving.md", "data: ").text, encoding="utf-8")
    backend, options = read_recipe(path).options("served")
    assert backend == "openai" and options["extra_body"]
