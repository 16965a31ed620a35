"""A command that computes the answers, such as `rf-synth solve`: the upper bound of metrics."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rf_eval.backends import backend, prediction
from rf_eval.errors import EvalError
from rf_eval.metrics.ask import missing
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample
from rf_eval.tools import command_line

NAMES: dict[str, tuple[str, str]] = {
    "filter_type": ("逼近类型", "the approximation type"),
    "filter_band": (
        "滤波器类型（低通、高通或带通）",
        "the filter type (low-pass, high-pass or band-pass)",
    ),
    "ripple_db": ("通带纹波", "the passband ripple"),
    "fc": ("通带截止频率", "the passband edge"),
    "fs": ("阻带边缘频率", "the stopband edge"),
    "f_center": ("中心频率", "the center frequency"),
    "bandwidth": ("带宽", "the bandwidth"),
    "fs_lower": ("下阻带边缘频率", "the lower stopband edge"),
    "fs_upper": ("上阻带边缘频率", "the upper stopband edge"),
    "R0": ("端口阻抗", "the port impedance"),
    "La_target": ("阻带衰减", "the stopband attenuation"),
}
"""Names of the parameters in the oracle's questions, in Chinese and English."""


@backend("oracle")
class OracleBackend:
    """Sends specifications to a command, one JSON object per line, and takes its lines as answers.

    If parameters are missing, it asks for them in the user's language.
    """

    def __init__(self, command: str | Sequence[str]) -> None:
        self.command = command_line(command)

    def describe(self) -> dict[str, Any]:
        """The command takes the place of the model."""
        model = {"command": self.command}
        return {"model": model, "adapter": None, "rendering": None, "decoding": None}

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields questions, then the answers to all specifications. Raises EvalError."""
        asking = [sample for sample in samples if sample.expected is None]
        if asking:
            yield [prediction(sample, _question(sample)) for sample in asking]
        complete = [sample for sample in samples if sample.expected is not None]
        if complete:
            answers = self._solve([sample.spec for sample in complete])
            pairs = zip(complete, answers, strict=True)
            yield [prediction(sample, answer) for sample, answer in pairs]

    def _solve(self, specs: Sequence[Mapping[str, Any]]) -> list[str]:
        lines = "".join(json.dumps(dict(spec), ensure_ascii=False) + "\n" for spec in specs)
        done = subprocess.run(self.command, input=lines.encode(), capture_output=True, check=False)
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
            raise EvalError(f"{self.command[0]} ended with exit code {done.returncode}: {last}")
        answers = done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n")
        if len(answers) != len(specs):
            raise EvalError(f"{self.command[0]} gave {len(answers)} answers to {len(specs)} specs")
        return answers


def _question(sample: Sample) -> str:
    english = sample.meta.get("lang") == "en"
    names = [NAMES[key][english] for key in NAMES if key in missing(sample)]
    if english:
        return f"Please provide {', '.join(names)}."
    return f"请提供{'、'.join(names)}。"
