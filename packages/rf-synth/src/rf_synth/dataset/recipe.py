"""The recipe of a data set: a YAML file or a preset, with overrides from the command line."""

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
REQUEST_SHARES = (
    "labels", "clauses", "grammar", "everyday", "variation", "asides", "purposes", "program",
)  # fmt: skip
"""Source `requests`: shares of records made of labels, of clauses, by the grammar or from the
everyday voices alone, with varied words, with a sentence about something else, and with numbers as
a program prints them."""
_SOURCES = ("labels", "clauses", "grammar", "everyday")
"""The shares that add up to at most 1; the rest are requests of any voice."""


class RecipeError(SynthError, KeyFault):
    """A recipe that cannot be read or met; the message is the key and the reason."""


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the bytes of a data set. Mappings are keyed by split.

    Attributes
    ----------
    name, preset, seed : part of the key of every random draw
    answer_style : a key of `STYLES`, or `tool-call`
    compositions : exact counts, repeated in splits with more records
    counts : records to write; the total of the composition unless overridden
    ranges : of specifications, for source `phrasings`
    habits : shares of ways to state a specification, for source `phrasings`
    source : `phrasings` or `requests`
    labels, clauses, grammar, everyday, variation, asides, purposes : shares as in
        `REQUEST_SHARES`, for source `requests`
    program : share of lists of labels with numbers printed by a program, for published styles
    call_role : role of the turn that holds the call, for style `tool-call`
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
    clauses: Mapping[str, float] = field(default_factory=dict)
    grammar: Mapping[str, float] = field(default_factory=dict)
    everyday: Mapping[str, float] = field(default_factory=dict)
    variation: Mapping[str, float] = field(default_factory=dict)
    asides: Mapping[str, float] = field(default_factory=dict)
    purposes: Mapping[str, float] = field(default_factory=dict)
    program: Mapping[str, float] = field(default_factory=dict)
    call_role: str = "assistant"

    def described(self) -> dict[str, Any]:
        """The recipe as in metadata.json, without keys that have no effect.

        Keys added later are left out at their defaults: the metadata of older data sets stay valid.
        """
        values: dict[str, Any] = msgspec.to_builtins(self)
        if self.source == "phrasings":
            for key in ("source", *REQUEST_SHARES):
                del values[key]
        else:
            for key in ("asides", "purposes", "program"):
                if not any(values[key].values()):
                    del values[key]
        if self.call_role == "assistant":
            del values["call_role"]
        return values

    def key(self, split: str, index: int | str) -> str:
        """The key from which all draws of a record are derived."""
        return f"{self.name}:{self.preset}:{self.seed}:{split}:{index}"


def preset_names() -> list[str]:
    """Names of the packaged presets."""
    folder = files("rf_synth") / "presets"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_preset(name: str) -> dict[str, Any]:
    """The mapping of a packaged preset. Raises RecipeError for an unknown name."""
    if name not in preset_names():
        raise RecipeError("preset", f"{name!r} is not known{did_you_mean(name, preset_names())}")
    text = (files("rf_synth") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, name)[0]


def load_recipe(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping of a recipe file, merged over the preset that it names, and the keys' lines.

    Raises FileError.
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
    """`base`, updated recursively with `values`; types, bands and langs are replaced as a whole.

    The common composition in `values` overrides those of single splits in `base`.
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
    """Applies one `key.sub=value` (the value in YAML) to a recipe's mapping. Raises RecipeError."""
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
    """The recipe of a mapping; `lengths` overrides the number of records of some splits.

    Raises RecipeError for unknown keys, wrong types and contradictions.
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
    """Parses strings that hold numbers: fractions, and 10e6, a string in YAML 1.1."""
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
    """The answer style, one of those of the source."""
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
    """The shares of each split by key, its own or the recipe's."""
    shares: dict[str, dict[str, float]] = {key: {} for key in REQUEST_SHARES}
    for key, of_split in shares.items():
        for name, split in keys.splits.items():
            own = getattr(split, key)
            of_split[name] = getattr(keys, key) if own is UNSET else own
    if any(shares["program"].values()) and _style(keys) not in STYLES:
        raise KeyFault("program", "a share of the published styles, not of calls")
    for key in ("grammar", "everyday", "asides", "purposes"):
        if any(shares[key].values()) and _style(keys) in STYLES:
            raise KeyFault(key, f"a share of calls, not of answers of style {_style(keys)}")
    for name in keys.splits:
        together = sum(shares[key][name] for key in _SOURCES)
        if together > 1 + 1e-9:
            added = f"{', '.join(_SOURCES[:-1])} and {_SOURCES[-1]}"
            raise KeyFault(f"splits.{name}", f"{added} add up to {together:g}, above 1")
    return shares


def _composition(name: str, split: SplitKeys, keys: RecipeKeys) -> Composition:
    """The exact counts of a split, from its own counts or shares or the common ones."""
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
    """Counts that add up to `total`, from counts (integers) or shares (which add up to 1)."""
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
    """The recipe's habits, overridden by those of the split."""
    own = values["splits"][split].get("dialogue", {})
    try:
        return convert({**msgspec.to_builtins(keys.dialogue), **own}, DialogueConfig)
    except KeyFault as fault:
        raise KeyFault(f"splits.{split}.dialogue", str(fault)) from None
