"""The task of a request, where a small model may confuse context and task.

A device that locates the filter ("behind the LNA") does not make it another task. A question about
a simulator or a measurement is not a request for a filter, whatever numbers it mentions.
"""

import re
from collections.abc import Mapping

from rf_synth.calls.bands import HIGHPASS, LOWPASS, band

from rf_design.reading.text import everywhere

EQUAL_RIPPLE_KEYS = frozenset(["ripple", "return_loss", "vswr", "gamma"])
"""Keys of a call that limit the pass-band ripple."""
_LIMITS = EQUAL_RIPPLE_KEYS | {"att", "att1"}
_PLACE = re.compile(
    r"(?:\b(?:for|from|behind|after|before|into|between|near|in front of)"
    r"(?: (?:the|my|our|an?|his|its|this|that|your|of|front|output|input))* (?:[\w-]+ ){0,2}"
    r"|\b(?:gain|noise figure|level|supply) of (?:the |my |our |an? )?(?:[\w-]+ ){0,2}"
    r"|(?:给|为|用于|用在|放在?|接在?|装在?|滤掉|去掉)[^，。,;；\n]{0,8})$",
    re.IGNORECASE,
)
"""Before words for the location of a filter or for what it should block."""
_QUESTION = re.compile(
    r"[?？]|怎么|为什么|为何|如何|是不是|要不要|该.{0,8}还是|吗|多[少大宽长厚]|哪[个种家款]"
    r"|\b(?:how|why|what|which|should i|does|do you)\b",
    re.IGNORECASE,
)
_TOOL = re.compile(
    r"(?<![A-Za-z])"
    r"(?:HFSS|CST|ADS|AWR|Sonnet|Momentum|LTspice|Qucs|(?:nano)?VNA|tinySA|network analy[sz]er)"
    r"(?![A-Za-z])"
    r"|矢网|网分|矢量网络|频谱仪",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:microstrip|stripline|trace width|inductors?|capacitors?|ferrites?|crystal filters?"
    r"|SAW filters?|ceramic filters?|connectors?|attenuators?|coax(?:ial)? cables?)\b"
    r"|微带|带状线|线宽|板厚|叠层|电感|电容|磁珠|晶体滤波器|声表|陶瓷滤波器|接头|衰减器|同轴电?缆",
    re.IGNORECASE,
)
"""Parts and lines that questions are about."""
_SHOPPING = re.compile(
    r"型号|现货|哪家|货期|\b(?:part number|in stock|stocks?|lead time|which (?:model|brand))\b",
    re.IGNORECASE,
)
"""Words of questions about what to buy."""
_KNOWLEDGE = re.compile(
    r"\b(?:what is the difference|what(?:'s| is| are| does)|explain|why (?:is|are|do|does))\b"
    r"|区别|为什么|为何|什么意思|是什么|解释|原理",
    re.IGNORECASE,
)
"""Words of questions about filters in general."""
_COMMON_PORT = re.compile(
    r"(?<!not )(?<!not a )(?<!no )(?<!existing )\b(?:di|du|tri|multi)plexer(?!-)"
    r"|(?<!不是)(?<!不要)(?<!现有)(?:双工器|多工器|三工器|合路器)",
    re.IGNORECASE,
)
_CROSSOVER = re.compile(r"(?:passive )?cross-?over|分频器?", re.IGNORECASE)
_OPPOSITE = {
    LOWPASS: re.compile(r"\bhigh[- ]?pass|\bHPF\b|高通|tweeter|高音", re.IGNORECASE),
    HIGHPASS: re.compile(r"\blow[- ]?pass|\bLPF\b|低通|woofer|低音", re.IGNORECASE),
}
"""What a request for both filters of a crossover also mentions."""
_HERTZ = re.compile(r"\d\s*(?:[GMk]?Hz|[GMk]\b|[兆吉千]?赫)", re.IGNORECASE)
_WANTS_A_FILTER = re.compile(
    r"设计|做[一个只款]|[要求来][一个只款]|需要|想要|几阶|多少阶|阶数|元件值|参数值"
    r"|\b(?:design|need|want|looking for|order|quote|specif\w+|values?|build|require\w*)\b",
    re.IGNORECASE,
)


_FILTER_WANTED = re.compile(
    r"(?:设计|[做要来弄加])(?:一?[个只款台]|一)[^，。,;；\n]{0,8}"
    r"(?:滤波器|filter|[LHB]PF|[低高带][通阻]|(?:low|high|band)[- ]?pass|notch)"
    r"|\b(?:design|need|want|give me|build|make)(?: me)?(?: just)? an? [^.,;\n]{0,12}"
    r"\b(?:filter|[LHB]PF|(?:low|high|band)[- ]?(?:pass|stop)|notch)\b",
    re.IGNORECASE,
)
"""A request for a filter in so many words."""


def is_place(device: str, said: str) -> bool:
    """Whether a request mentions a device only as the location of its filter."""
    return everywhere(
        re.escape(device),
        said,
        lambda place: _PLACE.search(said[max(0, place.start() - 40) : place.start()]),
    )


def tool_asked_about(call: Mapping[str, object], said: str) -> str:
    """The simulator or instrument that a question is about; empty if it may request a filter.

    A call with a complete specification counts as a request, whatever else is asked.
    """
    if is_complete(call):
        return ""
    return _asked_about(_TOOL.search(said), said)


def part_asked_about(call: Mapping[str, object], said: str) -> str:
    """The part that a question is about; empty if it may request a filter.

    A call that limits pass band or stop band counts as a request, whatever else is asked. An order
    alone may be that of a filter one can buy.
    """
    if states_stop_band(call) or not _LIMITS.isdisjoint(call):
        return ""
    named = _SHOPPING.search(said) or (None if "order" in call else _PART.search(said))
    return _asked_about(named, said)


def knowledge_asked_for(call: Mapping[str, object], said: str) -> str:
    """The words that ask about filters in general; empty if the call states any number."""
    if any(re.search(r"\d", str(text)) for text in call.values()) or _HERTZ.search(said):
        return ""
    return _asked_about(_KNOWLEDGE.search(said), said)


def _asked_about(named: re.Match[str] | None, said: str) -> str:
    if named is None or not _QUESTION.search(said) or _WANTS_A_FILTER.search(said):
        return ""
    return named[0]


def wants_a_filter(call: Mapping[str, object], said: str) -> bool:
    """Whether a call names a band and its request asks for a filter in so many words."""
    return "band" in call and _FILTER_WANTED.search(said) is not None


def several_filters(call: Mapping[str, object], said: str) -> str:
    """The word for the filters with a common port that are requested; empty if there are none.

    A call with a complete specification is for one filter, beside or inside of such a device.
    """
    if is_complete(call):
        return ""
    named = _COMMON_PORT.search(said)
    return "" if named is None or is_place(named[0], said) else named[0]


def is_half_of_crossover(text: str, call: Mapping[str, object], said: str) -> bool:
    """Whether a crossover is mentioned of which one low- or high-pass is wanted."""
    wanted = band(str(call.get("band", "")))
    if not _CROSSOVER.fullmatch(text.strip()) or "edge" not in call or wanted not in _OPPOSITE:
        return False
    return not _OPPOSITE[wanted].search(said)


def is_complete(call: Mapping[str, object]) -> bool:
    """Whether a call states a stop band, and a ripple or an order."""
    return states_stop_band(call) and not (EQUAL_RIPPLE_KEYS | {"order"}).isdisjoint(call)


def states_stop_band(call: Mapping[str, object]) -> bool:
    """Whether a call contains a stop frequency in any form."""
    return any(map(is_stop_key, call))


def is_stop_key(key: str) -> bool:
    """Whether a key states a stop frequency in some form."""
    return re.match("stop|to|offset|multiple", key) is not None
