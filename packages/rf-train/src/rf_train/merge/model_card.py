"""The model card of a merged model: its origin, in text and in metadata for hubs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rf_jsonl import FileError, read_json

from rf_train.files.names import EMBEDDED_NAME, EMBEDDED_PREFIX

if TYPE_CHECKING:
    from huggingface_hub import ModelCardData

_MOST_METRICS = 12


def base_model_name(name_or_path: str, config: Mapping[str, Any], adapter_base: str) -> str:
    """A hub id where one is known, otherwise the base folder's name; never a local path."""
    if name_or_path.startswith(EMBEDDED_PREFIX) or name_or_path.rstrip("/").endswith(EMBEDDED_NAME):
        return f"HuggingFaceTB/{EMBEDDED_NAME}"
    for name in (name_or_path, str(config.get("_name_or_path", "")), adapter_base):
        if name.count("/") == 1 and not name.startswith((".", "/")) and not Path(name).exists():
            return name
    return Path(name_or_path).name


def read_metrics(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """The name of the data and the metrics over all samples in rf-eval's `results.json`.

    Raises FileError.
    """
    record = read_json(path)
    metrics, data = record.get("metrics"), record.get("data")
    if not isinstance(metrics, list) or not isinstance(data, Mapping):
        raise FileError(path, "holds no list of metrics, expected results.json of rf-eval")
    try:
        kept = ("metric", "n", "value", "ci_low", "ci_high")
        found = [{key: entry[key] for key in kept} for entry in metrics if not entry["group"]]
    except (KeyError, TypeError) as error:
        raise FileError(path, f"a metric is incomplete ({error})") from None
    if not found:
        raise FileError(path, "holds no metric over all samples")
    return Path(str(data.get("path", "test"))).parent.name or "test", found[:_MOST_METRICS]


def model_card(record: Mapping[str, Any], *, name: str, base: str, sizes: Mapping[str, int]) -> str:
    """The card as Markdown with YAML front matter.

    `record` is that of `merge.json` with `run` (the training's `run.json`, or None) and `card`.
    """
    front = _metadata(record, name, base).to_yaml()
    parts = [f"---\n{front}\n---\n\n# {name}\n", _opening(record, base), _merging(record)]
    parts += [_verification(record), _metrics(record), _files(sizes)]
    return "\n".join(part for part in parts if part)


def _metadata(record: Mapping[str, Any], name: str, base: str) -> "ModelCardData":
    from huggingface_hub import EvalResult, ModelCardData

    run, card = record.get("run") or {}, record["card"]
    trained_on = run.get("data", {}).get("name")
    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type=card["metrics_data"],
            dataset_name=card["metrics_data"],
            metric_type=metric["metric"],
            metric_name=metric["metric"],
            metric_value=metric["value"],
        )
        for metric in card.get("metrics") or ()
    ]
    return ModelCardData(
        base_model=base,
        base_model_relation="finetune",
        library_name="transformers",
        pipeline_tag="text-generation",
        language=["zh", "en"],
        tags=["lora", "merged", "rf-filter"],
        license=card.get("license"),
        datasets=[Path(trained_on).stem] if trained_on else None,
        model_name=name if results else None,
        eval_results=results or None,
    )


def _opening(record: Mapping[str, Any], base: str) -> str:
    run = record.get("run") or {}
    text = f"`{base}`, fine-tuned with a LoRA adapter that is merged into its weights.\n"
    recipe = run.get("recipe")
    if recipe:
        text += (
            f"Trained by `rf-train` on {run['data'].get('samples', 0):,} samples of "
            f"`{Path(str(run['data'].get('name'))).stem}`: rank {recipe['lora_rank']}, "
            f"targets {', '.join(recipe['lora_target'])}, learning rate "
            f"{recipe['learning_rate']:g}.\n"
        )
    rendering = run.get("rendering")
    if rendering:
        kwargs = ", ".join(
            f"the {k} of run.json" if k == "tools" else f"{k}={v}"
            for k, v in rendering["chat_template_kwargs"].items()
        )
        text += (
            f"Prompt it with its chat template{f' and {kwargs}' if kwargs else ''}; answers end "
            f"with `{', '.join(rendering['stop'])}`.\n"
        )
    return text


def _merging(record: Mapping[str, Any]) -> str:
    tensors, count = record["tensors"], record["tensors"]["dequantised_only"]
    how = {
        "original": "the weights as published",
        "dequantized": "the quantised weights of the training, dequantised",
    }[record["recipe"]["merge_base"]]
    return (
        f"## Merging\n\nW + s·B·A in float32, rounded once to the stored precision, into {how}: "
        f"{tensors['merged']} tensors carry the adapter, {tensors['copied']} are the base's, bit "
        f"for bit{f', {count} are dequantised and have no adapter' if count else ''}.\n"
    )


def _verification(record: Mapping[str, Any]) -> str:
    found = record.get("verification")
    if not found:
        return ""
    return (
        f"Compared with base and adapter at {found['positions']} positions of {found['prompts']} "
        f"prompts: largest logit difference {found['max_logit_difference']:.2g}, mean KL "
        f"{found['kl_mean']:.2g} nats, same most likely token {found['top1_agreement']:.1%}.\n"
    )


def _metrics(record: Mapping[str, Any]) -> str:
    metrics = record["card"].get("metrics")
    if not metrics:
        return ""
    rows = [f"## Results on `{record['card']['metrics_data']}`\n", "| metric | value | 95 % | n |"]
    rows += ["|---|---:|---|---:|"]
    for metric in metrics:
        interval = f"{metric['ci_low']:.4g} – {metric['ci_high']:.4g}"
        rows.append(f"| {metric['metric']} | {metric['value']:.4g} | {interval} | {metric['n']} |")
    return "\n".join(rows) + "\n"


def _files(sizes: Mapping[str, int]) -> str:
    rows = ["## Files\n", "| file | bytes |", "|---|---:|"]
    return "\n".join([*rows, *(f"| `{name}` | {size:,} |" for name, size in sizes.items())]) + "\n"
