"""Training configuration as one table: the model, data and settings that a paper reports."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rf_jsonl import read_json

from rf_figs.errors import MissingInput
from rf_figs.inputs import RUN, TRAIN_RESULTS, Inputs
from rf_figs.style import INCHES, Style
from rf_figs.tables import Table
from rf_figs.typesetting import draw_table, lay_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Training configuration", "训练配置")
NEEDS = (RUN,)

_LONGEST_VALUE = 36

Format = Callable[[Any], str]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else _plain(value)


def _last_part(value: Any) -> str:
    """A model's short name: the last part of a hub id, a path or an `embedded:` name."""
    return str(value).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _seconds(value: Any) -> str:
    if not isinstance(value, int | float):
        return _plain(value)
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _four_digits(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else _plain(value)


# Path in run.json or train_results.json, English and Chinese name, how the value is printed.
LINES: tuple[tuple[str, str, str, Format], ...] = (
    ("model.name_or_path", "Base model", "基座模型", _last_part),
    ("model.parameters", "Parameters", "参数量", _count),
    ("truth.trainable_parameters", "Trainable parameters", "可训练参数量", _count),
    ("recipe.quantization_type", "Quantisation", "量化方式", _plain),
    ("truth.quantised_linears", "Quantised linear layers", "量化线性层数", _count),
    ("recipe.finetuning_type", "Method", "微调方式", _plain),
    ("recipe.lora_rank", "LoRA rank", "LoRA 秩", _plain),
    ("recipe.lora_alpha", "LoRA alpha", "LoRA 缩放系数", _plain),
    ("recipe.lora_dropout", "LoRA dropout", "LoRA 丢弃率", _plain),
    ("recipe.lora_target", "LoRA targets", "LoRA 目标层", _plain),
    ("recipe.learning_rate", "Learning rate", "学习率", _plain),
    ("recipe.lr_scheduler_type", "Schedule", "学习率调度", _plain),
    ("recipe.warmup_ratio", "Warm-up ratio", "预热比例", _plain),
    ("identity.recipe.samples_per_step", "Samples per step", "每步样本数", _count),
    ("recipe.per_device_train_batch_size", "Samples per device batch", "单设备批大小", _count),
    ("recipe.gradient_accumulation_steps", "Accumulation steps", "梯度累积步数", _count),
    ("recipe.max_steps", "Most optimiser steps", "最大优化步数", _count),
    ("data.samples", "Training samples", "训练样本数", _count),
    ("recipe.cutoff_len", "Cut-off length (tokens)", "截断长度（词元）", _count),
    ("rendering.template", "Chat template", "对话模板", _plain),
    ("recipe.seed", "Seed", "随机种子", _plain),
    ("results.epoch", "Epochs", "训练轮数", _four_digits),
    ("results.train_loss", "Mean training loss", "平均训练损失", _four_digits),
    ("results.train_runtime", "Training time", "训练用时", _seconds),
)


@dataclass(frozen=True)
class Data:
    """The recorded settings, by their path in the run's files."""

    settings: dict[str, Any]

    def table(self) -> Table:
        """One row per setting, with the value as recorded."""
        return Table(["setting", "value"], [[k, _as_cell(v)] for k, v in self.settings.items()])


def load(inputs: Inputs) -> Data:
    """Reads run.json, and train_results.json if present. Raises MissingInput, FileError."""
    path = inputs.one(RUN)
    record = {key: value for key, value in read_json(path).items() if key != "results"}
    results = path.with_name(TRAIN_RESULTS)
    if results.is_file():
        record["results"] = read_json(inputs.use(results))
    settings = {key: _lookup(record, key.split(".")) for key, *_ in LINES}
    settings = {key: value for key, value in settings.items() if value is not None}
    if not settings:
        raise MissingInput(f"none of the known settings is in {path}")
    return Data(settings)


def _lookup(record: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _as_cell(value: Any) -> str | int | float:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) else _plain(value)
    )


def paper_table(data: Data, style: Style) -> Table:
    """The table as printed: settings and formatted values."""
    rows = [
        [style.text(en, zh), printed(data.settings[key])]
        for key, en, zh, printed in LINES
        if key in data.settings
    ]
    return Table([style.text("Setting", "配置项"), style.text("Value", "取值")], rows)


def _wrapped(name: str, value: str) -> list[list[str]]:
    """One row, or several if the value is long; the name is in the first."""
    parts = textwrap.wrap(value, _LONGEST_VALUE) or [""]
    return [[name if k == 0 else "", part] for k, part in enumerate(parts)]


def draw(data: Data, style: Style) -> "Figure":
    """The table; at page width as two halves side by side."""
    table = paper_table(data, style)
    rows = [line for name, value in table.rows for line in _wrapped(str(name), str(value))]
    parts = 2 if style.is_page else 1
    size = -(-len(rows) // parts)
    rows += [["", ""]] * (parts * size - len(rows))
    tables = [
        lay_out(table.header, rows[k : k + size], INCHES[style.width] / parts)
        for k in range(0, len(rows), size)
    ]
    figure = style.figure(tables[0].height + 0.1)
    for axes, part in zip(figure.subplots(1, parts, squeeze=False)[0], tables, strict=True):
        draw_table(axes, part, left_columns=2)
    return figure
