"""The page as one HTML document that includes style and script from separate files.

Its Content-Security-Policy allows only these two, by hash, and connections to its own server.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rf_design.solving import MOST_STOP_POINTS
from rf_design.terminal.words import ASSUMED, CALL_KEYS, WORDS

SCRIPTS = (
    "dom.js", "words.js", "numbers.js", "form.js", "tune.js", "chart.js", "markers.js",
    "schematic.js", "report.js", "dialogue.js", "visits.js", "main.js",
)  # fmt: skip
"""In the order in which they are concatenated, within one scope."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of the page and its Content-Security-Policy."""

    html: bytes
    policy: str


@cache
def document(lang: str | None = None) -> Document:
    """The page; the interface is in `lang` or, if None, in the browser's language."""
    style = _asset("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "\n})();\n"
    filled = {
        "<!--style-->": f"<style>{style}</style>",
        "<!--script-->": f"<script>{script}</script>",
        "<!--facts-->": f'<script type="application/json" id="facts">{_facts(lang)}</script>',
    }
    html = _asset("page.html")
    for place, text in filled.items():
        html = html.replace(place, text)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Document(html.encode(), policy)


def _facts(lang: str | None) -> str:
    """The texts of the interface, including those of the report, as JSON for a script element."""
    words: dict[str, Any] = json.loads(_asset("words.json"))
    report = {f"report.{key}": list(texts) for key, texts in WORDS.items()}
    facts = {
        "lang": lang,
        "words": report | words,
        "call_keys": {key: list(texts) for key, texts in CALL_KEYS.items()},
        "assumed": {key: list(texts) for key, texts in ASSUMED.items()},
        "most_stop_points": MOST_STOP_POINTS,
    }
    text = json.dumps(facts, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _asset(name: str) -> str:
    return (files("rf_design.page") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
