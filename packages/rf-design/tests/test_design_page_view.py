"""The page in a real Chromium: chart, files, languages, contrast, 390 px, keys, the network."""

import csv
import io
import json
import re

import numpy as np
import pytest
import skrf
from browsing import PHONE, browser, page_server, wait_until, whole_page
from rf_design import design
from rf_design.response.loss import loss_db

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

# --- the chart, the parts, the files -------------------------------------------------------


def test_the_chart_is_worked_by_keys(page):
    page.run("document.querySelector('#chart').focus()")
    keys = ActionChains(page.driver)
    keys.send_keys(Keys.HOME, *([Keys.ARROW_RIGHT] * 5), Keys.ENTER).perform()
    wait_until(lambda: len(page.table("#markers")) == 3)
    assert page.table("#markers")[2][0].startswith("M1")
    assert "|S21|" in page.text("#readout")
    wait_until(lambda: "|S21|" in page.text("#spoken"))
    low = page.run("return document.querySelector('#chart').getAttribute('aria-label')")
    ActionChains(page.driver).send_keys("+", "d", "l").perform()
    wait_until(
        lambda: (
            page.run("return document.querySelector('#chart').getAttribute('aria-label')") != low
        )
    )
    wait_until(lambda: page.path("delay"))
    ActionChains(page.driver).send_keys(Keys.DELETE, "0").perform()
    wait_until(lambda: len(page.table("#markers")) == 2)


def test_a_marker_is_exact(page):
    """The table's numbers are the server's, the readout's are read off the curve."""
    page.run("document.querySelector('#chart').scrollIntoView({block: 'center'})")
    ActionChains(page.driver).move_to_element(page.find("#chart")).click().perform()
    wait_until(lambda: len(page.table("#markers")) == 3)
    table = page.table("#markers")[2]
    f_hz = float(table[1].split()[0]) * 1e6
    call = {"band": "low-pass", "edge": "30 MHz", "return_loss": "20 dB", "order": "7"}
    [loss] = loss_db(design(call).filter.ladder, np.array([f_hz]))
    assert float(table[2].replace("\u2212", "-")) == pytest.approx(-loss, rel=0.02)


def test_dragging_zooms_and_the_pass_band_has_a_view(page):
    chart = page.find("#chart")
    page.run("arguments[0].scrollIntoView({block: 'center'})", chart)
    before = chart.get_attribute("aria-label")
    drag = ActionChains(page.driver).move_to_element_with_offset(chart, -60, 0).click_and_hold()
    drag.move_by_offset(120, 0).release().perform()
    wait_until(lambda: page.find("#chart").get_attribute("aria-label") != before)
    page.run("document.querySelectorAll('#tools button')[2].click()")
    wait_until(lambda: page.path("s11") is None and page.path("s21"))


def test_a_part_and_its_symbol_stand_out_together(page):
    row = page.find("#part-list tr[data-part=L4]")
    page.run("arguments[0].scrollIntoView({block: 'center'})", row)
    ActionChains(page.driver).move_to_element(row).perform()
    lit = page.run("return [...document.querySelectorAll('#parts .lit')].map((n) => n.tagName)")
    assert sorted(lit) == ["TR", "g"]


def test_files_are_downloaded_and_parsed(page):
    for name in ("bom.csv", "design.json", "filter.s2p"):
        page.find(f"[data-file='{name}']").click()  # a script may not download several
        path = page.folder / name
        wait_until(path.exists)
    [first, *_] = csv.DictReader(io.StringIO((page.folder / "bom.csv").read_text("ascii")))
    assert first["name"] == "C1" and float(first["value"]) == pytest.approx(107.1e-12, rel=1e-3)
    assert json.loads((page.folder / "design.json").read_text("utf-8"))["order"] == 7
    network = skrf.Network(str(page.folder / "filter.s2p"))
    [level] = network["60MHz"].s_db[:, 1, 0]
    assert level == pytest.approx(-54.1, abs=0.01)


# --- language, theme, contrast


def test_the_language_is_switched_with_everything(page):
    page.click("#lang")
    assert page.run("return document.documentElement.lang") == "zh-CN"
    assert page.text("#kind").startswith("切比雪夫低通")
    body = page.run(
        "const texts = []; for (const n of document.querySelectorAll('main h1, main h2, main th,"
        " main dt, main label, main legend, main button'))"
        " if (n.offsetParent) texts.push(n.innerText); return texts"
    )
    english = [text for text in body if re.search(r"[a-z]{4,}", text) and "." not in text]
    assert english == [], english


def test_the_theme_is_switched(page):
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = page.run(ground)
    page.click("#theme")
    assert page.run(ground) != light
    page.click("#theme")
    assert page.run(ground) == light


CONTRAST = """
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const ground = (node) => {
  for (; node; node = node.parentElement) {
    const color = parse(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] > 0.99) return color;
  }
  return [255, 255, 255];
};
const found = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const typed = node.matches("input, textarea, select");
  if (!(own || typed) || !node.getClientRects().length || node.closest("option")) continue;
  const style = getComputedStyle(node);
  const ink = [node.closest("svg") ? style.fill : style.color];
  if (node.matches("[placeholder]")) ink.push(getComputedStyle(node, "::placeholder").color);
  const back = light(ground(node));
  for (const color of ink) {
    const front = light(parse(color));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5 && !node.disabled) {
      found.push([node.outerHTML.slice(0, 60), node.textContent.slice(0, 30), ratio.toFixed(2)]);
    }
  }
}
return found
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1360, 900)], ids=["390 px", "1360 px"])
def test_text_can_be_read_and_nothing_is_cut_off(address, page_in, tmp_path, dark, size):
    with browser(size, dark=dark, lang="zh-CN") as driver:
        page = page_in(driver)
        page.open(address)
        page.type("#field-att1", "60 dB")
        page.order("8")
        page.click("[name=knob-e_series][value='24']")
        wait_until(lambda: "E24" in page.text("#part-list thead"))
        page.type("#knob-q_l", "80")
        wait_until(lambda: page.path("exact"))
        assert page.run(CONTRAST) == []
        scheme = page.run("return getComputedStyle(document.documentElement).colorScheme")
        assert scheme == ("dark" if dark else "light")
        width, inner = page.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert width == inner == size[0]
        wide = page.run(
            "return [...document.querySelectorAll('body *')].filter((n) => n.offsetParent && "
            "!n.closest('.scroll, svg') && n.getBoundingClientRect().right > innerWidth + 1 && "
            "!n.closest('.unseen')).map((n) => n.tagName + '.' + n.className)"
        )
        assert wide == []
        (tmp_path / "page.png").write_bytes(whole_page(driver))
        assert (tmp_path / "page.png").stat().st_size > 50_000


# --- by keyboard alone, by ear -------------------------------------------------------------


def test_everything_is_reached_by_tab_and_has_a_name(page):
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    seen = []
    for _ in range(90):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        node = page.driver.switch_to.active_element
        identity = page.run(
            "const n = document.activeElement;"
            "return [n.id || n.dataset.file || n.name || n.className, n.outerHTML.slice(0, 80)]"
        )
        if node.tag_name == "body" or identity in seen:
            break
        seen.append(identity)
        assert node.accessible_name, identity
    names = {name for name, _ in seen}
    assert {"request", "read", "lang", "theme", "band", "field-edge", "knob-order", "knob-ripple",
            "knob-e_series", "chart", "filter.s2p", "design.json"} <= names  # fmt: skip


def test_a_filter_is_designed_by_keyboard_alone(page):
    page.run("document.activeElement.blur()")
    for _ in range(60):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        if page.run("return document.activeElement.id") == "field-stop1":
            break
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
    ActionChains(page.driver).send_keys("45 MHz").perform()
    page.order("9")
    wait_until(lambda: page.text("#spoken").startswith("Order 9"))


# --- speed and network ---------------------------------------------------------------------


def test_no_request_leaves_the_machine(shared, address):
    shared.hosts()
    shared.open(address)
    shared.click("[data-file='bom.json']")
    shared.click("#lang")
    shared.type("#field-edge", "33 MHz")
    wait_until((shared.folder / "bom.json").exists)
    asked = {url for url in shared.hosts() if not url.startswith(("data:", "about:"))}
    assert address in asked and f"{address}api/design" in asked
    assert [url for url in asked if not url.removeprefix("blob:").startswith(address)] == []


def test_what_the_page_loads_is_small_and_painted_at_once(page):
    painted = "return performance.getEntriesByName('first-contentful-paint').length"
    wait_until(lambda: page.run(painted) == 1)
    size = page.run("return performance.getEntriesByType('navigation')[0].decodedBodySize")
    assert 50_000 < size < 300_000
    assert page.run("return performance.getEntriesByType('resource').every("
                    "(r) => r.name.startsWith(location.origin + '/api/'))")  # fmt: skip


def test_a_server_that_is_gone_is_told(page_in, address):
    with browser() as driver:
        page = page_in(driver)
        with page_server("--no-model") as url:
            page.open(url)
            wait_until(lambda: page.find("#read").get_attribute("disabled"))
        page.type("#field-edge", "31 MHz")
        wait_until(lambda: page.shown("#alert"))
        assert "still running" in page.text("#alert p")
