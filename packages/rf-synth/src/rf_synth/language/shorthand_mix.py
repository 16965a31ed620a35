"""Chinese sentences with English terms, typed in a hurry."""

from rf_synth.language.model import Shorthand, clause, texts
from rf_synth.language.shorthand import brief_frames, brief_heads, by_band
from rf_synth.numbers import BRIEF_MIXED

_COMMON = """
cutoff {fc} ¦ fc {fc} ¦ 截止{fc} ¦ fc={fc} ¦ cutoff 在{fc} ¦ cutoff 放{fc} ¦ passband edge {fc}
corner {fc} ¦ passband 边缘{fc}
stop {fs} ¦ stopband {fs} ¦ 阻带{fs} ¦ stopband edge {fs} ¦ fs={fs} ¦ stopband 在{fs}
center {f_center} ¦ f0 {f_center} ¦ 中心{f_center} ¦ f0={f_center} ¦ center freq {f_center}
center 在{f_center}
BW {bandwidth} ¦ 宽{bandwidth} ¦ BW={bandwidth} ¦ bandwidth {bandwidth} ¦ 带宽{bandwidth}
{bandwidth} BW
low side {fs_lower} ¦ 低端 stop {fs_lower} ¦ fs1={fs_lower} ¦ lower stopband {fs_lower}
lower stop {fs_lower} ¦ 下阻带{fs_lower}
high side {fs_upper} ¦ 高端 stop {fs_upper} ¦ fs2={fs_upper} ¦ upper stopband {fs_upper}
upper stop {fs_upper} ¦ 上阻带{fs_upper}
ripple {ripple_db} ¦ {ripple_db} ripple ¦ 带内 ripple {ripple_db} ¦ ripple {ripple_db}以内
ripple 不超过{ripple_db} ¦ ripple max {ripple_db} ¦ in-band ripple {ripple_db} ¦ Rp={ripple_db}
passband ripple {ripple_db} ¦ ripple 做到{ripple_db}
RL {return_loss} ¦ return loss {return_loss}
VSWR {vswr}
rejection {La_target} ¦ {La_target} rejection ¦ 压{La_target} ¦ attenuation {La_target}
rejection {La_target}以上 ¦ 带外 rejection {La_target} ¦ stopband {La_target} ¦ As={La_target}
stopband attenuation {La_target} ¦ rejection 要{La_target} ¦ 带外 attenuation {La_target}
{R0} ¦ {R0} system ¦ Z0 {R0} ¦ Z0={R0} ¦ {R0}系统 ¦ impedance {R0} ¦ port {R0} ¦ 进出都是{R0}
阻抗{R0}
{fs}处要{La_target} ¦ {fs}处 rejection {La_target} ¦ {La_target} @ {fs} ¦ {fs}压{La_target}
{fs}处 rejection {La_target}以上 ¦ {fs}处 attenuation {La_target} ¦ {La_target}@{fs}
{fs}要压{La_target} ¦ stopband {fs}，{La_target} ¦ {fs}那边 reject {La_target}
在{fs}至少{La_target}
spur 在{fs}，压{La_target} ¦ {fs}有 blocker，要{La_target}
center {f_center} BW {bandwidth} ¦ f0={f_center}，BW={bandwidth} ¦ {f_center}中心，BW {bandwidth}
center {f_center}，{bandwidth} BW ¦ 中心{f_center}宽{bandwidth}
cutoff {fc}（ripple {ripple_db}） ¦ passband edge {fc}，ripple {ripple_db}
stopband {fs_lower} / {fs_upper} ¦ stopband {fs_lower}和{fs_upper} ¦ stop {fs_lower}、{fs_upper}
两边 stopband {fs_lower}和{fs_upper}
{fs_lower}和{fs_upper}处要{La_target} ¦ {La_target} @ {fs_lower} / {fs_upper}
{fs_lower}/{fs_upper}处 rejection {La_target} ¦ {fs_lower}和{fs_upper}处{La_target}
{fs_lower}和{fs_upper}处 rejection {La_target}以上 ¦ {fs_lower}/{fs_upper}压{La_target}
{fs_lower}和{fs_upper}都要 reject {La_target}
{fs_lower}以下和{fs_upper}以上 attenuation {La_target}
{La_target}@{fs_lower}/{fs_upper} ¦ 两边{fs_lower}和{fs_upper}压{La_target}
"""

_LOWPASS = """
passband 到{fc} ¦ {fc}以内 pass ¦ {fc}以下通过 ¦ passband DC 到{fc} ¦ pass 到{fc}
passband {fc}以内
{fc}以内 ripple {ripple_db} ¦ {fc}以内 ripple 不超过{ripple_db}
passband 到{fc}，ripple {ripple_db}
stopband 从{fs}开始 ¦ stopband {fs}以上
{fs}以上 rejection {La_target} ¦ {fs}以上压{La_target} ¦ stopband {fs}以上{La_target}
二次谐波{fs}处压{La_target} ¦ harmonic {fs}压{La_target} ¦ {fs}往上 attenuation {La_target}
pass {fc}，reject {fs}，{La_target}
"""

_HIGHPASS = """
passband 从{fc} ¦ {fc}以上 pass ¦ {fc}以上通过 ¦ passband {fc}以上 ¦ pass {fc}往上
{fc}以上 ripple {ripple_db} ¦ {fc}以上 ripple 不超过{ripple_db}
passband 从{fc}起，ripple {ripple_db}
stopband 到{fs} ¦ stopband {fs}以下
{fs}以下 rejection {La_target} ¦ {fs}以下压{La_target} ¦ stopband {fs}以下{La_target}
{fs}往下 attenuation {La_target} ¦ {fs}及以下 reject {La_target}
pass {fc}，reject {fs}，{La_target}
"""

_FRAMES = """
comma ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ 要{head}，{clauses}
period ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ 做{head}，{clauses}。
one ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}一个，{clauses}
oneas ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}一个：{clauses}
behind ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}，做{head}
behindof ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}的{head}
sentences ¦ shorthand ¦ 。 ¦ _ ¦ _ ¦ 需要{head}。{clauses}。
colon ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}指标：{clauses}
semicolons ¦ shorthand ¦ ； ¦ _ ¦ _ ¦ {head}需求；{clauses}
latin ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ 设计{head}, {clauses}
lines ¦ shorthand ¦ \\n ¦ _ ¦ _ ¦ {head}参数\\n{clauses}
want ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [我想做个|想做个|要做一个|做一个|做个]{head}，{clauses}
need ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [需要|要|我要|我需要][一个|个]{head}，{clauses}。
come ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [来个|整个|搞个|弄个]{head}，{clauses}
design ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [帮 design 一个|设计一个|帮我 design 个|设计个]{head}，{clauses}[，thanks|，谢谢|]
order ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}，[几阶够|order 最少多少|要几阶|minimum order 是多少]？
orderask ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}，[求 order|算下 order|给个 order|求阶数]
orderis ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head} 要几阶？{clauses}
harmonics ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [PA 后面压 harmonic 用|TX 输出|PA output 后级|LO 输出滤 spur|ADC 前 anti-alias]，{head}，{clauses}
frontend ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [RX preselector|WiFi 前端|GPS L1 前端|LNA 前面|telemetry 接收|n78 频段前端]用的{head}：{clauses}
strip ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [IF 滤波|mixer 后级|变频 board|test fixture 里]：{head}，{clauses}。
board ¦ shorthand ¦ 。 ¦ _ ¦ _ ¦ [PCB 上|新 board|demo 板|payload 里]要放{head}。{clauses}。
boss ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [客户|系统组|customer|老板]要的{head}：{clauses}
hello ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [Hi|你好|hello]，{head}，{clauses}，[帮 check 下|谢谢|麻烦了]
urgent ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [急|ASAP|急用]，{head}，{clauses}，给个结果
labels ¦ labels ¦ ， ¦ ~ ¦ _ ¦ {head}要求：{clauses}
labelspaced ¦ labels ¦ ~ ¦ = ¦ _ ¦ 算下{head}，{clauses}
labelcolon ¦ labels ¦ ， ¦ :~ ¦ _ ¦ 看下{head}，{clauses}
equals ¦ labels ¦ ， ¦ = ¦ _ ¦ {head}一只，{clauses}
stacked ¦ labels ¦ \\n ¦ :~ ¦ _ ¦ {head}需求\\n{clauses}
dashed ¦ labels ¦ \\n ¦ ~ ¦ -~ ¦ {head}规格\\n{clauses}
"""  # noqa: E501 - one frame a line

_LABELS = {
    "fc": "cutoff ¦ fc ¦ passband edge ¦ 截止",
    "fs": "stopband ¦ fs ¦ stop ¦ stopband edge",
    "f_center": "center ¦ f0 ¦ 中心 ¦ center freq",
    "bandwidth": "BW ¦ bandwidth ¦ 带宽",
    "fs_lower": "lower stop ¦ fs1 ¦ 低端 stopband ¦ lower stopband",
    "fs_upper": "upper stop ¦ fs2 ¦ 高端 stopband ¦ upper stopband",
    "ripple_db": "ripple ¦ Rp ¦ 带内 ripple ¦ passband ripple",
    "La_target": "rejection ¦ As ¦ attenuation ¦ 带外 rejection",
    "R0": "Z0 ¦ impedance ¦ 阻抗 ¦ R0",
    "return_loss": "RL ¦ return loss",
    "vswr": "VSWR",
}

MIX_SHORTHAND = Shorthand(
    clauses=by_band(_COMMON, _LOWPASS, _HIGHPASS),
    heads=brief_heads(
        "Chebyshev {short} ¦ {short} ¦ Chebyshev {word} ¦ Cheby {short} ¦ {word} filter ¦ "
        "{word}滤波器 ¦ 切比雪夫 {short} ¦ Chebyshev {word} filter ¦ {short}（Chebyshev） ¦ "
        "equiripple {word}",
        "{fc} {short} ¦ {fc}的 Chebyshev {word} ¦ cutoff {fc}的 {short} ¦ {fc}的 {word} filter",
        "{f_center} {short} ¦ {f_center}的 Chebyshev {word} ¦ center {f_center}的 {short} ¦ "
        "{f_center}的 {word} filter",
        "Chebyshev filter ¦ Chebyshev 滤波器 ¦ Cheby filter ¦ equiripple filter",
        {
            "lowpass": "lowpass ¦ low-pass ¦ 低通",
            "highpass": "highpass ¦ high-pass ¦ 高通",
            "bandpass": "bandpass ¦ band-pass ¦ 带通",
        },
    ),
    labels={name: texts(words) for name, words in _LABELS.items()},
    impedances=tuple(map(clause, texts("Z0 {R0} ¦ Z0={R0} ¦ 阻抗{R0} ¦ impedance {R0} ¦ R0={R0}"))),
    forms=BRIEF_MIXED,
    frames=brief_frames("mix", _FRAMES),
)
