"""Where output goes: files are replaced whole, links followed, streams written to as they are.

No device is touched here: pipes and links show all that a device would.
"""

import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rf_jsonl import (
    AppendWriter,
    FileError,
    atomic_writer,
    is_file_to_be,
    locked_folder,
    read_jsonl,
    refuse_replacing,
    replace_file,
    write_json,
    write_jsonl,
    write_text,
    write_whole,
)

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links, pipes and modes")
pytestmark = posix

LINE = b'{"a": 1}\n'


def _by_writer(path):
    with atomic_writer(path) as file:
        file.write(LINE)


def _by_moving(path):
    finished = Path(path).with_name("finished")
    finished.write_bytes(LINE)
    replace_file(finished, path)
    assert not finished.exists()


def _by_appending(path):
    with AppendWriter(path, resume=True) as writer:
        writer.append([{"a": 1}])


WRITERS = {
    "atomic_writer": _by_writer,
    "write_text": lambda path: write_text(path, '{"a": 1}\n'),
    "write_jsonl": lambda path: write_jsonl(path, [{"a": 1}]),
    "write_whole": lambda path: write_whole(path, b'{"a": 1}\n', force=True),
    "replace_file": _by_moving,
    "append": _by_appending,
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=WRITERS)
def write(request):
    return WRITERS[request.param]


def test_a_link_is_followed(write, tmp_path):
    """Also a link to a link, from another folder, to a file that is not there yet."""
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    (tmp_path / "near/one").symlink_to("../near/two")
    (tmp_path / "near/two").symlink_to(tmp_path / "far/file")
    write(tmp_path / "near/one")
    assert (tmp_path / "near/one").is_symlink() and (tmp_path / "near/two").is_symlink()
    assert (tmp_path / "far/file").read_bytes() == LINE
    assert names(tmp_path / "far") == ["file"] and names(tmp_path / "near") == ["one", "two"]


def test_links_that_lead_in_a_circle_are_one_line(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(FileError, match="too many levels of symbolic links"):
        write_text(tmp_path / "one", "x")
    assert (tmp_path / "one").is_symlink()


def test_a_pipe_stays_a_pipe_and_gets_the_bytes(write, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join(timeout=300)
    assert read == [LINE]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and names(tmp_path) == ["pipe"]


@pytest.fixture
def steps(monkeypatch):
    """What becomes durable and what is renamed, in order; the calls do what they always do."""
    done, sync, replace = [], os.fsync, os.replace

    def synced(descriptor):
        sync(descriptor)
        found = os.fstat(descriptor)
        done.append("folder synced" if stat.S_ISDIR(found.st_mode) else found.st_size)

    def replaced(*paths):
        replace(*paths)
        done.append("renamed")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    return done


def test_all_bytes_are_durable_before_the_name_means_them(tmp_path, steps):
    """Otherwise a power cut may leave the name with an empty file."""
    write_text(tmp_path / "f", LINE.decode())
    assert steps == [len(LINE), "renamed", "folder synced"]


def test_what_was_appended_is_durable_when_the_call_returns(tmp_path, steps):
    with AppendWriter(tmp_path / "f") as writer:
        for number in (1, 2):
            writer.append([{"a": 1}])
            assert steps[-1] == number * len(LINE)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_keeps_its_mode(write, mode, tmp_path):
    path = tmp_path / "f"
    path.touch()
    path.chmod(mode)
    write(path)
    assert path.read_bytes() == LINE and stat.S_IMODE(path.stat().st_mode) == mode


def test_what_is_secret_is_never_readable_by_others(tmp_path):
    path = tmp_path / "f"
    path.touch(mode=0o600)
    with atomic_writer(path):
        (hidden,) = (p for p in tmp_path.iterdir() if p != path)
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o600


def test_a_new_file_has_the_mode_that_the_umask_leaves(write, tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "f")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_its_owner(tmp_path):
    path = tmp_path / "f"
    path.touch()
    os.chown(path, 1234, 5678)
    write_text(path, "x")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o400)
    with pytest.raises(FileError, match="permission denied"):
        write_text(path, "new")
    assert path.read_text() == "old" and names(tmp_path) == ["f"]


CHILD = """
import sys
from rf_jsonl import AppendWriter, atomic_writer
print("first", flush="now" in sys.argv)
if "append" in sys.argv:
    with AppendWriter(sys.argv[1], resume=True) as writer:
        writer.append([{"a": 1}])
else:
    with atomic_writer(sys.argv[1]) as file:
        file.write(b'{"a": 1}\\n')
print("last")
"""


@pytest.mark.parametrize("how", ["write", "append"])
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_name_of_the_standard_output_is_that_output(name, how, tmp_path):
    """Into a pipe and into a file that the shell appends to: nothing is made, nothing is lost."""
    if not Path(name).exists() and name != "-":
        pytest.skip(f"this system has no {name}")
    command = [sys.executable, "-c", CHILD, name, how]
    piped = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True)
    assert piped.stdout == b"first\n" + LINE + b"last\n"
    shell = tmp_path / "shell.out"
    shell.write_bytes(b"before\n")
    with open(shell, "ab") as file:
        subprocess.run(command, cwd=tmp_path, stdout=file, check=True)
    assert shell.read_bytes() == b"before\nfirst\n" + LINE + b"last\n"
    assert names(tmp_path) == ["shell.out"]


def test_a_descriptor_of_the_shell_is_written_to(tmp_path):
    read, write = os.pipe()
    command = [sys.executable, "-c", CHILD, f"/dev/fd/{write}"]
    subprocess.run(command, pass_fds=[write], stdout=subprocess.DEVNULL, check=True)
    os.close(write)
    with open(read, "rb") as pipe:
        assert pipe.read() == LINE


def test_a_stream_whose_reader_is_gone_is_one_line(tmp_path):
    read, write = os.pipe()
    os.close(read)
    try:
        with pytest.raises(FileError, match="broken pipe"):
            write_text(f"/dev/fd/{write}", "x")
    finally:
        os.close(write)


def test_a_standard_output_of_the_caller_stays_open(monkeypatch):
    caught = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", caught)
    write_json("-", {"a": 1})
    with AppendWriter("-") as writer:
        writer.append([{"b": 2}])
    print("more", flush=True)
    assert caught.buffer.getvalue() == b'{\n  "a": 1\n}\n{"b": 2}\nmore\n'


def test_a_dash_is_a_file_where_it_is_part_of_a_path(tmp_path):
    write_text(tmp_path / "-", "x")
    assert (tmp_path / "-").read_text() == "x"


def test_no_folder_is_made_for_a_stream(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match="standard stream, expected a folder"), locked_folder("-"):
        pass
    assert names(tmp_path) == []


def test_only_a_file_can_be_replaced(tmp_path):
    """What --force is asked for: neither a pipe nor a stream holds anything."""
    (tmp_path / "file").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        assert is_file_to_be(tmp_path / name)
        with pytest.raises(FileError, match="holds something else"):
            refuse_replacing(tmp_path / name, force=False)
        refuse_replacing(tmp_path / name, force=True)
    for other in (tmp_path / "pipe", "-", "/dev/fd/1"):
        assert not is_file_to_be(other)
        refuse_replacing(other, force=False)
    refuse_replacing(tmp_path / "new", force=False)
    with pytest.raises(FileError, match="is a folder"):
        refuse_replacing(tmp_path, force=False)


def test_the_same_bytes_are_not_written_again(tmp_path):
    path = tmp_path / "f"
    assert write_whole(path, b"one", force=False)
    before = path.stat()
    assert not write_whole(path, b"one", force=False)
    assert path.stat().st_ino == before.st_ino and path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(FileError, match="holds something else"):
        write_whole(path, b"two", force=False)
    assert write_whole(path, b"two", force=True) and path.read_bytes() == b"two"


def test_appending_goes_on_behind_a_link(tmp_path):
    (tmp_path / "link").symlink_to("file")
    for number in range(2):
        with AppendWriter(tmp_path / "link", resume=True) as writer:
            assert len(writer.existing) == number
            writer.append([{"a": number}])
    assert [record["a"] for _, record in read_jsonl(tmp_path / "file")] == [0, 1]


def test_a_link_is_not_followed_out_of_a_folder_that_is_written(write, tmp_path):
    """A folder from somebody else may hold links to files of ours, or to where one would harm."""
    precious = tmp_path / "precious"
    precious.write_text('{"mine": 1}\n')
    out = tmp_path / "out"
    (out / "within").mkdir(parents=True)
    (out / "inner").symlink_to("within/file")
    for name, target in (("outer", precious), ("new", tmp_path / "not-there")):
        (out / name).symlink_to(target)
    (tmp_path / "named").symlink_to(out)
    with locked_folder(tmp_path / "named") as folder:
        write(folder / "inner")
        for name in ("outer", "new"):
            with pytest.raises(FileError, match="link out of the folder"):
                write(folder / name)
            (out / "finished").unlink(missing_ok=True)
    assert (out / "within/file").read_bytes() == LINE and (out / "inner").is_symlink()
    assert precious.read_text() == '{"mine": 1}\n' and not (tmp_path / "not-there").exists()
    (tmp_path / "here").symlink_to(precious)
    write(tmp_path / "here")  # a link that the user names
    assert precious.read_bytes().endswith(LINE)
