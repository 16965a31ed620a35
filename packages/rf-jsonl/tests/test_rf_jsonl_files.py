"""Files: every complaint has its path and line, and no accident loses what was there."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rf_jsonl import (
    AppendWriter,
    FileError,
    atomic_writer,
    check_manifest,
    locked_folder,
    manifest,
    read_json,
    read_jsonl,
    read_text,
    sha256_file,
    sha256_text,
    write_json,
    write_jsonl,
)

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals, limits or pipes")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.text('ab中\u2028\n"', max_size=3), st.text("x\r\n\u2028\x85", max_size=5)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_files_come_back_whatever_newlines_their_texts_hold(tmp_path, records):
    path = tmp_path / "r.jsonl"
    assert write_jsonl(path, records) == len(records)
    assert list(read_jsonl(path)) == list(enumerate(records, start=1))


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "empty file"),
        (b'{"a": 1}\n{"a": ', 2, "cut off"),
        (b'{"a": 1}\r\r\n', 1, "carriage return"),
        (b'{"a": 1}\r{"a": 2}\r', 1, "carriage return"),
        ('{"a": 1}\n'.encode("utf-16"), 1, "UTF-16"),
        ('{"a": 1}\n'.encode("utf-16-le"), 1, "NUL byte"),
        (b'{"a": 1}\n{"a": "\xff"}\n', 2, "not UTF-8"),
        (b'{"a": 1}\n{"a": "\0"}\n', 2, "not JSON"),
        (b'{"a": 1}\n\n{"a": 2}\n', 2, "blank line"),
        (b'{"a": 1}\n[]\n', 2, "expected a JSON object"),
    ],
)
def test_a_bad_line_is_named(tmp_path, data, line, reason):
    path = write(tmp_path / "bad.jsonl", data)
    with pytest.raises(FileError, match=reason) as caught:
        list(read_jsonl(path))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert "\n" not in str(caught.value)


def test_a_last_line_without_newline_is_whole_when_it_parses(tmp_path):
    path = write(tmp_path / "r.jsonl", b'{"a": 1}\n{"a": 2}')
    assert [record["a"] for _, record in read_jsonl(path)] == [1, 2]


def test_what_is_no_file_is_refused_at_once(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        list(read_jsonl(tmp_path))
    with pytest.raises(FileError, match="no such file"):
        list(read_jsonl(tmp_path / "none.jsonl"))


@posix
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not a regular file"):
        list(read_jsonl(tmp_path / "pipe"))


def test_an_endless_line_costs_no_more_than_its_limit(tmp_path):
    path = write(tmp_path / "long.jsonl", b'{"a": 1}\n' + b"x" * 10_000)
    with pytest.raises(FileError, match="line longer than 1000 bytes") as caught:
        list(read_jsonl(path, max_line_bytes=1000))
    assert caught.value.line == 2


def test_json_and_text_files_are_read_by_the_same_rules(tmp_path):
    write_json(tmp_path / "r.json", {"中": [1, 2.5]})
    assert read_json(tmp_path / "r.json") == {"中": [1, 2.5]}
    with pytest.raises(FileError, match="duplicate"):
        read_json(write(tmp_path / "twice.json", b'{"a": 1,\n "a": 2}'))
    with pytest.raises(FileError, match="not UTF-8 at byte 7") as caught:
        read_text(write(tmp_path / "t.yaml", b"a: 1\nb\xff\n"))
    assert caught.value.line == 2


def test_a_record_that_is_not_json_leaves_the_old_file(tmp_path):
    path = tmp_path / "r.jsonl"
    write_jsonl(path, [{"old": True}])
    with pytest.raises(FileError, match=":2: cannot be written"):
        write_jsonl(path, [{"a": 1}, {"a": float("nan")}])
    assert path.read_bytes() == b'{"old": true}\n'
    assert names(tmp_path) == ["r.jsonl"]


def test_an_error_inside_the_block_leaves_the_old_file(tmp_path):
    path = write(tmp_path / "f", b"old")
    with pytest.raises(KeyboardInterrupt), atomic_writer(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_refuses_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="permission denied"):
        write_json(tmp_path / "r.json", {})


CHILD_WRITES_FOREVER = """
import sys
import threading
from rf_jsonl import write_jsonl
def records():
    for i in range(10**9):
        if i == 1000:
            print("busy", flush=True)
        yield {"new": i}
write_jsonl(sys.argv[1], records())
"""


@posix
def test_kill_9_during_a_write_leaves_the_old_file_and_the_next_run_cleans_up(tmp_path):
    path = tmp_path / "r.jsonl"
    write_jsonl(path, [{"old": True}])
    with subprocess.Popen(
        [sys.executable, "-c", CHILD_WRITES_FOREVER, str(path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b'{"old": true}\n'
    assert len(names(tmp_path)) == 2  # the dead writer's temporary file
    (tmp_path / ".several.rf-tmp" / "within").mkdir(parents=True)
    with locked_folder(tmp_path):
        assert names(tmp_path) == [".rf-lock", "r.jsonl"]


CHILD_WITH_FILE_LIMIT = """
import resource, signal, sys
from rf_jsonl import AppendWriter, FileError, write_jsonl
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    if sys.argv[2] == "write":
        write_jsonl(sys.argv[1], ({"i": i} for i in range(10_000)))
    else:
        with AppendWriter(sys.argv[1], resume=True) as writer:
            for i in range(1000):
                writer.append({"i": 50 * i + k} for k in range(50))
except FileError as error:
    print(error)
    sys.exit(1)
"""


@posix
@pytest.mark.parametrize("how", ["write", "append"])
def test_a_full_disk_loses_nothing_that_was_safe(tmp_path, how):
    path = tmp_path / "r.jsonl"
    write_jsonl(path, [{"old": True}])
    child = subprocess.run(
        [sys.executable, "-c", CHILD_WITH_FILE_LIMIT, str(path), how],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert (child.returncode, child.stdout) == (1, f"{path}: file too large\n")
    kept = [record for _, record in read_jsonl(path)]
    assert kept[0] == {"old": True}
    if how == "append":  # whole batches, in order, and no half line behind them
        assert [record["i"] for record in kept[1:]] == list(range(len(kept) - 1))
        assert len(kept) > 50 and (len(kept) - 1) % 50 == 0
    else:
        assert len(kept) == 1
    assert names(tmp_path) == ["r.jsonl"]


def test_appending_goes_on_behind_a_torn_line(tmp_path):
    path = tmp_path / "p.jsonl"
    with AppendWriter(path) as writer:
        writer.append([{"id": "a"}, {"id": "b"}])
    with open(path, "ab") as file:
        file.write(b'{"id": "c", "text": "' + b"x" * 100_000)
    with AppendWriter(path, resume=True) as writer:
        assert writer.existing == [{"id": "a"}, {"id": "b"}]
        writer.append([{"id": "c"}])
    assert [record["id"] for _, record in read_jsonl(path)] == ["a", "b", "c"]


def test_appending_to_something_else_is_refused(tmp_path):
    path = write(tmp_path / "p.jsonl", b'{"id": "a"}\n')
    with pytest.raises(FileError, match="exists already"):
        AppendWriter(path)
    with AppendWriter(path, resume=True), pytest.raises(FileError, match="another process"):
        AppendWriter(path, resume=True)
    broken = write(tmp_path / "q.jsonl", b'{"id": \n{"id": "b"}\n')
    with pytest.raises(FileError, match=r"q\.jsonl:1: not JSON"):
        AppendWriter(broken, resume=True)
    assert broken.read_bytes() == b'{"id": \n{"id": "b"}\n'


CHILD_APPENDS_FOREVER = """
import sys
import threading
from rf_jsonl import AppendWriter
with AppendWriter(sys.argv[1], resume=True) as writer:
    start = len(writer.existing)
    for i in range(start, 10**9):
        writer.append([{"i": i, "text": "x" * 2000}])
        print("busy", flush=True)
"""


@posix
def test_kill_9_during_appends_loses_at_most_the_batch_in_flight(tmp_path):
    path = tmp_path / "p.jsonl"
    for _ in range(5):
        command = [sys.executable, "-c", CHILD_APPENDS_FOREVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.05)
            child.send_signal(signal.SIGKILL)
    with AppendWriter(path, resume=True) as writer:
        numbers = [record["i"] for record in writer.existing]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 5


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    with locked_folder(tmp_path / "out") as folder:
        assert folder.is_dir()
        with (
            pytest.raises(FileError, match="another process is writing there"),
            locked_folder(folder),
        ):
            pass
    with locked_folder(tmp_path / "out"):
        pass


def test_a_manifest_tells_which_file_changed(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    write_json(tmp_path / "b.json", {"b": 1})
    before = manifest(tmp_path, ["b.json", "a.json"])
    assert list(before) == ["a.json", "b.json"]
    assert check_manifest(tmp_path, before) == []
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    (tmp_path / "a.json").unlink()
    assert check_manifest(tmp_path, before) == ["a.json", "b.json"]


def test_a_checkout_on_windows_is_the_same_data(tmp_path):
    """git writes CRLF there; an editor, a byte order mark."""
    lines = [b'{"a": "%s"}' % (b"x" * (2**20 - 10)), b'{"b": 1}', b""]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    before = manifest(tmp_path, ["a.jsonl"])
    for mark in (b"", b"\xef\xbb\xbf"):  # with neither, CR and LF lie in two blocks
        (tmp_path / "a.jsonl").write_bytes(mark + b"\r\n".join(lines))
        assert check_manifest(tmp_path, before) == []
        assert sha256_text(tmp_path / "a.jsonl") == before["a.jsonl"]["sha256"]
    (tmp_path / "a.jsonl").write_bytes(b"\r\n".join(lines[::-1]))
    assert check_manifest(tmp_path, before) == ["a.jsonl"]
    for name in ("w.safetensors", "w.gguf"):
        (tmp_path / name).write_bytes(b"\r\n")
        assert sha256_text(tmp_path / name) == sha256_file(tmp_path / name)


def test_written_files_are_what_other_readers_expect(tmp_path):
    write_jsonl(tmp_path / "r.jsonl", [{"text": "带通"}])
    data = (tmp_path / "r.jsonl").read_bytes()
    assert data == '{"text": "带通"}\n'.encode()
    assert json.loads(data) == {"text": "带通"}


def test_a_folder_that_is_soon_free_can_be_waited_for(tmp_path):
    """A second writer that may wait begins when the first one ends."""
    steps = []

    def second():
        with locked_folder(tmp_path, wait_seconds=60):
            steps.append("second")

    thread = threading.Thread(target=second)
    with locked_folder(tmp_path):
        thread.start()
        time.sleep(0.5)
        steps.append("first")
    thread.join()
    assert steps == ["first", "second"]
