"""How fast the page of rf-design is: first paint, a changed field, a sentence, many at once.

    uv run benchmarks/rf_design_page.py [PART …]     writes benchmarks/rf_design_page.json

Needs Chromium and its driver, and the model that reads requests. A field's time runs from its event
to the end of the drawing, in the page itself; a sentence's from the request to the answer.
"""

import json
import os
import statistics
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
from browsing import browser, page_server, wait_until  # noqa: E402
from rf_jsonl import read_json, write_json  # noqa: E402

OUT = Path(__file__).with_suffix(".json")
REQUESTS = (
    "low-pass to {edge} MHz, ripple 0.1 dB, 45 dB at {stop} MHz",
    "低通，通带边缘 {edge} MHz，回损 20 dB，{stop} MHz 处抑制 45 dB",
)
FIELDS = {
    "low-pass, order 7": {"edge": "30 MHz", "ripple": "0.1 dB", "stop1": "60 MHz", "att1": "50 dB"},
    "band-pass, order 5": {
        "f1": "61 MHz", "f2": "79 MHz", "ripple": "0.1 dB", "stop1": "45 MHz", "stop2": "100 MHz",
        "att": "60 dB",
    },
    "low-pass, order 20": {"band": "low-pass", "edge": "30 MHz", "ripple": "0.1 dB", "order": "20"},
}  # fmt: skip
RIPPLES = ("0.2", "0.3", "0.25", "0.15", "0.1", "0.12", "0.22", "0.11")


def post(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}api/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=120) as response:
        return dict(json.load(response))


def paints(address: str) -> dict[str, float]:
    """First paint and the first curve of a browser that has seen nothing yet, in ms."""
    found = []
    for _ in range(5):
        with browser() as driver:
            driver.get(address)
            wait_until(lambda driver=driver: driver.execute_script(
                "return performance.getEntriesByName('redraw').length"))  # fmt: skip
            found.append(driver.execute_script(
                "const first = (n) => performance.getEntriesByName(n)[0];"
                "const curve = first('redraw');"
                "const paint = first('first-contentful-paint').startTime;"
                "return [paint, curve.startTime + curve.duration,"
                "performance.getEntriesByType('navigation')[0].decodedBodySize]"
            ))  # fmt: skip
    paint, curve, size = (statistics.median(values) for values in zip(*found, strict=True))
    return {"first_paint_ms": round(paint), "first_curve_ms": round(curve), "bytes": int(size)}


def redraws(address: str, call: dict[str, str], options: dict[str, Any]) -> dict[str, float]:
    """A field is changed, again and again; ms until the new curve is drawn."""
    with browser() as driver:
        state = json.dumps({"call": call, "options": options})
        driver.get(f"{address}#{state}")
        count = "return performance.getEntriesByName('redraw').length"
        wait_until(lambda: driver.execute_script(count))
        time.sleep(1)
        found = []
        for ripple in RIPPLES:
            driver.execute_script("performance.clearMeasures()")
            driver.execute_script(
                "const field = document.querySelector('#knob-ripple'); field.value = arguments[0];"
                "field.dispatchEvent(new Event('input'))", ripple,
            )  # fmt: skip
            wait_until(lambda: driver.execute_script(count))
            found.append(driver.execute_script(
                "return performance.getEntriesByName('redraw')[0].duration"))  # fmt: skip
            time.sleep(0.6)
    return {"median_ms": round(statistics.median(found)), "most_ms": round(max(found))}


def sentences(address: str) -> dict[str, float]:
    """Sentences one after the other, each of them new, in s."""
    found = []
    for n in range(20):
        text = REQUESTS[n % 2].format(edge=100 + n, stop=300 + 7 * n)
        began = time.perf_counter()
        post(address, "read", {"turns": [text]})
        found.append(time.perf_counter() - began)
    return {"median_s": round(statistics.median(found), 3), "most_s": round(max(found), 3)}


def many(address: str, count: int = 200, at_once: int = 8) -> dict[str, Any]:
    """Sentences at once, each with numbers of its own; whether each got its own answer."""

    def one(n: int) -> bool:
        text = REQUESTS[n % 2].format(edge=1000 + n, stop=3000 + 3 * n)
        design = post(address, "read", {"turns": [text]})["design"]
        return bool(design["spec"].get("fc") == (1000 + n) * 1e6)

    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        right = sum(pool.map(one, range(count)))
    seconds = round(time.perf_counter() - began, 1)
    return {"requests": count, "at_once": at_once, "own_answer": right, "seconds": seconds}


PARTS = {
    "page": paints,
    "field": lambda address: {name: redraws(address, call, {}) for name, call in FIELDS.items()},
    "field_e24": lambda address: {
        name: redraws(address, call, {"e_series": 24}) for name, call in FIELDS.items()
    },
    "sentence": sentences,
    "many": many,
}


def main() -> None:
    """Measures the named parts, or all; the others keep their results."""
    names = sys.argv[1:] or list(PARTS)
    result: dict[str, Any] = read_json(OUT) if OUT.exists() else {}
    with page_server() as address:

        def loaded() -> bool:
            with urllib.request.urlopen(f"{address}api/state") as response:
                return bool(json.load(response)["model"] == "ready")

        wait_until(loaded, 120)
        post(address, "read", {"turns": ["low-pass 3 MHz"]})
        for name in names:
            load = round(os.getloadavg()[0], 1)
            result[name] = {"load_before": load, **PARTS[name](address)}
    ordered = {"cores": os.cpu_count()} | {name: result[name] for name in PARTS if name in result}
    write_json(OUT, ordered)
    print(json.dumps(ordered, indent=2))


if __name__ == "__main__":
    main()
