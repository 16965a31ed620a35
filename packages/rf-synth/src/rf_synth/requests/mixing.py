"""English in the requests of Chinese engineers: terms, short entries, or quotations.

Nobody switches languages with every sentence. A mixed request is Chinese with some English terms
(`通带ripple`, `RL 18 dB以上`), with data-sheet entries without grammar (`Rej 40 dB @ 2 GHz`), or an
English specification between two Chinese sentences.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from rf_synth.requests.voices import Request

_GRAMMAR = frozenset(
    "the a an is are was were be been being it its we i my our your you me us must should "
    "shall will would can could may might has have had do does did not that which this these "
    "those there if when then please want wanted wants needs anything everything nothing whatever "
    "goes sits lies who what how why where thanks so just they them he she but because while whose "
    "let make makes take give gives gets get kindly looking quick help "
    "having keeping probably again already some one hey ah oops oh sorry say as "
    "starts ends begins reaches covers passes keeps suppresses rejects "
    "blocks occupied counts corresponds stays assume supplier "
    "reach until till kill knock nasties dead wiggle garbage narrow thought climbs amounts passing "
    "occupying course otherwise actually referred rejecting lowered everywhere thick inch lecture "
    "runs off neighbours use matters rfq requirement complete synthesis below shape quote".split()
)
"""English words by which a clause is a sentence, not an entry."""
_MOST_WORDS = 5
_WORDS = re.compile(r"[A-Za-z][A-Za-z'-]*")
_SLOT = re.compile(r"\{[^}]*\}")
_LATIN = re.compile(r"[A-Za-z]")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NO_ENGLISH = frozenset(
    "khz mhz ghz dbc dbm ohm ohms rad sma bnc pcb agc lte esd usb lpf hpf bpf bsf ppm".split()
)
"""Units and what is written so in every language, in small letters."""
_SHORT_ENGLISH = frozenset(["bw", "il", "lp", "hp", "bp", "tx", "rx"])
_BEFORE_OR_BEHIND = re.compile("(?<=[\u4e00-\u9fff])\0|\1(?=[\u4e00-\u9fff])")
"""Boundaries between a term (marked by \\0 and \\1) and Chinese characters."""

_COMPOUNDS = {
    "电压驻波比": "VSWR", "驻波比": "VSWR", "插入损耗": "insertion loss", "插损": "IL",
    "回波损耗": "return loss", "带外抑制": "out-of-band rejection", "镜像抑制": "image rejection",
    "阻带衰减": "stopband attenuation", "阻带抑制": "stopband rejection",
    "通带纹波": "passband ripple", "通带波纹": "passband ripple", "带内纹波": "in-band ripple",
    "带内波纹": "in-band ripple", "带内平坦度": "in-band flatness", "通带波动": "passband ripple",
    "带内波动": "in-band ripple", "截止频率": "cutoff frequency", "中心频率": "center frequency",
    "通带截止频率": "passband edge", "阻带截止频率": "stopband edge", "低噪放": "LNA",
    "混频器": "mixer", "功放": "PA", "本振": "LO", "交期": "lead time",
    "规格书": "spec", "拓扑": "topology", "端口阻抗": "port impedance",
    "过渡带宽度": "transition width", "相对带宽": "fractional BW", "群时延": "group delay",
}  # fmt: skip
_TERMS = _COMPOUNDS | {
    "通带": "passband", "阻带": "stopband", "过渡带": "transition band", "带宽": "bandwidth",
    "纹波": "ripple", "波纹": "ripple", "平坦度": "flatness", "杂散": "spur", "滤波器": "filter",
    "谐振器": "resonator", "回损": "RL", "特性阻抗": "impedance", "特征阻抗": "impedance",
    "阶数": "order", "样品": "sample", "接收机": "receiver", "发射机": "TX",
    "指标": "spec",
}  # fmt: skip
_SYMBOLS = {
    "电压驻波比": "VSWR", "驻波比": "VSWR", "驻波": "VSWR", "插入损耗": "IL", "插损": "IL",
    "回波损耗": "RL", "回损": "RL", "带宽": "BW", "相对带宽": "FBW", "低噪放": "LNA",
    "功放": "PA", "混频器": "mixer", "本振": "LO", "截止频率": "fc", "中心频率": "f0",
    "带内纹波": "带内ripple", "通带纹波": "通带ripple", "通带波纹": "通带ripple",
    "带外抑制": "rejection", "特性阻抗": "Z0", "特征阻抗": "Z0", "通带截止频率": "fp",
    "阻带截止频率": "fs",
}  # fmt: skip
_KEPT = (
    "等波纹", "等纹波", "带宽度", "宽带宽", "纹波系数", "波纹系数", "中心频率点", "通带边",
    "阻带边", "高阻带", "有源滤波器", "滤波器组", "功放管", "双工滤波器", "驻波保护", "通带外",
    "低通滤波器", "高通滤波器", "带通滤波器", "带阻滤波器", "占用带宽", "驻波系数", "通带宽",
    "过渡带宽", "上阻带截止频率", "下阻带截止频率", "、上阻带截止频率",
)  # fmt: skip
"""Chinese words that contain one of the terms but stay Chinese."""
VOCABULARIES: tuple[dict[str, str], ...] = (_COMPOUNDS, _TERMS, _TERMS, _SYMBOLS, {})
"""The English terms of different writers; one in five uses none."""
LETTER_VOCABULARIES = (3, 3, 4)
"""The vocabularies for letters: abbreviations, or none."""


@cache
def is_entry(text: str) -> bool:
    """Whether a clause consists of a few English words without grammar."""
    words = _WORDS.findall(_SLOT.sub(" ", text))
    few = text.isascii() and len(words) <= _MOST_WORDS and " percent}" not in text
    return few and not any("'" in word or word.lower() in _GRAMMAR for word in words)


@cache
def _pattern(vocabulary: int) -> re.Pattern[str]:
    """Matches slots, words that stay Chinese, and terms, the longest first."""
    words = sorted((*VOCABULARIES[vocabulary], *_KEPT), key=lambda word: (-len(word), word))
    return re.compile("|".join([r"\{[^}]*\}", *map(re.escape, words)]))


@lru_cache(maxsize=1 << 15)
def with_terms(text: str, vocabulary: int, gap: str) -> str:
    """A Chinese clause with the English terms of a vocabulary; unchanged if it has English.

    `gap` separates Chinese and English; numbers and other terms are always separated by a space.
    """
    terms = VOCABULARIES[vocabulary]
    if not terms or _LATIN.search(_SLOT.sub("", text)):
        return text

    def term(found: re.Match[str]) -> str:
        return f"\0{terms[found[0]]}\1" if found[0] in terms else found[0]

    marked = _pattern(vocabulary).sub(term, text)
    for around, between in (("\1\0", " "), ("\1{", " {"), ("}\0", "} ")):
        marked = marked.replace(around, between)
    return _BEFORE_OR_BEHIND.sub(gap, marked).replace("\0", "").replace("\1", "")


def in_languages_of(lang: str, assemble: Callable[[], Request]) -> Request:
    """The next request that `assemble` draws; one in both languages if `lang` is mix."""
    request = assemble()
    while lang == "mix" and not _has_both(request.said()):
        request = assemble()
    return request


def _has_both(texts: Iterable[str]) -> bool:
    """Whether these texts of one request are in Chinese and have an English word at least."""
    said = " ".join(texts)
    words = [word.lower() for word in _WORDS.findall(said)]
    english = [w for w in words if w in _SHORT_ENGLISH or (len(w) > 2 and w not in _NO_ENGLISH)]
    return bool(english and _CHINESE.search(said))
