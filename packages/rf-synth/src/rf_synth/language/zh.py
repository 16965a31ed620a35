"""Phrasings in Chinese, as engineers in mainland China write it."""

from rf_synth.language.model import Language, clauses, frames, heads, texts
from rf_synth.language.numbers import CHINESE
from rf_synth.language.shorthand_zh import ZH_SHORTHAND

_CLAUSES = clauses("""
截止频率{fc} ¦ 截止频率为{fc} ¦ 通带截止频率{fc} ¦ 通带截止频率为{fc} ¦ 通带边缘在{fc}
通带边频取{fc} ¦ 转折频率{fc} ¦ 边频点在{fc}
阻带频率{fs} ¦ 阻带频率为{fs} ¦ 阻带起始频率{fs} ¦ 阻带边缘在{fs} ¦ 阻带边频为{fs}
阻带边缘频率{fs}
中心频率{f_center} ¦ 中心频率为{f_center} ¦ 中心频点{f_center} ¦ 中心频率取{f_center}
通带中心在{f_center}
带宽{bandwidth} ¦ 带宽为{bandwidth} ¦ 通带带宽{bandwidth} ¦ 通带宽度{bandwidth}
通频带宽度为{bandwidth}
下阻带频率{fs_lower} ¦ 下边带阻带频率为{fs_lower} ¦ 低端阻带边缘{fs_lower}
下阻带边缘在{fs_lower}
低端阻带频率{fs_lower}
上阻带频率{fs_upper} ¦ 上边带阻带频率为{fs_upper} ¦ 高端阻带边缘{fs_upper}
上阻带边缘在{fs_upper}
高端阻带频率{fs_upper}
通带纹波{ripple_db} ¦ 通带纹波不超过{ripple_db} ¦ 带内波动不大于{ripple_db}
带内波动{ripple_db}以内
带内平坦度{ripple_db} ¦ 通带波纹{ripple_db} ¦ 带内起伏不超过{ripple_db}
通带波纹小于等于{ripple_db}
通带纹波≤{ripple_db}
回波损耗不小于{return_loss} ¦ 通带回波损耗{return_loss}以上 ¦ 带内回波损耗优于{return_loss}
驻波比不大于{vswr} ¦ 带内驻波比{vswr}以下 ¦ 通带驻波比不超过{vswr}
阻带衰减{La_target} ¦ 阻带衰减不小于{La_target} ¦ 阻带抑制至少{La_target}
带外抑制不低于{La_target}
带外抑制{La_target}以上 ¦ 阻带衰减量要达到{La_target} ¦ 阻带抑制度≥{La_target}
阻带衰减至少为{La_target}
端口阻抗{R0} ¦ 特性阻抗{R0} ¦ 系统阻抗为{R0} ¦ 参考阻抗{R0} ¦ 输入输出阻抗均为{R0}
{R0}系统
在{fs}处衰减不小于{La_target} ¦ {fs}处抑制至少{La_target}
在{fs}频点的衰减要达到{La_target} ¦ 在{fs}处响应低于-{La_target}
阻带边缘{fs}处衰减≥{La_target}
中心频率{f_center}、带宽{bandwidth} ¦ 以{f_center}为中心，带宽{bandwidth}
通带中心{f_center}、宽{bandwidth}
阻带边缘分别为{fs_lower}和{fs_upper} ¦ 下、上阻带边频为{fs_lower}和{fs_upper}
阻带为{fs_lower}以下和{fs_upper}以上 ¦ 两侧阻带边缘取{fs_lower}、{fs_upper}
在{fs_lower}和{fs_upper}两处衰减均不小于{La_target}
{fs_lower}以下及{fs_upper}以上抑制至少{La_target}
""")

_SPOKEN = clauses("""
截止频率放在{fc} ¦ 截止频率要{fc} ¦ 通带边缘定在{fc} ¦ 截止点选{fc} ¦ 通带边频按{fc}算
阻带频率按{fs}算 ¦ 阻带边缘放在{fs} ¦ 阻带边频定在{fs} ¦ 阻带看{fs}这个点
中心频率放在{f_center} ¦ 中心频点定在{f_center} ¦ 中心就是{f_center} ¦ 中心频率按{f_center}算
带宽要{bandwidth} ¦ 带宽给{bandwidth} ¦ 通带留{bandwidth}宽 ¦ 带宽按{bandwidth}做
低端阻带放在{fs_lower} ¦ 下阻带边缘定在{fs_lower} ¦ 低端看{fs_lower}
高端阻带放在{fs_upper} ¦ 上阻带边缘定在{fs_upper} ¦ 高端看{fs_upper}
带内纹波控制在{ripple_db}以内 ¦ 纹波别超过{ripple_db} ¦ 带内波动最多{ripple_db}
纹波允许{ripple_db}
带内平坦度做到{ripple_db}
回波损耗做到{return_loss} ¦ 回波损耗要有{return_loss}
驻波比控制在{vswr}以内 ¦ 驻波比别超过{vswr}
阻带至少压{La_target} ¦ 带外抑制要有{La_target} ¦ 阻带衰减做到{La_target}以上
抑制不能低于{La_target}
阻抗是{R0} ¦ 两端都是{R0} ¦ 按{R0}系统做 ¦ 端口阻抗用{R0} ¦ 接{R0}系统
到{fs}要压下去{La_target} ¦ {fs}处压到-{La_target}以下
{fs}那里衰减至少{La_target} ¦ 在{fs}处要有{La_target}抑制
{fs_lower}和{fs_upper}两边都要有{La_target}的抑制
到{fs_lower}和{fs_upper}都要压{La_target}
两边阻带放在{fs_lower}和{fs_upper}
中心{f_center}，带宽{bandwidth}
""")

_FULL = """
design ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|]设计一个{head}，{clauses}。
helpme ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|麻烦]帮我设计[一个|一款]{head}：{clauses}。
project ¦ prose ¦ ， ¦ _ ¦ _ ¦ [项目里|系统里|板子上]需要[一个|一款]{head}，[要求|指标要求]{clauses}。
frontend ¦ prose ¦ ， ¦ _ ¦ _ ¦ 接收机前端要加一个{head}，{clauses}，请给出设计规格。
known ¦ prose ¦ ， ¦ _ ¦ _ ¦ 已知{clauses}，[请|试]设计满足要求的{head}。
satisfy ¦ prose ¦ ， ¦ _ ¦ _ ¦ 求满足下列条件的{head}：{clauses}。
synthesis ¦ prose ¦ ； ¦ _ ¦ _ ¦ [试|请]综合一个{head}，使其满足：{clauses}。
customer ¦ prose ¦ ， ¦ _ ¦ _ ¦ 客户[提的|给的]指标：{head}，{clauses}。[帮忙算一下。|请核算。]
lowest ¦ prose ¦ ， ¦ _ ¦ _ ¦ 按[以下|下面的]要求[算出|求出]{head}的最低阶数：{clauses}。
last ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，按这些指标[做|设计]一个{head}。
polite ¦ prose ¦ ， ¦ _ ¦ _ ¦ 您好，[我想|我要]设计[一个|一款]{head}，{clauses}，[麻烦您了|谢谢]。
hello ¦ prose ¦ ， ¦ _ ¦ _ ¦ 你好！需要{head}一个，{clauses}，[多谢|辛苦了]！
want ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 我[想|要|打算]做一个{head}，{clauses}。
enough ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 帮忙看一下这个{head}：{clauses}，几阶[够用|能满足]？
boss ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 老板让我做[一个|个]{head}，{clauses}，该怎么设计？
quick ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 来个{head}，{clauses}。
bench ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 测试台上要用一个{head}，{clauses}。
transmit ¦ prose ¦ ， ¦ _ ¦ _ ¦ 发射链路[输出端|末级之后]加{head}抑制杂散，{clauses}。
lumped ¦ prose ¦ ， ¦ _ ¦ _ ¦ 用集总[参数|元件]实现{head}，{clauses}，[请给出设计规格|请整理成设计规格]。
ladder ¦ prose ¦ ， ¦ _ ¦ _ ¦ 准备用LC梯形网络[做|实现]{head}，{clauses}。
bullets ¦ items ¦ \\n ¦ ： ¦ -~ ¦ {head}[指标|设计指标|技术要求]：\\n{clauses}
numbered ¦ items ¦ \\n ¦ ： ¦ #.~ ¦ 请按下列指标设计{head}：\\n{clauses}
lines ¦ items ¦ \\n ¦ ： ¦ _ ¦ [设计任务|任务]：{head}\\n{clauses}
bracket ¦ items ¦ ； ¦ ： ¦ _ ¦ 【{head}】{clauses}
table ¦ items ¦ ~|\\n ¦ ~|~ ¦ |~ ¦ {head}规格表：\\n| 参数 | 数值 |\\n|---|---|\\n{clauses}~|
given ¦ items ¦ ， ¦ 为 ¦ _ ¦ 已知{head}的{clauses}，[请给出完整规格|请完成设计]。
equals ¦ items ¦ ， ¦ = ¦ _ ¦ [请|]综合一个{head}，参数：{clauses}。
terse ¦ items ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}
spaced ¦ items ¦ ~ ¦ _ ¦ _ ¦ {head}~{clauses}
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ {head}：{clauses}
column ¦ symbols ¦ \\n ¦ ~=~ ¦ _ ¦ {head}\\n{clauses}
letters ¦ symbols ¦ ； ¦ = ¦ _ ¦ 设计{head}：{clauses}。
parens ¦ symbols ¦ ， ¦ = ¦ _ ¦ {head}（{clauses}）
dots ¦ items ¦ \\n ¦ ： ¦ •~ ¦ 需求[如下|清单]：{head}\\n{clauses}
clauses ¦ items ¦ ； ¦ 为 ¦ （#） ¦ 设计要求：{head}，{clauses}。
mail ¦ items ¦ \\n ¦ ： ¦ _ ¦ [各位好|大家好]，\\n请协助设计{head}，指标如下：\\n{clauses}\\n谢谢！
ticket ¦ items ¦ \\n ¦ ： ¦ -~ ¦ 【设计申请】{head}\\n{clauses}\\n请[尽快|今天]给出结果。
form ¦ items ¦ \\n ¦ ： ¦ _ ¦ 器件：{head}\\n{clauses}\\n输出：完整规格
slashes ¦ items ¦ ~/~ ¦ _ ¦ _ ¦ {head}，{clauses}，请[算|给]出规格。
review ¦ prose ¦ ， ¦ _ ¦ _ ¦ 评审[定了|确定]的指标是{clauses}，[选用|形式为]{head}。
terminal ¦ prose ¦ ， ¦ _ ¦ _ ¦ [卫星终端|基站|中频板]里用的{head}，{clauses}，请出规格。
replace ¦ prose ¦ ， ¦ _ ¦ _ ¦ 原来的滤波器不够用，[想换成|准备换成]{head}，{clauses}。
simulate ¦ prose ¦ ， ¦ _ ¦ _ ¦ 仿真之前先把规格定下来：{head}，{clauses}。
prototype ¦ prose ¦ ， ¦ _ ¦ _ ¦ 由低通原型出发设计{head}，{clauses}。
course ¦ prose ¦ ， ¦ _ ¦ _ ¦ [课程设计|作业]题目：设计{head}，{clauses}，确定所需阶数。
require ¦ prose ¦ ； ¦ _ ¦ _ ¦ 要求：{clauses}。[据此|请据此]设计{head}。
least ¦ spoken ¦ ， ¦ _ ¦ _ ¦ [请问|想问一下，]{head}，{clauses}，最少需要几阶？
chat ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 在吗？[急用|急需]一个{head}，{clauses}。
"""  # noqa: E501 - one frame per line

_PARTIAL = """
design ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|]设计一个{head}，{clauses}。
think ¦ prose ¦ ， ¦ _ ¦ _ ¦ 我想做[一个|一款]{head}，{clauses}。
rough ¦ prose ¦ ， ¦ _ ¦ _ ¦ 初步考虑用{head}，{clauses}，[其他还没定|别的还没想好]。
helpme ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|麻烦]帮我设计{head}：{clauses}。
known ¦ prose ¦ ， ¦ _ ¦ _ ¦ 目前[已知|只知道]{clauses}，要做一个{head}。
start ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 准备[搞|弄]一个{head}，{clauses}，[先帮我看看|帮我算一下]。
can ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 能帮我做个{head}吗？{clauses}。
customer ¦ prose ¦ ， ¦ _ ¦ _ ¦ 客户要一个{head}，只[说了|给了]{clauses}。
project ¦ prose ¦ ， ¦ _ ¦ _ ¦ [新项目|下一版样机]要用{head}，{clauses}。
polite ¦ prose ¦ ， ¦ _ ¦ _ ¦ 您好，请设计{head}，{clauses}，谢谢。
bullets ¦ items ¦ \\n ¦ ： ¦ -~ ¦ {head}：\\n{clauses}
lines ¦ items ¦ \\n ¦ ： ¦ _ ¦ 滤波器需求：{head}\\n{clauses}
terse ¦ items ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ {head}：{clauses}
numbered ¦ items ¦ \\n ¦ ： ¦ #.~ ¦ {head}，部分指标：\\n{clauses}
given ¦ items ¦ ， ¦ 为 ¦ _ ¦ {head}的{clauses}，请[完成设计|给出规格]。
question ¦ spoken ¦ ， ¦ _ ¦ _ ¦ {head}该怎么设计？{clauses}。
last ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，[想要|需要]一个{head}。
"""

_REPLIES = """
plain ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}。
items ¦ items ¦ ， ¦ _ ¦ _ ¦ {clauses}
supplement ¦ items ¦ ； ¦ ： ¦ _ ¦ [好的，|]补充如下：{clauses}。
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ {clauses}
forgot ¦ prose ¦ ， ¦ _ ¦ _ ¦ [抱歉，漏了|不好意思，忘了说]：{clauses}。
spoken ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 嗯，{clauses}。
colon ¦ items ¦ \\n ¦ ： ¦ _ ¦ {clauses}
bullets ¦ items ¦ \\n ¦ ： ¦ -~ ¦ {clauses}
ok ¦ spoken ¦ ， ¦ _ ¦ _ ¦ [好|行]，{clauses}。
as ¦ items ¦ ， ¦ 按 ¦ _ ¦ {clauses}来。
take ¦ items ¦ ， ¦ 取 ¦ _ ¦ {clauses}。
is ¦ items ¦ ， ¦ 是 ¦ _ ¦ {clauses}。
checked ¦ prose ¦ ， ¦ _ ¦ _ ¦ [查了一下|和客户确认过了]，{clauses}。
continue ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，请继续。
thanks ¦ items ¦ ， ¦ 为 ¦ _ ¦ {clauses}，谢谢。
use ¦ items ¦ ， ¦ 用 ¦ _ ¦ {clauses}。
first ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 先这么定：{clauses}。
spaces ¦ items ¦ ~ ¦ _ ¦ _ ¦ {clauses}
bare ¦ bare ¦ ， ¦ _ ¦ _ ¦ {clauses}
"""

_WORDS = {"lowpass": "低通", "highpass": "高通", "bandpass": "带通"}
_NAMES = {
    "fc": "截止频率 ¦ 通带截止频率 ¦ 通带边缘频率 ¦ 转折频率",
    "fs": "阻带频率 ¦ 阻带起始频率 ¦ 阻带边频 ¦ 阻带边缘频率",
    "f_center": "中心频率 ¦ 中心频点 ¦ 通带中心频率",
    "bandwidth": "带宽 ¦ 通带带宽 ¦ 通带宽度",
    "fs_lower": "下阻带频率 ¦ 下边带阻带频率 ¦ 低端阻带频率 ¦ 下阻带边缘频率",
    "fs_upper": "上阻带频率 ¦ 上边带阻带频率 ¦ 高端阻带频率 ¦ 上阻带边缘频率",
    "ripple_db": "通带纹波 ¦ 通带波纹 ¦ 带内波动 ¦ 带内平坦度",
    "La_target": "阻带衰减 ¦ 阻带抑制 ¦ 带外抑制 ¦ 阻带衰减量",
    "R0": "端口阻抗 ¦ 特性阻抗 ¦ 系统阻抗 ¦ 参考阻抗",
    "return_loss": "回波损耗 ¦ 通带回波损耗 ¦ 带内回波损耗",
    "vswr": "驻波比 ¦ 带内驻波比 ¦ 电压驻波比",
}
SYMBOLS = {
    "fc": "fc ¦ fp",
    "fs": "fs ¦ f_stop",
    "f_center": "f0 ¦ f_center",
    "bandwidth": "BW ¦ B",
    "fs_lower": "fs1 ¦ fsl ¦ fs_lower",
    "fs_upper": "fs2 ¦ fsu ¦ fs_upper",
    "ripple_db": "Lr ¦ ripple ¦ Ap",
    "La_target": "La ¦ As ¦ La_target",
    "R0": "R0 ¦ Z0",
    "return_loss": "RL",
    "vswr": "VSWR",
}

ZH = Language(
    code="zh",
    forms=CHINESE,
    heads=heads(
        "切比雪夫{word}滤波器 ¦ 切比雪夫Ⅰ型{word}滤波器 ¦ 契比雪夫{word}滤波器 ¦ "
        "等波纹{word}滤波器 ¦ {word}切比雪夫滤波器 ¦ 切比雪夫{word} ¦ "
        "等纹波（切比雪夫）{word}滤波器 ¦ 切比雪夫{short}",
        _WORDS,
    ),
    blind_heads=texts("切比雪夫滤波器 ¦ 切比雪夫Ⅰ型滤波器 ¦ 契比雪夫滤波器 ¦ 等波纹滤波器"),
    bands={band: texts(words) for band, words in _WORDS.items()},
    clauses=_CLAUSES,
    spoken=_SPOKEN,
    shorthand=ZH_SHORTHAND,
    names={name: texts(words) for name, words in _NAMES.items()},
    symbols={name: texts(words) for name, words in SYMBOLS.items()},
    full=frames("zh.full", _FULL),
    partial=frames("zh.partial", _PARTIAL),
    replies=frames("zh.reply", _REPLIES),
    questions=texts(
        "请补充以下参数：{asked}。 ¦ 还缺少{asked}，请补充。 ¦ 请再提供{asked}。 ¦ "
        "要完成设计，还需要知道{asked}。 ¦ 还差{asked}，请告诉我。 ¦ 请给出{asked}。"
    ),
    asked={
        "filter_band": "滤波器类型（低通、高通或带通）",
        "fc": "通带截止频率",
        "fs": "阻带边缘频率",
        "f_center": "中心频率",
        "bandwidth": "通带带宽",
        "fs_lower": "下阻带边缘频率",
        "fs_upper": "上阻带边缘频率",
        "ripple_db": "通带纹波",
        "R0": "端口阻抗",
        "La_target": "阻带衰减",
    },
    list_joiners=("、", "和"),
    corrections=texts(
        "另外，{name}改成{value}。 ¦ {name}改为{value}。 ¦ {name}更正为{value}。 ¦ "
        "还有，{name}刚才写错了，应该是{value}。 ¦ 对了，{name}调整为{value}。"
    ),
    sentence_end="。",
    system=(
        "你是射频滤波器设计助手。指标齐全时只输出一个 JSON；缺参数时只追问所缺的参数。"
        "低通、高通的键：filter_type, filter_band, ripple_db, fc, fs, R0, La_target, order；"
        "带通的键：filter_type, filter_band, ripple_db, f_center, bandwidth, fs_lower, fs_upper, "
        "R0, La_target, order。单位 Hz、Ω、dB。通带为 f_center±bandwidth/2（算术中心）。"
        "order 是满足指标的最低阶数。"
    ),
)
