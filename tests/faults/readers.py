"""Every reader of every command: the file it reads, and the command line that makes it read it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DATA, VALIDATED = "data/test.jsonl", "data/train.jsonl"
TUNED, LOG = "results/tuned/", "run/trainer_log.jsonl"
COMPARE = "rf-eval compare results/base results/tuned --out again"
RENDER = "rf-figs render --strict --jobs 1 --out again --only "
SCORE = f"rf-eval score {TUNED}predictions.jsonl --data {DATA} --out again"
TRAIN = "rf-train train recipe/train.yaml --force"
PLAN = "rf-train plan recipe/train.yaml --set dataset=tiny_train"
MERGE = "rf-train merge recipe/merge.yaml"
CHAT = "rf-train chat recipe/chat.yaml --once hello"
EXPORT = "rf-train export merged --to ollama --out again"


@dataclass(frozen=True)
class Reader:
    """How one kind of file is read.

    kind: the table of faults that applies. takes: faults that this reader is right to accept, with
    the reason. findings: faults are its output, a line each, not its errors. skips: the figure that
    is left out, by name, where the file is not there. optional: the command does without the file.
    """

    kind: str
    file: str
    command: str
    takes: dict[str, str] = field(default_factory=dict)
    findings: bool = False
    skips: str = ""
    optional: bool = False
    prepare: Callable[[Path], None] | None = None


def _answers(folder: Path) -> list[str]:
    lines = (folder / DATA).read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [r["messages"][-1]["content"] for r in records if r["meta"]["order"]]


def write_answers(folder: Path) -> None:
    (folder / "answers.jsonl").write_text("\n".join(_answers(folder)) + "\n", "utf-8")


def write_specs(folder: Path) -> None:
    specs = [{k: v for k, v in json.loads(a).items() if k != "order"} for a in _answers(folder)]
    text = "".join(json.dumps(spec) + "\n" for spec in specs)
    (folder / "specs.jsonl").write_text(text, "utf-8")


def write_published(folder: Path) -> None:
    """One sample in the form of the published result files."""
    answer = _answers(folder)[0]
    gold = json.loads(answer)
    one = {"idx": 1, "type": "full", "user": "u", "gt": gold, "pred_raw": answer, "pred": gold}
    details = {"full": [one], "followup_question": [], "followup_resolve": []}
    text = json.dumps({"summary": {}, "details": details})
    (folder / "published.json").write_text(text, "utf-8")


def write_figs_recipe(folder: Path) -> None:
    text = "inputs: [run]\nout: again\nonly: [training_config]\n"
    (folder / "recipe" / "figs.yaml").write_text(text, "utf-8")


def write_merge_recipe(folder: Path) -> None:
    text = "model_name_or_path: tiny-model\nadapter_name_or_path: run\nexport_dir: again\n"
    (folder / "recipe" / "merge.yaml").write_text(text, "utf-8")


def write_chat_recipe(folder: Path) -> None:
    text = "model_name_or_path: tiny-model\nadapter_name_or_path: run\nmax_new_tokens: 2\n"
    (folder / "recipe" / "chat.yaml").write_text(text, "utf-8")


def write_prompts(folder: Path) -> None:
    """As many dialogues as are asked for: no more than those are read."""
    lines = (folder / DATA).read_bytes().splitlines(keepends=True)
    (folder / "prompts.jsonl").write_bytes(b"".join(lines[:3]))


def write_merged(folder: Path) -> None:
    """A merged model, made by the command itself."""
    from rf_train.cli import run

    recipe = folder / "recipe" / "merged.yaml"
    keys = {"model_name_or_path": "tiny-model", "adapter_name_or_path": "run"}
    lines = [f"{key}: {folder / name}" for key, name in {**keys, "export_dir": "merged"}.items()]
    recipe.write_text("\n".join(lines) + "\n", "utf-8")
    assert run(["merge", str(recipe), "--verify", "0"]) == 0


SPARSE = "what the record does not tell is not used"
PASTED = "answers are pasted by people, from any system"
JUDGED = "an answer without a filter is judged, not refused"
FOREIGN = "an audit reads foreign files: what holds no answer is counted"
READERS = {
    "synth validate": Reader(
        "JSONL", VALIDATED, f"rf-synth validate {VALIDATED}", findings=True
    ),
    "synth audit": Reader("JSONL", DATA, f"rf-synth audit {DATA}", {"unknown-fields": FOREIGN}),
    "synth stats": Reader("JSONL", DATA, f"rf-synth stats {DATA}"),
    "synth solve": Reader(
        "JSONL", "specs.jsonl", "rf-synth solve specs.jsonl", prepare=write_specs
    ),
    "synth recipe": Reader(
        "YAML", "recipe/synth.yaml", "rf-synth generate --recipe recipe/synth.yaml --out again"
    ),
    "train recipe": Reader("YAML", "recipe/train.yaml", TRAIN),
    "plan recipe": Reader("YAML", "recipe/train.yaml", "rf-train plan recipe/train.yaml"),
    "plan data": Reader("JSONL", VALIDATED, PLAN),
    "plan registration": Reader("JSON", "data/dataset_info.json", PLAN, optional=True),
    "merge recipe": Reader("YAML", "recipe/merge.yaml", MERGE, prepare=write_merge_recipe),
    "merge adapter": Reader("JSON", "run/adapter_config.json", MERGE),
    "merge run": Reader("JSON", "run/run.json", MERGE, optional=True),
    "merge prompts": Reader(
        "JSONL", "prompts.jsonl", f"{MERGE} --verify 3 --verify-data prompts.jsonl",
        prepare=write_prompts,
    ),
    "chat recipe": Reader("YAML", "recipe/chat.yaml", CHAT, prepare=write_chat_recipe),
    "chat adapter": Reader("JSON", "run/adapter_config.json", CHAT),
    "chat run": Reader("JSON", "run/run.json", CHAT, optional=True),
    "export run": Reader(
        "JSON", "merged/run.json", EXPORT, optional=True, prepare=write_merged
    ),
    "resumed run": Reader(
        "JSON", "run/run.json", "rf-train train recipe/train.yaml --resume",
        {"unknown-fields": "another run's identity is refused as such"}, optional=True,
    ),
    "synth metadata": Reader(
        "JSON", "data/metadata.json", "rf-synth validate data",
        {"unknown-fields": "what it lacks is a finding about the folder"},
        findings=True, optional=True,
    ),
    "eval meta": Reader(
        "JSON", f"{TUNED}predictions.meta.json", SCORE, {"unknown-fields": SPARSE}, optional=True
    ),
    "eval data": Reader(
        "JSONL", DATA, f"rf-eval generate --data {DATA} --backend reference --out again"
    ),
    "eval predictions": Reader("JSONL", f"{TUNED}predictions.jsonl", SCORE),
    "eval scored data": Reader("JSONL", DATA, SCORE),
    "eval compared scores": Reader("JSONL", f"{TUNED}scores.jsonl", COMPARE),
    "eval compared results": Reader("JSON", f"{TUNED}results.json", COMPARE),
    "eval recipe": Reader(
        "YAML", "recipe/eval.yaml", "rf-eval run --recipe recipe/eval.yaml --force"
    ),
    "eval check": Reader(
        "JSONL", "answers.jsonl", "rf-eval check answers.jsonl",
        {"lone-cr": PASTED, "blank-line": PASTED, "unknown-fields": JUDGED},
        prepare=write_answers,
    ),
    "eval import": Reader(
        "JSON", "published.json", "rf-eval import published.json --out again",
        prepare=write_published,
    ),
    "figs log": Reader(
        "JSONL", LOG, f"{RENDER}training_loss_curve --inputs run",
        skips="training_loss_curve",
    ),
    "figs results": Reader(
        "JSON", f"{TUNED}results.json", f"{RENDER}evaluation_radar --inputs results/tuned",
        skips="evaluation_radar",
    ),
    "figs scores": Reader(
        "JSONL", f"{TUNED}scores.jsonl",
        f"{RENDER}order_confusion --inputs results/tuned --inputs data",
        skips="order_confusion",
    ),
    "figs comparison": Reader(
        "JSON", "results/baseline_comparison.json",
        f"{RENDER}baseline_comparison --inputs results",
        skips="baseline_comparison",
    ),
    "figs data": Reader(
        "JSONL", VALIDATED, f"{RENDER}dataset_distribution --inputs data",
        skips="dataset_distribution",
    ),
    "figs recipe": Reader(
        "YAML", "recipe/figs.yaml", "rf-figs render --recipe recipe/figs.yaml",
        prepare=write_figs_recipe,
    ),
}  # fmt: skip
