"""Files of other libraries: the old one or the complete new one, whenever the writing ends."""

import pytest
from rf_jsonl import FileError
from rf_train.files.staged_files import staged_files


def content(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


def test_new_files_replace_those_of_their_names_and_no_others(tmp_path):
    (tmp_path / "a.json").write_text("old", "utf-8")
    (tmp_path / "b.json").write_text("old", "utf-8")
    with staged_files(tmp_path) as hidden:
        (hidden / "a.json").write_text("new", "utf-8")
        (hidden / "templates").mkdir()
        (hidden / "templates" / "c.jinja").write_text("new", "utf-8")
        assert content(tmp_path)["a.json"] == "old"
    assert content(tmp_path) == {"a.json": "new", "b.json": "old", "templates/c.jinja": "new"}
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


def test_an_interruption_leaves_the_old_files(tmp_path):
    (tmp_path / "a.json").write_text("old", "utf-8")
    with pytest.raises(KeyboardInterrupt), staged_files(tmp_path) as hidden:
        (hidden / "a.json").write_text("ne", "utf-8")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert content(tmp_path) == {"a.json": "old"}


def test_a_refusing_disk_is_told_by_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="file: not a directory"), staged_files(tmp_path / "file"):
        pass
