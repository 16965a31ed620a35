"""The words of the report in English and Chinese."""

WORDS: dict[str, tuple[str, str]] = {
    # key: (English, Chinese)
    "read": ("Read", "识别"),
    "unread": ("Not used", "未用"),
    "assumed": ("Assumed", "默认"),
    "filter": ("Filter", "滤波器"),
    "order": ("Order", "阶数"),
    "parts": ("Parts", "元件"),
    "checks": ("Checks", "校核"),
    "even": ("Even N", "偶数阶"),
    "couplings": ("Coupling", "耦合"),
    "losses": ("Losses", "损耗"),
    "tolerance": ("Yield", "成品率"),
    "buildable": ("Build", "可实现性"),
    "note": ("Note", "说明"),
    "files": ("Files", "文件"),
    "question": ("Question", "请补充"),
    "reason": ("Declined", "无法设计"),
    "edges": ("ripple edges", "等波纹带边"),
    "pass_edges": ("edges", "通带边缘"),
    "half_power": ("3 dB points", "3 dB 点"),
    "wide": ("wide", "带宽"),
    "center": ("centre", "中心频率"),
    "arithmetic": ("arithmetic", "算术"),
    "geometric": ("geometric", "几何"),
    "ripple": ("ripple", "波纹"),
    "edge_loss": ("loss at the edge", "带边衰减"),
    "stop_point": ("stop point", "阻带频点"),
    "needs": ("needs", "要求"),
    "margin": ("margin", "裕量"),
    "decides": ("decides", "决定阶数"),
    "source": ("source", "源阻抗"),
    "load": ("load", "负载阻抗"),
    "series": ("series", "串联"),
    "shunt": ("shunt", "并联"),
    "pass": ("pass", "合格"),
    "fail": ("FAIL", "不合格"),
    "pass_band_loss_db": ("loss in the pass band", "通带损耗"),
    "return_loss_db": ("return loss in the pass band", "通带回波损耗"),
    "stop_attenuation_db": ("loss at {f}", "{f} 处衰减"),
    "rounded_to": ("to {series}", "{series} 取值"),
    "chebyshev": ("Chebyshev", "切比雪夫"),
    "butterworth": ("Butterworth", "巴特沃斯"),
    "lowpass": ("low-pass", "低通"),
    "highpass": ("high-pass", "高通"),
    "bandpass": ("band-pass", "带通"),
    "bandstop": ("band-stop", "带阻"),
    "more": ("… {n} more lines in design.json (--out)", "…还有 {n} 行，见 design.json（--out）"),
}

ASSUMED: dict[str, tuple[str, str]] = {
    "R0": ("50 ohm at both ports", "两端口均为 50 Ω"),
    "filter_type": ("Chebyshev", "切比雪夫"),
    "edge_db": ("edges at 3 dB", "带边按 3 dB 点计"),
    "unit": ("frequencies in Hz", "频率单位为 Hz"),
}

CALL_KEYS: dict[str, tuple[str, str]] = {
    "family": ("family", "响应"),
    "band": ("band", "类型"),
    "edge": ("edge", "带边"),
    "f1": ("from", "下边频"),
    "f2": ("to", "上边频"),
    "center": ("centre", "中心频率"),
    "width": ("width", "带宽"),
    "fbw": ("relative width", "相对带宽"),
    "q": ("loaded Q", "有载 Q"),
    "edge_db": ("edges at", "带边定义在"),
    "ripple": ("ripple", "波纹"),
    "return_loss": ("return loss", "回波损耗"),
    "vswr": ("VSWR", "驻波比"),
    "gamma": ("reflection", "反射系数"),
    "att": ("attenuation", "衰减"),
    "transition": ("transition", "过渡带"),
    "z0": ("impedance", "阻抗"),
    "z_source": ("source", "源阻抗"),
    "z_load": ("load", "负载阻抗"),
    "order": ("order", "阶数"),
    "other": ("also", "其他"),
    "stop": ("stop", "阻带"),
    "to": ("to", "至"),
    "offset": ("offset", "偏移"),
    "multiple": ("multiple", "倍频"),
}


def word(key: str, lang: str) -> str:
    """A word or phrase of the report."""
    return WORDS[key][lang == "zh"]


def call_key(key: str, lang: str) -> str:
    """A key of the call by its name in the report: `stop2` is "stop 2"."""
    stem = key.rstrip("0123456789")
    if key in CALL_KEYS:
        return CALL_KEYS[key][lang == "zh"]
    if stem not in CALL_KEYS:
        return key
    space = "" if lang == "zh" else " "
    return f"{CALL_KEYS[stem][lang == 'zh']}{space}{key[len(stem) :]}"
