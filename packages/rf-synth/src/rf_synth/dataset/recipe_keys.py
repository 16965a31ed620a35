"""The keys of a recipe file. The JSON Schema `recipe` is generated from these classes."""

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from rf_jsonl.recipes import Share, about

from rf_synth.language.dialogue import DialogueConfig
from rf_synth.specs.ranges import Ranges
from rf_synth.styles import STYLES

FRACTION = r"^[0-9]{1,18}/[1-9][0-9]{0,17}$"
Split = Literal["train", "val", "test", "test_ood"]
SPLITS = get_args(Split)
REQUEST_STYLES = ("tool-call", *STYLES)
"""Answer styles of the source `requests`; the first is the default."""

_Name = Annotated[str, Meta(min_length=1, title="a name")]
_FolderName = Annotated[
    str,
    Meta(
        pattern=r"^\w([\w .+@=-]{0,98}\w)?$(?!\n)",
        title="a plain name: letters, digits, _ . + @ = -",
    ),
]
_Style = Annotated[str, Meta(extra_json_schema={"enum": [*REQUEST_STYLES]})]
_Count = Annotated[int, Meta(ge=1, title="a whole number of at least 1")]
_Fraction = Annotated[str, Meta(pattern=FRACTION)]
_Amount = Annotated[int | float | _Fraction, Meta(title="a count or a share")]
_Counts = Annotated[dict[str, _Amount], Meta(title="counts or shares by name")]
_Types = Annotated[
    _Counts,
    about(
        "full, followup_resolve, followup_question, for requests also outside; integers are counts "
        "and must add up to count, other numbers are shares and must add up to 1 (1/3 is allowed)"
    ),
]
_Bands = Annotated[
    _Counts,
    about(
        "counts or shares of lowpass, highpass, bandpass, for requests also bandstop; "
        "questions are not counted"
    ),
]
_Langs = Annotated[_Counts, about("counts or shares of zh, en, mix (Chinese with English terms)")]
_Labels = Annotated[Share, about("requests: share of lists of labels and values")]
_Clauses = Annotated[Share, about("requests: share put together from clauses")]
_Grammar = Annotated[Share, about("requests: share in the phrasings of the preset paper")]
_Everyday = Annotated[Share, about("requests: share of the everyday voices alone")]
_Variation = Annotated[Share, about("requests: share whose words are varied")]
_Asides = Annotated[
    Share, about("requests: share with a sentence about something else, with its own numbers")
]
_Purposes = Annotated[
    Share, about("requests: share with a sentence that tells a design from another task")
]
_Program = Annotated[
    Share, about("requests, published styles: share of lists with numbers printed by a program")
]


class CompositionKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """Counts or shares of all splits without their own."""

    types: _Types | UnsetType = UNSET
    bands: _Bands | UnsetType = UNSET
    langs: _Langs | UnsetType = UNSET


class SplitKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """One split; keys it does not set are taken from the recipe."""

    count: Annotated[
        _Count, about("records; --count may write more or fewer of the same composition")
    ]
    types: _Types | UnsetType = UNSET
    bands: _Bands | UnsetType = UNSET
    langs: _Langs | UnsetType = UNSET
    dialogue: DialogueConfig | UnsetType = UNSET
    labels: _Labels | UnsetType = UNSET
    clauses: _Clauses | UnsetType = UNSET
    grammar: _Grammar | UnsetType = UNSET
    everyday: _Everyday | UnsetType = UNSET
    variation: _Variation | UnsetType = UNSET
    asides: _Asides | UnsetType = UNSET
    purposes: _Purposes | UnsetType = UNSET
    program: _Program | UnsetType = UNSET


class RecipeKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """A data set in YAML, read by `rf-synth generate --recipe`; the presets are examples."""

    name: Annotated[_FolderName, about("name of the data set and of its folder under data/")]
    preset: Annotated[_Name, about("name of this recipe, part of the key of every draw")]
    splits: Annotated[
        dict[Split, SplitKeys],
        Meta(
            min_length=1,
            title="at least one split",
            description="splits to write: train, val, test, test_ood",
            extra_json_schema={"propertyNames": {"enum": SPLITS}},
        ),
    ]
    seed: Annotated[int, about("seed of all random draws")] = 0
    source: Annotated[
        Literal["phrasings", "requests"],
        about("requests made from phrasings, or requests as people write them"),
    ] = "phrasings"
    answer_style: (
        Annotated[_Style, about("form of the answers; the default is json, for requests tool-call")]
        | UnsetType
    ) = UNSET
    difficulty: Annotated[
        Literal["natural", "easy", "hard"],
        about("distance of n to an integer: natural any, easy at least 0.15, hard at most 0.1"),
    ] = "natural"
    out: Annotated[str, about("output folder unless --out is given")] | UnsetType = UNSET
    composition: CompositionKeys = CompositionKeys()
    ranges: Ranges = Ranges()
    dialogue: DialogueConfig = DialogueConfig()
    labels: _Labels = 0
    clauses: _Clauses = 0
    grammar: _Grammar = 0
    everyday: _Everyday = 0
    variation: _Variation = 0
    asides: _Asides = 0
    purposes: _Purposes = 0
    program: _Program = 0
    call_role: Annotated[
        Literal["assistant", "function_call"],
        about("requests: role of the turn that holds the call; function_call adds `tools`"),
    ] = "assistant"


def recipe_schema() -> dict[str, Any]:
    """The JSON Schema of a recipe."""
    schema = msgspec.json.schema(RecipeKeys)
    keys = schema["$defs"].pop("RecipeKeys")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "recipe.schema.json"}
    return {**head, **keys, "title": "Recipe", "$defs": schema["$defs"]}
