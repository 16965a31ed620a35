"""Words by which a request asks for something else than the design of a passive filter.

They are looked for in the request itself.
"""

import re

ANOTHER_TASK = re.compile(
    r"(?<!不)(?<!非)(?<!不要)有源(?:低通|高通|带通|带阻|滤波)"
    r"|(?<!no )(?<!not )(?<!an )\bactive (?:low|high|band|filter)"
    r"|(?<![准许能可让止])(?:用|拿|\b(?:with|using|around) (?:an? |the )?)\s*"
    r"(?:TL0\d\d|NE553\d|LM358|LM324|OPA\d{3,4}|LT1\d{3}|AD8\d{2,3}|运放|op[- ]?amps?)"
    r"(?![A-Za-z])|(?<!no )\bfeedback resistors?\b|反馈电阻"
    r"|增益[^，,。;；\n]{0,12}可调|\b(?:adjustable|variable) gain\b"
    r"|(?:电压|连续)[^，,。;；\n]{0,16}(?:可调|调到|调谐)"
    r"|\b(?:are|is) (?:varicaps?|varactors?)\b|(?<!no )\bvaricaps? (?:driven|controlled|tuned)\b"
    r"|(?<!no )(?<!the )(?<!existing )\bcrystal (?:ladder|lattice) filters?\b"
    r"|晶体(?:梯形|格形)滤波器|\bcrystals?\b[^.;。；\n]{0,16}\bladder\b"
    r"|(?<!不是)(?<!非)数字(?:低通|高通|带通|带阻)?\s*(?:[FI]IR)?滤波器(?!之?[前后])"
    r"|(?:给出|把|求|算|知道)[^。;；\n]{0,12}线宽|(?:线宽|谐振器间距)[^。;；\n]{0,8}(?:怎么|多少)"
    r"|\b(?:turn|convert) (?:that|this|it|them|these) into an? [^.;?\n]{0,20}"
    r"\b(?:microstrip|stripline|layout)\b"
    r"|版图尺寸|\bwidths? ?(?:and|和|&|、) ?(?:gap|spacing|length)s?\b"
    r"|\bwhy (?:does|do|is|are) (?:my|our)\b[^?]{0,100}\b(?:simulation|simulated|theory|expected)\b"
    r"|为什么我的[^?？]{0,40}(?:仿真|理论|计算值)"
    r"|(?:SAW|BAW|声表)[^。;；\n]{0,20}(?:选型|现货|型号)"
    r"|旋钮联动|跟着?主?旋钮走|\b(?:tracks?|tracking) the (?:dial|VFO)\b"
    r"|\b(?:only|just) want to understand\b|\btranslate\b[^.;\n]{0,12}\b(?:in)?to [A-Z]"
    r"|\b(?:are|were) (?:these|those|my|the) (?:values|parts|components) (?:right|correct|ok)\b"
    r"|哪个值?算错|\bdesign (?:me )?an? [^.;\n]{0,20}\bantenna\b"
    r"|设计一?[个款副根][^，。；\n]{0,12}天线(?=[。！!？?\n]|$)"
    r"|\bhow (?:does|do|would) [^?;\n]{0,80}\b(?:influence|affect|depend on)\b"
    r"|\bwrite (?:me )?an? [^.,;\n]{0,20}\b(?:post|article|press release|blog)\b"
    r"|写(?:一?[篇段条个])[^，。,;；\n]{0,10}(?:文案|推文|帖子|软文|新闻稿|公众号)"
    r"|\brecommend (?:me )?an? [^.,;\n]{0,16}\b(?:shop|store)\b",
    re.IGNORECASE,
)
"""Requests for an active, digital or tuned filter, a layout, a part, a shop, a text or an
explanation, or about a finished filter, whatever was read."""
PERHAPS_ANOTHER_TASK = re.compile(
    r"有源|数字滤波|可调谐|电调|传输零点|运放"
    r"|\b(?:active (?:filter|low|high|band)|digital filter|tunable|transmission zeros?)\b"
    r"|(?<![A-Za-z])[FI]IR(?![A-Za-z])",
    re.IGNORECASE,
)
"""Words that hardly ever occur in a request for a supported filter."""
