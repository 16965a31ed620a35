"""The recipe of a data set: one YAML file, or a preset, with options in its place."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from rf_jsonl import FileError, did_you_mean, parse_yaml, read_yaml
from rf_jsonl.recipes import KeyFault, convert

from rf_synth.dataset.plan import (
    LANGS,
    REQUEST_BANDS,
    REQUEST_TYPES,
    TYPES,
    Composition,
    RequestComposition,
    apportion,
)
from rf_synth.dataset.recipe_keys import FRACTION, REQUEST_STYLES, SPLITS, RecipeKeys, SplitKeys
from rf_synth.errors import SynthError
from rf_synth.language.dialogue import DialogueConfig
from rf_synth.specs.minimum_order import BANDS
from rf_synth.specs.ranges import DIFFICULTIES, Ranges
from rf_synth.styles import STYLES

_SHARES = {"types": TYPES, "bands": BANDS, "langs": LANGS}
_REQUEST_SHARES = {"types": REQUEST_TYPES, "bands": REQUEST_BANDS, "langs": LANGS}
REQUEST_SHARES = ("labels", "clauses", "variation", "program")
"""Of the source `requests`: shares of its records made of labels and of clauses, varied, and with
numbers as a program prints them."""


class RecipeError(SynthError, KeyFault):
    """A recipe that cannot be read or met; the message begins with the key and says why."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the bytes of a data set; compositions, counts and habits by split.

    `compositions` hold the exact counts that a split repeats; `counts` is how many records of it
    are written, the same number unless a longer or shorter run was asked for.
    """

    name: str
    preset: str
    seed: int
    answer_style: str
    compositions: Mapping[str, Composition]
    counts: Mapping[str, int]
    ranges: Ranges
    habits: Mapping[str, DialogueConfig]
    source: str = "phrasings"
    labels: Mapping[str, float] = field(default_factory=dict)
    """Source `requests`: the share of each split that is a list of labels and values."""
    clauses: Mapping[str, float] = field(default_factory=dict)
    """The share of each split that is put together from clauses."""
    variation: Mapping[str, float] = field(default_factory=dict)
    """The share of each split whose words are varied."""
    program: Mapping[str, float] = field(default_factory=dict)
    """Published styles: the share of each split that is a list of labels whose numbers a program
    printed."""
    call_role: str = "assistant"
    """Source `requests`: the role of the turn that holds the call."""

    def described(self) -> dict[str, Any]:
        """The recipe as metadata.json holds it; without what concerns another source only."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        if self.source == "phrasings":
            for key in ("source", *REQUEST_SHARES):
                del values[key]
        elif not any(self.program.values()):  # what there was before the key
            del values["program"]
        if self.call_role == "assistant":  # what there was before the key
            del values["call_role"]
        return values

    def key(self, split: str, index: int | str) -> str:
        """What every draw of a record derives from."""
        return f"{self.name}:{self.preset}:{self.seed}:{split}:{index}"


def preset_names() -> list[str]:
    """The packaged presets."""
    folder = files("rf_synth") / "presets"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_preset(name: str) -> dict[str, Any]:
    """The mapping of a packaged preset. Raises RecipeError for an unknown one."""
    if name not in preset_names():
        raise RecipeError("preset", f"{name!r} is not known{did_you_mean(name, preset_names())}")
    text = (files("rf_synth") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, name)[0]


def load_recipe(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping of a recipe file, over that of the packaged preset it names, if it does.

    With it the line of each key that the file sets. Raises FileError.
    """
    values, lines = read_yaml(path)
    preset = values.get("preset")
    if preset in preset_names() or (isinstance(preset, str) and "splits" not in values):
        try:
            values = merged(load_preset(preset), values)
        except RecipeError as error:
            raise error.in_file(path, lines) from None
    return values, lines


def merged(base: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `values` in its place, key by key; types, bands and langs only as a whole.

    What `values` says of the composition of all splits goes before what `base` says of one.
    """
    common, splits = values.get("composition"), base.get("splits")
    if isinstance(common, Mapping) and isinstance(splits, Mapping):
        for split in splits.values():
            for name in common.keys() & (split if isinstance(split, dict) else {}).keys():
                del split[name]
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict) and key not in _SHARES:
            base[key] = merged(base[key], value)
        else:
            base[key] = value
    return base


def override(values: dict[str, Any], assignment: str) -> None:
    """Sets one `key.sub=value` (the value as YAML) in a recipe's mapping. Raises RecipeError."""
    path, sign, text = assignment.partition("=")
    if not sign:
        raise RecipeError(assignment, "expected key=value")
    try:
        change: Any = parse_yaml(f"value: {text}", path)[0]["value"]
    except FileError as error:
        raise RecipeError(path, f"{text!r} is not a value in YAML: {error.reason}") from None
    for key in reversed(path.split(".")):
        change = {key: change}
    merged(values, change)


def resolve(values: Mapping[str, Any], lengths: Mapping[str, int] | None = None) -> Recipe:
    """The recipe of a mapping; `lengths` are other numbers of records for some splits.

    Raises RecipeError for unknown keys, wrong types, and what contradicts itself.
    """
    try:
        return _resolved(_numbers(values), lengths or {})
    except KeyFault as fault:
        raise RecipeError(fault.key, fault.reason) from None


def _resolved(values: Mapping[str, Any], lengths: Mapping[str, int]) -> Recipe:
    keys = convert(values, RecipeKeys)
    compositions: dict[str, Composition] = {
        name: _composition(name, split, keys) for name, split in keys.splits.items()
    }
    counts = {name: composition.total for name, composition in compositions.items()}
    for name, length in lengths.items():
        if name not in counts:
            raise KeyFault("splits", f"no split {name!r}{did_you_mean(name, counts)}")
        counts[name] = length
    return Recipe(
        name=keys.name,
        preset=keys.preset,
        seed=keys.seed,
        answer_style=_style(keys),
        compositions=compositions,
        counts={name: counts[name] for name in SPLITS if name in counts},
        ranges=_ranges(keys, values.get("ranges", {})),
        habits={name: _habits(name, keys, values) for name in keys.splits},
        source=keys.source,
        **(_request_shares(keys) if keys.source == "requests" else {}),
        call_role=_call_role(keys, values),
    )


def _numbers(value: Any, key: str = "") -> Any:
    """Numbers for texts that are some: fractions, and 10e6, which YAML 1.1 reads as a text."""
    if isinstance(value, Mapping):
        return {name: _numbers(inner, f"{key}.{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner, f"{key}.") for inner in value]
    if isinstance(value, str) and ("." in key[1:] or key[1:] in REQUEST_SHARES):
        try:
            number = float(Fraction(value) if re.match(FRACTION, value) else value)
        except ValueError:
            return value
        return number if math.isfinite(number) else value
    return value


def _style(keys: RecipeKeys) -> str:
    """The answer style; each source has its own."""
    known = REQUEST_STYLES if keys.source == "requests" else tuple(STYLES)
    style = known[0] if keys.answer_style is UNSET else keys.answer_style
    if style not in known:
        raise KeyFault("answer_style", f"{style!r} is not known{did_you_mean(style, known)}")
    return style


def _call_role(keys: RecipeKeys, values: Mapping[str, Any]) -> str:
    if "call_role" in values and keys.source != "requests":
        raise KeyFault("call_role", "only answers of the source requests are calls")
    if "call_role" in values and _style(keys) in STYLES:
        raise KeyFault("call_role", f"answers of style {_style(keys)} are not calls")
    return keys.call_role


def _request_shares(keys: RecipeKeys) -> dict[str, dict[str, float]]:
    """The shares of each split, its own or those of all splits, by key."""
    shares: dict[str, dict[str, float]] = {key: {} for key in REQUEST_SHARES}
    for key, of_split in shares.items():
        for name, split in keys.splits.items():
            own = getattr(split, key)
            of_split[name] = getattr(keys, key) if own is UNSET else own
    if any(shares["program"].values()) and _style(keys) not in STYLES:
        raise KeyFault("program", "a share of the published styles, not of calls")
    for name in keys.splits:
        together = shares["labels"][name] + shares["clauses"][name]
        if together > 1:
            raise KeyFault(f"splits.{name}", f"labels and clauses add up to {together:g}, above 1")
    return shares


def _composition(name: str, split: SplitKeys, keys: RecipeKeys) -> Composition:
    """The exact counts of a split, from its own counts or shares or those of all splits."""
    requests = keys.source == "requests"
    for key in ("dialogue",) if requests else REQUEST_SHARES:
        if getattr(split, key) is not UNSET:
            raise KeyFault(f"splits.{name}.{key}", f"has no effect in the source {keys.source}")

    def counted(group: str, total: int) -> dict[str, int]:
        own, known = getattr(split, group), (_REQUEST_SHARES if requests else _SHARES)[group]
        if own is not UNSET:
            return _counted(own, known, total, f"splits.{name}.{group}")
        return _counted(getattr(keys.composition, group), known, total, f"composition.{group}")

    types = counted("types", split.count)
    if requests:
        return RequestComposition(
            types, counted("bands", split.count), counted("langs", split.count)
        )
    answered = split.count - types["followup_question"]
    return Composition(types, counted("bands", answered), counted("langs", split.count))


def _counted(
    shares: Mapping[str, Any] | UnsetType, names: tuple[str, ...], total: int, key: str
) -> dict[str, int]:
    """Counts that add up to `total`, from counts (whole numbers) or shares (adding up to 1)."""
    if shares is UNSET:
        raise KeyFault(key, f"expected counts or shares of {', '.join(names)}")
    for name, value in shares.items():
        if name not in names:
            raise KeyFault(f"{key}.{name}", f"no such key{did_you_mean(name, names)}")
        if not 0 <= value < math.inf:
            raise KeyFault(f"{key}.{name}", f"expected a number from 0, found {value}")
    values = [shares.get(name, 0) for name in names]
    whole = sum(values)
    if all(isinstance(value, int) for value in values) and whole != 1:
        if whole != total:
            raise KeyFault(
                key,
                f"counts add up to {whole:,}, but {total:,} are needed "
                "(give shares, or a longer or shorter run by --count)",
            )
        return dict(zip(names, values, strict=True))
    if abs(whole - 1) > 1e-6:
        raise KeyFault(key, f"shares add up to {whole:g}, expected 1")
    return dict(zip(names, apportion(total, [float(value) for value in values]), strict=True))


def _ranges(keys: RecipeKeys, given: Mapping[str, Any]) -> Ranges:
    if "margin" not in given:
        return msgspec.structs.replace(keys.ranges, margin=DIFFICULTIES[keys.difficulty])
    if keys.difficulty != "natural":
        raise KeyFault("difficulty", "ranges.margin says the same; keep one of them")
    return keys.ranges


def _habits(split: str, keys: RecipeKeys, values: Mapping[str, Any]) -> DialogueConfig:
    """The habits of all splits, with those of this one in their place."""
    own = values["splits"][split].get("dialogue", {})
    try:
        return convert({**msgspec.to_builtins(keys.dialogue), **own}, DialogueConfig)
    except KeyFault as fault:
        raise KeyFault(f"splits.{split}.dialogue", str(fault)) from None
