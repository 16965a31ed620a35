"""Strict JSON Lines on disk: what the packages of this workspace share, and all they share.

Reading tells `path:line: what is wrong`, writing is atomic, appending survives a crash, a folder
can be locked, and a manifest says what bytes were read or written. Standard library only; with
orjson installed, reading is several times faster and accepts exactly the same files; with PyYAML,
recipes are read by the same rules.
"""

from rf_jsonl.append import AppendWriter
from rf_jsonl.codec import MAX_DEPTH, MAX_LINE_BYTES, Record, dumps, loads
from rf_jsonl.errors import FileError, printable
from rf_jsonl.lock import locked_folder
from rf_jsonl.manifest import check_manifest, manifest, sha256_file
from rf_jsonl.reader import open_regular, parse_line, read_json, read_jsonl, read_text
from rf_jsonl.writer import atomic_writer, sync_folder, write_json, write_jsonl, write_text
from rf_jsonl.yaml_file import parse_yaml, read_yaml

__all__ = [
    "MAX_DEPTH",
    "MAX_LINE_BYTES",
    "AppendWriter",
    "FileError",
    "Record",
    "atomic_writer",
    "check_manifest",
    "dumps",
    "loads",
    "locked_folder",
    "manifest",
    "open_regular",
    "parse_line",
    "parse_yaml",
    "printable",
    "read_json",
    "read_jsonl",
    "read_text",
    "read_yaml",
    "sha256_file",
    "sync_folder",
    "write_json",
    "write_jsonl",
    "write_text",
]
