"""The recipe of a data set: one YAML file, or a preset, with options in its place."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, parse_yaml, read_yaml

from rf_synth.dataset.plan import (
    LANGS,
    REQUEST_BANDS,
    REQUEST_TYPES,
    TYPES,
    Composition,
    RequestComposition,
    apportion,
)
from rf_synth.errors import SynthError
from rf_synth.language.dialogue import DialogueConfig
from rf_synth.specs.minimum_order import BANDS
from rf_synth.specs.ranges import DIFFICULTIES, Ranges
from rf_synth.styles import STYLES
from rf_synth.styles.tool_call import CALL_ROLES
from rf_synth.suggest import did_you_mean

_FRACTION = re.compile(r"[0-9]{1,18}/[0-9]{1,18}")
SPLITS = ("train", "val", "test", "test_ood")
_SHARES = {"types": TYPES, "bands": BANDS, "langs": LANGS}
_REQUEST_SHARES = {"types": REQUEST_TYPES, "bands": REQUEST_BANDS, "langs": LANGS}
SOURCES = {
    "phrasings": "requests from the phrasings of each language",
    "requests": "requests as people write them, answered by calls or by the published keys",
}
REQUEST_STYLES = ("tool-call", *STYLES)
"""Answer styles of the source `requests`, the first of them unless another is named."""
_TOP = (
    "name", "preset", "seed", "answer_style", "difficulty", "out", "splits", "composition",
    "ranges", "dialogue", "source", "labels", "clauses", "variation", "program", "call_role",
)  # fmt: skip
REQUEST_SHARES = ("labels", "clauses", "variation", "program")
"""Of the source `requests`: shares of its records made of labels and of clauses, varied, and with
numbers as a program prints them."""


class RecipeError(SynthError):
    """A recipe that cannot be read or met; the message names the key and says why."""


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
        values = asdict(self)
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
        raise RecipeError(f"unknown preset {name!r}{did_you_mean(name, preset_names())}")
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
            raise FileError(path, str(error), lines.get("preset")) from None
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
        raise RecipeError(f"{assignment!r}: expected key=value")
    try:
        change: Any = parse_yaml(f"value: {text}", path)[0]["value"]
    except FileError as error:
        raise RecipeError(f"{path}: {text!r} is no value in YAML: {error.reason}") from None
    for key in reversed(path.split(".")):
        change = {key: change}
    merged(values, change)


def resolve(values: Mapping[str, Any], lengths: Mapping[str, int] | None = None) -> Recipe:
    """The recipe of a mapping; `lengths` are other numbers of records for some splits.

    Raises RecipeError for unknown keys, wrong types, and what contradicts itself.
    """
    _known(values, _TOP, "")
    splits = _mapping(values, "splits")
    _known(splits, SPLITS, "splits.")
    default = _mapping(values, "composition")
    _known(default, tuple(_SHARES), "composition.")
    source = _one_of(values.get("source", "phrasings"), "source", SOURCES)
    style = _style(values, source)
    compositions = {
        split: _composition(split, _mapping(splits, split, "splits."), default, source)
        for split in splits
    }
    counts = {split: composition.total for split, composition in compositions.items()}
    for split, length in (lengths or {}).items():
        if split not in counts:
            raise RecipeError(f"no split {split!r}{did_you_mean(split, counts)}")
        counts[split] = length
    if not splits:
        raise RecipeError("splits: needs at least one split")
    habits = _habits(_mapping(values, "dialogue"), "dialogue", DialogueConfig())
    return Recipe(
        name=_folder_name(values, "name"),
        preset=_text(values, "preset"),
        seed=_whole(values.get("seed", 0), "seed"),
        answer_style=style,
        compositions=compositions,
        counts={split: counts[split] for split in SPLITS if split in counts},
        ranges=_ranges(values),
        habits={
            split: _habits(_mapping(splits[split], "dialogue", path), f"{path}dialogue", habits)
            for split, path in ((split, f"splits.{split}.") for split in splits)
        },
        source=source,
        **(_request_shares(values, splits) if source == "requests" else {}),
        call_role=_call_role(values, source),
    )


def _style(values: Mapping[str, Any], source: str) -> str:
    """The answer style; each source has its own."""
    if source == "requests":
        known = dict.fromkeys(REQUEST_STYLES, "")
        return _one_of(values.get("answer_style", REQUEST_STYLES[0]), "answer_style", known)
    return _one_of(values.get("answer_style", "json"), "answer_style", STYLES)


def _call_role(values: Mapping[str, Any], source: str) -> str:
    if "call_role" in values and source != "requests":
        raise RecipeError("call_role: only answers of the source requests are calls")
    if "call_role" in values and values.get("answer_style", REQUEST_STYLES[0]) in STYLES:
        raise RecipeError(f"call_role: answers of style {values['answer_style']} are no calls")
    return _one_of(values.get("call_role", "assistant"), "call_role", CALL_ROLES)


def _request_shares(
    values: Mapping[str, Any], splits: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """The shares of each split, by key."""
    shares = {
        key: {
            split: _share(_mapping(splits, split), values, f"splits.{split}.", key)
            for split in splits
        }
        for key in REQUEST_SHARES
    }
    if any(shares["program"].values()) and _style(values, "requests") not in STYLES:
        raise RecipeError("program: a share of the published styles, not of calls")
    for split in splits:
        together = shares["labels"][split] + shares["clauses"][split]
        if together > 1:
            raise RecipeError(f"splits.{split}: labels and clauses add up to {together:g}, above 1")
    return shares


def _share(split: Mapping[str, Any], values: Mapping[str, Any], path: str, key: str) -> float:
    """One share of a split, its own or that of all splits."""
    place = f"{path}{key}" if key in split else key
    share = _number(split.get(key, values.get(key, 0)), place)
    if not 0 <= share <= 1:
        raise RecipeError(f"{place} is {share}, expected a share of 0 to 1")
    return share


def _composition(
    split: str, wanted: Mapping[str, Any], default: Mapping[str, Any], source: str
) -> Composition:
    """The exact counts of a split, from its own counts or shares or those of all splits."""
    path = f"splits.{split}."
    groups = _SHARES if source == "phrasings" else _REQUEST_SHARES
    own = ("dialogue",) if source == "phrasings" else REQUEST_SHARES
    _known(wanted, ("count", *own, *_SHARES), path)
    if "count" not in wanted:
        raise RecipeError(f"{path}count is missing")
    total = _whole(wanted["count"], f"{path}count")
    if total < 1:
        raise RecipeError(f"{path}count is {total}, must be at least 1")

    def counted(name: str, whole: int) -> dict[str, int]:
        shares = wanted.get(name, default.get(name))
        where = f"{path}{name}" if name in wanted else f"composition.{name}"
        return _counted(shares, groups[name], whole, where)

    types = counted("types", total)
    if source == "requests":
        return RequestComposition(types, counted("bands", total), counted("langs", total))
    answered = total - types["followup_question"]
    return Composition(types, counted("bands", answered), counted("langs", total))


def _counted(shares: Any, names: tuple[str, ...], total: int, path: str) -> dict[str, int]:
    """Counts that add up to `total`, from counts (whole numbers) or shares (adding up to 1)."""
    if not isinstance(shares, Mapping):
        raise RecipeError(f"{path}: expected counts or shares of {', '.join(names)}")
    _known(shares, names, f"{path}.")
    values = [_number(shares.get(name, 0), f"{path}.{name}") for name in names]
    if min(values) < 0:
        raise RecipeError(f"{path}: {min(values)} is below 0")
    whole = sum(values)
    if all(isinstance(value, int) for value in values) and whole != 1:
        if whole != total:
            raise RecipeError(
                f"{path}: counts add up to {whole:,}, but {total:,} are needed "
                "(give shares, or a longer or shorter run by --count)"
            )
        return {name: int(value) for name, value in zip(names, values, strict=True)}
    if abs(whole - 1) > 1e-6:
        raise RecipeError(f"{path}: shares add up to {whole:g}, expected 1")
    return dict(zip(names, apportion(total, [float(value) for value in values]), strict=True))


def _ranges(values: Mapping[str, Any]) -> Ranges:
    given = dict(_mapping(values, "ranges"))
    known = {field.name: field.type for field in fields(Ranges)}
    _known(given, tuple(known), "ranges.")
    difficulty = _one_of(values.get("difficulty", "natural"), "difficulty", DIFFICULTIES)
    if difficulty != "natural" and "margin" in given:
        raise RecipeError("difficulty and ranges.margin say the same twice; keep one")
    for name, value in given.items():
        if name == "free_impedance_share":
            _number(value, f"ranges.{name}")
        elif not isinstance(value, list) or (name != "impedance" and len(value) != 2):
            raise RecipeError(f"ranges.{name} is {value!r}, expected [low, high]")
        else:
            read = _whole if name in ("order", "free_impedance") else _number
            given[name] = [read(item, f"ranges.{name}") for item in value]
    ranges = Ranges.from_mapping({"margin": DIFFICULTIES[difficulty], **given})
    for problem in ranges.problems():
        raise RecipeError(f"ranges.{problem}")
    return ranges


def _habits(given: Mapping[str, Any], path: str, base: DialogueConfig) -> DialogueConfig:
    """`base` with the given habits in its place."""
    _known(given, tuple(field.name for field in fields(DialogueConfig)), f"{path}.")
    changed: dict[str, Any] = {}
    for name, value in given.items():
        if name == "missing":
            changed[name] = _weights(value, f"{path}.{name}")
            continue
        changed[name] = _number(value, f"{path}.{name}")
        if not 0 <= changed[name] <= 1:
            raise RecipeError(f"{path}.{name} is {value}, expected a share of 0 to 1")
    habits = replace(base, **changed)
    if habits.return_loss + habits.vswr > 1:
        raise RecipeError(f"{path}: return_loss and vswr together are above 1")
    return habits


def _weights(given: Any, path: str) -> tuple[float, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= 4:
        raise RecipeError(f"{path}: expected one to four weights")
    weights = tuple(float(_number(weight, path)) for weight in given)
    if min(weights) < 0 or sum(weights) <= 0:
        raise RecipeError(f"{path}: weights must be at least 0, one of them above")
    return weights


def _known(values: Mapping[str, Any], names: tuple[str, ...], path: str) -> None:
    for key in values:
        if key not in names:
            raise RecipeError(f"unknown key {path}{key}{did_you_mean(str(key), names)}")


def _mapping(values: Mapping[str, Any], key: str, path: str = "") -> Mapping[str, Any]:
    value = values.get(key, {})
    if not isinstance(value, Mapping):
        raise RecipeError(f"{path}{key} is {value!r}, expected keys below it")
    return value


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise RecipeError(f"{key} is {value!r}, expected a name")
    return value


def _folder_name(values: Mapping[str, Any], key: str) -> str:
    """A name that cannot lead out of the folder it is put in."""
    name = _text(values, key)
    if not re.fullmatch(r"\w([\w .+@=-]{0,98}\w)?", name):
        raise RecipeError(f"{key} is {name!r}, expected a plain name: letters, digits, _ . + @ = -")
    return name


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RecipeError(f"{path} is {value!r}, expected a whole number")
    return value


def _number(value: Any, path: str) -> float:
    number = value
    if isinstance(value, str):  # fractions, and 10e6, which YAML 1.1 reads as a string
        try:
            number = float(Fraction(value) if _FRACTION.fullmatch(value) else value)
        except (ValueError, ZeroDivisionError):
            number = math.nan
    if isinstance(value, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise RecipeError(f"{path} is {value!r}, expected a number")
    return number


def _one_of(value: Any, path: str, known: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or value not in known:
        raise RecipeError(f"{path} is {value!r}{did_you_mean(str(value), known)}")
    return str(value)
