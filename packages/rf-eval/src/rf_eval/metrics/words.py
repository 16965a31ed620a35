"""The parameters that a question asks for, by technical terms in Chinese and English.

The text is split into sentences, of which only those that ask or request count, if there are any.
The longest terms are matched first, so that a "stopband attenuation" is not taken for a stop-band
edge. "Order" counts only if it is asked for, not in "to compute the order" or "in order to".
"""

import re
from functools import lru_cache

WORDS: dict[str, tuple[str, ...]] = {
    "filter_band": (
        r"(?:filter|response) (?:type|band|kind|shape)",
        r"(?:type|kind) of (?:filter|response)",
        r"band type",
        r"low[- ]?pass,? (?:or )?high[- ]?pass,? or band[- ]?pass",
        r"滤波器?(?:的)?(?:类型|种类|频带|形式|响应)",
        r"(?:频带|频段|响应|通带)(?:的)?类型",
        r"哪种(?:滤波器?|类型|响应)",
        r"(?:低通|LPF)[、，,/或 还是]*(?:高通|HPF)[、，,/或 还是]*(?:带通|BPF)",
    ),
    "filter_type": (
        r"approximation(?: type)?",
        r"chebyshev,? (?:or )?butterworth",
        r"(?:逼近|近似)(?:的)?(?:类型|方式|函数)?",
        r"切比雪夫[、，,/或 还是]*巴特沃[斯兹]",
    ),
    "fs_lower+fs_upper": (
        r"lower (?:and|&|/) upper (?:stop[- ]?band )?(?:stop[- ]?band edges?|stop frequenc(?:y|ies)"
        r"|edges?)",
        r"(?:both|two) stop[- ]?band (?:edges|frequencies)",
        r"upper (?:and|&|/) lower stop[- ]?band(?: edges?| frequencies)?",
        r"上[、/和与及]?下(?:边带|侧|边)?阻带(?:边缘|边频|频率|起始频率|截止频率)?",
        r"下[、/和与及]?上(?:边带|侧|边)?阻带(?:边缘|边频|频率|起始频率|截止频率)?",
    ),
    "fs_lower": (
        r"lower stop[- ]?band(?: edge| frequency| limit)?",
        r"lower stop(?: frequency| edge)?",
        r"fs_lower|fs1|fsl",
        r"(?:下边带|下侧|低端|下)阻带 ?(?:边缘|边频|频率|起始频率|截止频率|edge)?",
        r"阻带下(?:边频|边缘|限)(?:频率)?",
    ),
    "fs_upper": (
        r"upper stop[- ]?band(?: edge| frequency| limit)?",
        r"upper stop(?: frequency| edge)?",
        r"fs_upper|fs2|fsu",
        r"(?:上边带|上侧|高端|上)阻带 ?(?:边缘|边频|频率|起始频率|截止频率|edge)?",
        r"阻带上(?:边频|边缘|限)(?:频率)?",
    ),
    "La_target": (
        r"stop[- ]?band (?:attenuation|rejection|suppression|loss)",
        r"out[- ]of[- ]band (?:attenuation|rejection|suppression)",
        r"attenuation|rejection",
        r"(?:阻带|带外) ?(?:最小)?(?:衰减量?|抑制度?|rejection|attenuation)",
        r"衰减量?|抑制度?",
        r"La_target|\bLa\b",
    ),
    "ripple_db": (
        r"(?:pass[- ]?band|in[- ]band) (?:ripple|flatness|variation)",
        r"ripple(?:_db)?|flatness",
        r"(?:通带|带内) ?(?:最大)?(?:纹波|波纹|波动|平坦度|起伏|ripple)",
        r"纹波|波纹|平坦度|起伏|带内波动",
        r"return loss|vswr|回波损耗|驻波比",
    ),
    "f_center": (
        r"cent(?:er|re)(?: frequency)?|mid[- ]?band frequency|f_center|\bf0\b",
        r"中心(?:频率|频点)?",
    ),
    "bandwidth": (
        r"(?:pass[- ]?band )?band ?width|pass[- ]?band width|\bBW\b",
        r"(?:通带)?带宽|通频带|通带宽度",
    ),
    "R0": (
        r"(?:port|system|characteristic|reference|source|load|terminating|termination)?"
        r" ?(?:and load )?impedances?",
        r"\bR0\b|\bZ0\b",
        r"(?:端口|特性|系统|参考|源|负载)?阻抗",
    ),
    "fc": (
        r"(?:pass[- ]?band )?cut[- ]?off(?: frequency)?|pass[- ]?band edge(?: frequency)?",
        r"corner(?: frequency)?|pass[- ]?band frequency|\bfc\b|f_c\b",
        r"(?:通带)?截止频率|通带边缘(?:频率)?|通带边频|转折频率|边频点|通带频率",
        r"通带 edge|cut[- ]?off ?频率",
    ),
    "fs": (
        r"stop[- ]?band(?: edge| frequency| start(?:ing)? frequency| edges| frequencies)",
        r"stop (?:frequency|edge)|start of the stop[- ]?band|\bfs\b|f_s\b",
        r"阻带 ?(?:起始频率|截止频率|边缘频率|边频|边缘|频率|频点|edges?|起点)",
    ),
    "": (r"pass[- ]?band|stop[- ]?band|通带|阻带|low[- ]?pass|high[- ]?pass|band[- ]?pass",),
}
"""Regular expressions by parameter; those under "" are consumed without effect."""

_ORDER = re.compile(r"\border\b|阶数|几阶|多少阶|阶次", re.IGNORECASE)
_ORDER_MENTION = re.compile(
    r"\bin order (?:to|that|for)\b|\border of magnitude\b"
    r"|(?:comput|calculat|determin|find|work|deriv|obtain|deduc|minimi[sz])\w*"
    r"[^.?!,;]{0,30}\border\b"
    r"|(?:计算|确定|求出?|得出|得到|推导|算出?|反推)[^。？！，；]{0,12}(?:阶数|阶次)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[。？！!?\n])|(?<=[^\d]\.)(?=\s)|(?<=[;；])")
_ASKS = re.compile(
    r"[?？]|\b(?:please|could you|can you|would you|need|missing|provide|specify|tell me|what|which"
    r"|let me know|clarify|confirm|require)\b"
    r"|请|缺|需要|提供|补充|告知|给出|说明|确认|多少|哪|是什么|还差|未给|没有给|麻烦",
    re.IGNORECASE,
)
_PATTERN = re.compile(
    "|".join(
        f"(?P<k{index}_{number}>{pattern})"
        for index, patterns in enumerate(WORDS.values())
        for number, pattern in enumerate(patterns)
    ),
    re.IGNORECASE,
)
_KEYS = list(WORDS)
_ITEM = re.compile(r"\s*(?:[-*•·]|\d+[.)、])")
_CJK = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")


def asks(text: str) -> bool:
    """Whether the text asks or requests something."""
    return bool(_ASKS.search(text))


@lru_cache(maxsize=4096)
def asked_parameters(text: str, band: str = "") -> frozenset[str]:
    """The answer keys that a question asks for, including `order`.

    In a band-pass dialogue "the stop-band edges" without a side are both of them. Results are
    cached, since models ask in few ways.
    """
    found: set[str] = set()
    for sentence in _asking_part(text):
        for match in _PATTERN.finditer(sentence):
            key = _KEYS[int((match.lastgroup or "k0_0")[1:].split("_")[0])]
            found.update(key.split("+") if key else ())
        if _ORDER.search(_ORDER_MENTION.sub(" ", sentence)):
            found.add("order")
    if band == "bandpass" and "fs" in found:
        found.discard("fs")
        if not found & {"fs_lower", "fs_upper"}:
            found |= {"fs_lower", "fs_upper"}
    return frozenset(found)


def language_of(text: str) -> str:
    """`zh`, `en` or `mix`: Chinese characters, words in Latin letters (3 or more), or both."""
    chinese, latin = bool(_CJK.search(text)), bool(_LATIN_WORD.search(text))
    if chinese and latin:
        return "mix"
    return "zh" if chinese else "en"


def _asking_part(text: str) -> list[str]:
    """The sentences that ask, and the lines of a list introduced by one of them."""
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    asking: list[str] = []
    listing = False
    for sentence in sentences:
        starts = bool(_ASKS.search(sentence))
        if starts or listing:
            asking.append(sentence)
        introduces = starts and sentence.rstrip().endswith((":", "："))
        listing = introduces or (listing and bool(_ITEM.match(sentence)))
    return asking or sentences
