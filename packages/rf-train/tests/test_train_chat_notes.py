"""Notes below an answer: asked of installed packages, none of which the trainer knows."""

import pytest
from rf_train.chat import notes as notes_module
from rf_train.chat.conversation import Answer
from rf_train.chat.notes import GROUP, Notes, notes

SUBJECT = """
def provide(answer, said):
    if "42" not in answer:
        return {"summary": [], "warnings": []}
    return {"summary": ["the answer"], "warnings": [f"asked for {said[-1]}"]}
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package that has something to say, installed as pip would leave it; no other one."""
    (tmp_path / "subject.py").write_text(SUBJECT, encoding="utf-8")
    info = tmp_path / "subject-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: subject\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nsubject = subject:provide\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    every = notes_module.entry_points
    monkeypatch.setattr(
        notes_module,
        "entry_points",
        lambda group: [point for point in every(group=group) if point.name == "subject"],
    )
    notes_module._providers.cache_clear()
    yield
    notes_module._providers.cache_clear()


def answer(text: str) -> Answer:
    messages = [{"role": "user", "content": "six times nine"}]
    return Answer(
        turn=1, messages=messages, text=text, finish_reason="stop", prompt_tokens=1,
        completion_tokens=1, first_token_s=0.1, seconds=0.2,
    )  # fmt: skip


def test_a_package_that_knows_the_subject_is_asked(installed):
    assert notes(answer("42")) == Notes(["the answer"], ["check       asked for six times nine"])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("nothing to see", []),
        ('{"order": ', []),
        ("{[}", []),
        ('so: {"name": "甲", "x": 0.10} .', ["{", '  "name": "甲",', '  "x": 0.1', "}"]),
    ],
)
def test_otherwise_the_first_object_is_indented(installed, text, lines):
    assert notes(answer(text)) == Notes(lines, [])
