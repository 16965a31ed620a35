"""A call as a request in English or Chinese: the sentence for an edited form.

Values are kept as typed, so that reading the sentence gives the same call.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rf_design.solving import MOST_STOP_POINTS
from rf_design.terminal.words import word

Text = tuple[str, str]
"""English and Chinese template, with {} for the value."""

_FIRST: dict[str, Text] = {
    "order": ("order {}", "{} 阶"),
    "edge": ("pass-band edge {}", "通带边缘 {}"),
    "center": ("centre {}", "中心频率 {}"),
    "width": ("bandwidth {}", "带宽 {}"),
    "fbw": ("relative bandwidth {}", "相对带宽 {}"),
    "q": ("loaded Q {}", "有载 Q {}"),
    "edge_db": ("edges at {}", "带边取 {}"),
    "ripple": ("ripple {}", "波纹 {}"),
    "return_loss": ("return loss {}", "回波损耗 {}"),
    "vswr": ("VSWR {}", "驻波比 {}"),
    "gamma": ("reflection coefficient {}", "反射系数 {}"),
}
_AT_LEVEL: dict[str, Text] = {
    "edge": ("{level} frequency {}", "{level} 截止频率 {}"),
    "width": ("{level} bandwidth {}", "{level} 带宽 {}"),
}
"""Used instead of the above if the level of the edges is stated."""

_LAST: dict[str, Text] = {
    "transition": ("transition bands {}", "过渡带 {}"),
    "z0": ("{} ports", "端口阻抗 {}"),
    "z_source": ("source {}", "源阻抗 {}"),
    "z_load": ("load {}", "负载 {}"),
    "other": ("{}", "{}"),
}


def sentence(call: Mapping[str, Any], spec: Mapping[str, Any], lang: str) -> str:
    """The request that states what `call` states; `spec` is that of the solver's result."""
    zh = lang == "zh"
    said = {key: str(value).strip() for key, value in call.items()}
    clauses = [_kind(said, spec, lang), *_listed(said, _first(said), zh)]
    clauses.insert(1, _two_edges(said, zh))
    clauses += [*_stops(said, zh), *_listed(said, _LAST, zh)]
    return ("，" if zh else ", ").join(clause for clause in clauses if clause)


def _first(said: Mapping[str, str]) -> Mapping[str, Text]:
    """The templates of the pass band, with the level of its edges inserted."""
    levelled = [key for key in _AT_LEVEL if key in said]
    if "edge_db" not in said or not levelled:
        return _FIRST
    level = said["edge_db"]
    named = {key: (en.replace("{level}", level), zh.replace("{level}", level))
             for key, (en, zh) in _AT_LEVEL.items()}  # fmt: skip
    return {key: named.get(key, form) for key, form in _FIRST.items() if key != "edge_db"}


def _kind(said: Mapping[str, str], spec: Mapping[str, Any], lang: str) -> str:
    """Family and band, in the language's terms if the solver recognised them."""
    names = []
    for key, known in (("family", "filter_type"), ("band", "filter_band")):
        if key in said:
            names.append(word(spec[known], lang) if known in spec else said[key])
    return ("" if lang == "zh" else " ").join(names)


def _two_edges(said: Mapping[str, str], zh: bool) -> str:
    low, high = said.get("f1"), said.get("f2")
    if low and high:
        return f"通带 {low} 至 {high}" if zh else f"pass band {low} to {high}"
    if low:
        return f"通带从 {low}" if zh else f"pass band from {low}"
    return (f"通带至 {high}" if zh else f"pass band up to {high}") if high else ""


def _listed(said: Mapping[str, str], forms: Mapping[str, Text], zh: bool) -> Iterator[str]:
    for key, form in forms.items():
        if key in said:
            yield form[zh].replace("{}", said[key])


def _stops(said: Mapping[str, str], zh: bool) -> Iterator[str]:
    """A clause for each attenuation with the frequencies at which it is required."""
    by_level: dict[str | None, list[str]] = {}
    for number in range(1, MOST_STOP_POINTS + 1):
        place = _place(said, str(number), zh)
        level = said.get(f"att{number}", said.get("att"))
        if place or f"att{number}" in said:
            by_level.setdefault(level, []).append(place)
    if not by_level and "att" in said:
        by_level[said["att"]] = [""]
    for level, places in by_level.items():
        yield _clause(level, [place for place in places if place], zh)


def _clause(level: str | None, places: list[str], zh: bool) -> str:
    where = ("、" if zh else " and ").join(places)
    if level is None:
        return f"阻带 {where}" if zh else f"stop band {where}"
    if not where:
        return f"阻带衰减 {level}" if zh else f"stop-band attenuation {level}"
    space = "" if where.endswith("处") else " "
    return f"{where}{space}衰减 {level}" if zh else f"{level} attenuation {where}"


def _place(said: Mapping[str, str], number: str, zh: bool) -> str:
    stop, to = said.get(f"stop{number}"), said.get(f"to{number}")
    offset, multiple = said.get(f"offset{number}"), said.get(f"multiple{number}")
    if stop and to:
        return f"{stop} 至 {to}" if zh else f"from {stop} to {to}"
    if stop:
        return f"{stop} 处" if zh else f"at {stop}"
    if to:
        return f"至 {to}" if zh else f"up to {to}"
    if offset:
        return f"偏离中心 {offset} 处" if zh else f"at {offset} from the centre"
    if multiple:
        return f"{multiple} 处" if zh else f"at {multiple}"
    return ""
