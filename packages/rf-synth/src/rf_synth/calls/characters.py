"""Chinese characters of the mainland and of Taiwan: 带通滤波器 is 帶通濾波器.

`traditional.json` is made by `tools/traditional_characters.py` with the OpenCC library from the
characters of our own data: single characters, and words in which one is written otherwise than it
is alone (干 is 幹 alone, but 干擾 keeps it).
"""

import re
from functools import cache
from importlib.resources import files

from rf_jsonl import loads


def traditional(text: str) -> str:
    """`text` in traditional characters, as long as it was."""
    table, pattern = _to_traditional()
    return pattern.sub(lambda match: table[match[0]], text)


def simplified(text: str) -> str:
    """`text` in simplified characters, as long as it was."""
    return text.translate(_to_simplified())


@cache
def _to_traditional() -> tuple[dict[str, str], re.Pattern[str]]:
    table = _table()
    longest_first = sorted(table, key=lambda key: (-len(key), key))
    return table, re.compile("|".join(map(re.escape, longest_first)))


@cache
def _to_simplified() -> dict[int, str]:
    table = _table()
    pairs = (pair for simple, other in table.items() for pair in zip(simple, other, strict=True))
    return {ord(other): simple for simple, other in pairs if simple != other}


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = loads(files("rf_synth.calls").joinpath("traditional.json").read_bytes())
    return table
