"""Conversion of one line of JSON to one object and back, stricter than the json module.

Refused: NaN and Infinity, numbers beyond the range of a double or of 64-bit integers, duplicate
keys, lone surrogates, nesting deeper than `MAX_DEPTH`, anything that is not an object. orjson,
where it is installed, only makes reading faster: lines on which it might differ from these rules
or from the json module are parsed by the json module.
"""

import json
from typing import Any

try:
    import orjson
except ImportError:  # reading is slower without it, and otherwise the same
    orjson = None  # type: ignore[assignment]

Record = dict[str, Any]

MAX_DEPTH = 100
MAX_LINE_BYTES = 64 * 1024 * 1024

_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1
# Integers with fewer digits fit 64 bits, so orjson reads them as integers.
_NINETEEN_DIGITS = b"0" * 19
_SHAPE = bytes.maketrans(b"123456789[", b"000000000{")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode


def dumps(record: Record) -> bytes:
    """The record as one line of UTF-8 without newline; the same bytes on every machine.

    Raises ValueError for NaN, Infinity, lone surrogates or circular nesting.
    """
    try:
        return _encode(record).encode("utf-8")
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate is not a character") from None


def loads(line: bytes) -> Record:
    """Parses one object from `line` (without newline). Raises ValueError with the reason."""
    if orjson is None:
        return _loads_strictly(line)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _loads_strictly(line)  # raises the clearer message
    if type(value) is not dict or _needs_strict_parse(line, value):
        return _loads_strictly(line)
    return value


def _needs_strict_parse(line: bytes, value: Record) -> bool:
    """Whether orjson may have dropped a duplicate key, rounded an integer or nested too deep.

    Only byte searches that run in C, since every line is checked. A dropped key is detected by its
    colon: the object, serialised again, has fewer colons than the line (unless the line has an
    escaped one).
    """
    shape = line.translate(_SHAPE)
    if shape.count(b"{") > MAX_DEPTH or _NINETEEN_DIGITS in shape or b"\\u003" in line:
        return True
    return line.count(b":") != orjson.dumps(value).count(b":")


def _loads_strictly(line: bytes) -> Record:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    try:
        value = json.loads(
            text,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    if type(value) is not dict:
        raise ValueError(f"expected a JSON object, found {_name_of(value)}")
    _check_depth(value)
    if "\\u" in text:
        dumps(value)  # refuses lone surrogates, which only escapes can produce
    return value


def _parse_int(digits: str) -> int:
    if len(digits) > 20 or not _INT_MIN <= int(digits) <= _INT_MAX:
        raise ValueError(f"integer of {len(digits)} digits is beyond 64 bits")
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"number {digits[:20]} is beyond the range of a double")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"duplicate key {key[:40]!r}")
            seen.add(key)
    return record


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        containers = [v for v in level if isinstance(v, dict | list)]
        level = [
            child
            for v in containers
            for child in (v.values() if isinstance(v, dict) else v)
            if isinstance(child, dict | list)
        ]


def _name_of(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
