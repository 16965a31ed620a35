"""Recognizes names of response families, including misspelt ones."""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.printed import tidy

DESIGNED = ("chebyshev", "butterworth")


class Family(NamedTuple):
    """What a text names.

    Attributes
    ----------
    kind : chebyshev or butterworth; "" if no family is named (a technology, "any"); undecided if
        both are; unknown; or the reason code for a filter that is not designed here
    name_en, name_zh : the name of such a filter
    """

    kind: str
    name_en: str = ""
    name_zh: str = ""


_CHEBYSHEV = re.compile(
    r"t?s?ch?[eai]b+[iyeu]?s*c?h|cheb|tcheb|tscheb|tchb|czeb|equi?-?\s?ripp?le|equal[- ]?ripp?le"
    r"|等波|等纹|等漣|等涟|等起伏|等幅波|[切契车且柴車][比贝貝彼毕][雪谢謝]|[切柴]氏|切比$|切$|chb"
)
_BUTTERWORTH = re.compile(
    r"but+[eo]?r?-?\s?w[oa]?r?th?|buttord|\bbutter\b"
    r"|max(?:imum|imally|imal|\.)?[- ]?(?:ly)?[- ]?flat"
    r"|flattest|binomial|最平|最大平|巴特|巴氏|布特沃|勃脱|巴待|二项式"
)
# The first match counts, so specific names come before general ones.
_ELSE: tuple[tuple[str, Family], ...] = (
    (
        r"sallen|multiple feedback|\bmfb\b|biquad|\bactive|有源",
        Family("active", "an active filter", "有源滤波器"),
    ),
    (
        r"\bfir\b|\biir\b|digital|数字|z-domain",
        Family("digital", "a digital filter", "数字滤波器"),
    ),
    (
        r"inverse|reciprocal|\bii\b|^2$|(?:type|cheb\w*?|雪夫)\W{0,3}(?:ii|2)\b|cheb2ord"
        r"|[反逆倒][切契]|反向切"
        r"|二型|[2二]类|2型|ii型|equi-?ripple stop|阻带等波纹",
        Family("family", "an inverse Chebyshev (type II) response", "反切比雪夫（Ⅱ型）响应"),
    ),
    (
        r"generali[sz]ed|quasi|pseudo|transmission zero|cross[- ]?coupl|广义|准椭圆|交叉耦合"
        r"|传输零点",
        Family("zeros", "a response with transmission zeros", "带传输零点的响应"),
    ),
    (
        r"flat (?:group[- ]?)?delay|equi-?ripple (?:delay|phase)|constant[- ]delay|linear[- ]phase"
        r"|(?:时延|延时|延迟)最?平|(?:最平(?:坦)?|等波纹|等纹波)(?:群)?(?:时延|延时|延迟)|线性相位",
        Family("family", "a flat-delay (Bessel-like) response", "平坦群时延（贝塞尔类）响应"),
    ),
    (r"ell?ip|cauer|zolotar|椭圆|考尔|考厄", Family("family", "an elliptic response", "椭圆响应")),
    (
        r"bessel|thom+p?son|贝塞尔|贝赛尔|贝氏",
        Family("family", "a Bessel response", "贝塞尔响应"),
    ),
    (r"gaus|高斯", Family("family", "a Gaussian response", "高斯响应")),
    (
        r"legendre|papoulis|optimum[- ]l|勒让德",
        Family("family", "a Legendre response", "勒让德响应"),
    ),
    (
        r"raised[- ]cosine|\bs?rrc\b|升余弦",
        Family("family", "a raised-cosine response", "升余弦响应"),
    ),
    (r"linkwitz", Family("family", "a Linkwitz-Riley response", "Linkwitz-Riley 响应")),
    (
        r"image[- ]param|constant[- ]k|m[- ]derived|定[- ]?k|m导出|镜像参数",
        Family("family", "an image-parameter filter", "镜像参数法滤波器"),
    ),
)
_TECHNOLOGY = re.compile(
    r"(?:inter-?digital|comb-?line|hairpin|cavity|microstrip|stripline|lc|lumped|waveguide|iris"
    r"|(?:edge[- ]|parallel[- ])?coupled(?:[- ]line)?|helical|ceramic|saw|baw|crystal|tubular"
    r"|ladder"
    r"|all[- ]?pole|passive|analog(?:ue)?|coaxial|stepped[- ]impedance|dielectric|suspended|ltcc"
    r"|pi|t"
    r"|交指|梳状线?|发夹|腔体|微带|集总|波导|平行耦合线?|耦合线|螺旋|陶瓷|介质|声表面?波?|晶体|阶跃阻抗"
    r"|高低阻抗|带状线|同轴|无源|模拟|全极点)"
    r"(?:[- ]?(?:filter|lines?|resonator|type|cavity|lc|microstrip|型|式|参数|滤波器|线))*"
)
_NONE = frozenset(
    "any none either n/a na tbd unspecified whatever 不限 任意 未定 待定 无 均可 都行 ?".split()
)
_SPELLINGS = {
    "chebyshev": "chebyshev", "chebychev": "chebyshev", "tschebyscheff": "chebyshev",
    "tchebycheff": "chebyshev", "butterworth": "butterworth",
}  # fmt: skip


def is_technology(text: str) -> bool:
    """Whether a text names only the technology of a filter: microstrip, LC, 腔体."""
    return _TECHNOLOGY.fullmatch(tidy(text).lower()) is not None


@lru_cache(maxsize=4096)
def family(text: str) -> Family:
    """The family that a text names."""
    name = re.sub(r"\s+", " ", tidy(text).lower()).strip(" .,;:，。")
    if name in _NONE or _TECHNOLOGY.fullmatch(name):
        return Family("")
    for pattern, found in _ELSE:
        if re.search(pattern, name):
            return found
    chebyshev, butterworth = _CHEBYSHEV.search(name), _BUTTERWORTH.search(name)
    if chebyshev and butterworth:
        return Family("undecided")
    if chebyshev or butterworth:
        return Family("chebyshev" if chebyshev else "butterworth")
    return _closest(name)


def _closest(name: str) -> Family:
    for word in re.findall(r"[a-z]{5,20}", name)[:8]:
        if close := get_close_matches(word, _SPELLINGS, n=1, cutoff=0.72):
            return Family(_SPELLINGS[close[0]])
    return Family("unknown")
