"""Brief requests in Chinese."""

from rf_synth.language.numbers import BRIEF_CHINESE
from rf_synth.language.shorthand import brief_heads, shorthand

_COMMON = """
截止{fc} ¦ 截止点{fc} ¦ 通带边{fc} ¦ 截止频率{fc} ¦ {fc}截止 ¦ fc={fc} ¦ 截止在{fc} ¦ 截止定{fc}
拐点{fc} ¦ 通带边缘{fc}
阻带{fs} ¦ 阻带边{fs} ¦ 阻带边缘{fs} ¦ fs={fs} ¦ 阻带点{fs} ¦ 阻带频率{fs}
中心{f_center} ¦ 中心频点{f_center} ¦ 中心频率{f_center} ¦ f0={f_center} ¦ {f_center}中心
中心在{f_center}
宽{bandwidth} ¦ 通带宽{bandwidth} ¦ 带宽{bandwidth} ¦ BW={bandwidth} ¦ {bandwidth}带宽
{bandwidth}宽
通带宽度{bandwidth}
低端{fs_lower} ¦ 下边{fs_lower} ¦ 下阻带{fs_lower} ¦ 低端阻带{fs_lower} ¦ fs1={fs_lower}
左边阻带{fs_lower} ¦ 阻带下沿{fs_lower}
高端{fs_upper} ¦ 上边{fs_upper} ¦ 上阻带{fs_upper} ¦ 高端阻带{fs_upper} ¦ fs2={fs_upper}
右边阻带{fs_upper} ¦ 阻带上沿{fs_upper}
纹波{ripple_db} ¦ 波纹{ripple_db} ¦ 波动{ripple_db} ¦ 带内{ripple_db} ¦ 带内纹波{ripple_db}
纹波{ripple_db}以内 ¦ 带内波动{ripple_db} ¦ {ripple_db}纹波 ¦ 纹波最大{ripple_db} ¦ 起伏{ripple_db}
带内起伏{ripple_db}以内 ¦ 纹波≤{ripple_db} ¦ 平坦度{ripple_db} ¦ Ap={ripple_db}
通带波动{ripple_db}
回损{return_loss} ¦ 回波损耗{return_loss}
驻波比{vswr} ¦ 驻波比{vswr}以内
抑制{La_target} ¦ 衰减{La_target} ¦ 压{La_target} ¦ 带外抑制{La_target} ¦ 阻带衰减{La_target}
抑制{La_target}以上 ¦ 阻带{La_target} ¦ 带外压{La_target} ¦ As={La_target} ¦ 抑制≥{La_target}
衰减≥{La_target} ¦ 阻带抑制要{La_target} ¦ 带外要{La_target}
{R0} ¦ 阻抗{R0} ¦ {R0}系统 ¦ {R0}阻抗 ¦ Z0={R0} ¦ 端口{R0} ¦ 两端{R0} ¦ 进出都是{R0} ¦ 系统{R0}
都是{R0}的 ¦ 系统阻抗{R0}
{fs}处要{La_target} ¦ {fs}压{La_target} ¦ {fs}处抑制{La_target} ¦ {fs}处衰减{La_target}
{fs}处要有{La_target} ¦ {fs}处至少压{La_target} ¦ {fs}那里压{La_target} ¦ {fs}抑制{La_target}
{fs}衰减{La_target}以上 ¦ 阻带{fs}（{La_target}） ¦ {fs}要压掉{La_target} ¦ {fs}处{La_target}
{La_target}@{fs} ¦ 在{fs}要掉{La_target} ¦ {fs}处不小于{La_target}
干扰在{fs}，压{La_target} ¦ {fs}有干扰，要抑制{La_target} ¦ 阻带{fs}，{La_target}
中心{f_center}宽{bandwidth} ¦ {f_center}中心，{bandwidth}宽
中心{f_center}，带宽{bandwidth} ¦ {f_center}，{bandwidth}带宽 ¦ 通带以{f_center}为中心宽{bandwidth}
中心{f_center}带宽{bandwidth}
截止{fc}（纹波{ripple_db}） ¦ 截止{fc}纹波{ripple_db}
阻带{fs_lower}和{fs_upper} ¦ 阻带{fs_lower}、{fs_upper} ¦ 阻带{fs_lower}/{fs_upper}
两边阻带{fs_lower}和{fs_upper} ¦ 阻带点{fs_lower}和{fs_upper}
{fs_lower}和{fs_upper}处要{La_target} ¦ {fs_lower}、{fs_upper}处抑制{La_target}
两边{fs_lower}和{fs_upper}压{La_target} ¦ {fs_lower}和{fs_upper}处要有{La_target}抑制
{fs_lower}/{fs_upper}抑制{La_target} ¦ {fs_lower}和{fs_upper}都压{La_target}
{fs_lower}、{fs_upper}两点压{La_target}以上 ¦ {La_target}@{fs_lower}/{fs_upper}
{fs_lower}以下{fs_upper}以上压{La_target} ¦ {fs_lower}和{fs_upper}处衰减{La_target}
{fs_lower}和{fs_upper}有干扰，各压{La_target} ¦ 在{fs_lower}和{fs_upper}至少{La_target}
通带边沿{fc} ¦ 通带截止{fc} ¦ fp={fc} ¦ 边频{fc} ¦ 通带边{fc} ¦ 通带截止频率{fc}
阻带边沿{fs} ¦ 阻带边界{fs} ¦ 阻带起点{fs} ¦ fstop={fs}
以{f_center}为中心 ¦ {f_center}居中 ¦ 中频{f_center} ¦ 信号中心{f_center} ¦ 通带中心{f_center}
带宽取{bandwidth} ¦ 工作带宽{bandwidth} ¦ 瞬时带宽{bandwidth} ¦ 信号占{bandwidth}带宽
带宽给{bandwidth}
[等波纹|切比雪夫]{ripple_db} ¦ {ripple_db}等波纹 ¦ 纹波按{ripple_db} ¦ 纹波控制在{ripple_db}
纹波别超过{ripple_db} ¦ 纹波放宽到{ripple_db} ¦ 通带起伏不大于{ripple_db} ¦ 波纹给到{ripple_db}
带内波动≤{ripple_db} ¦ 波动{ripple_db}以内 ¦ 起伏{ripple_db}可以接受
阻带要{La_target} ¦ 带外抑制要做到{La_target} ¦ 抑制不小于{La_target} ¦ 衰减不低于{La_target}
阻带衰减至少{La_target}
输入输出都是{R0} ¦ [源和负载|两端|输入输出]均为{R0} ¦ {R0}[匹配|同轴|差分|端口] ¦ 阻抗按{R0}
馈线{R0}
[镜像|本振泄漏|干扰|杂散|邻道]在{fs}，[要压{La_target}|至少压{La_target}|得压{La_target}]
{fs}那根谱线压{La_target} ¦ {fs}要掉{La_target} ¦ {fs}处衰减不低于{La_target}
{fs}处要有{La_target}衰减
挡住{fs}，{La_target} ¦ {fs}漏过来的要滤掉{La_target} ¦ 阻带边{fs}，衰减{La_target}
{fs_lower}压{La_target}，{fs_upper}也压{La_target} ¦ {La_target}@{fs_lower}，{La_target}@{fs_upper}
{fs_lower}衰减{La_target}，{fs_upper}衰减{La_target}
[镜像|本振|干扰]{fs_lower}压{La_target}，高端{fs_upper}[同样|也按这个]
低端{fs_lower}高端{fs_upper}都[至少掉|压|要有]{La_target} ¦ {fs_lower}跟{fs_upper}各压{La_target}
{fs_lower}以下、{fs_upper}以上[衰减{La_target}|抑制{La_target}|衰减要到{La_target}]
阻带从{fs_lower}往下、{fs_upper}往上，[抑制不小于|衰减]{La_target}
{fs_lower}、{fs_upper}两点带外抑制≥{La_target} ¦ {fs_lower}和{fs_upper}处抑制{La_target}以上
下阻带边{fs_lower}上阻带边{fs_upper} ¦ 阻带边在{fs_lower}和{fs_upper}
阻带边界是{fs_lower}和{fs_upper}
{f_center}、带宽{bandwidth} ¦ {f_center}居中，通带宽度{bandwidth}
以{f_center}为中心，带宽{bandwidth}
{f_center}中心带宽{bandwidth}
低端{fs_lower}处[要求衰减|抑制|压]{La_target} ¦ 下阻带{fs_lower}抑制{La_target} ¦ {fs_lower}以下压{La_target}
[镜像|本振|干扰]在低端{fs_lower}，压{La_target} ¦ 低端{La_target}@{fs_lower}
高端{fs_upper}处[要求衰减|抑制|压]{La_target} ¦ 上阻带{fs_upper}抑制{La_target} ¦ {fs_upper}以上压{La_target}
[邻道|谐波|干扰]在高端{fs_upper}，压{La_target} ¦ 高端{La_target}@{fs_upper}
"""  # noqa: E501 - one entry per line

_LOWPASS = """
通带到{fc} ¦ {fc}以内通过 ¦ {fc}以下通过 ¦ {fc}以下都要过 ¦ 通带DC到{fc} ¦ {fc}以内 ¦ 过{fc}
通带{fc} ¦ 用到{fc} ¦ 通到{fc}
{fc}以内纹波{ripple_db} ¦ {fc}以内通过，纹波{ripple_db} ¦ {fc}以下波动不超过{ripple_db}
通带到{fc}，纹波{ripple_db}
阻带从{fs}开始 ¦ {fs}以上阻带
{fs}以上压{La_target} ¦ {fs}以上衰减{La_target} ¦ {fs}以上抑制{La_target}以上
{fs}往上压{La_target}
{fs}以上都要压到{La_target} ¦ 从{fs}起抑制{La_target} ¦ 谐波{fs}压{La_target}
二次谐波{fs}压{La_target}
{fc}以内过，{fs}压{La_target} ¦ 通{fc}，阻{fs}，压{La_target}
信号最高频率{fc} ¦ 有用信号到{fc} ¦ 工作频段最高到{fc} ¦ 最高用到{fc} ¦ {fc}以下要通
{fc}以内的信号要通过，纹波{ripple_db} ¦ 通带到{fc}，波动{ripple_db}
[谐波|镜频|杂散]从{fs}[算起|开始]，[压{La_target}|得压{La_target}|衰减{La_target}]
{fs}往上衰减不低于{La_target} ¦ {fs}起衰减{La_target} ¦ 从{fs}开始压{La_target}
{fs}以上要有{La_target}
"""

_HIGHPASS = """
通带从{fc} ¦ {fc}以上通过 ¦ {fc}往上通过 ¦ {fc}以上都要过 ¦ 通带{fc}以上 ¦ {fc}以上 ¦ 过{fc}
通带{fc} ¦ 从{fc}开始通
{fc}以上纹波{ripple_db} ¦ {fc}以上通过，纹波{ripple_db} ¦ {fc}以上波动不超过{ripple_db}
通带从{fc}起，纹波{ripple_db}
阻带到{fs} ¦ {fs}以下阻带
{fs}以下压{La_target} ¦ {fs}以下衰减{La_target} ¦ {fs}以下抑制{La_target}以上
{fs}往下压{La_target}
{fs}以下都要压到{La_target} ¦ {fs}及以下抑制{La_target} ¦ 低频{fs}压{La_target}
{fc}以上过，{fs}压{La_target} ¦ 通{fc}，阻{fs}，压{La_target}
信号最低频率{fc} ¦ 从{fc}往上都是通带 ¦ {fc}往上保持平坦 ¦ 下限频率{fc} ¦ 通带起点{fc}
{fc}往上是信号
{fc}往上要通过，纹波{ripple_db} ¦ 通带从{fc}起，波动{ripple_db}
[广播|低频干扰|短波|基波]{fs}[压{La_target}|得压{La_target}|衰减{La_target}]
{fs}往下衰减不低于{La_target} ¦ {fs}及以下要有{La_target} ¦ {fs}以下的都要滤掉{La_target}
"""

_FRAMES = """
comma ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}
period ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}。
behind ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}，{head}
behindper ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}的{head}
sentences ¦ shorthand ¦ 。 ¦ _ ¦ _ ¦ {head}。{clauses}。
colon ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}：{clauses}
semicolons ¦ shorthand ¦ ； ¦ _ ¦ _ ¦ {head}；{clauses}
spaced ¦ shorthand ¦ ~ ¦ _ ¦ _ ¦ {head} {clauses}
latin ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head}, {clauses}
tightlatin ¦ shorthand ¦ , ¦ _ ¦ _ ¦ {head},{clauses}
lines ¦ shorthand ¦ \\n ¦ _ ¦ _ ¦ {head}\\n{clauses}
pauses ¦ shorthand ¦ 、 ¦ _ ¦ _ ¦ {head}：{clauses}
brackets ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}（{clauses}）
want ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [我想做个|想做个|要做一个|做一个|做个]{head}，{clauses}
need ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [需要|要|我要|我需要][一个|个]{head}，{clauses}。
come ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [来个|整个|搞个|弄个]{head}，{clauses}
compute ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [帮我算个|帮忙算下|算一下|算个]{head}，{clauses}
design ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [麻烦设计个|帮设计个|设计个|帮我设计个]{head}，{clauses}[，谢谢|，多谢|]
order ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}，[几阶够用|几阶够|最少几阶|要几阶|几阶合适]？
orderask ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}，[求阶数|求最低阶数|算阶数|给个阶数]
orderis ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {head}要几阶？{clauses}
many ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [请教一下|请问|问一下|问下]，{head}，{clauses}，[需要多少阶|要做几阶|几阶能满足]？
harmonics ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [功放后面压谐波用|发射机输出|基站功放后级|本振输出滤杂散|ADC抗混叠]，{head}，{clauses}
frontend ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [接收机预选|北斗B3前端|GPS L1前端|低噪放前面|数传接收|WiFi前端]用的{head}：{clauses}
strip ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [中频滤波器|混频后级|变频板|测试工装]：{head}，{clauses}。
board ¦ shorthand ¦ 。 ¦ _ ¦ _ ¦ [板子上|新板子|样机里|载荷里]要放一个{head}。{clauses}。
boss ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [领导|甲方|客户|系统组]要的{head}：{clauses}
hello ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [你好|您好|在吗|老师好]，{head}，{clauses}，[帮看下|谢谢|麻烦了]
urgent ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [急|急用|着急]，{head}，{clauses}
labels ¦ labels ¦ ， ¦ _ ¦ _ ¦ {head}，{clauses}
labelspaced ¦ labels ¦ ~ ¦ _ ¦ _ ¦ {head} {clauses}
labelcolon ¦ labels ¦ ， ¦ ： ¦ _ ¦ {head}，{clauses}
equals ¦ labels ¦ ， ¦ = ¦ _ ¦ {head}，{clauses}
equalspaced ¦ labels ¦ ~ ¦ = ¦ _ ¦ {head} {clauses}
stacked ¦ labels ¦ \\n ¦ ： ¦ _ ¦ {head}\\n{clauses}
stackedplain ¦ labels ¦ \\n ¦ _ ¦ _ ¦ {head}\\n{clauses}
dashed ¦ labels ¦ \\n ¦ _ ¦ -~ ¦ {head}\\n{clauses}
numbers ¦ labels ¦ ； ¦ _ ¦ _ ¦ {head}；{clauses}
slashed ¦ labels ¦ / ¦ _ ¦ _ ¦ {head}/{clauses}
runon ¦ shorthand ¦ ~ ¦ _ ¦ _ ¦ [需要|想做|要个]{head} {clauses}
add ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [想加一级|准备加一个|要补一级|想在前面加个]{head}，{clauses}。
addper ¦ shorthand ¦ 。 ¦ _ ¦ _ ¦ [打算上|计划用|拟采用]{head}。{clauses}。
technical ¦ shorthand ¦ ； ¦ _ ¦ （#） ¦ {head}技术要求：{clauses}。
middle ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ {clauses}，[所以要加|准备做|拟用]{head}
used ¦ shorthand ¦ ， ¦ _ ¦ _ ¦ [测试台上|车载设备|相控阵组件|医疗设备里|卫星终端]用的{head}，{clauses}
purpose ¦ labels ¦ \\n ¦ ： ¦ _ ¦ [用途：中频滤波|用途：前端预选|用途：测试]\\n{head}\\n{clauses}
"""  # noqa: E501 - one frame per line

_LABELS = {
    "fc": "截止 ¦ 截止频率 ¦ 通带 ¦ fc ¦ 通带边缘",
    "fs": "阻带 ¦ 阻带频率 ¦ fs ¦ 阻带边缘",
    "f_center": "中心 ¦ 中心频率 ¦ f0 ¦ 频点",
    "bandwidth": "带宽 ¦ BW ¦ 通带宽度",
    "fs_lower": "下阻带 ¦ 低端阻带 ¦ fs1 ¦ 阻带下",
    "fs_upper": "上阻带 ¦ 高端阻带 ¦ fs2 ¦ 阻带上",
    "ripple_db": "纹波 ¦ 波动 ¦ 带内波动 ¦ Ap ¦ 波纹 ¦ Rp",
    "La_target": "抑制 ¦ 衰减 ¦ 带外抑制 ¦ As ¦ 阻带衰减",
    "R0": "阻抗 ¦ Z0 ¦ 系统阻抗 ¦ 特性阻抗",
    "return_loss": "回损 ¦ 回波损耗",
    "vswr": "驻波比",
}

_HEADS = brief_heads(
    "[切比雪夫|契比雪夫|等波纹|切比雪夫型|切比雪夫I型][{word}|{word}滤波器|{short}] ¦ "
    "[{word}|{word}滤波器|{short}] ¦ [{word}|{word}滤波器|{short}] ¦ {word}，切比雪夫型 ¦ "
    "{word}滤波器，切比雪夫的 ¦ {word}（切比雪夫） ¦ {word}滤波器 切比雪夫 ¦ {short}（切比雪夫） ¦ "
    "{R0}的{word} ¦ {R0}切比雪夫{word} ¦ {R0}的切比雪夫{word}滤波器",
    "{fc}的切比雪夫{word} ¦ {fc}{word} ¦ {fc}的{word}滤波器 ¦ 截止{fc}的切比雪夫{word}",
    "{f_center}的切比雪夫{word} ¦ {f_center}{word} ¦ {f_center}的{word}滤波器 ¦ "
    "中心{f_center}的切比雪夫{word} ¦ {f_center}切比雪夫{short} ¦ {f_center}的等波纹{word}",
    "切比雪夫滤波器 ¦ 滤波器，切比雪夫型 ¦ 等波纹滤波器 ¦ 滤波器（切比雪夫） ¦ 滤波器",
    {"lowpass": "低通", "highpass": "高通", "bandpass": "带通"},
)

_KINDS = (
    "切比雪夫 ¦ 切比雪夫的 ¦ 用切比雪夫 ¦ 切比雪夫型 ¦ 等波纹响应 ¦ 逼近方式切比雪夫 ¦ "
    "切比雪夫就行 ¦ 响应选切比雪夫 ¦ 切比雪夫原型 ¦ 按切比雪夫算"
)

_OPENINGS = """
我们在做一款[气象雷达|相控阵组件|卫星终端|数传电台|车载雷达]，[前端|中频这一级|输出级]还缺一级滤波。
[你好|您好|各位老师好|老师好|求助大佬|在吗|大家好]，
功放[谐波超标了|输出不干净]，要补一级滤波。
[联调|测试|整机联试]发现[本振泄漏太大|镜像干扰严重|杂散超标|接收机被堵死了]。
楼顶[天线|接收机]离[发射塔|基站|广播台]太近，前端老是过载。
我是[研一学生|做毕业设计的|刚入行的]，导师让我先搭一版。
[领导|客户|甲方|总体]催得紧，[今天就要|下午评审要用|周五投板]。
[急！|急用。|有个小问题。|再请教一个。]
[有线电视|短波电台|对讲机|探地雷达|微波测试台|医疗设备]上用的。
原来那个[温漂太大|停产了|买不到了]，重新出一版。
基站组同事托我问一下：
n78小站上用的。
GPS L1前置滤波。
WiFi 6前端，挡住蜂窝信号。
板子面积很小，[阶数希望低一点|只能用集总参数|只能用LTCC]。
业余自制，电感自己绕。
星载设备配套件，请协助完成综合计算。
"""

_CLOSINGS = """
谢谢。 ¦ 多谢！ ¦ 麻烦了。 ¦ 谢了 ¦ 拜托尽快。 ¦ 辛苦帮看下。
[几阶够用|最少几阶|要几节|需要多少阶|阶数多少]？ ¦ 求阶数。 ¦ 帮忙算一下几阶。
请给出[元件值|阶数|电路图|设计规格]。 ¦ 能给个电路吗？ ¦ 能做下来吗？ ¦ LC实现。
还差什么[参数|指标]告诉我。 ¦ 有问题随时问我。 ¦ 先给个初值。 ¦ 有不清楚的地方问我。
板材[罗杰斯|FR4]，供参考。 ¦ 尽量小型化。 ¦ 放在[混频器后面|低噪放前面|功放后面]。
集总参数有戏吗？
这个指标腔体能做吗？ ¦ 下午评审要用。 ¦ 样机下周送检。
[外壳|接头型号|板材|封装]还没定。 ¦ 交期另谈。
"""

_PENDING = """
{name}[待定|未定|还没定|没定|待确认|先空着|后面再定|还在讨论|不清楚|没写] ¦ {name}？
{name}[客户没给|总体还没给|等系统组确认|稍后再给|过会儿发你|等甲方确认|定了再发你]
还不知道{name} ¦ [客户|总体|甲方]没给{name} ¦ {name}不知道取多少
"""

_UNSET = "待定 ¦ 未定 ¦ TBD ¦ ？ ¦ 待确认 ¦ 没定 ¦ 还没给"

ZH_SHORTHAND = shorthand(
    "zh",
    clauses=(_COMMON, _LOWPASS, _HIGHPASS),
    heads=_HEADS,
    kinds=_KINDS,
    labels=_LABELS,
    impedances="阻抗{R0} ¦ Z0={R0} ¦ Z0 {R0} ¦ 系统阻抗{R0} ¦ R0={R0}",
    forms=BRIEF_CHINESE,
    pending=_PENDING,
    unset=_UNSET,
    frames=_FRAMES,
    openings=_OPENINGS,
    closings=_CLOSINGS,
)
