"""Names of bands: LPF, 带通, band reject, notch …"""

import re
from functools import lru_cache

from rf_synth.calls.printed import tidy

LOWPASS, HIGHPASS, BANDPASS, BANDSTOP = "lowpass", "highpass", "bandpass", "bandstop"
BANDS = (LOWPASS, HIGHPASS, BANDPASS, BANDSTOP)
NAMES = {
    LOWPASS: ("low-pass", "低通"),
    HIGHPASS: ("high-pass", "高通"),
    BANDPASS: ("band-pass", "带通"),
    BANDSTOP: ("band-stop", "带阻"),
}
"""English and Chinese names."""

_USES = r"anti[- ]?alias|harmonic filter|抗混叠|谐波抑制"
"""Uses of low-pass filters, named instead of the band."""
_PATTERNS = (
    ("diplexer", r"diplex|duplex|multiplex|双工|多工|合路|双讯"),
    (
        "multiband",
        r"(?:dual|multi|triple|two|tri)[- ]?(?:band(?!width)|pass)|双(?:通带|频|带通)"
        r"|[多三](?:通带|频)",
    ),
    ("allpass", r"all[- ]?pass|全通"),
    (
        BANDSTOP,
        r"(?:band|b)[- ]?(?:stop|reject|rej\b|elimin|suppress)|notch|\bbsf\b|\bbrf\b|\bbs\b|trap"
        r"|带阻|帶阻|帶拒|带拒|陷波|带止|阻带滤波|带除",
    ),
    (
        BANDPASS,
        r"band?[- ]?pas|\bbpf?\b|bandfilter|channel filter|preselect|peaking"
        r"|预选|带通|帶通|通带滤波",
    ),
    (
        LOWPASS,
        rf"low[- ]?pas|\blpf?\b|high[- ]?cut|^low$|^低$|低通|{_USES}",
    ),
    (HIGHPASS, r"hi(?:gh)?[- ]?pas|\bhpf?\b|low[- ]?cut|^high$|^高$|高通"),
)


@lru_cache(maxsize=4096)
def band(text: str) -> str | None:
    """One of BANDS, `diplexer`, `multiband` or `allpass`; None for any other text."""
    name = re.sub(r"\s+", " ", tidy(text).lower().replace("_", "-"))
    for kind, pattern in _PATTERNS:
        if re.search(pattern, name):
            return kind
    return None


@lru_cache(maxsize=4096)
def is_use(text: str) -> bool:
    """Whether a text names the use of a filter, which implies a low-pass only by default."""
    return re.search(_USES, tidy(text).lower()) is not None
