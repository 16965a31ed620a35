"""Names of bands: LPF, 带通, band reject, notch …"""

import re
from functools import lru_cache

from rf_synth.calls.quantities import tidy

LOWPASS, HIGHPASS, BANDPASS, BANDSTOP = "lowpass", "highpass", "bandpass", "bandstop"
BANDS = (LOWPASS, HIGHPASS, BANDPASS, BANDSTOP)

_PATTERNS = (
    ("diplexer", r"diplexer|duplexer|multiplexer|双工|多工|合路|双讯"),
    ("multiband", r"(?:dual|multi|triple|two|tri)[- ]?(?:band(?!width)|pass)|双(?:通带|频|带通)|多(?:通带|频)|三(?:通带|频)"),
    ("allpass", r"all[- ]?pass|全通"),
    (BANDSTOP, r"(?:band|b)[- ]?(?:stop|reject|rej\b|elimin|suppress)|notch|\bbsf\b|\bbrf\b|\bbs\b|带阻|陷波|带止|阻带滤波|带除|trap"),
    (BANDPASS, r"band?[- ]?pas|\bbpf?\b|带通|帶通|通带滤波|\bbp\b|bandfilter|channel filter"),
    (LOWPASS, r"low[- ]?pas|\blpf?\b|低通|anti[- ]?alias|抗混叠|high[- ]?cut|去高频|harmonic filter|谐波抑制"),
    (HIGHPASS, r"hi(?:gh)?[- ]?pas|\bhpf?\b|高通|low[- ]?cut"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def band(text: str) -> str | None:
    """lowpass, highpass, bandpass, bandstop; diplexer, multiband, allpass; None for another word."""
    name = re.sub(r"\s+", " ", tidy(text).lower().replace("_", "-"))
    for kind, pattern in _PATTERNS:
        if re.search(pattern, name):
            return kind
    return None
