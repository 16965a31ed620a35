"""Formulas of derivation steps, readable by people and other programs.

`"lu + lb"` or `"1 - lg(acosh(pow10(w - 9)))"`: names, numbers, + - * / and the functions below. The
text is parsed by Python's parser, its nodes are checked, and it is compiled once.
"""

import ast
from collections.abc import Callable, Mapping
from math import acosh, ceil, floor, log1p, log10, sqrt

LN10 = 2.302585092994046


def _lg1p10(x: float) -> float:
    """lg(1 + 10^x)."""
    return log1p(10.0**x) / LN10


def _lg1m10(x: float) -> float:
    """lg(1 - 10^x), x below 0."""
    return log1p(-(10.0**x)) / LN10


def _lead(x: float, digits: float) -> float:
    """x > 0, truncated to `digits` significant digits."""
    return _cut(x, digits - 1 - floor(log10(x)))


def _cut(x: float, decimals: float) -> float:
    """x truncated to `decimals` decimals, allowing for the rounding error of a decimal number."""
    unit: float = 10.0**decimals
    return floor(x * unit + 1e-6) / unit


def _next(x: float, digits: float) -> float:
    """The next number above `lead(x, digits)` with as many significant digits."""
    unit: float = 10.0 ** (floor(log10(x)) + 1 - digits)
    return _lead(x, digits) + unit


FUNCTIONS: dict[str, Callable[..., float]] = {
    "lg": log10,
    "pow10": lambda x: 10.0**x,
    "acosh": acosh,
    "sqrt": sqrt,
    "min": min,
    "max": max,
    "abs": abs,
    "lg1p10": _lg1p10,
    "lg1m10": _lg1m10,
    "lead": _lead,
    "next": _next,
    "cut": _cut,
    "ceil": ceil,
}
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub,
)  # fmt: skip

Formula = Callable[[Mapping[str, float]], float]


def compile_formula(text: str) -> Formula:
    """A function of the named values. Raises ValueError for anything but a formula.

    The function raises ValueError for an undefined logarithm or root.
    """
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        raise ValueError(f"not a formula: {text!r}") from None
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"not allowed in a formula: {text!r}")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in FUNCTIONS:
            raise ValueError(f"unknown function in {text!r}")
    code = compile(tree, "<formula>", "eval")
    scope: dict[str, object] = {"__builtins__": {}, **FUNCTIONS}

    def evaluate(values: Mapping[str, float]) -> float:
        return float(eval(code, scope, values))

    return evaluate
