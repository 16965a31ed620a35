"""Recognizes requests for other tasks by their words, with the reason to decline them."""

import re
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.printed import tidy
from rf_synth.calls.refusal import Declined, quoted


class Reason(NamedTuple):
    """A reason code, the pattern of its words, and the sentences that quote them as {words}."""

    code: str
    pattern: str
    en: str
    zh: str


_REASONS = (
    Reason(
        "diplexer",
        r"di-?plex|du-?plex|multiplex|triplex|combiner|crossover|multicoupler|双工|多工|合路|三工|双讯|分波器"
        r"|two outputs|common (?:input|port)|share the (?:aerial|antenna)|合一口|共用天线",
        "A diplexer or multiplexer ({words}) is several filters on a common port; give the "
        "specification of one filter and that one is designed.",
        "双工器/多工器（{words}）是公共端口上的多个滤波器，请给出其中一个滤波器的指标，这里一次设计一个。",
    ),
    Reason(
        "digital",
        r"digital(?!ly[- ]tun)|sampl|\bfir\b|\biir\b|bilinear|z[- ]?(?:domain|transform)|\bdsp\b"
        r"|rad/sample|\bfpga\b|\bfft\b"
        r"|normali[sz]ed (?:digital )?freq|impulse invari|decimat|interpolat|\badc\b|quantiz"
        r"|nyquist|\btaps?\b|\bcoefficients\b|\bmcu\b|stm32|arduino|minidsp|n-path|单片机|代码"
        r"|\d ?[kMG]?(?:sps|s/s)\b|switched[- ]cap|polyphase|\bcic\b|fixed[- ]point"
        r"|数字(?!控|可调)|开关电容|窗函数|滑动平均|采样|抽样|双线性|z域"
        r"|[冲脉]激?冲?响应不变|抽取|内插",
        "This is a digital or sampled filter ({words}): sampling changes the order, and only "
        "analogue passive filters are designed here.",
        "这是数字或采样滤波器（{words}），采样会改变阶数，这里只设计模拟无源滤波器。",
    ),
    Reason(
        "active",
        r"\bactive|op[- ]?amp|sallen|\bmfb\b|multiple feedback|biquad|gain|gm-?c|gyrator|integrator"
        r"|state[- ]variable|\brc\b|current[- ]mode|\bota\b|有源|运放|运算放大|增益|跨导|电流模"
        r"|amplif(?:y|ies|ied|ication)|\b(?:LT10\d\d|NE55\d\d|TL0\d\d|OPA\d{3,4}|LM3(?:24|58))",
        "This is an active filter ({words}); only passive filters without gain are designed here.",
        "这是有源滤波器（{words}），这里只设计没有增益的无源滤波器。",
    ),
    Reason(
        "tunable",
        r"tun(?:e|able|ing)|adjustable|switchable|switched|reconfig|variable|varactor|\byig\b|可调|调谐|可变"
        r"|可重构|开关滤波|跳频|电调|可切换|变容|程控|数控|压控|跟踪滤波"
        r"|programmable|\bdial|\bknob|旋钮|联动|随动",
        "A tunable filter ({words}) has no single specification; give that of one tuning state "
        "and it is designed.",
        "可调滤波器（{words}）没有唯一的一组指标，请给出某一个调谐状态的指标。",
    ),
    Reason(
        "zeros",
        r"transmission zero|\btzs?\b|zeros?\b|cross[- ]?coupl|quasi|pseudo|generali[sz]ed"
        r"|trisection|quadruplet"
        r"|\bc[tq]\b|non-?adjacent|extracted pole|零点|交叉耦合|广义|准椭圆|极点提取|陷波点",
        "A filter with transmission zeros ({words}) is not an all-pole filter; its order does not "
        "follow from a Chebyshev or Butterworth response.",
        "带传输零点的滤波器（{words}）不是全极点滤波器，其阶数不能由切比雪夫或巴特沃斯响应求出。",
    ),
    Reason(
        "part_or_tool",
        r"hfss|\bads\b|\bcst\b|couplefil|matlab|python|scipy|spice|simulat|software|\btool|awr|genesys|puff"
        r"|sonnet|momentum|part number|data ?sheet|model number|price|quot|\bbuy|suppl|vendor"
        r"|mini-?circuits"
        r"|lead ?time|connector|measure|\bvna\b|calibrat|coupling coeff|murata|footprint"
        r"|if ?bw\b|if bandwidth|noise floor|de-?embed|\bsolt\b|\btrl\b|touchstone"
        r"|\bs\dp\b|optimi[sz]|converge"
        r"|mesh|wave ?port|lumped port|plating|tolerance|analy[sz]er|time gat"
        r"|矢网|网分|底噪|去嵌|校准|优化器|收敛|网格|端口设置|波端口|积分线|镀银|公差|料号|频谱仪|时域门"
        r"|substrate|material"
        r"|仿真|软件|工具|型号|报价|价格|购买|采购|厂家|替代|货期|接头|测试|耦合系数|调试|封装|板[材厚]|叠层"
        r"|磁[珠环]|ferrite",
        "This asks about a part or a tool ({words}), not for a filter to be designed.",
        "这是关于器件或软件工具的问题（{words}），不是滤波器设计指标。",
    ),
    Reason(
        "not_a_filter",
        r"antenna|amplifier|\bamp\b|\blna\b|mixer|oscillator|coupler|divider|attenuator|balun|matching|isolator"
        r"|wilkinson|hybrid|\bvco\b|splitter|power amp|\bpa\b(?! harm)"
        r"|威尔金森|电桥|环形器|本振源|变频器"
        r"|circulator|\bpll\b|transformer|delay line|resonator|phase shifter|\bswitch\b"
        r"|not a filter|inductor"
        r"|capacitor|\bcoil\b|air filter|water|\boil\b|coffee|kalman|spam|equali[sz]er|天线"
        r"|放大器|混频|振荡"
        r"|耦合器|功分|衰减器|巴伦|匹配|隔离器|环行器|锁相|变压器|延迟线|谐振器|移相|电感|电容|空气|水|均衡",
        "This does not ask for an analogue filter ({words}).",
        "这不是对模拟滤波器的设计要求（{words}）。",
    ),
)
_ELSE = Reason(
    "other",
    "",
    "This asks for something else ({words}); passive Chebyshev and Butterworth filters are "
    "designed here.",
    "这是另一类任务（{words}），这里设计无源切比雪夫和巴特沃斯滤波器。",
)


@lru_cache(maxsize=4096)
def other_task(text: str) -> Declined:
    """The reason to decline a request with words such as "32kHz sampling" or "双工器"."""
    words = tidy(text)
    reason = next((r for r in _REASONS if re.search(r.pattern, words, re.IGNORECASE)), _ELSE)
    shown = quoted(words)
    return Declined(reason.code, reason.en.format(words=shown), reason.zh.format(words=shown))
