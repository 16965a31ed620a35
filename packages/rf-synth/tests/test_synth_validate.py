"""`validate` finds every planted fault and nothing else."""

import json

import pytest
import rf_jsonl
from click.testing import CliRunner
from rf_synth.cli import group
from rf_synth.dataset.recipe import load_preset, resolve
from rf_synth.dataset.writer import write_dataset
from rf_synth.verify.folder import validate


def test_a_valid_data_set_has_no_findings(sound):
    assert list(validate(sound)) == []
    assert list(validate(sound, workers=2)) == []
    assert list(validate(sound / "test_ood.jsonl")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_style": "log-tables", "dialogue": {"return_loss": 0.5, "vswr": 0.5}},
        {"difficulty": "hard", "dialogue": {"second_round": 1, "correction": 1, "blind": 1}},
        {"seed": 11, "difficulty": "easy", "answer_style": "derivation"},
    ],
)
def test_data_sets_of_other_recipes_are_valid(tmp_path, changes):
    write_dataset(resolve(load_preset("quickstart") | changes), tmp_path)
    assert list(validate(tmp_path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 106))
def test_the_paper_preset_is_valid_with_any_seed(tmp_path, seed):
    write_dataset(resolve(load_preset("paper") | {"seed": seed}), tmp_path, workers=2)
    assert list(validate(tmp_path, workers=2)) == []


def first(lines, kind, band=None, more=lambda meta: True):
    for place, line in enumerate(lines):
        record = json.loads(line)
        meta = record["meta"]
        if meta["type"] == kind and band in (None, meta["band"]) and more(meta):
            return place, record
    raise AssertionError("no such record")


def rewrite(path, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def copied_to_test(folder):
    source = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    _, record = first(source, "full")
    rewrite(folder / "test.jsonl", lambda lines: replaced(lines, record))


def replaced(lines, record):
    own = json.loads(lines[5])
    lines[5] = json.dumps({**record, "id": own["id"]}, ensure_ascii=False)


def same_numbers_other_words(folder):
    source = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    _, record = first(source, "full")
    record["messages"][1]["content"] += " "
    rewrite(folder / "val.jsonl", lambda lines: replaced(lines, record))


def same_words_in_ood(folder):
    source = (folder / "test_ood.jsonl").read_text(encoding="utf-8").splitlines()
    text = json.loads(source[3])["messages"][1]["content"]

    def change(lines):
        record = json.loads(lines[7])
        digits = str.maketrans("123456789", "234567891")
        record["messages"][1]["content"] = text.translate(digits)
        lines[7] = json.dumps(record, ensure_ascii=False)

    rewrite(folder / "train.jsonl", change)


def dropped_line(folder):
    rewrite(folder / "train.jsonl", lambda lines: lines.pop(10))


def torn_line(folder):
    path = folder / "train.jsonl"
    path.write_bytes(path.read_bytes()[:-40])


def no_metadata(folder):
    (folder / "metadata.json").unlink()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (copied_to_test, "the same request is at"),
        (same_numbers_other_words, "the same specification is in"),
        (same_words_in_ood, "apart from numbers"),
        (dropped_line, "follows"),
        (dropped_line, "metadata.json says"),
        (dropped_line, "sha256"),
        (torn_line, "not JSON"),
        (no_metadata, "is missing"),
    ],
)
def test_every_planted_fault_in_the_whole_is_found(folder, fault, message):
    fault(folder)
    assert any(message in text for text in validate(folder))


def test_the_command_prints_findings_and_fails(folder, sound):
    copied_to_test(folder)
    result = CliRunner().invoke(group, ["validate", str(folder)])
    assert result.exit_code == 1
    assert "test.jsonl:6: the same request is at" in result.output
    assert CliRunner().invoke(group, ["validate", str(sound)]).output == ""


def test_lines_of_a_long_file_are_numbered_from_its_beginning(tmp_path):
    """It is read in blocks of a few hundred records, here with 400 kB per line."""
    path = tmp_path / "train.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f'{{"zzz": "{letter * 400_000}"}}\n' for letter in "abcdefgh")
    places = {finding.removeprefix(f"{path}:").split(":")[0] for finding in validate(path)}
    assert places == set("12345678")


def test_empty_and_other_folders_are_refused(tmp_path):
    with pytest.raises(rf_jsonl.FileError, match="holds no train"):
        list(validate(tmp_path))
    with pytest.raises(rf_jsonl.FileError):
        list(validate(tmp_path / "nothing.jsonl"))
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(rf_jsonl.FileError, match="empty"):
        list(validate(tmp_path / "empty.jsonl"))
