"""Terms shared by several figures, in English and Chinese, and how they print numbers."""

from collections.abc import Iterable

from rf_figs.style import Style

EMPTY = "–"
"""Printed in a table where nothing was measured."""

BANDS = ("lowpass", "bandpass", "highpass", "bandstop")
TYPES = ("full", "followup_question", "followup_resolve", "outside")
LANGS = ("zh", "en", "mix")

_WORDS: dict[str, tuple[str, str]] = {
    # bands
    "lowpass": ("Low-pass", "低通"),
    "bandpass": ("Band-pass", "带通"),
    "highpass": ("High-pass", "高通"),
    "bandstop": ("Band-stop", "带阻"),
    "all": ("All", "全部"),
    "unknown": ("Unknown", "未注明"),
    # types of samples
    "full": ("Complete", "完整指标"),
    "followup_question": ("Asks back", "追问"),
    "followup_resolve": ("Resolved", "补全后作答"),
    "outside": ("Outside", "范围外"),
    # languages of samples
    "zh": ("Chinese", "中文"),
    "en": ("English", "英文"),
    "mix": ("Mixed", "中英混合"),
    # splits
    "train": ("Training", "训练集"),
    "val": ("Validation", "验证集"),
    "test": ("Test", "测试集"),
    # models, by their names in the recipes
    "base": ("Base", "微调前"),
    "baseline": ("Base", "微调前"),
    "tuned": ("Fine-tuned", "微调后"),
    "finetuned": ("Fine-tuned", "微调后"),
    "shipped": ("Shipped", "发布模型"),
    # metrics
    "json_strict": ("Valid JSON", "JSON 有效"),
    "json_recovered": ("JSON recovered", "JSON 可恢复"),
    "schema_valid": ("Schema valid", "符合模式"),
    "filter_type": ("Filter type", "滤波器类型"),
    "filter_band": ("Filter band", "滤波器频带"),
    "order": ("Order", "阶数"),
    "order_within_one": ("Order within ±1", "阶数误差 ±1 内"),
    "keys_complete": ("Keys complete", "字段齐全"),
    "meets_spec": ("Meets spec", "满足指标"),
    "minimal_order": ("Minimal order", "最低阶数"),
    "asked": ("Asks when needed", "应问则问"),
    "asked_exactly": ("Asks exactly", "问得准确"),
    "resolve_own.order": ("Order after asking", "追问后阶数"),
    "resolve_reference.order": ("Order, given question", "给定追问后阶数"),
    "language_match": ("Same language", "语言一致"),
    "call_valid": ("Valid call", "调用有效"),
    "reading": ("Read right", "读取正确"),
    "status": ("Right status", "状态正确"),
    "declined": ("Declines when due", "应拒则拒"),
    # statuses of results
    "designed": ("Design", "设计"),
    "incomplete": ("Ask", "追问"),
    "none": ("None", "无调用"),
    # arguments of a call, and what is wrong with them
    "family": ("Family", "响应类型"),
    "band": ("Band", "频带"),
    "edge": ("Pass edge", "通带边缘"),
    "f1": ("Lower edge", "下边缘"),
    "f2": ("Upper edge", "上边缘"),
    "center": ("Centre", "中心频率"),
    "width": ("Width", "带宽"),
    "fbw": ("Relative width", "相对带宽"),
    "q": ("Q", "Q 值"),
    "edge_db": ("Edge level", "边缘电平"),
    "ripple": ("Ripple", "纹波"),
    "return_loss": ("Return loss", "回波损耗"),
    "vswr": ("VSWR", "驻波比"),
    "gamma": ("Reflection", "反射系数"),
    "stop": ("Stop frequency", "阻带频率"),
    "to": ("End of range", "范围另一端"),
    "offset": ("Offset", "偏移"),
    "multiple": ("Multiple", "倍数"),
    "att": ("Attenuation", "衰减"),
    "transition": ("Transition", "过渡带"),
    "z0": ("Impedance", "阻抗"),
    "z_source": ("Source", "源阻抗"),
    "z_load": ("Load", "负载阻抗"),
    "other": ("Other task", "其他任务"),
    "call": ("Call", "调用"),
    "wrong": ("wrong", "读错"),
    "missing": ("missing", "遗漏"),
    "invented": ("invented", "臆造"),
    "unread": ("unreadable", "无法读取"),
    # parameters
    "ripple_db": ("Ripple", "通带纹波"),
    "La_target": ("Attenuation", "阻带衰减"),
    "R0": ("Impedance", "端口阻抗"),
    "fc": ("Cut-off", "截止频率"),
    "fs": ("Stop edge", "阻带频率"),
    "f_center": ("Centre freq.", "中心频率"),
    "bandwidth": ("Bandwidth", "带宽"),
    "fs_lower": ("Lower stop", "下阻带"),
    "fs_upper": ("Upper stop", "上阻带"),
}

HEADLINE_METRICS = (
    "call_valid",
    "reading",
    "status",
    "declined",
    "json_strict",
    "keys_complete",
    "filter_type",
    "filter_band",
    "order",
    "meets_spec",
    "asked",
    "asked_exactly",
    "resolve_own.order",
)
"""The shares in the overview figures, in this order, as far as they were measured."""


def word(style: Style, name: str) -> str:
    """The display name of a band, type, language, split, model, metric or parameter.

    Unknown names are returned unchanged.
    """
    english, chinese = _WORDS.get(name, (name, name))
    return style.text(english, chinese)


def distinct(counts: Iterable[int]) -> str:
    """The distinct numbers of samples, ascending: `120, 199`."""
    return ", ".join(map(str, sorted(set(counts))))


def percent(value: float) -> str:
    """A share in per cent without a trailing `.0`: 0.834 → `83.4`, 1.0 → `100`."""
    return f"{100 * value:.1f}".removesuffix(".0")


def share(value: float | None, low: float | None, high: float | None) -> str:
    """A share with its interval in per cent: `83.4 [72.1, 100.0]`, or a dash for None.

    All numbers have one decimal, so that they align.
    """
    if value is None:
        return EMPTY
    if low is None or high is None:
        return f"{100 * value:.1f}"
    return f"{100 * value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
