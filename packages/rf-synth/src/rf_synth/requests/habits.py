"""The habits and the split of each voice, from `language/requests/voices.json`.

`test_ood`, `val`, `train`: the only split that has it (the others share train and test; `train`
alone, since no shipped model has read it yet, so that test is of known voices) · `everyday`: many
people, each without a style of their own · `casual`: few digits, as in a chat · `formal`: correctly
written units · `program`: numbers as programs print them · `speech`: spoken numbers · `document`:
no greetings or thanks · `proofread`: no typing errors, no lower case · `traditional`: traditional
characters · `comma`: may write 0,5 for 0.5 · `textbook`: attenuations are never in dBc.
"""

from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

from rf_jsonl import loads

Habit = Literal[
    "test_ood", "val", "train", "everyday", "casual", "formal", "program", "speech", "document",
    "proofread", "traditional", "comma", "textbook",
]  # fmt: skip
HABITS = frozenset(get_args(Habit))


@cache
def habits_of_all() -> dict[str, list[Habit]]:
    """The habits of each voice (`en/ham`) that has any."""
    file = files("rf_synth") / "language" / "requests" / "voices.json"
    return cast(dict[str, list[Habit]], loads(file.read_bytes()))


@cache
def voices_with(*habits: Habit) -> frozenset[str]:
    """The voices that have at least one of these habits."""
    return frozenset(
        voice for voice, own in habits_of_all().items() if not set(own).isdisjoint(habits)
    )
