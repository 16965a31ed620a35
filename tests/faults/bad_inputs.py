"""What can be wrong with a file, as functions from a good file's bytes to a bad one's.

`JSONL` spoils one line of a file of many, `JSON` a file that holds one object, `YAML` a recipe.
Each entry names what the complaint has to say, so that a right exit for a wrong reason is caught.
"""

import os
from collections.abc import Callable
from pathlib import Path

Spoil = Callable[[bytes], bytes]

DEEP = 100_000
HUGE = "one-line-of-100-MB"

# A line that no reader may accept, whatever fields it expects.
LINES = {
    "NaN": (b'{"id": NaN}', "NaN"),
    "infinity": (b'{"id": -Infinity}', "Infinity"),
    "beyond-a-double": (b'{"id": 1e999}', "beyond the range"),
    "duplicate-key": (b'{"id": "a", "id": "b"}', "duplicate"),
    "nesting-of-100,000": (b'{"id": ' + b"[" * DEEP + b"]" * DEEP + b"}", "deep"),
    "integer-of-5,000-digits": (b'{"id": ' + b"7" * 5_000 + b"}", "5000 digits"),
    "lone-surrogate": (rb'{"id": "\ud800"}', "surrogate"),
    "invalid-utf-8": (b'{"id": "\xff"}', "UTF-8"),
    "nul": (b'{"id": "a\0"}', "NUL|control character"),
    "not-an-object": (b"[1, 2]", "expected a JSON object"),
    "not-json": (b"{'id': 1}", "not JSON"),
    "unknown-fields": (b'{"zzz": 1}', ""),
}


def second_line(line: bytes) -> Spoil:
    """Puts `line` behind the first one."""
    return lambda good: b"\n".join([first_of(good), line, *good.split(b"\n")[1:]])


def first_of(good: bytes) -> bytes:
    return good.split(b"\n", 1)[0]


JSONL: dict[str, tuple[Spoil, str]] = {
    **{name: (second_line(line), said) for name, (line, said) in LINES.items()},
    "cut-off": (lambda good: good[:-20], "cut off"),
    "lone-cr": (lambda good: good.replace(b"\n", b"\r", 1), "carriage return"),
    "utf-16": (lambda good: good.decode().encode("utf-16"), "UTF-16"),
    "blank-line": (second_line(b""), "blank line"),
    "empty": (lambda good: b"", "empty file"),
}

JSON: dict[str, tuple[Spoil, str]] = {
    **{name: (lambda good, line=line: line, said) for name, (line, said) in LINES.items()},
    "cut-off": (lambda good: good[:-20], "not JSON"),
    "utf-16": (lambda good: good.decode().encode("utf-16"), "UTF-16"),
    "empty": (lambda good: b"", "empty file"),
}

YAML: dict[str, tuple[Spoil, str]] = {
    "cut-off": (lambda good: good + b"\nzzz: [1, ", ""),
    "utf-16": (lambda good: good.decode().encode("utf-16"), "UTF-16"),
    "invalid-utf-8": (lambda good: good + b"zzz: \xff\n", "UTF-8"),
    "nul": (lambda good: good + b"zzz: \0\n", "NUL"),
    "not-a-mapping": (lambda good: b"- 1\n", "mapping|list under the key"),
    "unknown-key": (lambda good: good + b"zzz: 1\n", "zzz"),
    "duplicate-key": (lambda good: good + b"\n" + first_key(good) + b": 1\n", "duplicate"),
    "nesting-of-100,000": (lambda good: good + b"zzz: " + b"[" * DEEP + b"\n", "deep"),
    "integer-of-5,000-digits": (lambda good: good + b"zzz: " + b"7" * 5_000 + b"\n", ""),
    "nan": (lambda good: good + b"zzz: .nan\n", "zzz"),
    "python-object": (lambda good: good + b"zzz: !!python/object/apply:os.getcwd []\n", ""),
    "a-billion-laughs": (lambda good: good + laughs(), "alias"),
    "empty": (lambda good: b"", ""),
}


FROM_WINDOWS: dict[str, tuple[Spoil, str]] = {
    "crlf": (lambda good: good.replace(b"\n", b"\r\n"), "has Windows line ends"),
    "bom": (lambda good: b"\xef\xbb\xbf" + good, "starts with a byte order mark"),
}
"""What is accepted of every file, and what is said about it."""


def first_key(good: bytes) -> bytes:
    return next(x for x in good.split(b"\n") if x[:1].isalpha()).split(b":")[0]


def laughs() -> bytes:
    """Ten aliases of ten aliases of …: a few lines that name a billion words."""
    lines = [b"a0: &a0 [ha]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]".encode() for k in range(1, 10)]
    return b"\n".join(lines) + b"\n"


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_unreadable_name(path: Path) -> None:
    path.unlink()


def make_huge(path: Path) -> None:
    """One line of 100 MB; its bytes take no room on the disk."""
    with open(path, "wb") as file:
        file.truncate(100_000_000)


# What stands in the file's place is no file that can be read; the complaint names the path.
IN_ITS_PLACE = {
    "a-folder": make_folder,
    "nothing": make_unreadable_name,
    HUGE: make_huge,
}
if hasattr(os, "mkfifo"):
    IN_ITS_PLACE["a-pipe"] = make_pipe
