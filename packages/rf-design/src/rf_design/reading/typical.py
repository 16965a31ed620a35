"""Typical calls, from which the engine drafts how an answer continues.

Drafts affect only the speed: they halve the forward passes for the first answer of a process.
"""

import json

from rf_design.solving import CALL_NAME

_CALLS = (
    {
        "family": "Chebyshev", "band": "low-pass", "edge": "10 MHz", "edge_db": "3 dB",
        "ripple": "0.1 dB", "multiple1": "2", "att": "40 dB", "z0": "50 ohms", "order": "5",
    },
    {
        "family": "切比雪夫", "band": "高通", "edge": "1 GHz", "return_loss": "20 dB",
        "stop1": "500 MHz", "to1": "600 MHz", "att": "40 dB", "z_source": "50 Ω", "z_load": "75 Ω",
    },
    {
        "family": "Butterworth", "band": "BPF", "center": "70 MHz", "width": "18 MHz",
        "vswr": "1.5:1", "offset1": "±25 MHz", "att": "40dB", "z0": "50 Ω",
    },
    {"family": "切比雪夫", "band": "带通", "center": "2.4 GHz", "fbw": "5 %", "gamma": "0.1",
     "q": "100", "offset1": "±25 MHz", "att1": "40 dB", "offset2": "±50 MHz", "att2": "60 dB"},
    {
        "band": "带通", "f1": "824 MHz", "f2": "849 MHz", "ripple": "0.1 dB", "stop1": "800 MHz",
        "att1": "40 dB", "stop2": "869 MHz", "att2": "30 dB", "z0": "50 Ω", "order": "5",
    },
    {"family": "Bessel", "edge": "10MHz", "edge_db": "3dB", "stop1": "20MHz", "att": "40dB"},
    {"band": "BPF", "center": "1 GHz", "width": "100 MHz", "ripple": "0.1 dB",
     "stop1": "800 MHz", "stop2": "1200 MHz", "att": "40 dB", "order": "3"},
    {"other": "可调谐"},
)  # fmt: skip


def typical_answers() -> list[str]:
    """Answers with these calls, in the format on which the reading model was trained."""
    return [
        "<tool_call>\n"
        + json.dumps({"name": CALL_NAME, "arguments": call}, ensure_ascii=False)
        + "\n</tool_call>"
        for call in _CALLS
    ]
