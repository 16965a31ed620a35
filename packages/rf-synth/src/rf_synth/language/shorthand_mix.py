"""Brief requests in Chinese with English technical terms."""

from rf_synth.language.numbers import BRIEF_MIXED
from rf_synth.language.shorthand import brief_heads, shorthand

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
pass edge {fc} ¦ fpass {fc} ¦ fp={fc} ¦ edge {fc} ¦ 通带 edge {fc} ¦ corner 在{fc}
fstop {fs} ¦ fstop={fs} ¦ stop edge {fs} ¦ stopband 边界{fs}
{f_center}居中 ¦ center 放在{f_center} ¦ RF 中心{f_center} ¦ fcenter {f_center} ¦ 中心频率{f_center}
信号 BW {bandwidth} ¦ passband 宽{bandwidth} ¦ bandwidth 给{bandwidth} ¦ 带宽取{bandwidth}
[equiripple|Cheby|等波纹] {ripple_db} ¦ {ripple_db} [equiripple|Cheby] ¦ ripple 控制在{ripple_db}
in-band ripple <{ripple_db} ¦ ripple 别超过{ripple_db} ¦ ripple ≤{ripple_db}
ripple {ripple_db}可以接受
rejection >{La_target} ¦ rejection ≥{La_target} ¦ attenuation 做到{La_target} ¦ Astop {La_target}
阻带 attenuation {La_target} ¦ out-of-band 要{La_target}
{R0} [differential|matching|single-ended|端口] ¦ source/load 都是{R0} ¦ port impedance 是{R0}
system impedance {R0}
[jammer|spur|LO leakage|image|blocker]在{fs}，[要 suppress {La_target}|压{La_target}|需要{La_target}]
{fs}要 down {La_target} ¦ 在{fs}要{La_target} rejection ¦ {fs}处 at least {La_target}
stopband {fs} / {La_target}
{fs}这个点 attenuation 要{La_target}
{La_target}@{fs_lower}，{La_target}@{fs_upper} ¦ {fs_lower}压{La_target}，{fs_upper}也是{La_target}
[LO |image |jammer ]{fs_lower}和[upper side|另一边]的{fs_upper}都要 down {La_target}
low side {fs_lower}、high side {fs_upper}各 reject {La_target}
{fs_lower}跟{fs_upper}，各要{La_target} rejection
{fs_lower}往下、{fs_upper}往上，[要求|rejection ]{La_target}
stopband 从{fs_lower}往下、{fs_upper}往上，{La_target}
[jammer|spur|邻道]在{fs_lower}和{fs_upper}，都要 suppress {La_target}
{fs_lower}/{fs_upper}，{La_target}
stopband edges {fs_lower}、{fs_upper} ¦ lower stopband {fs_lower}，upper stopband {fs_upper}
center {f_center}，bandwidth {bandwidth} ¦ {f_center}居中，BW {bandwidth}
{f_center}，BW {bandwidth}
low side {fs_lower}[要|压| reject ]{La_target} ¦ 低端{fs_lower}处 rejection {La_target}
[image|LO|blocker] 在 lower side {fs_lower}，reject {La_target} ¦ lower stopband {fs_lower}，{La_target}
high side {fs_upper}[要|压| reject ]{La_target} ¦ 高端{fs_upper}处 rejection {La_target}
[image|邻道|blocker] 在 upper side {fs_upper}，reject {La_target} ¦ upper stopband {fs_upper}，{La_target}
"""  # noqa: E501 - one entry per line

_LOWPASS = """
passband 到{fc} ¦ {fc}以内 pass ¦ {fc}以下通过 ¦ passband DC 到{fc} ¦ pass 到{fc}
passband {fc}以内
{fc}以内 ripple {ripple_db} ¦ {fc}以内 ripple 不超过{ripple_db}
passband 到{fc}，ripple {ripple_db}
stopband 从{fs}开始 ¦ stopband {fs}以上
{fs}以上 rejection {La_target} ¦ {fs}以上压{La_target} ¦ stopband {fs}以上{La_target}
二次谐波{fs}处压{La_target} ¦ harmonic {fs}压{La_target} ¦ {fs}往上 attenuation {La_target}
pass {fc}，reject {fs}，{La_target}
wanted signal 到{fc} ¦ passband up to {fc} ¦ 信号最高{fc} ¦ {fc}以下要 flat
DC 到{fc}要 flat，ripple {ripple_db} ¦ passband 到{fc}，{ripple_db} ripple
harmonic 从{fs}起[压{La_target}|，attenuation {La_target}|要 down {La_target}]
{fs}往上 at least {La_target}
stopband 从{fs}起，{La_target} ¦ spur 集中在{fs}往上，suppress {La_target}
"""

_HIGHPASS = """
passband 从{fc} ¦ {fc}以上 pass ¦ {fc}以上通过 ¦ passband {fc}以上 ¦ pass {fc}往上
{fc}以上 ripple {ripple_db} ¦ {fc}以上 ripple 不超过{ripple_db}
passband 从{fc}起，ripple {ripple_db}
stopband 到{fs} ¦ stopband {fs}以下
{fs}以下 rejection {La_target} ¦ {fs}以下压{La_target} ¦ stopband {fs}以下{La_target}
{fs}往下 attenuation {La_target} ¦ {fs}及以下 reject {La_target}
pass {fc}，reject {fs}，{La_target}
wanted signal 从{fc}往上 ¦ passband 从{fc}开始 ¦ 信号最低{fc} ¦ {fc}往上要 pass
{fc}以上要 flat，ripple {ripple_db}
{fs}的 fundamental [压{La_target}|要 down {La_target}] ¦ {fs}往下 at least {La_target}
stopband 到{fs}，{La_target} ¦ {fs}以下 noise 要 reject {La_target}
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
addone ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [想加一颗|准备放一级|要加一级|后面想放个]{head}，{clauses}。
run ¦ shorthand ¦ ~ ¦ _ ¦ _ ¦ check 一下这个{head} {clauses}
review ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [review 一下|帮忙看下]这个{head} spec：{clauses}
middle ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}，[用|上]{head}
slashes ¦ shorthand ¦ ~/~ ¦ _ ¦ _ ¦ {head}一枚：{clauses}
as ¦ labels ¦ \\n ¦ ~ ¦ _ ¦ {head} spec as below：\\n{clauses}
"""  # noqa: E501 - one frame per line

_LABELS = {
    "fc": "cutoff ¦ fc ¦ passband edge ¦ 截止 ¦ fp ¦ fpass",
    "fs": "stopband ¦ fs ¦ stop ¦ stopband edge ¦ fstop",
    "f_center": "center ¦ f0 ¦ 中心 ¦ center freq",
    "bandwidth": "BW ¦ bandwidth ¦ 带宽",
    "fs_lower": "lower stop ¦ fs1 ¦ 低端 stopband ¦ lower stopband",
    "fs_upper": "upper stop ¦ fs2 ¦ 高端 stopband ¦ upper stopband",
    "ripple_db": "ripple ¦ Rp ¦ 带内 ripple ¦ passband ripple",
    "La_target": "rejection ¦ As ¦ attenuation ¦ 带外 rejection ¦ atten ¦ Astop",
    "R0": "Z0 ¦ impedance ¦ 阻抗 ¦ R0",
    "return_loss": "RL ¦ return loss",
    "vswr": "VSWR",
}

_HEADS = brief_heads(
    "[Chebyshev|Cheby|切比雪夫|equiripple|cheb] [{short}|{word}] ¦ "
    "[{short}|{word} filter|{word}] ¦ "
    "[{short}|{word} filter|{word}] ¦ {word}滤波器 ¦ Chebyshev {word} filter ¦ "
    "{short}（Chebyshev） ¦ {R0}的 {short} ¦ {R0} 的 Chebyshev {word} ¦ {R0} {short}",
    "{fc} {short} ¦ {fc}的 Chebyshev {word} ¦ cutoff {fc}的 {short} ¦ {fc}的 {word} filter",
    "{f_center} {short} ¦ {f_center}的 Chebyshev {word} ¦ center {f_center}的 {short} ¦ "
    "{f_center}的 {word} filter ¦ {f_center}的 cheby {word}",
    "Chebyshev filter ¦ Chebyshev 滤波器 ¦ Cheby filter ¦ equiripple filter ¦ filter",
    {
        "lowpass": "lowpass ¦ low-pass ¦ low pass ¦ 低通",
        "highpass": "highpass ¦ high-pass ¦ high pass ¦ 高通",
        "bandpass": "bandpass ¦ band-pass ¦ band pass ¦ 带通",
    },
)

_KINDS = (
    "Chebyshev ¦ Cheby ¦ Chebyshev response ¦ equiripple ¦ 切比雪夫 ¦ 用 Chebyshev ¦ "
    "type 选 Chebyshev ¦ 按 Cheby 设计 ¦ equal-ripple 的 ¦ Cheby 的就行"
)

_OPENINGS = """
[Tx chain|RX chain|PLL|IF 板]的 [LO leakage|spur|harmonic] 一直压不住，想加级滤波。
[Hi|Hi all|Dear all|hello|你好|在吗]，
PA 的 harmonic 没过 [FCC|EMC|certification]，customer 很急。
我们[IoT gateway|small cell|radar module|SDR 板子]这边要加一颗滤波。
[系统组|customer|老板|PM]给的 requirement 整理如下。
[board|module|PCB]空间比较紧张。
放在[机场|发射塔|base station]旁边，[LNA 被 overload 了|接收机被 block 了]。
GNSS 模块这边 L5 频段要加一颗滤波。
n41 频段的 RX 前端用。
SAW vendor 交期太长，所以改 LC。
[review 之前先过一版|今天就要 simulation 结果|有个 filter 想请教]。
之前的 unit [温漂太大|停产了]，要重新 design。
[EMC 暗室|ATE fixture|test bench|CATV headend]上用。
mixer 后面[image 比较强|spur 比较多]。
"""

_CLOSINGS = """
thanks ¦ 谢谢 ¦ 辛苦帮看下 ¦ 多谢，急。 ¦ 麻烦尽快。
[几阶够|要几个 section|order 多少|要几个 resonator]？ ¦ 求 order。 ¦ 帮算 order 和 element 值。
能 output 一份 netlist 最好。 ¦ 帮忙出个 schematic。 ¦ 有 reference design 吗？ ¦ 先给个 order。
还缺什么 spec 跟我说。 ¦ 有问题 ping 我。 ¦ 没问题的话就 release。 ¦ 其他没写的再问我。
[layout 已经留好位置了|BOM 越少越好|package 尽量小|最好用 discrete 元件]。 ¦ 准备 microstrip 做。
帮看下能不能 realize。 ¦ 周五要投板。 ¦ PCB 板材 Rogers，供参考。
[connector|package|housing] 还没定。 ¦ budget TBD，先不管。
"""

_PENDING = """
{name} [TBD|pending|TBC] ¦ {name}[还没 confirm|还没定|还在 discuss|待定|不确定|后面再 update]
{name}还没 finalize
{name}等 [system team|customer|客户] [confirm|给|确认] ¦ [customer|系统组]没给{name} ¦ {name}？
还不知道{name} ¦ {name}没写，spec 里 missing
"""

_UNSET = "TBD ¦ 待定 ¦ ？ ¦ pending ¦ 还没定 ¦ TBC"

MIX_SHORTHAND = shorthand(
    "mix",
    clauses=(_COMMON, _LOWPASS, _HIGHPASS),
    heads=_HEADS,
    kinds=_KINDS,
    labels=_LABELS,
    impedances="Z0 {R0} ¦ Z0={R0} ¦ 阻抗{R0} ¦ impedance {R0} ¦ R0={R0}",
    forms=BRIEF_MIXED,
    pending=_PENDING,
    unset=_UNSET,
    frames=_FRAMES,
    openings=_OPENINGS,
    closings=_CLOSINGS,
)
