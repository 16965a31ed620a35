"""An evaluator for models that answer in JSON: metrics with reasons, intervals, paired tests."""

from rf_eval.answer import Answer
from rf_eval.errors import EvalError
from rf_eval.registry import Metric, metric
from rf_eval.samples import Sample
from rf_eval.score import Score

__all__ = ["Answer", "EvalError", "Metric", "Sample", "Score", "metric"]
