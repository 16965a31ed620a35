"""Strict JSON Lines files, and the other code that the packages of this workspace share.

Readers report `path:line: what is wrong`, writes are atomic, appending survives a crash, folders
can be locked, and manifests record the bytes of files; paths and texts from users are normalised.
Standard library only; with orjson installed, reading is several times faster and accepts exactly
the same files; with PyYAML, recipes are read by the same rules; with msgspec, `rf_jsonl.recipes`
converts them to the classes that declare their keys; with click, `rf_jsonl.options` has the types
of path options and `rf_jsonl.commands` the group of commands. `rf_jsonl.workers` starts the worker
processes of a command.
"""

from rf_jsonl.append import AppendWriter
from rf_jsonl.codec import MAX_DEPTH, MAX_LINE_BYTES, Record, dumps, loads
from rf_jsonl.errors import FileError, printable
from rf_jsonl.lock import locked_folder
from rf_jsonl.manifest import check_manifest, manifest, sha256_file, sha256_text
from rf_jsonl.paths import STREAM, expanded, shown
from rf_jsonl.plain_text import plain_text
from rf_jsonl.reader import (
    open_regular,
    parse_json,
    parse_line,
    parse_text,
    read_json,
    read_jsonl,
    read_text,
    say_what_is_accepted,
)
from rf_jsonl.suggest import did_you_mean
from rf_jsonl.terminal import utf8_streams
from rf_jsonl.writer import (
    atomic_writer,
    is_file_to_be,
    refuse_replacing,
    replace_file,
    sync_folder,
    write_json,
    write_jsonl,
    write_text,
    write_whole,
)
from rf_jsonl.yaml_file import parse_yaml, read_yaml

__all__ = [
    "MAX_DEPTH",
    "MAX_LINE_BYTES",
    "STREAM",
    "AppendWriter",
    "FileError",
    "Record",
    "atomic_writer",
    "check_manifest",
    "did_you_mean",
    "dumps",
    "expanded",
    "is_file_to_be",
    "loads",
    "locked_folder",
    "manifest",
    "open_regular",
    "parse_json",
    "parse_line",
    "parse_text",
    "parse_yaml",
    "plain_text",
    "printable",
    "read_json",
    "read_jsonl",
    "read_text",
    "read_yaml",
    "refuse_replacing",
    "replace_file",
    "say_what_is_accepted",
    "sha256_file",
    "sha256_text",
    "shown",
    "sync_folder",
    "utf8_streams",
    "write_json",
    "write_jsonl",
    "write_text",
    "write_whole",
]
