"""Notes on an answer of the published task, for whoever asked: in words, and what to check.

Other programs find `answer_notes` under the entry-point group `rf_train.answer_notes`; it takes and
returns plain data, so that neither package imports the other.
"""

from collections.abc import Sequence

from rf_synth.notes.doubts import unsupported_values
from rf_synth.notes.summary import summary


def answer_notes(answer: str, said: Sequence[str]) -> dict[str, list[str]]:
    """Lines about an `answer` (the model's text) to the user's messages `said`.

    `summary` is the specification in words; `warnings` what of it the messages do not bear out.
    """
    return {"summary": summary(answer), "warnings": unsupported_values(answer, said)}
