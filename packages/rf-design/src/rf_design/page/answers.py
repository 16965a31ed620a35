"""Designs as sent to the page: design.json, the curves, and the request as a sentence."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from rf_design.core import Design, Filter, design
from rf_design.errors import DesignError
from rf_design.files.folder import DESIGN_FILE, MEDIA_TYPES
from rf_design.options import Options
from rf_design.page.bodies import View
from rf_design.page.curves import curves
from rf_design.page.errors import PageError, not_designed
from rf_design.page.sentence import sentence
from rf_design.report import design_file


class Designs:
    """A cache of designs by call and options, so that a zoom or a file is not designed again."""

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
            raise not_designed(error) from None
        with self._lock:
            self._found[key] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found


def answer(found: Design, view: View) -> dict[str, Any]:
    """Everything the page shows about a design."""
    call, spec = found.call or {}, found.result.get("spec", {})
    shown: dict[str, Any] = {
        "design": found.to_json(),
        "sentence": {lang: sentence(call, spec, lang) for lang in ("en", "zh")},
        "curves": None,
    }
    if found.filter is not None:
        shown["curves"] = curves(found.filter, view)
        shown["files"] = list(_available())
    return shown


def filter_of(found: Design) -> Filter:
    """The filter of a design. Raises PageError if it has none."""
    if found.filter is None:
        raise PageError(409, "There is no filter yet.", "尚无滤波器。")
    return found.filter


def _available() -> tuple[str, ...]:
    """The names of the files that can be made with the installed packages."""
    from importlib.util import find_spec

    plots = find_spec("matplotlib") is not None
    return tuple(name for name in MEDIA_TYPES if plots or not name.startswith("response."))


def file_of(found: Design, name: str) -> bytes:
    """One file of a design. Raises PageError."""
    if name not in _available():
        raise PageError(404, "There is no file of that name.", "没有这个文件。")
    if name == DESIGN_FILE:
        return design_file(found).encode()
    from rf_design.files.folder import filter_files

    return filter_files(filter_of(found), plots=name.startswith("response."))[name]
