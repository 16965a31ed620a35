"""A headless Chromium and the page of rf-design on a free port: for pictures and for tests."""

import base64
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server_processes import end_process

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--disable-lcd-text",
)  # fmt: skip
PHONE, DESK = (390, 844), (1360, 900)


@contextmanager
def page_server(*options: str, port: int = 0) -> Iterator[str]:
    """`rf-design serve`, and the address it says."""
    command = [sys.executable, "-m", "rf_design", "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        if found is None:
            raise RuntimeError(f"rf-design serve said {said!r}")
        yield found[0]
    finally:
        end_process(process)


@contextmanager
def browser(
    size: tuple[int, int] = DESK, *, dark: bool = False, lang: str = "en",
    downloads: Path | None = None,
) -> Iterator[Any]:  # fmt: skip
    """A Selenium driver with a window of `size`, in a light or dark surrounding."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*FLAGS, f"--lang={lang}"):
        options.add_argument(flag)
    preferences = {"intl.accept_languages": lang}
    if downloads is not None:
        preferences["download.default_directory"] = str(downloads)
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        yield driver
    finally:
        driver.quit()


def wait_until(ready: Callable[[], Any], seconds: float = 300.0) -> Any:
    """What `ready` returns once that is true. Raises TimeoutError.

    The first sentence that a page reads takes minutes where its model has to be prepared first.
    """
    end = time.monotonic() + seconds
    while True:
        found = ready()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.05)


def whole_page(driver: Any, height: int | None = None) -> bytes:
    """A picture (PNG) of the page in its full length, or of its first `height` pixels."""
    width, full = driver.execute_script(
        "return [innerWidth, document.documentElement.scrollHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": min(height or full, full), "scale": 1}
    picture = driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
    )
    return base64.b64decode(picture["data"])
