"""Words that make a request another task, and the reason that they stand for."""

import re
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.quantities import tidy
from rf_synth.calls.refusal import Declined, quoted


class Reason(NamedTuple):
    """A reason code with what it says; {words} is the text from the request."""

    code: str
    pattern: str
    en: str
    zh: str


_REASONS = (
    Reason(
        "diplexer",
        r"di-?plex|du-?plex|multiplex|triplex|combiner|双工|多工|合路|三工|双讯|crossover|分波器|multicoupler",
        "A diplexer or multiplexer ({words}) is several filters on a common port; specify one filter at a "
        "time and it can be designed here.",
        "双工器/多工器（{words}）是公共端口上的多个滤波器，这里一次只设计一个滤波器，请分别给出各通道的指标。",
    ),
    Reason(
        "tunable",
        r"tun(?:e|able|ing)|adjustable|switchable|switched|reconfig|variable|varactor|yig|electronically|可调|"
        r"调谐|可变|可重构|开关滤波|跳频|电调|sweep",
        "A tunable filter ({words}) has no single specification; give one tuning state to have it designed.",
        "可调滤波器（{words}）没有唯一的一组指标，请给出某一个调谐状态的指标。",
    ),
    Reason(
        "digital",
        r"digital|sampl|\bfir\b|\biir\b|bilinear|\bfs ?=|数字|采样|抽样|双线性|z[- ]?(?:domain|transform)|z域|\bdsp\b|"
        r"normali[sz]ed (?:digital )?freq|rad/sample|impulse invari|冲激响应不变|脉冲响应不变|\bfpga\b|\bfft\b|decimat|"
        r"抽取|interpolat|\badc\b|quantiz|\d+ ?[kMG]?(?:sps|s/s)\b|anti-?alias|抗混叠|nyquist|switched[- ]cap",
        "This is a digital or sampled filter ({words}); sampling changes the order, and only analogue passive "
        "filters are designed here.",
        "这是数字/采样滤波器（{words}），采样会改变阶数；这里只设计模拟无源滤波器。",
    ),
    Reason(
        "active",
        r"active|op-?amp|sallen|\bmfb\b|multiple feedback|biquad|gain|amplif|gm-?c|gyrator|integrator|有源|运放|"
        r"运算放大|增益|放大|跨导|state[- ]variable|\brc\b|current[- ]mode|电流模|ota\b",
        "This is an active filter ({words}); only passive filters without gain are designed here.",
        "这是有源滤波器（{words}），这里只设计没有增益的无源滤波器。",
    ),
    Reason(
        "zeros",
        r"transmission zero|\btzs?\b|finite zero|notch(?:es)? at|cross[- ]?coupl|quasi|pseudo|generali[sz]ed|trisection|"
        r"quadruplet|\bct\b|\bcq\b|non-?adjacent|传输零点|零点|交叉耦合|广义|准椭圆|极点提取|extracted pole|陷波点|zero",
        "A filter with transmission zeros ({words}) is not an all-pole filter; its order cannot be found from "
        "the Chebyshev or Butterworth response.",
        "带传输零点的滤波器（{words}）不是全极点滤波器，不能用切比雪夫或巴特沃斯响应求阶数。",
    ),
    Reason(
        "part_or_tool",
        r"hfss|\bads\b|\bcst\b|couplefil|matlab|python|scipy|spice|simulat|software|tool|awr|genesys|puff|sonnet|"
        r"momentum|仿真|软件|工具|part number|datasheet|data sheet|model number|price|quote|buy|suppl|vendor|mini-?circuits|"
        r"型号|报价|价格|购买|采购|厂家|替代|货期|lead ?time|connector|connect|接头|测试|measure|vna|calibrat|coupling coeff|"
        r"耦合系数|调试|murata|footprint|封装|substrate|板材|material",
        "This asks about a part or a tool ({words}), not for a filter to be designed.",
        "这是关于器件或软件工具的问题（{words}），不是滤波器设计指标。",
    ),
    Reason(
        "not_a_filter",
        r"antenna|amplifier|\blna\b|mixer|oscillator|coupler|divider|attenuator|balun|matching|isolator|circulator|"
        r"\bpll\b|transformer|delay line|resonator|phase shifter|switch\b|天线|放大器|混频|振荡|耦合器|功分|衰减器|巴伦|匹配|"
        r"隔离器|环行器|锁相|变压器|延迟线|谐振器|移相|not a filter|\bcoil\b|inductor|capacitor|电感|电容|air filter|water|"
        r"空气|水|oil|coffee|kalman|spam|模拟题|amp\b|equali[sz]er|均衡",
        "This does not ask for an analogue filter ({words}).",
        "这不是对模拟滤波器的设计要求（{words}）。",
    ),
)  # fmt: skip
_ELSE = Reason(
    "other",
    "",
    "This asks for something else ({words}); passive Chebyshev and Butterworth filters are designed here.",
    "这是另一类任务（{words}）；这里设计无源切比雪夫和巴特沃斯滤波器。",
)


@lru_cache(maxsize=4096)
def other_task(text: str) -> Declined:
    """Why words such as "32kHz sampling" or "双工器" make a request another task."""
    words = tidy(text)
    for reason in (*_REASONS, _ELSE):
        if re.search(reason.pattern, words, re.IGNORECASE):
            break
    shown = quoted(words)
    return Declined(reason.code, reason.en.format(words=shown), reason.zh.format(words=shown))
