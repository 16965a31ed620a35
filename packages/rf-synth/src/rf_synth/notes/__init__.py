"""Notes on an answer of the published task, for the user: a summary and warnings.

Other programs find `answer_notes` under the entry-point group `rf_train.answer_notes`; it takes and
returns plain data, so that neither package imports the other.
"""

from collections.abc import Sequence

from rf_synth.notes.doubts import unsupported_values
from rf_synth.notes.summary import summary


def answer_notes(answer: str, said: Sequence[str]) -> dict[str, list[str]]:
    """Notes on `answer`, a model's text, to the user's messages `said`, in lines.

    `summary` is the specification in words; `warnings` are what the messages do not support.
    """
    return {"summary": summary(answer), "warnings": unsupported_values(answer, said)}
