"""The shape of a call: its keys, and the texts they may hold."""

from collections.abc import Mapping

from rf_synth.calls.quantities import MAX_TEXT
from rf_synth.calls.refusal import Declined, quoted
from rf_synth.calls.request import MAX_POINTS

MAX_WORDS = 200
"""Maximum length of `family`, `band` and `other`."""
WORD_KEYS = ("family", "band", "other")
POINT_KEYS = ("stop", "to", "offset", "multiple", "att")
KEYS: tuple[str, ...] = (
    *("family", "band", "edge", "f1", "f2", "center", "width", "fbw", "q", "edge_db"),
    *("ripple", "return_loss", "vswr", "gamma"),
    *(f"{key}{i}" for i in range(1, MAX_POINTS + 1) for key in POINT_KEYS),
    *("att", "transition", "z0", "z_source", "z_load", "order", "other"),
)
"""All keys of a call, in the order in which calls are written."""
FREQUENCY_KEYS = frozenset(
    ["edge", "f1", "f2", "center", "width", "transition"]
    + [f"{key}{i}" for key in ("stop", "to", "offset") for i in range(1, MAX_POINTS + 1)]
)
"""Keys whose values are frequencies."""
_LENGTHS = {key: MAX_WORDS if key in WORD_KEYS else MAX_TEXT for key in KEYS}
_DIGITS = frozenset("0123456789")
_NOT_STATED = frozenset(
    (
        ",-,--,?,？,tbd,tbc,tba,n/a,na,none,null,unknown,unspecified,not specified,not given,"
        "to be determined,待定,未定,未知,不详,无,未给出"
    ).split(",")
)
"""Texts that mean that a value is not known yet."""


def stated_texts(arguments: object) -> dict[str, str]:
    """The arguments, without those whose text means that the value is not known yet.

    Raises Declined for unknown keys, values that are not strings, and texts that are too long.
    """
    if type(arguments) is not dict and not isinstance(arguments, Mapping):
        raise not_a_call("the arguments are not an object", "参数不是一个 JSON 对象")
    texts: dict[str, str] = {}
    lengths = _LENGTHS
    for key, value in arguments.items():
        if type(value) is not str or len(value) > lengths.get(key, -1):
            _refuse(key, value)
        if value[:1] in _DIGITS or value.strip().lower() not in _NOT_STATED:
            texts[key] = value
    return texts


def _refuse(key: object, value: object) -> None:
    most = _LENGTHS.get(key) if isinstance(key, str) else None
    if most is None:
        shown = quoted(key if isinstance(key, str) else repr(key))
        raise not_a_call(f"{shown} is not a key of the call", f"没有 {shown} 这个键")
    if not isinstance(value, str):
        raise not_a_call(
            f"{key} holds {_KINDS.get(type(value), 'something else')}, expected the text from the "
            "request",
            f"{key} 的值不是文本，应为需求中的原文",
        )
    raise not_a_call(
        f"{key} is {len(value):,} characters long, at most {most} are read",
        f"{key} 的文本有 {len(value):,} 个字符，最多 {most} 个",
    )


_KINDS: dict[type, str] = {
    int: "a number", float: "a number", bool: "a boolean", list: "a list", dict: "an object",
    type(None): "null",
}  # fmt: skip


def not_a_call(en: str, zh: str) -> Declined:
    """The error for something that cannot be read as a call."""
    return Declined("unreadable", f"The call cannot be read: {en}.", f"无法读取该调用：{zh}。")
