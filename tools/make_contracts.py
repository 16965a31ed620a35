"""Writes docs/contracts.md from the JSON Schemas: `uv run tools/make_contracts.py`.

Each schema stands in the package that writes the format, `src/<package>/schemas/`. That of a recipe
is made first, from the classes that read it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rf_jsonl import write_json, write_text
from rf_synth.dataset.recipe_keys import recipe_schema

ROOT = Path(__file__).resolve().parent.parent
RECIPE = ROOT / "packages/rf-synth/src/rf_synth/schemas/recipe.schema.json"
HEAD = """# The files the packages meet in

<!-- Written by tools/make_contracts.py from the JSON Schemas; change those, then run it again. -->

All JSONL is UTF-8, one object per line, `\\n` at its end, without NaN and Infinity.
A dot in a name goes one object deeper, `[]` one list deeper, `*` stands for any key.
How each way of stating a specification becomes a call of `design_filter`: [calls.md](calls.md).
"""


def schemas() -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """(package, path, schema) for every schema of the workspace, by package and name."""
    for path in sorted(ROOT.glob("packages/*/src/*/schemas/*.schema.json")):
        yield path.relative_to(ROOT).parts[1], path, json.loads(path.read_text(encoding="utf-8"))


def rows(schema: dict[str, Any], root: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """A table row for each property, the nested ones after their parent."""
    schema = resolve(schema, root)
    named = schema.get("properties", {})
    for branch in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        inner = resolve(branch, root).get("properties", {})
        if not inner.keys() <= named.keys():  # a branch that only narrows needs no rows
            yield from rows(branch, root, prefix)
    required = schema.get("required", ())
    for name, inner in named.items():
        if isinstance(inner, bool):
            continue  # only says that the key may or may not be there
        yield from row(f"{prefix}{name}", name in required, inner, root)
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict) and extra:
        yield from row(f"{prefix}*", False, extra, root)


def row(name: str, required: bool, schema: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    """The row of one property and those below it."""
    schema = resolve(schema, root)
    text = str(schema.get("description", schema.get("title", ""))).replace("|", "\\|")
    if isinstance(schema.get("default"), int | float | list):
        text += f" [{json.dumps(schema['default']).strip('[]')}]"
    yield f"| `{name}` | {kind_of(schema, root)} | {'yes' if required else ''} | {text} |"
    items = schema.get("items")
    if isinstance(items, dict):
        yield from rows(items, root, f"{name}[].")
    yield from rows(schema, root, f"{name}.")


def kind_of(schema: dict[str, Any], root: dict[str, Any]) -> str:
    """The type in words, with its choices or bounds."""
    schema = resolve(schema, root)
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " \\| ".join(
            f"`{json.dumps(value, ensure_ascii=False)}`" for value in schema["enum"]
        )
    kind = schema.get("type", "")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if words == "array" and isinstance(schema.get("items"), dict):
        words = f"array of {kind_of(schema['items'], root) or 'any'}"
    signs = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[key]}" for key, sign in signs.items() if key in schema]
    return ", ".join([words, *bounds]) if bounds else words


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follows a `$ref` inside the same schema, keeping what stands beside it."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    target: Any = root
    for key in reference.removeprefix("#/").split("/"):
        target = target[key]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def page() -> str:
    """The whole of docs/contracts.md."""
    parts, package = [HEAD], ""
    for name, path, schema in schemas():
        if name != package:
            parts.append(f"\n## Written by {name}\n")
            package = name
        place = path.relative_to(ROOT).as_posix()
        parts.append(f"\n### {schema.get('title', path.name)}\n\n[`{path.name}`](../{place})\n")
        if "description" in schema:
            parts.append(f"\n{schema['description']}\n")
        table = list(dict.fromkeys(rows(schema, schema)))
        if table:
            parts.append("\n| name | type | required | meaning |\n|---|---|---|---|\n")
            parts.append("\n".join(table) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    write_json(RECIPE, recipe_schema())
    write_text(ROOT / "docs" / "contracts.md", page())
