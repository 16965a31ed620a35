"""Formulas of derivation steps in a data set's metadata: `lg(fs - fc)`, `a + b`.

The formulas are restricted, so that a data set cannot run code: only numbers, names, + - * / ^,
parentheses and the functions below are allowed.
"""

import ast
import math
from collections.abc import Callable, Mapping

from rf_eval.errors import EvalError


def _lead(x: float, digits: float) -> float:
    """x truncated to its first `digits` significant digits."""
    return _cut(x, digits - 1 - math.floor(math.log10(x)))


def _cut(x: float, decimals: float) -> float:
    """x truncated to `decimals` decimals, with tolerance for its binary representation."""
    unit: float = 10.0**decimals
    return math.floor(x * unit + 1e-6) / unit


def _next(x: float, digits: float) -> float:
    """The next number above `lead(x, digits)` with as many significant digits."""
    unit: float = 10.0 ** (math.floor(math.log10(x)) + 1 - digits)
    return _lead(x, digits) + unit


FUNCTIONS: dict[str, Callable[..., float]] = {
    "lg": math.log10,
    "pow10": lambda x: 10.0**x,
    "ln": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "cosh": math.cosh,
    "acosh": math.acosh,
    "lg1p10": lambda x: math.log10(1 + 10.0**x),
    "lg1m10": lambda x: math.log1p(-(10.0**x)) / math.log(10),
    "lg10m1": lambda x: math.log10(math.expm1(x * math.log(10))),
    "lgacosh10": lambda x: math.log10(math.acosh(10.0**x)),
    "abs": abs,
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "lead": _lead,
    "next": _next,
    "cut": _cut,
}
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
MAX_LENGTH = 500

Formula = Callable[[Mapping[str, float]], float]


def compile_formula(text: str) -> Formula:
    """A function that maps values by name to the formula's value.

    The function raises KeyError for a name without a value, and ValueError, OverflowError or
    ZeroDivisionError outside the formula's domain. Raises EvalError if it is not a formula.
    """
    if len(text) > MAX_LENGTH:
        raise EvalError(f"formula longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise EvalError(f"formula {text[:60]!r} does not parse") from None
    return _compile(tree.body, text)


def _compile(node: ast.expr, text: str) -> Formula:
    match node:
        case ast.Constant(value=int() | float() as constant) if not isinstance(constant, bool):
            value = float(str(constant))  # an integer beyond the doubles becomes infinite
            return lambda values: value
        case ast.Name(id=name):
            return lambda values: values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _compile(operand, text)
            return lambda values: -inner(values)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _binary(_OPERATORS[type(operator)], _compile(left, text), _compile(right, text))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            parts = [_compile(argument, text) for argument in arguments]
            function = FUNCTIONS[name]
            return lambda values: float(function(*(part(values) for part in parts)))
    raise EvalError(f"formula {text[:60]!r}: {ast.unparse(node)[:40]!r} is not allowed")


def _binary(operate: Callable[[float, float], float], left: Formula, right: Formula) -> Formula:
    return lambda values: operate(left(values), right(values))
