"""The page in a real Chromium: sentences, questions, the form, the knobs, the history."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import wait_until
from rf_synth import solve_call

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.keys import Keys

EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


# --- sentences -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order", "kind"),
    [("2.4G BPF, BW 100M, 40dB @ 2.2G/2.6G, ripple 0.1dB", "4", "Chebyshev band-pass"),
     ("低通，通带边缘 30 MHz，回损 20 dB，60 MHz 处抑制 45 dB", "7", "Chebyshev low-pass"),
     ("High-pass from 800 MHz, ripple 0.1 dB, at least 40 dB at 500 MHz", "7", "high-pass")],
    ids=["band-pass, en", "low-pass, zh", "high-pass, en"],
)  # fmt: skip
def test_a_sentence_becomes_a_filter(reading_page, text, order, kind):
    page = reading_page
    page.say(text)
    page.order(order)
    assert kind in page.text("#kind") and "meets" in page.text("#stamp")
    assert page.table("#proof") and page.table("#part-list") and page.path("s21")
    assert page.value("#request") == text
    assert page.errors() == []


def test_a_missing_value_is_asked_for_and_given_and_changed(reading_page):
    page = reading_page
    page.say("切比雪夫低通，截止频率 30 MHz，波纹 0.1 dB")
    assert "阻带" in page.text("#turns .answer .said") and page.shown("#open")
    assert page.run("return document.activeElement.id") == "reply"
    assert not page.shown("#results")
    assert page.run("return document.querySelector('#field-att1').matches('[data-missing]')")
    page.say("60 MHz 处 40 dB", "#reply")
    page.order("6")
    assert page.shown("#results") and not page.shown("#open")
    assert page.value("#field-stop1") == "60 MHz"
    page.say("改为 60 dB", "#reply")
    page.order("8")
    assert "60 dB" in page.value("#request")
    assert len(page.run("return [...document.querySelectorAll('#turns .you')]")) == 3


def test_what_is_missing_is_explained_to_who_does_not_know_filters(reading_page):
    page = reading_page
    page.say("a band-pass for FM radio, 88 to 108 MHz")
    wait_until(lambda: page.shown("#open"))
    hints = page.text("#open-hints")
    assert "may vary where it comes through" in hints and "must be suppressed" in hints
    assert page.run("return document.querySelector('#field-stop1').placeholder") == "44 MHz"
    assert page.run("return document.querySelector('#field-stop2').placeholder") == "220 MHz"
    page.click("#usual-ripple")
    wait_until(lambda: "ripple" not in page.text("#open-text"))
    assert page.value("#field-ripple") == "0.1 dB"
    assert page.run("return document.querySelector('#usual-ripple')") is None


def test_an_order_that_the_request_names_is_one_click_away(reading_page):
    page = reading_page
    page.say("low-pass 30 MHz, ripple 0.1 dB, 40 dB at 60 MHz, order 7")
    page.order("6")
    assert "7" in page.text("#because")
    page.click("#stated-order")
    page.order("7")
    assert page.run("return document.querySelector('#stated-order')") is None


def test_what_is_not_designed_has_its_reason(reading_page):
    page = reading_page
    page.say("elliptic low-pass, 1 MHz, 0.1 dB ripple, 40 dB at 1.2 MHz")
    assert "elliptic" in page.text("#open-text") and page.text("#open-title") == "Not designed"
    assert not page.shown("#results")


def test_numbers_that_were_not_read_are_shown(reading_page):
    page = reading_page
    page.say("low-pass, edge 30 MHz, ripple 0.1 dB, 45 dB at 60 MHz, drawing 4711-2")
    page.order("6")
    assert "4711" in page.text("#unread")


def test_markup_in_a_request_is_text(reading_page):
    page = reading_page
    title = page.driver.title
    page.say(f"low-pass {EVIL} 30 MHz, ripple 0.1 dB, 45 dB at 60 MHz")
    assert EVIL in page.text("#turns .you .said")
    assert page.run("return document.querySelectorAll('main img, main script').length") == 0
    assert page.driver.title == title
    page.type("#field-edge", EVIL)
    # Each key is answered; the last answers quote 40 characters, with the whole image in them.
    wait_until(lambda: EVIL[:40] in page.text("#open-text"))
    assert page.shown("#open") and "cannot be read" in page.text("#open-text")
    assert page.driver.title == title


def test_a_megabyte_of_text_has_one_clear_message(reading_page):
    page = reading_page
    page.run("document.querySelector('#request').value = '9'.repeat(1e6)")
    page.click("#read")
    wait_until(lambda: "1,000,000 characters" in (page.text("#open-text") or ""))
    page.open(page.driver.current_url)
    page.order("7")


def test_a_reload_in_the_middle_of_an_answer_reads_again(reading_page):
    page = reading_page
    page.type("#request", "High-pass from 800 MHz, ripple 0.1 dB, 40 dB at 500 MHz", Keys.ENTER)
    page.driver.refresh()
    wait_until(lambda: "high-pass" in (page.text("#kind") or ""))
    assert page.value("#request").startswith("High-pass from 800 MHz")


def test_two_tabs_do_not_meet(reading_page, address):
    page = reading_page
    first = page.driver.current_window_handle
    page.type("#request", "high-pass 800 MHz, ripple 0.1 dB, 40 dB at 500 MHz", Keys.ENTER)
    page.driver.switch_to.new_window("tab")
    page.driver.get(address)
    wait_until(lambda: page.text("#order"))
    page.say("low-pass 3 MHz, ripple 0.1 dB, 40 dB at 5 MHz")
    wait_until(lambda: "3 MHz" in (page.text("#edges") or "").replace("\u00a0", " "))
    assert "low-pass" in page.text("#kind")
    page.driver.close()
    page.driver.switch_to.window(first)
    wait_until(lambda: "high-pass" in page.text("#kind"))


# --- the form, the knobs -------------------------------------------------------------------


def test_the_page_opens_with_a_design(page):
    assert page.text("#order") == "7"
    assert page.table("#part-list")[0] == ["C1", "shunt", "107.1 pF"]
    assert [row[0] for row in page.table("#check-list")] == ["✓ pass"] * 3
    assert page.errors() == []


def test_a_field_a_curve_and_a_sentence_follow_each_other(page):
    before = page.path("s21")
    page.type("#field-stop1", "45 MHz")
    page.order("9")
    assert page.path("s21") != before
    wait_until(lambda: "45 MHz" in page.value("#request"))
    assert "8 would give" in page.text("#because")
    took = page.run("return performance.getEntriesByName('redraw').map((e) => e.duration)")
    assert took and min(took) > 0


def test_a_field_that_makes_no_sense_leaves_the_last_design_faded(page):
    page.type("#field-edge", "70 MHz")
    wait_until(lambda: page.shown("#open"))
    assert "stale" in page.find("#results").get_attribute("class")
    page.type("#field-edge", "20 MHz")
    wait_until(lambda: not page.shown("#open"))
    assert "stale" not in page.find("#results").get_attribute("class")


@pytest.mark.parametrize(
    ("band", "fields", "order"),
    [("highpass", {"edge": "60 MHz", "stop1": "30 MHz"}, "7"),
     ("bandpass", {"f1": "60 MHz", "f2": "80 MHz", "stop1": "45 MHz", "stop2": "100 MHz",
                   "att2": "45 dB"}, "6"),
     ("bandstop", {"f1": "90 MHz", "f2": "110 MHz", "stop1": "98 MHz", "to1": "102 MHz"}, "4")],
)  # fmt: skip
def test_each_band_is_designed_by_the_form_alone(page, band, fields, order):
    page.click(f"[name=band][value={band}]")
    if band == "bandstop":
        page.run(
            "const way = document.querySelector('[data-row=stop] select'); way.value = 'stop+to';"
            "way.dispatchEvent(new Event('change'))"
        )
    for key, value in fields.items():
        page.type(f"#field-{key}", value)
    wait_until(lambda: not page.shown("#open"))  # the order may be that of the design before
    page.order(order)
    assert page.table("#part-list")


def test_every_way_of_stating_a_filter_has_a_form(page, address):
    """The calls of docs/calls.md, each from its address: drawn or asked about, its values shown."""
    text = (Path(__file__).parents[3] / "docs" / "calls.md").read_text(encoding="utf-8")
    for block in re.findall(r"```json\n(.*?)\n```", text, re.DOTALL):
        call, status = json.loads(block), solve_call(json.loads(block))["status"]
        page.driver.get("about:blank")
        page.driver.get(f"{address}#{quote(json.dumps({'call': call, 'lang': 'en'}))}")
        shown = "#results" if status == "designed" else "#open"
        wait_until(lambda shown=shown: page.shown(shown))
        values = page.run(
            "return [...document.querySelectorAll('#form input')].map((n) => n.value)"
        )
        missing = {key for key, value in call.items() if value not in values}
        assert missing <= {"family", "band"}, call
        assert page.errors() == [], call


def test_the_same_thing_is_stated_in_another_way(page):
    page.run(
        "const way = document.querySelector('[data-row=level] select'); way.value = 'ripple';"
        "way.dispatchEvent(new Event('change'))"
    )
    assert page.value("#field-ripple") == "0.0436481 dB"
    page.order("7")


def test_stop_points_and_other_keys_come_and_go(page):
    page.click("#add-stop")
    page.type("#field-stop2", "45 MHz")
    page.type("#field-att2", "60 dB")
    page.order("11")
    page.click("[data-row=stop]:nth-child(2) .remove")
    page.order("7")
    page.run(
        "const add = document.querySelector('#form > div:last-child select'); add.value = 'z0';"
        "add.dispatchEvent(new Event('change'))"
    )
    page.type("#field-z0", "75 ohm")
    wait_until(lambda: "75 Ω, 75 Ω" in page.text("#edges").replace("\u00a0", " "))


def test_an_order_can_be_forced_and_given_back(page):
    page.click(".stepper button")
    page.order("6")
    assert "does not meet" in page.text("#stamp") and "minimum is 7" in page.text("#because")
    page.click("#least")
    page.order("7")


def test_ripple_series_q_and_tolerance(page):
    page.run(
        "const knob = document.querySelector('#knob-ripple-slider'); knob.value = 150;"
        "knob.dispatchEvent(new Event('input'))"
    )
    page.order("6")
    assert page.value("#field-ripple") == "0.61 dB"
    page.click("[name=knob-e_series][value='24']")
    wait_until(lambda: "E24" in page.text("#part-list thead"))
    page.type("#knob-q_l", "80")
    wait_until(lambda: "Loss with finite Q" in page.text("#remarks"))
    page.type("#knob-tolerance_percent", "2")
    wait_until(lambda: "Yield" in page.text("#remarks"))
    assert page.path("exact")


def test_an_even_order_offers_another_one(page):
    page.type("#field-att1", "60 dB")
    page.order("8")
    page.click("#concerns button")
    page.order("9")


# --- history, language, theme --------------------------------------------------------------


def test_the_visit_is_remembered_and_the_address_holds_the_design(page):
    page.run(  # at once: a pause between two keys would be a visit of its own
        "const field = document.querySelector('#field-edge'); field.value = '35 MHz';"
        "field.dispatchEvent(new Event('input'))"
    )
    page.order("8")
    wait_until(lambda: page.run("return document.querySelectorAll('#visits li').length") == 2)
    page.run("document.querySelectorAll('#visits button')[1].click()")
    page.order("7")
    page.driver.refresh()
    page.order("7")
    assert page.value("#field-edge") == "30 MHz"


@pytest.mark.parametrize(
    "fragment", ["#{", "#%7B", "#null", "#[]", '#{"call":5,"options":[],"turns":{}}', "#%FF",
                 '#{"call":{"edge":"1","x":{"y":1}},"options":{"order":"<b>"}}'],
)  # fmt: skip
def test_an_address_written_by_anybody_breaks_nothing(page, address, fragment):
    page.driver.get("about:blank")
    page.driver.get(address + fragment)
    wait_until(lambda: page.run("return document.querySelectorAll('#form input').length") > 5)
    page.click("[name=band][value=lowpass]")
    assert [error for error in page.errors() if "400 (Bad Request)" not in error] == []
