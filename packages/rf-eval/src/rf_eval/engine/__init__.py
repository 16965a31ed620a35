"""Inference on the CPU without torch: OpenVINO models, prepared with NumPy only.

    from rf_eval.engine import load, prepare

    engine = load(prepare("embedded", adapter="models/smollm2-135m-rf"))
    engine.answer([{"role": "user", "content": "…"}])

`prepare` merges, quantises and caches a model; `load` opens it; an `Engine` answers, in about a
second. Needs the extra `rf-eval[cpu]`.
"""

from rf_eval.engine.cache import CACHE_VARIABLE, cache_folder
from rf_eval.engine.copying import Messages, copied_call_grammar, user_words
from rf_eval.engine.engine import Answer, Engine, load
from rf_eval.engine.grammar import tool_call_grammar
from rf_eval.engine.prepare import EMBEDDED, prepare

__all__ = [
    "CACHE_VARIABLE",
    "EMBEDDED",
    "Answer",
    "Engine",
    "Messages",
    "cache_folder",
    "copied_call_grammar",
    "load",
    "prepare",
    "tool_call_grammar",
    "user_words",
]
