"""The metrics of the second turn: `resolve_own.*` and `resolve_reference.*`."""

from dataclasses import replace

from rf_eval.metrics import filter as _filter
from rf_eval.metrics import generic as _generic
from rf_eval.metrics import outcome as _outcome
from rf_eval.metrics import reading as _reading
from rf_eval.metrics import spec as _spec
from rf_eval.registry import Applies, metrics

SECOND_TURN = (
    "json_strict",
    "json_recovered",
    "filter_type",
    "filter_band",
    "order",
    "keys_complete",
    "meets_spec",
    "minimal_order",
    "call_valid",
    "reading",
    "reading_slots",
    "status",
    "wrong_design",
)
_MODULES = (
    _generic,
    _filter,
    _spec,
    _reading,
    _outcome,
)  # imported first, since they register what is copied here

for _history in ("own", "reference"):
    for _name in SECOND_TURN:
        _first = metrics.get(_name)
        _after = "its own" if _history == "own" else "the reference's"
        metrics.register(
            f"resolve_{_history}.{_name}",
            replace(
                _first,
                name=f"resolve_{_history}.{_name}",
                applies=Applies(frozenset({"followup_resolve"}), 2, _history),
                description=f"Second turn, after {_after} first: {_first.description}",
            ),
        )
