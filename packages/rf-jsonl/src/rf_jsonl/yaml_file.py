"""Recipes: YAML as strict as the JSON readers, with the line of every key.

Needs PyYAML (extra `yaml` or `recipes`). Refused besides invalid YAML: duplicate keys, aliases (ten
of them can expand to a billion values), tags (`!!python/…` builds objects, and `!!int x` crashes
PyYAML), nesting deeper than `MAX_DEPTH`, numbers beyond 64 bits or a double, NUL and lone
surrogates in strings, anything but a mapping at the top level.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

from rf_jsonl.codec import MAX_DEPTH
from rf_jsonl.errors import FileError
from rf_jsonl.reader import read_text

_LONGEST_INTEGER = 20
"""Characters of a 64-bit integer with its sign."""
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Characters that escapes can produce and that no file name may contain."""


def read_yaml(path: str | os.PathLike[str]) -> tuple[dict[Any, Any], dict[str, int]]:
    """The mapping in a YAML file and the line of each key. Raises FileError."""
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, path: str | os.PathLike[str]) -> tuple[dict[Any, Any], dict[str, int]]:
    """The mapping in `text`, and the line, from 1, of each key by its dotted path.

    Keys inside a list have the index in their path: `stages.0.name`. Raises FileError for `path`,
    with the line where it is known.
    """
    import yaml

    try:
        _refuse_beyond_recipes(text, path)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = dict(_lines_of(root, path, ""))
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or error).splitlines()[0]
        raise FileError(path, f"not YAML: {reason}", mark.line + 1 if mark else None) from None
    except (ValueError, OverflowError) as error:  # an invalid date, 1:00:00:…:00.5
        raise FileError(path, f"not YAML: {error}") from None
    if not isinstance(content, dict):
        raise FileError(path, "expected a mapping of keys and values", 1)
    return content, lines


def _refuse_beyond_recipes(text: str, path: str | os.PathLike[str]) -> None:
    """Checks the parser's events, without recursion, before anything is constructed."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise FileError(path, f"alias *{event.anchor}, expected the value itself", line)
        if tag := getattr(event, "tag", None):
            raise FileError(path, f"tag {tag[:60]!r}, expected a value without one", line)
        if isinstance(event, yaml.ScalarEvent) and _NO_TEXT.search(event.value):
            raise FileError(path, "a string contains NUL or a lone surrogate", line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise FileError(path, f"nested deeper than {MAX_DEPTH} levels", line)


def _lines_of(node: Any, path: str | os.PathLike[str], prefix: str) -> Iterator[tuple[str, int]]:
    """(dotted path, line) of the keys below a node; refuses what PyYAML would accept."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        integer = node.tag == "tag:yaml.org,2002:int"
        if integer and len(node.value) > _LONGEST_INTEGER:
            line = node.start_mark.line + 1
            raise FileError(path, f"integer of {len(node.value)} digits is beyond 64 bits", line)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _lines_of(child, path, f"{prefix}{index}.")
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise FileError(path, f"duplicate key {name!r}", line)
            seen.add(name)
            yield f"{prefix}{name}", line
            yield from _lines_of(child, path, f"{prefix}{name}.")
