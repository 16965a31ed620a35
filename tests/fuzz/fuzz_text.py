"""Input for the fuzz tests: text put together from the pieces that readers stumble over."""

from hypothesis import strategies as st

PIECES = [
    "{", "}", "[", "]", ":", ",", '"', "'", "\\", "\n", "\r", "\t", " ", "-", "+", ".", "_", "e",
    "0", "1", "7", "1e", "e9", "\\u", "d800", "0000", "null", "true", "NaN", "Infinity",
    "\ufeff", "\0", "\x85", "\u2028", "٣", "５", "．", "¼", "阶", "😀", "\ud800",
    "{\"a\": ", "{\"a\": 1}", "\"b\": ", "[[", "]]", "{{", "}}", "1e999", "9" * 20, "1" * 5_000,
    "<think>", "</think>", "```json\n", "```\n", "~~~", "｛", "｝", "“", "”", "＂", "：", "，",
    "GHz", "MHz", "kHz", "Hz", "吉赫", "千兆赫", "兆赫", "G", "M", "dB", "dBc", "分贝", "ohm",
    "Ω", "欧姆", "VSWR", "驻波比", '"order": 7', '"filter_band": "lowpass"', '"fc": 2.4e9',
]  # fmt: skip


def made_of(pieces: list[str], most: int = 40) -> st.SearchStrategy[str]:
    """Texts of some of the pieces, a few of them many times in a row."""
    repeated = st.tuples(st.sampled_from(pieces), st.integers(2, 300)).map(lambda p: p[0] * p[1])
    piece = st.sampled_from(pieces) | st.text(max_size=5) | repeated
    return st.lists(piece, max_size=most).map("".join)


texts = made_of(PIECES)

ODD_VALUES = [
    "", "null", "~", "true", "no", "3", "-1", "0", "0x10", "1_000", "1e9", "1.5", ".nan", "-.inf",
    "1:30", "1:30.5", "1:00" + ":00" * 300 + ".5", "1/3", "1/0", "'1e99999999'", "1e400", "=", "<<",
    "9" * 19, "2024-02-30", "2024-02-29", "2024-01-01t00:00:00+99:99", "text", "''", "' '", '"\\0"',
    '"\\ud800"', '"\\x85"', "..", "/", ".", "a/../b", "~/x", "[]", "{}", "[[]]", "[1, two, ~]",
    "[a, [b]]", "{a: 1}", "{a: {b: c}}", "{? [a] : b}", "{1: 2, ~: 3}", "!!int ''", "!!int x",
    "!!float ''", "!!bool x", "!!timestamp x", "!!binary x", "!!set {a}", "!!omap [a]", "!!str [a]",
    "! x", "!x y", "!!python/name:os.system ''", "&a 1", "*a", "|\n  x", ">-\n  x", "? a", "- a",
    "阶", "\u2028", "😀", "chebyshev", "default", "0.5", "[0.1, 0.2]", "[2, 1]", "[.nan, .nan]",
    "{lowpass: .nan, highpass: 1, bandpass: 0}", "{full: 1/3, followup_resolve: 2/3}",
]  # fmt: skip


@st.composite
def spoiled_yaml(draw: st.DrawFn, good: str) -> str:
    """A good recipe with some lines changed: other values, other keys, lines gone or doubled."""
    lines = good.splitlines()
    odd = st.sampled_from(ODD_VALUES) | made_of(PIECES, 6)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        change = draw(st.sampled_from(["value", "value", "value", "key", "line", "gone", "indent"]))
        if change == "value":
            lines[at] = f"{key}: {draw(odd)}" if colon else draw(odd)
        elif change == "key":
            lines[at] = f"{draw(odd)}{colon}{lines[at].partition(':')[2]}"
        elif change == "line":
            lines.insert(at, draw(odd))
        elif change == "gone" and len(lines) > 1:
            del lines[at]
        else:
            lines[at] = "  " + lines[at]
    return "\n".join(lines) + "\n"
