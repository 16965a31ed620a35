"""Writes docs/page.md and its pictures: the page of rf-design, looked at in a real browser.

    uv run tools/make_pages.py

Needs Chromium with its driver and the model that reads requests; the pictures in the repository
were made with the fonts Inter and Noto Sans CJK (Debian: fonts-inter, fonts-noto-cjk).
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browsing import CHROMIUM, DESK, DRIVER, PHONE, browser, page_server, wait_until, whole_page
from PIL import Image
from rf_jsonl import write_text

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = DOCS / "page"
Step = Callable[[Any], None]

HEAD = """# The page

    uv run rf-design serve

serves a page at 127.0.0.1 for this machine only: a sentence in English or Chinese, its reading as a
form, the order with its proof, the response with its mask, parts, checks and files. Changes of a
field or control take effect at once, without the model. The pictures are real designs, made by
[make_pages.py](../tools/make_pages.py);
[rf_design_page.json](../benchmarks/rf_design_page.json) has its response times.
"""
TAIL = """## By keyboard

Enter designs the request, Shift+Enter starts a new line. On the chart ← and → move the cursor (with
Shift ten times as far), + and − zoom, Enter sets a marker and Delete removes it, `l` switches the
scale, `d` shows the group delay, `0` shows everything.

## What it keeps

Nothing on disk. The design is in the page's address, so that reloading, bookmarks and the browser's
back and forward buttons work; the list of recent designs is lost with the tab. Requests from other
sites are refused.
"""


@dataclass(frozen=True)
class Picture:
    """What is shown: the request, what is done then, and how much of the page.

    From `top` on (an element) to where `end` begins, or so many pixels.
    """

    name: str
    title: str
    request: str
    lang: str = "en"
    dark: bool = False
    size: tuple[int, int] = DESK
    height: int | None = 1240
    top: str | None = None
    end: str | None = None
    steps: tuple[Step, ...] = field(default=())


def choose(name: str, value: str) -> Step:
    """Chooses one of a knob's values."""
    return js(f"document.querySelector('[name=knob-{name}][value=\"{value}\"]').click()")


def js(script: str) -> Step:
    """Runs a script on the page, and waits until it has settled."""

    def run(driver: Any) -> None:
        driver.execute_script(script)
        settle(driver)

    return run


def reply(text: str) -> Step:
    """Answers the question."""

    def answer(driver: Any) -> None:
        field = driver.find_element("css selector", "#reply")
        field.send_keys(text + "\ue007")
        settle(driver)

    return answer


TOOL = "document.querySelectorAll('#tools button')[{}].click()"
SHOWN = (
    Picture(
        "band-pass", "A band-pass with values of E24, judged by its response",
        "Band-pass 120-160 MHz, ripple 0.3 dB, at least 45 dB at 90 MHz and 210 MHz",
        end="#chart-help", steps=(choose("e_series", "24"),),
    ),
    Picture(
        "question-zh", "A value is missing: it asks, and goes on with the answer",
        "切比雪夫低通，截止频率 30 MHz，回波损耗 20 dB", "zh-CN",
        steps=(reply("60 MHz 处衰减 45 dB"),),
    ),
    Picture(
        "band-stop-dark", "A band-stop in the dark, with its group delay",
        "Notch: pass below 90 and above 110 MHz with 0.5 dB ripple, reject 98 to 102 MHz by 30 dB",
        dark=True, steps=(js(TOOL.format(4)),),
    ),
    Picture(
        "too-few-zh-dark", "Is one resonator less enough? The pass band and the checks say no",
        "高通，截止频率 800 MHz，波纹 0.1 dB，500 MHz 处抑制不小于 40 dB", "zh-CN", True,
        steps=(js("document.querySelector('.stepper button').click()"), js(TOOL.format(1))),
    ),
    Picture(
        "phone", "On a phone, 390 px wide",
        "Low-pass, pass-band edge 30 MHz, return loss 20 dB, 45 dB at 60 MHz", size=PHONE,
        height=1500,
    ),
    Picture(
        "phone-zh", "", "低通，通带边缘 30 MHz，回波损耗 20 dB，60 MHz 处衰减 45 dB", "zh-CN", True,
        PHONE, 1500, "#verdict",
    ),
)  # fmt: skip


def main() -> None:
    """Takes all pictures and writes the page."""
    if not (CHROMIUM and DRIVER):
        sys.exit("chromium and chromedriver are needed: apt-get install chromium chromium-driver")
    PICTURES.mkdir(exist_ok=True)
    with page_server() as address:
        for picture in SHOWN:
            take(picture, address)
    write_text(DOCS / "page.md", page())
    sys.stdout.write(f"{len(SHOWN)} pictures -> {PICTURES}\n")


def page() -> str:
    """The text of docs/page.md."""
    lines = [HEAD]
    desk = [picture for picture in SHOWN if picture.size == DESK]
    for picture in desk:
        lines += [f"## {picture.title}", "", f"> {picture.request}", "", image(picture, 900), ""]
    phone = [picture for picture in SHOWN if picture.size == PHONE]
    lines += [f"## {phone[0].title}", "", " ".join(image(p, 300) for p in phone), "", TAIL]
    return "\n".join(lines)


def image(picture: Picture, width: int) -> str:
    """A picture in the page."""
    alt = picture.title or picture.request
    return f'<img src="page/{picture.name}.png" width="{width}" alt="{alt}">'


def take(picture: Picture, address: str) -> None:
    """One picture, with a palette, a third of the size."""
    with browser(picture.size, dark=picture.dark, lang=picture.lang) as driver:
        driver.get(address)
        wait_until(
            lambda: driver.execute_script("return document.querySelector('#order').textContent")
        )
        field = driver.find_element("css selector", "#request")
        field.clear()
        field.send_keys(picture.request + "\ue007")
        settle(driver)
        for step in picture.steps:
            step(driver)
        driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        top = offset(driver, picture.top)
        height = None if picture.height is None else top + picture.height
        data = whole_page(driver, offset(driver, picture.end) if picture.end else height)
    with Image.open(io.BytesIO(data)) as whole:
        part = whole.convert("RGB").crop((0, top, whole.width, whole.height))
    few = part.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{picture.name}.png", optimize=True)


def offset(driver: Any, selector: str | None) -> int:
    """Where on the page something begins, in pixels."""
    if selector is None:
        return 0
    place = "return document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY"
    return int(driver.execute_script(place, selector))


def settle(driver: Any) -> None:
    """Waits until nothing is read, searched for or drawn any more."""
    busy = (
        "return document.body.matches('.reading') || document.querySelector('.searching') !== null"
    )
    last = ""
    for _ in range(100):
        wait_until(lambda: not driver.execute_script(busy), 60)
        now = driver.execute_script("return document.body.innerText")
        if now == last:
            return
        last = now
        driver.execute_async_script("setTimeout(arguments[0], 300)")


if __name__ == "__main__":
    main()
