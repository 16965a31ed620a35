"""Inputs that broke a reader once, found by fuzzing; they stay mended."""

from recipe_kinds import RECIPES
from rf_synth.language.numbers import AUTO

SYNTH, CHAT, EVAL = RECIPES["synth"].good, RECIPES["chat"].good, RECIPES["eval"].good

FOUND = [
    ("extractor", '\x85{"a": 1}', "stop"),  # recovered without saying what was repaired
    ("number-parser", "1" * 5_000 + " GHz", AUTO, 1),  # int() refuses more than 4,300 digits
    ("number-parser", "1e999999 GHz", AUTO, 1),  # decimal.Overflow
    ("number-parser", "1" * 400 + " dB", AUTO, 1),  # an infinite float
    ("yaml", "a: !!int ''"),  # IndexError inside PyYAML, KeyError and AttributeError below
    ("yaml", "a: !!bool x"),
    ("yaml", "a: !!timestamp x"),
    ("yaml", "a: 1:00" + ":00" * 300 + ".5"),  # OverflowError: sexagesimal
    ("synth-recipe", SYNTH.replace("answer_style: json", "answer_style: []")),
    ("synth-recipe", SYNTH.replace("1/3, highpass", "'1e99999999', highpass")),  # 10**99999999
    ("synth-recipe", SYNTH.replace("1/3, highpass", ".nan, highpass")),
    ("synth-recipe", SYNTH.replace("vswr: 0.1", "missing: [.inf]")),
    ("synth-recipe", "preset: quickstart\ncomposition: 3\n"),
    ("synth-recipe", "preset: quickstart\nsplits: {train: 3}\ncomposition: {types: 1}\n"),
    ("chat-recipe", CHAT + '"\\x85": 1\n'),  # a complaint of two lines
    ("eval-recipe", EVAL.replace("[base, tuned]", "[[base], tuned]")),
]
