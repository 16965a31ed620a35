"""Writes the table of traditional characters that requests are rewritten with.

    uv run --with opencc tools/traditional_characters.py

Run it when new characters have come into the data; the table is committed.
"""

import json
from pathlib import Path

from rf_jsonl import write_text

PACKAGE = Path(__file__).parents[1] / "packages/rf-synth/src/rf_synth"
TARGET = PACKAGE / "calls/traditional.json"
"""Simplified characters and words, with what they are in Taiwan."""


ALONE = {
    "台": "台",
    "系": "系",
    "周": "周",
    "注": "注",
    "只": "只",
    "复": "復",
    "制": "制",
    "回": "回",
} | {"钟": "鐘", "才": "才", "幺": "幺"}
"""Characters that are written this way where no word says otherwise."""
WORDS = """
回复 答复 干扰 干涉 若干 相干 干净 干脆 联系 关系 复制 复核 复习 复用
复测 复杂 复数 复频 复审 重复 公里 里程 里兹 傅里叶 卡里 制作 制造 定制
试制 研制 承制 监制 缝制 老板 面包 头发 发夹 标签 便签 一只 两只 几只
每只 那只 这只 整只 家伙 日历 收获 电表 手表 万用表 批准 合并 归并 并入
划算 备注 附注 标注 注释 一周 两周 三周 每周 本周 下周 上周 周期 周一
周三 周五 尽快 尽量 尽早 尽可能 折叠 拜托 委托 坛子 论坛 标志
""".split()
"""Words of the data in which a character is written otherwise than alone."""
OURS = {
    "系数": "係數",
    "调制": "調制",
    "了解": "了解",
    "面板": "面板",
    "复算": "複算",
    "论坛": "論壇",
}
"""Words for which the library has another form, or none."""


def characters() -> set[str]:
    """Every character of the data that requests are made of."""
    paths = (PACKAGE / "language/requests").rglob("*.json*")
    return {c for path in paths for c in path.read_text(encoding="utf-8")}


def table() -> dict[str, str]:
    """Each character as it is written alone, and the words in which it is written otherwise."""
    import opencc  # type: ignore[import-not-found,unused-ignore]

    convert = opencc.OpenCC("s2tw").convert
    alone = {c: ALONE.get(c) or convert(c) for c in sorted(characters()) if c > "\u2e80"}
    words = {word: OURS.get(word) or convert(word) for word in sorted({*WORDS, *OURS})}
    spelt = {word: "".join(alone.get(c, c) for c in word) for word in words}
    changed = {c: other for c, other in alone.items() if c != other}
    return changed | {word: other for word, other in words.items() if other != spelt[word]}


if __name__ == "__main__":
    write_text(TARGET, json.dumps(table(), ensure_ascii=False, indent=0) + "\n")
