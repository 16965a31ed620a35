"""report.html in headless Chromium: opens from disk, filters, shows a failing sample, escapes."""

import base64
import json
import re
import shutil
import subprocess
import urllib.request
from contextlib import contextmanager

import pytest
from rf_eval.cli import run_command as run
from rf_eval.reading.compare import compare_calls
from rf_eval.report.marks import marks
from server_processes import end_process

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


SAID = "A 5-pole BPF: 824-849 MHz, 60 dB at 869 MHz 🙂 and 60 dB at 700 MHz, 8240 other things"


def test_the_arguments_are_marked_where_they_stand():
    """Units stated once, a value said twice, and places counted as JavaScript counts them."""
    call = {"band": "BPF", "f1": "824 MHz", "f2": "849 MHz", "order": "5", "att1": "60 dB",
            "stop1": "869 MHz", "stop2": "700 MHz", "att2": "60 dB"}  # fmt: skip
    found = {**call, "stop2": "70 MHz", "q": "8240"}
    messages = [{"role": "system", "content": "824"}, {"role": "user", "content": SAID}]
    units = SAID.encode("utf-16-le")
    shown = {}
    for number, start, end, key, kind, _ in marks(compare_calls(call, found), messages):
        assert number == 1
        shown[key] = (units[2 * start : 2 * end].decode("utf-16-le"), start, kind)
    texts = {key: text for key, (text, _, _) in shown.items()}
    assert texts == {**call, "f1": "824", "q": "8240"}
    assert shown["f1"][1] < shown["f2"][1] and shown["att1"][1] != shown["att2"][1]
    assert {key: kind for key, (_, _, kind) in shown.items() if kind != "right"} == {
        "stop2": "wrong",
        "q": "invented",
    }


@pytest.fixture
def call_folder(call_data, call_tool, tmp_path):
    """A scored run through a tool in which the model reads 50 dB where 40 dB stand."""
    answers = tmp_path / "answers"
    generate = ["generate", "--data", str(call_data), "--out"]
    assert run([*generate, str(answers), "--backend", "reference"]) == 0
    file = answers / "predictions.jsonl"
    file.write_text(file.read_text("utf-8").replace("40 dB\\", "50 dB\\", 1), encoding="utf-8")
    options = ["--backend", "replay", "--file", str(file), "--tool", " ".join(call_tool)]
    assert run([*generate, str(tmp_path / "read"), *options]) == 0
    assert run(["score", str(tmp_path / "read"), "--data", str(call_data)]) == 0
    assert run(["report", str(tmp_path / "read")]) == 0
    return tmp_path / "read"


def test_the_page_holds_calls_results_and_marks(call_folder):
    text = (call_folder / "report.html").read_text(encoding="utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    model = data["models"][0]
    answer = model["answers"]["c-000"][0]
    assert answer["call"]["arguments"]["att"] == "50 dB"
    assert answer["result"]["status"] == "designed"
    kinds = {mark[3]: mark[4] for mark in model["marks"]["c-000"]}
    assert kinds == {"band": "right", "edge": "right", "ripple": "right", "stop1": "right",
                     "att": "wrong"}  # fmt: skip
    assert {mark[0] for mark in model["marks"]["c-006"]} == {1, 3}


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver not installed")
def test_calls_in_a_browser(call_folder, tmp_path):
    with browser(tmp_path / "profile") as page:
        page.open((call_folder / "report.html").as_uri())
        page.choose("#failing", "reading")
        assert page.run("return document.querySelectorAll('#list button').length") == 1
        wrong = page.run("return document.querySelector('#sample mark.wrong').textContent")
        assert wrong == "40 dBatt"
        shown = page.run("return document.querySelector('#sample').innerText")
        assert "att is '50 dB', expected '40 dB'" in shown and "status: designed" in shown
        table = page.run("return document.querySelector('#sample .pairs').innerText")
        assert "att\t40 dB\t50 dB" in table
        labels = page.run("return document.querySelector('#labels').innerText")
        assert "att wrong\t1" in labels and "designed → designed" in labels


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
    with driver() as address:
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        options["browserStartupTimeout"] = 240_000  # ms, by default 60_000
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options}}
        session = send("POST", f"{address}/session", {"capabilities": capabilities})
        page = Page(address, session["sessionId"])
        try:
            yield page
        finally:
            send("DELETE", f"{address}/session/{page.session}")


@contextmanager
def driver():
    """The address of a chromedriver, which chooses a port and says so once it listens."""
    command, quiet = [DRIVER, "--port=0"], subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        try:
            yield f"http://127.0.0.1:{port_of(process)}"
        finally:
            end_process(process)


def port_of(process):
    for line in process.stdout:
        if found := re.search(r"started successfully on port (\d+)", line):
            return found[1]
    raise AssertionError("chromedriver ended before it listened")


def send(method, url, body=None):
    data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)["value"]
