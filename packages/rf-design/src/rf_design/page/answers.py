"""Designs as the page gets them: design.json, the curves, and the request as a sentence."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from rf_design.core import Design, design
from rf_design.errors import DesignError
from rf_design.options import Options
from rf_design.page.bodies import View
from rf_design.page.curves import curves
from rf_design.page.errors import PageError
from rf_design.page.sentence import sentence

KINDS = {
    "filter.s2p": "application/octet-stream",
    "filter.cir": "text/plain; charset=utf-8",
    "bench.cir": "text/plain; charset=utf-8",
    "filter.sch": "text/plain; charset=utf-8",
    "bom.csv": "text/csv; charset=utf-8",
    "bom.json": "application/json",
    "schematic.svg": "image/svg+xml",
    "response.png": "image/png",
    "response.svg": "image/svg+xml",
    "design.json": "application/json",
}
"""The files that the page offers, each with its media type."""


class Designs:
    """The last designs by call and options: a zoom or a file must not search values again."""

    def __init__(self, most: int = 64) -> None:
        self._most, self._lock = most, Lock()
        self._found: OrderedDict[tuple[str, Options], Design] = OrderedDict()

    def of(self, call: Mapping[str, Any], options: Options) -> Design:
        """The design of a call. Raises PageError."""
        key = (json.dumps(call, sort_keys=True), options)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        try:
            found = design(call, options)
        except DesignError as error:
            raise PageError(400, str(error), f"无法设计：{error}") from None
        with self._lock:
            self._found[key] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found


def answer(found: Design, view: View) -> dict[str, Any]:
    """Everything the page shows of a design."""
    call, spec = found.call or {}, found.result.get("spec", {})
    shown: dict[str, Any] = {
        "design": found.to_json(),
        "sentence": {lang: sentence(call, spec, lang) for lang in ("en", "zh")},
        "curves": None,
    }
    if found.filter is not None:
        shown["curves"] = curves(found.filter, view)
        shown["files"] = list(offered())
    return shown


def offered() -> tuple[str, ...]:
    """The names of the files that can be made here."""
    from importlib.util import find_spec

    plots = find_spec("matplotlib") is not None
    return tuple(name for name in KINDS if plots or not name.startswith("response."))


def file_of(found: Design, name: str) -> bytes:
    """One file of a design. Raises PageError."""
    if name not in offered():
        raise PageError(404, "There is no file of that name.", "没有这个文件。")
    if name == "design.json":
        text = json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False, indent=2)
        return (text + "\n").encode()
    if found.filter is None:
        raise PageError(409, "There is no filter yet.", "尚无滤波器。")
    from rf_design.files.folder import filter_files

    return filter_files(found.filter, plots=name.startswith("response."))[name]
