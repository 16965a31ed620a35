"""Normalises typed text: one form of digits, letters, signs, units and spaces.

Input methods write 2.4 GHz in many ways (２．４ＧＨｚ, 2.4㎓, a no-break space in between), of
which a model has seen few. Requests are normalised before a model reads them.
"""

import re
import unicodedata
from collections.abc import Iterator

_KEPT = "，：；（）！？～"
"""Full-width punctuation of ordinary Chinese text, which models know."""
_BLOCKS = (
    range(0x2103, 0x2104),  # ℃
    range(0x2109, 0x210A),  # ℉
    range(0x210E, 0x2114),  # ℎ ℓ and the letters between them
    range(0x3250, 0x3260),  # ㉐ and the circled numbers after it
    range(0x32CC, 0x32D0),  # ㋌ ㋍ ㋎ ㋏
    range(0x3371, 0x33E0),  # ㎒ ㏈ ㎊: units in one character
    range(0x33FF, 0x3400),
    range(0xFE50, 0xFE70),  # small forms ﹣ ﹢ ﹪
    range(0xFF01, 0xFF5F),  # full width
    range(0xFFE0, 0xFFE7),
    range(0x1D400, 0x1D800),  # letters and digits of mathematical alphabets
    range(0x1FBF0, 0x1FBFA),  # seven-segment digits
)
_OTHERS = {
    "\u00b5": "μ",  # micro sign
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "\ufe63": "-", "\ufe62": "+", "\uff0d": "-",
    "\u02d7": "-", "\u2796": "-", "\u2795": "+", "\u2215": "/", "\u2236": ":", "\u00a0": " ",
    "\u2000": " ", "\u2001": " ", "\u2002": " ", "\u2003": " ", "\u2004": " ", "\u2005": " ",
    "\u2006": " ", "\u2007": " ", "\u2008": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ",
    "\u205f": " ", "\u3000": " ", "\u1680": " ", "\u2800": " ", "\u3164": " ", "\uffa0": " ",
    "\u066b": ".", "\u066c": ",", "\uff61": "。", "\uff64": "、",
}  # fmt: skip
_INVISIBLE = "\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e\u200e\u200f\u061c"
_INVISIBLE += "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_AS_TEXT = re.compile("(?<=[\x00-\u02ff\u0370-\u03ff])[\ufe00-\ufe0f]")
"""Variation selectors after characters without variants; after an emoji they are kept."""
_JOINERS = re.compile("[\u200c\u200d]")
_PLAIN_SCRIPTS = re.compile("[\x00-\u02ff\u0370-\u03ff\u3000-\u30ff\u4e00-\u9fff]")


def plain_text(text: str) -> str:
    """The text with digits, letters, signs, units and spaces as a keyboard types them.

    Digits of every script become 0-9; full-width, square, small and mathematical forms are replaced
    by their NFKC form; every minus becomes `-`, every space U+0020. Zero-width characters are
    removed, except joiners inside emoji and in scripts that need them. Everything else is only
    composed (NFC), since NFKC turns 10² into 102, ① into 1 and Chinese punctuation into English.
    Line ends and tabs are kept. The function is idempotent.
    """
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFC", text.translate(_TABLE))
    plain = _AS_TEXT.sub("", plain)
    if _JOINERS.search(plain):
        plain = _without_joiners(plain)
    return "".join(_digit(c) if c.isdecimal() and not c.isascii() else c for c in plain)


def _without_joiners(text: str) -> str:
    """Drops joiners next to Latin, Greek and Chinese characters, where they have no effect."""
    kept = list(text)
    for match in _JOINERS.finditer(text):
        around = text[max(0, match.start() - 1) : match.start()] + text[match.end() :][:1]
        if len(around) < 2 or _PLAIN_SCRIPTS.search(around) or _JOINERS.search(around):
            kept[match.start()] = ""
    return "".join(kept)


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character))


def _table() -> Iterator[tuple[int, str]]:
    for block in _BLOCKS:
        for code in block:
            plain = unicodedata.normalize("NFKC", chr(code))
            if plain != chr(code) and chr(code) not in _KEPT:
                yield code, "".join(_OTHERS.get(c, c) for c in plain)
    for character, plain in _OTHERS.items():
        yield ord(character), plain
    for character in _INVISIBLE:
        yield ord(character), ""


_TABLE = dict(_table())
