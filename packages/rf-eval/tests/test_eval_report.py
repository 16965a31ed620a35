"""report.html in headless Chromium: opens from disk, filters, shows a failing sample, escapes."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from rf_eval.cli import run_command as run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1250,1400", "--disable-dev-shm-usage",
]  # fmt: skip
EVIL = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'


@pytest.fixture
def folder(data_file, tmp_path):
    """Two models: the labels, and one whose orders are too small or whose text is hostile."""
    derive(data_file)
    arguments = ["generate", "--data", str(data_file), "--backend", "reference"]
    run([*arguments, "--out", str(tmp_path / "r")])
    text = (tmp_path / "r" / "predictions.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    for i, record in enumerate(found):
        if record["completion"].startswith("{") and i % 3 == 0:
            answer = json.loads(record["completion"])
            answer["order"] = max(1, answer["order"] - 1)
            if "derivation" in answer:
                answer["derivation"]["q"] = "9.99"
            record["completion"] = EVIL + json.dumps(answer) + "</script>"
    bad = tmp_path / "bad.jsonl"
    bad.write_text("".join(json.dumps(r) + "\n" for r in found), encoding="utf-8")
    recipe = tmp_path / "eval.yaml"
    recipe.write_text(
        f"data: {data_file.as_posix()}\nout: {(tmp_path / 'res').as_posix()}\nmodels:\n"
        f"  weak: {{backend: replay, file: {bad.as_posix()}}}\n"
        "  labels: {backend: reference}\ncompare: [weak, labels]\n",
        encoding="utf-8",
    )
    assert run(["run", "--recipe", str(recipe)]) == 0
    return tmp_path / "res"


def derive(data_file):
    """Gives every complete answer a derivation of two steps, and the data set their formulas."""
    lines = [json.loads(line) for line in data_file.read_text(encoding="utf-8").splitlines()]
    for record in lines:
        last = record["messages"][-1]
        if record["meta"]["type"] == "full":
            answer = json.loads(last["content"])
            order, target = answer.pop("order"), answer["La_target"]
            steps = {"p": f"{target / 10:.2f}", "q": f"{target / 10 + 1:.2f}"}
            last["content"] = json.dumps(answer | {"derivation": steps, "order": order})
    data_file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    steps = [
        {"name": "p", "formula": "La_target / 10", "decimals": 2},
        {"name": "q", "formula": "p + 1", "decimals": 2},
    ]
    bands = dict.fromkeys(("lowpass", "highpass", "bandpass"), steps)
    metadata = json.dumps({"derivation_steps": {"json": bands}})
    data_file.with_name("metadata.json").write_text(metadata, encoding="utf-8")


def test_the_page_is_self_contained_and_the_same_each_time(folder, capsys):
    page = (folder / "report.html").read_bytes()
    assert run(["report", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "Unchanged:" in shown and shown.rstrip().splitlines()[-1].startswith("resolve_")
    assert (folder / "report.html").read_bytes() == page
    text = page.decode("utf-8")
    addresses = text.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in addresses and "https://" not in addresses and "src=" not in (
        addresses.split('id="data">')[0])  # fmt: skip
    assert EVIL not in text and text.count("</script>") == 2


def test_a_folder_without_scores_or_data(folder, tmp_path, capsys, data_file):
    assert run(["report", str(tmp_path / "nothing")]) == 1
    assert "no scored folder" in capsys.readouterr().err
    moved = data_file.rename(tmp_path / "moved.jsonl")
    assert run(["report", str(folder)]) == 1
    assert "--data" in capsys.readouterr().err
    assert run(["report", str(folder), "--data", str(moved)]) == 0
    moved.write_text(moved.read_text("utf-8") + moved.read_text("utf-8").replace("s-0", "t-0"))
    assert run(["report", str(folder), "--data", str(moved)]) == 1
    assert "another data set" in capsys.readouterr().err


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver not installed")
def test_the_page_in_a_browser(folder, tmp_path):
    with browser(tmp_path / "profile") as page:
        page.open((folder / "report.html").as_uri())
        title = page.run("return document.title")
        assert title.startswith("rf-eval:") and "owned" not in title
        assert page.run("return document.querySelectorAll('#results tbody tr').length") > 20
        total = page.run("return document.querySelectorAll('#list button').length")
        assert total == 24
        page.choose("#model", "weak")
        page.choose("#failing", "meets_spec")
        failing = page.run("return document.querySelectorAll('#list button').length")
        assert 0 < failing < total
        page.choose("[data-group=band]", "bandpass")
        banded = page.run("return document.querySelectorAll('#list button').length")
        assert 0 < banded < failing
        page.run("document.querySelector('#list button').click()")
        shown = page.run("return document.querySelector('#sample').innerText")
        assert "below" in shown and "meets_spec" in shown and EVIL in shown
        assert page.run("return document.querySelectorAll('#sample svg polyline').length") == 1
        assert (
            page.run("return document.querySelectorAll('#sample img, #sample script').length") == 0
        )
        page.choose("[data-group=band]", "any")
        page.choose("#failing", "order_error")  # -1 is as wrong as +1
        assert page.run("return document.querySelectorAll('#list button').length") > 0
        first_wrong = page.run("return document.querySelector('#labels').innerText")
        assert "weak · derivation_steps · bandpass" in first_wrong and "q\t" in first_wrong
        assert "labels ·" not in first_wrong  # nothing is wrong there
        page.choose("#dimension", "margin")
        assert page.run("return document.querySelector('#results').innerText").count("order") > 1
        page.screenshot(tmp_path / "report.png")
        assert (tmp_path / "report.png").stat().st_size > 20_000
        assert page.run("return document.title") == title


class Page:
    """A few calls of the W3C WebDriver protocol."""

    def __init__(self, address, session):
        self.address, self.session = address, session

    def call(self, method, path, body=None):
        return send(method, f"{self.address}/session/{self.session}/{path}", body)

    def open(self, url):
        self.call("POST", "url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def choose(self, selector, text):
        found = self.run(
            "const s = document.querySelector(arguments[0]);"
            "const o = [...s.options].find((o) => o.textContent === arguments[1]);"
            "s.value = o.value; s.dispatchEvent(new Event('change')); return o.textContent",
            selector,
            text,
        )
        assert found == text

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", "screenshot")))


@contextmanager
def browser(profile):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([DRIVER, f"--port={port}"], stdout=quiet, stderr=quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options}}
        session = send("POST", f"{address}/session", {"capabilities": capabilities})
        page = Page(address, session["sessionId"])
        try:
            yield page
        finally:
            send("DELETE", f"{address}/session/{page.session}")
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address):
    for _ in range(150):
        try:
            if send("GET", f"{address}/status")["ready"]:
                return
        except urllib.error.URLError:
            pass
        time.sleep(0.1)
    raise RuntimeError("chromedriver did not start")


def send(method, url, body=None):
    data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)["value"]
