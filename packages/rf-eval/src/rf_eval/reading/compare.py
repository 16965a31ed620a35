"""Compares two calls of `design_filter` by meaning, argument by argument.

Stop points are a set: neither their numbers matter nor whether an attenuation is stated once for
all of them or for each. Pass-band edges and the ends of a stop range may be swapped. A pass band
from zero is equivalent to one edge, and equal source and load impedances to one for both ports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rf_eval.reading.meaning import KEYS, MAX_POINTS, POINT_KEYS, meaning

Kind = Literal["right", "wrong", "missing", "invented"]
Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument: its key in the reference (or else in the answer), and both texts."""

    key: str
    kind: Kind
    expected: object = None
    found: object = None

    @property
    def name(self) -> str:
        """The key without the number of its stop point, for counting."""
        bare = self.key.rstrip("0123456789")
        return bare if bare in POINT_KEYS else self.key

    def __str__(self) -> str:
        if self.kind == "missing":
            return f"{self.key} {self.expected!r} is missing"
        if self.kind == "invented":
            return f"{self.key} {self.found!r} is invented"
        return f"{self.key} is {self.found!r}, expected {self.expected!r}"


@dataclass(frozen=True, slots=True)
class _Point:
    """One stop point: its number and its texts by key; `shared` if `att` holds for all points."""

    number: int
    texts: Mapping[str, object]
    shared: bool

    def key(self, name: str) -> str:
        return "att" if name == "att" and self.shared else f"{name}{self.number}"


def compare_calls(expected: Arguments, found: Arguments) -> list[Slot]:
    """One slot per argument of either call, in the order of `KEYS`, unknown keys last."""
    expected, found = (_one_port_impedance(_without_zero_edge(call)) for call in (expected, found))
    theirs, ours = _points(expected), _points(found)
    slots = _plain_slots(_rest(expected, theirs), _rest(found, ours))
    slots += [slot for pair in _matched(theirs, ours) for slot in _point_slots(*pair)]
    places = {key: place for place, key in enumerate(KEYS)}
    return sorted(slots, key=lambda slot: places.get(slot.key, len(places)))


def first_wrong(slots: Sequence[Slot]) -> Slot | None:
    """The first slot that is not right."""
    return next((slot for slot in slots if slot.kind != "right"), None)


def _without_zero_edge(arguments: Arguments) -> Arguments:
    """Without `f1` if it is zero and there is `f2` or `edge`; `f2` is then the edge."""
    if "f1" not in arguments or meaning("f1", arguments["f1"]) != meaning("f1", "DC"):
        return arguments
    if ("f2" in arguments) == ("edge" in arguments):
        return arguments
    names = {"f2": "edge"}
    return {names.get(key, key): text for key, text in arguments.items() if key != "f1"}


def _one_port_impedance(arguments: Arguments) -> Arguments:
    """With `z0` in place of `z_source` and `z_load` if both mean the same."""
    if "z0" in arguments or not {"z_source", "z_load"} <= arguments.keys():
        return arguments
    source, load = arguments["z_source"], arguments["z_load"]
    if meaning("z_source", source) != meaning("z_load", load):
        return arguments
    rest = {key: text for key, text in arguments.items() if key not in ("z_source", "z_load")}
    return {**rest, "z0": source}


def _points(arguments: Arguments) -> list[_Point]:
    found = []
    for number in range(1, MAX_POINTS + 1):
        texts = {k: arguments[f"{k}{number}"] for k in POINT_KEYS if f"{k}{number}" in arguments}
        if texts:
            shared = "att" not in texts and "att" in arguments
            found.append(
                _Point(number, texts | ({"att": arguments["att"]} if shared else {}), shared)
            )
    return found


def _rest(arguments: Arguments, points: Sequence[_Point]) -> dict[str, object]:
    """The arguments outside the stop points, including an `att` that no point uses."""
    taken = {f"{key}{i}" for key in POINT_KEYS for i in range(1, MAX_POINTS + 1)}
    if any(point.shared for point in points):
        taken.add("att")
    return {key: value for key, value in arguments.items() if key not in taken}


def _plain_slots(expected: Mapping[str, object], found: Mapping[str, object]) -> list[Slot]:
    if _swapped(expected, found, "f1", "f2"):
        found = {**found, "f1": expected["f1"], "f2": expected["f2"]}
    keys = [*expected, *(key for key in found if key not in expected)]
    return [_slot(key, key, expected, found) for key in keys]


def _swapped(
    expected: Mapping[str, object], found: Mapping[str, object], one: str, other: str
) -> bool:
    """Whether both calls state the two ends of the same range, but in swapped order."""
    if not all(key in texts for texts in (expected, found) for key in (one, other)):
        return False
    wanted = meaning(one, expected[one]), meaning(other, expected[other])
    return wanted == (meaning(other, found[other]), meaning(one, found[one]))


def _slot(key: str, name: str, expected: Mapping[str, object], found: Mapping[str, object]) -> Slot:
    if name not in found:
        return Slot(key, "missing", expected[name])
    if name not in expected:
        return Slot(key, "invented", None, found[name])
    wanted, got = expected[name], found[name]
    same = wanted == got or meaning(name, wanted) == meaning(name, got)
    return Slot(key, "right" if same else "wrong", expected[name], found[name])


def _matched(
    theirs: Sequence[_Point], ours: Sequence[_Point]
) -> list[tuple[_Point | None, _Point | None]]:
    """Pairs of points that agree most, best pairs first; the remaining points without partner."""
    left, right = list(theirs), list(ours)
    pairs: list[tuple[_Point | None, _Point | None]] = []
    while left and right:
        one, other = max(
            ((a, b) for a in left for b in right),
            key=lambda pair: (_agreement(*pair), -abs(pair[0].number - pair[1].number)),
        )
        left.remove(one)
        right.remove(other)
        pairs.append((one, other))
    return pairs + [(a, None) for a in left] + [(None, b) for b in right]


def _agreement(one: _Point, other: _Point) -> float:
    """The share of the two points' slots that are right."""
    slots = _point_slots(one, other)
    return sum(slot.kind == "right" for slot in slots) / len(slots)


def _point_slots(expected: _Point | None, found: _Point | None) -> list[Slot]:
    theirs: Mapping[str, object] = expected.texts if expected else {}
    ours: Mapping[str, object] = found.texts if found else {}
    if _swapped(theirs, ours, "stop", "to"):
        ours = {**ours, "stop": theirs["stop"], "to": theirs["to"]}
    slots = []
    for name in POINT_KEYS:
        if name in theirs or name in ours:
            holder = expected if expected and name in theirs else found
            key = name if holder is None else holder.key(name)
            slots.append(_slot(key, name, theirs, ours))
    return slots
