"""Names of response families, as people write them, misspelt or not."""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.quantities import tidy

DESIGNED = ("chebyshev", "butterworth")


class Family(NamedTuple):
    """`kind` is chebyshev, butterworth, "" (no family: a technology), undecided, unknown, or outside."""

    kind: str
    name_en: str = ""
    name_zh: str = ""


# The first pattern that is found decides: what narrows a family down stands before it.
_PATTERNS: tuple[tuple[str, Family], ...] = (
    (r"sallen|multiple feedback|\bmfb\b|biquad|有源", Family("active", "an active filter", "有源滤波器")),
    (r"\bfir\b|\biir\b|digital|数字|z-domain", Family("digital", "a digital filter", "数字滤波器")),
    (
        r"inverse|reciprocal|type[- ]?(?:ii|2)\b|\bii\b|\b2\b|cheby?2|cheb2ord|反切|逆切|倒切|反契|逆契|反向切|"
        r"(?:切比雪夫|契比雪夫|cheby\w*)[- ]?(?:ii|2)|二型|2型|ii型|equi-?ripple stop|阻带等波纹",
        Family("outside", "an inverse Chebyshev (type II) response", "反切比雪夫（Ⅱ型）响应"),
    ),
    (
        r"generali[sz]ed|quasi|pseudo|广义|准椭圆|transmission zero|cross[- ]?coupl|交叉耦合|传输零点",
        Family("zeros", "a response with transmission zeros", "带传输零点的响应"),
    ),
    (
        r"flat (?:group[- ]?)?delay|(?:时延|延时|延迟)最?平|最平(?:坦)?(?:群)?(?:时延|延时|延迟)|linear[- ]phase|"
        r"线性相位|equi-?ripple (?:delay|phase)|constant delay",
        Family("outside", "a flat-delay (Bessel-like) response", "平坦群时延（贝塞尔类）响应"),
    ),
    (r"ellip|cauer|zolotar|椭圆|考尔|考厄", Family("outside", "an elliptic response", "椭圆响应")),
    (r"bessel|thom+p?son|贝塞尔|贝赛尔|贝氏", Family("outside", "a Bessel response", "贝塞尔响应")),
    (r"gaus|高斯", Family("outside", "a Gaussian response", "高斯响应")),
    (r"legendre|papoulis|optimum[- ]l|勒让德", Family("outside", "a Legendre response", "勒让德响应")),
    (r"raised[- ]cosine|升余弦|\brrc\b|\bsrrc\b", Family("outside", "a raised-cosine response", "升余弦响应")),
    (r"linkwitz", Family("outside", "a Linkwitz-Riley response", "Linkwitz-Riley 响应")),
    (r"image[- ]param|constant[- ]k|m[- ]derived|定[- ]?k|m导出", Family("outside", "an image-parameter filter", "镜像参数法滤波器")),
)  # fmt: skip
_CHEBYSHEV = re.compile(
    r"t?s?ch?[eai]b+[iyeu]?s*c?h|cheb|tcheb|tscheb|tchb|czeb|cheby|equi?-?\s?ripp?le|equal[- ]?ripp?le|等波|等纹|等起伏|等幅波"
    r"|[切契车且][比贝彼毕][雪谢]|切氏"
)
_BUTTERWORTH = re.compile(
    r"but+[eo]?r?-?\s?w[oa]?r?th?|buttord|\bbutter\b|max(?:imum|imally|imal|\.)?[- ]?(?:ly)?[- ]?flat|flattest|binomial|"
    r"最平|最大平|最平坦|巴特|布特沃|勃脱|巴待|二项式"
)
_TECHNOLOGY = re.compile(
    r"^(?:inter-?digital|comb-?line|hairpin|cavity|microstrip|stripline|lc|lumped|waveguide|coupled[- ]line|iris|"
    r"helical|ceramic|saw|baw|crystal|tubular|ladder|all[- ]?pole|passive|analog(?:ue)?|coaxial|edge[- ]coupled|"
    r"parallel[- ]coupled|stepped[- ]impedance|dielectric|suspended|ltcc|pi|t|交指|梳状线?|发夹|腔体|微带|集总|"
    r"波导|平行耦合线?|耦合线|螺旋|陶瓷|介质|声表面?波?|晶体|阶跃阻抗|高低阻抗|带状线|同轴|无源|模拟|全极点)"
    r"(?:[- ]?(?:filter|line|lines|型|式|参数|滤波器|线|cavity|lc|microstrip))*$"
)
_NONE = frozenset(
    "any none either n/a na tbd unspecified whatever 不限 任意 未定 待定 无 均可 都行 ?".split()
)
_NAMES = {
    "chebyshev": "chebyshev", "chebychev": "chebyshev", "tschebyscheff": "chebyshev",
    "tchebycheff": "chebyshev", "butterworth": "butterworth",
}  # fmt: skip


@lru_cache(maxsize=4096)
def family(text: str) -> Family:
    """The family that a text names."""
    name = re.sub(r"\s+", " ", tidy(text).lower()).strip(" .,;:，。")
    if name in _NONE or _TECHNOLOGY.match(name):
        return Family("")
    for pattern, found in _PATTERNS:
        if re.search(pattern, name):
            return found
    chebyshev, butterworth = _CHEBYSHEV.search(name), _BUTTERWORTH.search(name)
    if chebyshev and butterworth:
        return Family("undecided")
    if chebyshev:
        return Family("chebyshev")
    if butterworth:
        return Family("butterworth")
    for word in re.findall(r"[a-z]{5,20}", name):
        if close := get_close_matches(word, _NAMES, n=1, cutoff=0.72):
            return Family(_NAMES[close[0]])
    return Family("unknown")
