"""Phrasings in Chinese with English technical terms."""

from dataclasses import replace

from rf_synth.language.model import clauses, frames, texts
from rf_synth.language.numbers import MIXED
from rf_synth.language.shorthand_mix import MIX_SHORTHAND
from rf_synth.language.zh import ZH

_CLAUSES = clauses("""
cutoff {fc} ¦ cutoff 频率{fc} ¦ passband edge 在{fc} ¦ cutoff frequency 为{fc}
通带 edge 取{fc}
stopband edge {fs} ¦ stopband 边缘在{fs} ¦ stop frequency 取{fs} ¦ 阻带 edge 为{fs}
center frequency {f_center} ¦ 中心频率{f_center} ¦ center 在{f_center}
center freq 为{f_center}
BW {bandwidth} ¦ 带宽{bandwidth} ¦ bandwidth 为{bandwidth} ¦ passband 宽{bandwidth}
通带 BW {bandwidth}
lower stopband edge {fs_lower} ¦ 下阻带 edge 在{fs_lower} ¦ 低端 stopband 边缘{fs_lower}
upper stopband edge {fs_upper} ¦ 上阻带 edge 在{fs_upper} ¦ 高端 stopband 边缘{fs_upper}
ripple {ripple_db} ¦ passband ripple 不超过{ripple_db} ¦ 带内 ripple {ripple_db}以内
ripple ≤ {ripple_db}
passband ripple {ripple_db} ¦ in-band flatness {ripple_db}
return loss 不小于{return_loss} ¦ 带内 return loss {return_loss}以上
VSWR 不大于{vswr} ¦ passband VSWR {vswr}以内
rejection {La_target} ¦ rejection 至少{La_target} ¦ stopband attenuation 不小于{La_target}
rejection {La_target}c ¦ rejection ≥ {La_target}c
带外 rejection 要{La_target}以上 ¦ stopband rejection ≥ {La_target}
阻带 attenuation 至少{La_target}
{R0} system ¦ port impedance {R0} ¦ Z0 为{R0} ¦ 系统阻抗{R0} ¦ reference impedance {R0}
在{fs}处 rejection 至少{La_target} ¦ {fs}处 attenuation 不小于{La_target}
stopband {fs}处衰减≥{La_target} ¦ 在{fs}处 response 低于-{La_target}
center {f_center}、BW {bandwidth} ¦ passband 以{f_center}为中心、宽{bandwidth}
stopband edges 为{fs_lower}和{fs_upper} ¦ 两侧 stopband edge 取{fs_lower}和{fs_upper}
{fs_lower}和{fs_upper}处 rejection 均不小于{La_target}
在{fs_lower}和{fs_upper}两处 attenuation 至少{La_target}
""")

_SPOKEN = clauses("""
cutoff 放在{fc} ¦ passband edge 定在{fc} ¦ cutoff 要{fc}
stopband edge 放在{fs} ¦ stopband 按{fs}算 ¦ stop frequency 定在{fs}
center 放在{f_center} ¦ 中心频率定在{f_center} ¦ center frequency 要{f_center}
BW 要{bandwidth} ¦ bandwidth 给{bandwidth} ¦ BW 按{bandwidth}做
lower stopband edge 放在{fs_lower} ¦ 低端 stopband 定在{fs_lower}
upper stopband edge 放在{fs_upper} ¦ 高端 stopband 定在{fs_upper}
ripple 控制在{ripple_db}以内 ¦ ripple 别超过{ripple_db} ¦ passband ripple 最多{ripple_db}
return loss 要有{return_loss} ¦ return loss 做到{return_loss}
VSWR 别超过{vswr} ¦ VSWR 控制在{vswr}以内
rejection 要有{La_target} ¦ stopband 至少压{La_target} ¦ attenuation 做到{La_target}以上
impedance 是{R0} ¦ 按{R0} system 做 ¦ 两端都是{R0} ¦ port impedance 用{R0}
{fs}那里 rejection 至少{La_target} ¦ 在{fs}要有{La_target}的 rejection
{fs_lower}和{fs_upper}两边都要有{La_target}的 rejection
两边 stopband 放在{fs_lower}和{fs_upper}
""")

_FULL = """
design ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|]设计一个{head}，{clauses}。
helpme ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|麻烦]帮我设计[一个|一款]{head}：{clauses}。
spec ¦ prose ¦ ， ¦ _ ¦ _ ¦ 需要一个{head}，spec [如下|是]：{clauses}。
receiver ¦ prose ¦ ， ¦ _ ¦ _ ¦ [RX chain|TX chain|IF stage] 里要加一个{head}，{clauses}。
known ¦ prose ¦ ， ¦ _ ¦ _ ¦ 已知{clauses}，design 一个{head}。
meet ¦ prose ¦ ， ¦ _ ¦ _ ¦ 求一个能 meet 以下 spec 的{head}：{clauses}。
synthesis ¦ prose ¦ ； ¦ _ ¦ _ ¦ 做一下 filter synthesis：{head}，{clauses}。
customer ¦ prose ¦ ， ¦ _ ¦ _ ¦ customer [给的|提的] requirement：{head}，{clauses}。
order ¦ prose ¦ ， ¦ _ ¦ _ ¦ 算一下{head}的 minimum order：{clauses}。
last ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，按这个 spec 做{head}。
polite ¦ prose ¦ ， ¦ _ ¦ _ ¦ Hi，[我想|我要]设计[一个|一款]{head}，{clauses}，[thanks|谢谢]。
hello ¦ prose ¦ ， ¦ _ ¦ _ ¦ 你好，想 design 一个{head}，{clauses}，[多谢|辛苦了]！
want ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 我[想|要|打算]做个{head}，{clauses}。
enough ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 帮忙 check 一下这个{head}：{clauses}，几阶够用？
boss ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 老板要一个{head}，{clauses}，怎么 design？
quick ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 来个{head}，{clauses}。
bench ¦ spoken ¦ ， ¦ _ ¦ _ ¦ test bench 上要用{head}，{clauses}。
spur ¦ prose ¦ ， ¦ _ ¦ _ ¦ 为了压 spur，加一级{head}，{clauses}。
lumped ¦ prose ¦ ， ¦ _ ¦ _ ¦ 用 lumped element 实现{head}，{clauses}，请整理成 spec。
ladder ¦ prose ¦ ， ¦ _ ¦ _ ¦ 准备用 LC ladder [做|实现]{head}，{clauses}。
prototype ¦ prose ¦ ， ¦ _ ¦ _ ¦ 从 low-pass prototype 出发设计{head}，{clauses}。
review ¦ prose ¦ ， ¦ _ ¦ _ ¦ design review 定的是{head}，{clauses}。
replace ¦ prose ¦ ， ¦ _ ¦ _ ¦ 旧的 filter 不够用，[想换成|准备换成]{head}，{clauses}。
simulate ¦ prose ¦ ， ¦ _ ¦ _ ¦ simulation 之前先定 spec：{head}，{clauses}。
course ¦ prose ¦ ， ¦ _ ¦ _ ¦ [homework|project] 题目：设计{head}，{clauses}。
require ¦ prose ¦ ； ¦ _ ¦ _ ¦ Requirement：{clauses}。据此设计{head}。
terminal ¦ prose ¦ ， ¦ _ ¦ _ ¦ [base station|handset|satcom 终端]里用的{head}，{clauses}，请出 spec。
chat ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 在吗？急需一个{head}，{clauses}。
least ¦ spoken ¦ ， ¦ _ ¦ _ ¦ [请问|想问下]{head}，{clauses}，最低 order 是多少？
bom ¦ prose ¦ ， ¦ _ ¦ _ ¦ BOM 里缺一颗{head}，{clauses}，先给 spec。
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {head}的[ spec| specification|设计 spec]：\\n{clauses}
numbered ¦ items ¦ \\n ¦ :~ ¦ #.~ ¦ 按下面的 spec 设计{head}：\\n{clauses}
lines ¦ items ¦ \\n ¦ ： ¦ _ ¦ [设计 task|Design 任务]：{head}\\n{clauses}
bracket ¦ items ¦ ； ¦ :~ ¦ _ ¦ 【{head}指标】{clauses}
table ¦ items ¦ ~|\\n ¦ ~|~ ¦ |~ ¦ {head}规格：\\n| parameter | 数值 |\\n|---|---|\\n{clauses}~|
given ¦ items ¦ ， ¦ ~=~ ¦ _ ¦ {head}的{clauses}，请给出完整 spec。
equals ¦ items ¦ ， ¦ = ¦ _ ¦ 综合一个{head}，parameters：{clauses}。
terse ¦ items ¦ ， ¦ ~ ¦ _ ¦ 求{head}，{clauses}
commas ¦ items ¦ ,~ ¦ ~ ¦ _ ¦ 设计{head},~{clauses}
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ 做一个{head}，{clauses}
column ¦ symbols ¦ \\n ¦ ~=~ ¦ _ ¦ {head}参数：\\n{clauses}
parens ¦ symbols ¦ ,~ ¦ = ¦ _ ¦ {head}（{clauses}），请设计
dots ¦ items ¦ \\n ¦ :~ ¦ •~ ¦ Requirement [清单|如下]：{head}\\n{clauses}
mail ¦ items ¦ \\n ¦ :~ ¦ _ ¦ Hi all，\\n请帮忙 design {head}，spec 如下：\\n{clauses}\\nThanks!
ticket ¦ items ¦ \\n ¦ ： ¦ -~ ¦ 【Design request】{head}\\n{clauses}\\n请 ASAP 给结果。
form ¦ items ¦ \\n ¦ ： ¦ _ ¦ Device：{head}\\n{clauses}\\nOutput：完整 spec
slashes ¦ items ¦ ~/~ ¦ ~ ¦ _ ¦ {head}，{clauses}，出个 spec。
clauses ¦ items ¦ ； ¦ ~ ¦ （#） ¦ 设计 target：{head}，{clauses}。
"""  # noqa: E501 - one frame per line

_PARTIAL = """
design ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|]设计一个{head}，{clauses}。
think ¦ prose ¦ ， ¦ _ ¦ _ ¦ 我想做[一个|一款]{head}，{clauses}。
rough ¦ prose ¦ ， ¦ _ ¦ _ ¦ rough idea 是用{head}，{clauses}，[其他还没定|别的还没想好]。
helpme ¦ prose ¦ ， ¦ _ ¦ _ ¦ [请|麻烦]帮我 design {head}：{clauses}。
known ¦ prose ¦ ， ¦ _ ¦ _ ¦ 目前的 spec 只有{clauses}，要做一个{head}。
start ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 准备[搞|弄]一个{head}，{clauses}，先帮我看看。
can ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 能帮我 design 一个{head}吗？{clauses}。
customer ¦ prose ¦ ， ¦ _ ¦ _ ¦ customer 要一个{head}，只给了{clauses}。
project ¦ prose ¦ ， ¦ _ ¦ _ ¦ [新 project|下一版 demo]要用{head}，{clauses}。
polite ¦ prose ¦ ， ¦ _ ¦ _ ¦ Hi，请设计{head}，{clauses}，thanks。
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {head}需求：\\n{clauses}
lines ¦ items ¦ \\n ¦ ： ¦ _ ¦ Filter 需求：{head}\\n{clauses}
terse ¦ items ¦ ， ¦ ~ ¦ _ ¦ 做{head}，{clauses}
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ {head}，已知{clauses}
numbered ¦ items ¦ \\n ¦ :~ ¦ #.~ ¦ {head}，部分 spec：\\n{clauses}
given ¦ items ¦ ， ¦ ~=~ ¦ _ ¦ {head}的{clauses}，请[完成 design|给出 spec]。
question ¦ spoken ¦ ， ¦ _ ¦ _ ¦ {head}该怎么 design？{clauses}。
last ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，[想要|需要]一个{head}。
"""

_REPLIES = """
plain ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}。
items ¦ items ¦ ， ¦ ~ ¦ _ ¦ {clauses}
supplement ¦ items ¦ ； ¦ :~ ¦ _ ¦ [OK，|]补充一下：{clauses}。
symbols ¦ symbols ¦ ， ¦ = ¦ _ ¦ {clauses}
forgot ¦ prose ¦ ， ¦ _ ¦ _ ¦ [Sorry，漏了|不好意思，忘了说]：{clauses}。
spoken ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 嗯，{clauses}。
colon ¦ items ¦ \\n ¦ :~ ¦ _ ¦ {clauses}
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {clauses}
ok ¦ spoken ¦ ， ¦ _ ¦ _ ¦ [好|OK]，{clauses}。
as ¦ items ¦ ， ¦ ~按 ¦ _ ¦ {clauses}来。
take ¦ items ¦ ， ¦ ~取 ¦ _ ¦ {clauses}。
is ¦ items ¦ ， ¦ ~是 ¦ _ ¦ {clauses}。
checked ¦ prose ¦ ， ¦ _ ¦ _ ¦ [check 了一下|和 customer 确认过了]，{clauses}。
continue ¦ prose ¦ ， ¦ _ ¦ _ ¦ {clauses}，请继续。
thanks ¦ items ¦ ， ¦ ~ ¦ _ ¦ {clauses}，thanks。
use ¦ items ¦ ， ¦ ~用 ¦ _ ¦ {clauses}。
first ¦ spoken ¦ ， ¦ _ ¦ _ ¦ 先这么定：{clauses}。
bare ¦ bare ¦ ， ¦ _ ¦ _ ¦ {clauses}
"""

_WORDS = {
    "lowpass": ("LPF", "low-pass", "低通"),
    "highpass": ("HPF", "high-pass", "高通"),
    "bandpass": ("BPF", "band-pass", "带通"),
}
_HEADS = (
    "Chebyshev {short} ¦ Chebyshev {short} ¦ Chebyshev type I {short} ¦ 切比雪夫 {short} ¦ "
    "Chebyshev {han}滤波器 ¦ Chebyshev {word} filter ¦ Chebyshev 型 {short}¦ Chebyshev {han} filter"
)
_NAMES = {
    "fc": "cutoff ¦ cutoff frequency ¦ passband edge ¦ 截止频率",
    "fs": "stopband edge ¦ stop frequency ¦ stopband 频率",
    "f_center": "center frequency ¦ 中心频率 ¦ center freq",
    "bandwidth": "BW ¦ bandwidth ¦ 带宽",
    "fs_lower": "lower stopband edge ¦ 下阻带 edge ¦ lower stop frequency",
    "fs_upper": "upper stopband edge ¦ 上阻带 edge ¦ upper stop frequency",
    "ripple_db": "ripple ¦ passband ripple ¦ 带内 ripple",
    "La_target": "rejection ¦ stopband attenuation ¦ 带外 rejection ¦ stopband rejection",
    "R0": "port impedance ¦ 系统阻抗 ¦ Z0 ¦ reference impedance",
    "return_loss": "return loss ¦ RL",
    "vswr": "VSWR ¦ passband VSWR",
}

MIX = replace(
    ZH,
    code="mix",
    forms=MIXED,
    heads={
        band: tuple(
            text.replace("{short}", short).replace("{word}", word).replace("{han}", han)
            for text in texts(_HEADS)
        )
        for band, (short, word, han) in _WORDS.items()
    },
    blind_heads=texts("Chebyshev filter ¦ Chebyshev 滤波器 ¦ 切比雪夫 filter"),
    bands={"lowpass": ("LPF",), "highpass": ("HPF",), "bandpass": ("BPF",)},
    clauses=_CLAUSES,
    spoken=_SPOKEN,
    shorthand=MIX_SHORTHAND,
    names={name: texts(words) for name, words in _NAMES.items()},
    full=frames("mix.full", _FULL),
    partial=frames("mix.partial", _PARTIAL),
    replies=frames("mix.reply", _REPLIES),
    corrections=texts(
        "另外，{name}改成{value}。 ¦ {name}改为{value}。 ¦ 对了，{name}调整为{value}。 ¦ "
        "Sorry，{name}写错了，应该是{value}。"
    ),
)
