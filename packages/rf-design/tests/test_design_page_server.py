"""The page's server: what it answers, what it refuses, and that answers never change places."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import uvicorn
from browsing import wait_until
from rf_design import design
from rf_design.errors import DesignError
from rf_design.page import desk as desks
from rf_design.page.app import page_app
from rf_design.page.desk import Desk, RememberingReader
from rf_design.page.server import loopback_socket

LOWPASS = {
    "band": "low-pass",
    "edge": "30 MHz",
    "ripple": "0.1 dB",
    "stop1": "60 MHz",
    "att1": "45 dB",
}
BANDPASS = {"f1": "3.4GHz", "f2": "3.6GHz", "ripple": "0.1dB", "stop1": "DC", "to1": "3.0GHz",
            "att1": "50dB", "stop2": "4.1GHz", "to2": "12GHz", "att2": "40dB"}  # fmt: skip


class Echo:
    """Reads "… EDGE MHz" as a filter with that edge, in its own time; counts readers at work."""

    def __init__(self, seconds=0.0):
        self.seconds, self.at_once, self.most, self.asked = seconds, 0, 0, []

    def answer_many(self, conversations):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        time.sleep(self.seconds)
        self.asked += [c[-1]["content"] for c in conversations]
        self.at_once -= 1
        return [self._answer(c[-1]["content"]) for c in conversations]

    def _answer(self, text):
        if "fault" in text:
            raise RuntimeError("a fault of the model")
        call = {"edge": f"{text.split()[-2]} MHz"}
        return json.dumps({"name": "design_filter", "arguments": call})


class Held(Echo):
    """Says by `begun` that a reading has begun, which waits until it is `free` to go on."""

    def __init__(self):
        super().__init__()
        self.begun, self.free = threading.Event(), threading.Event()

    def answer_many(self, conversations):
        self.begun.set()
        self.free.wait(300)
        return super().answer_many(conversations)


@contextmanager
def running(load):
    """The page in a thread of this process; yields a function that sends it requests."""
    bound = loopback_socket(0)
    desk = Desk(load)
    app = page_app(desk)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    port = bound.getsockname()[1]

    def send(path, body=None, method=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method or ("GET" if data is None else "POST"), path, data, headers)
        response = connection.getresponse()
        found = response.read()
        connection.close()
        return response, found

    send.port, send.desk = port, desk
    try:
        yield send
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def send():
    with running(Echo) as sending:
        yield sending


def told(answer, status):
    """The message of an answer that must have a status, in both languages."""
    response, data = answer
    assert response.status == status, data
    error = json.loads(data)["error"]
    assert error["en"] and error["zh"] and "Traceback" not in error["en"]
    return error["en"]


# --- who may ask ---------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9999", "[::1]:80"])
def test_names_of_this_machine_are_answered(send, host):
    """A tunnel gives the page another port; the name is what counts."""
    response, _ = send("/", Host=host)
    assert response.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.4", "", "[::1", "localhost@x"]
)
def test_a_foreign_host_is_refused(send, host):
    assert "127.0.0.1" in told(send("/", Host=host), 403)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://{host}"},
     {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"}],
)  # fmt: skip
def test_a_foreign_origin_is_refused(send, headers):
    host = f"127.0.0.1:{send.port}"
    given = {name: value.format(host=host) for name, value in headers.items()}
    assert "another site" in told(send("/api/design", {"call": LOWPASS}, **given), 403)


def test_the_page_itself_and_programs_are_answered(send):
    own = {"Origin": f"http://127.0.0.1:{send.port}", "Sec-Fetch-Site": "same-origin"}
    for headers in (own, {}):
        response, _ = send("/api/design", {"call": LOWPASS}, **headers)
        assert response.status == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"


def test_a_form_of_another_site_cannot_send_what_is_taken(send):
    """Browsers send text/plain across sites without asking; JSON they do not."""
    answer = send(
        "/api/design", json.dumps({"call": LOWPASS}).encode(), **{"Content-Type": "text/plain"}
    )
    told(answer, 415)


# --- what may be asked ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [("design", b"{", "not JSON"), ("design", b"[]", "not JSON"),
     ("design", b'{"call": NaN}', "not JSON"), ("design", b"[" * 100_000, "not JSON"),
     ("design", b"\xff", "not JSON"), ("design", {}, "call"), ("design", {"call": []}, "call"),
     ("design", {"call": LOWPASS, "options": 1}, "options"),
     ("design", {"call": LOWPASS, "options": {"x": 1}}, "options.x"),
     ("design", {"call": LOWPASS, "options": {"order": "5"}}, "options.order"),
     ("design", {"call": LOWPASS, "options": {"order": 2.5}}, "options.order"),
     ("design", {"call": LOWPASS, "options": {"order": 1000}}, "1 to 100"),
     ("design", {"call": LOWPASS, "options": {"e_series": 7}}, "E7"),
     ("design", {"call": LOWPASS, "options": {"q_l": -1}}, "above 0"),
     ("design", {"call": LOWPASS, "options": {"topology": "x"}}, "pi or tee"),
     ("design", {"call": LOWPASS, "options": {"tolerance_percent": 300}}, "tolerance"),
     ("design", {"call": LOWPASS, "view": {"preset": "x"}}, "view.preset"),
     ("design", {"call": LOWPASS, "view": {"low": 2, "high": 1}}, "low below high"),
     ("design", {"call": LOWPASS, "view": {"low": 1}}, "view.high"),
     ("design", {"call": LOWPASS, "view": {"markers": [-1]}}, "view.markers"),
     ("design", {"call": LOWPASS, "view": {"markers": [1] * 51}}, "view.markers"),
     ("read", {"turns": []}, "turns"), ("read", {"turns": [1]}, "turns"),
     ("read", {"turns": "x"}, "turns"), ("read", {"turns": ["x"] * 21}, "20 turns"),
     ("read", {"turns": ["x"], "lang": "fr"}, "lang")],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_meant_is_told_by_its_key(send, path, body, says):
    assert says in told(send(f"/api/{path}", body), 400)
    assert send("/")[0].status == 200


def test_a_text_of_a_megabyte_is_answered_and_more_than_four_are_refused(send):
    response, data = send("/api/read", {"turns": ["9" * 1_000_000]})
    assert response.status == 200
    reason = json.loads(data)["design"]["reason"]["en"]
    assert "1,000,000 characters" in reason
    assert "4 MB" in told(send("/api/read", {"turns": ["9" * 5_000_000]}), 413)
    assert send("/")[0].status == 200


@pytest.mark.parametrize(("path", "status"), [("/x", 404), ("/api/design", 405), ("/../x", 404)])
def test_there_is_nothing_else(send, path, status):
    told(send(path), status)


def test_a_fault_of_the_program_is_one_message_and_the_server_goes_on(send):
    assert "internal error" in told(send("/api/read", {"turns": ["fault 1 MHz"]}), 500)
    assert send("/api/read", {"turns": ["pass 7 MHz"]})[0].status == 200


def test_markup_comes_back_as_data(send):
    response, data = send("/api/read", {"turns": ["<script>alert(1)</script> 30 MHz"]})
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(data)["design"]["request"] == ["<script>alert(1)</script> 30 MHz"]


# --- designs and curves --------------------------------------------------------------------


def test_the_page_gets_the_whole_design(send):
    _, data = send("/api/design", {"call": LOWPASS, "options": {"order": 8, "q_l": 90}})
    from rf_design import Options

    expected = design(LOWPASS, Options(order=8, q_l=90)).to_json()
    assert json.loads(data)["design"] == json.loads(json.dumps(expected))


@pytest.mark.parametrize("call", [LOWPASS, BANDPASS], ids=["low-pass", "band-pass"])
def test_curves_hold_the_specified_frequencies_exactly(send, call):
    _, data = send("/api/design", {"call": call, "view": {"markers": [1.5e9]}})
    whole = json.loads(data)
    curves, checks = whole["curves"], whole["design"]["checks"]
    edges = [m for m in curves["markers"] if m["kind"] == "edge"]
    stops = {m["f"]: -m["s21"] for m in curves["markers"] if m["kind"] == "stop"}
    assert [m["s21"] for m in edges] == [pytest.approx(-0.1, abs=1e-4)] * len(edges)
    assert all(stops[c["f"]] == pytest.approx(c["value"], abs=1e-3) for c in checks if "f" in c)
    assert [m["f"] for m in curves["markers"] if m["kind"] == "pin"] == [1.5e9]
    assert {m["f"] for m in edges} <= set(curves["f"])
    s21, s11 = (10 ** (np.array(curves[key]) / 10) for key in ("s21", "s11"))
    assert np.allclose(s21 + s11, 1, atol=2e-4)  # lossless: what does not come through comes back
    assert len(data) < 120_000


def test_a_part_of_the_response_is_as_fine_as_the_whole(send):
    view = {"low": 29e6, "high": 31e6, "log": False}
    _, data = send("/api/response", {"call": LOWPASS, "view": view})
    curves = json.loads(data)
    assert curves["view"] | {"preset": ""} == {**view, "preset": ""}
    assert len(curves["f"]) > 500 and curves["f"][0] == 29e6 and curves["f"][-1] == 31e6
    assert curves["mask"]["pass"] == [[29e6, 30e6, 0.1]]


def test_an_incomplete_call_has_a_question_and_no_curves(send):
    _, data = send("/api/design", {"call": {"band": "带通", "center": "145MHz"}})
    whole = json.loads(data)
    assert whole["curves"] is None and "?" in whole["design"]["question"]["en"]
    assert whole["sentence"]["zh"] == "带通，中心频率 145MHz"
    told(send("/api/response", {"call": {"band": "带通"}}), 409)
    told(send("/api/files/filter.s2p", {"call": {"band": "带通"}}), 409)
    assert send("/api/files/design.json", {"call": {"band": "带通"}})[0].status == 200


def test_quick_leaves_the_search_of_values_out(send):
    body = {"call": LOWPASS, "options": {"e_series": 24, "tolerance_percent": 2}}
    quick = json.loads(send("/api/design", {**body, "quick": True})[1])["design"]
    whole = json.loads(send("/api/design", body)[1])["design"]
    assert quick["rounded"] is None and quick["tolerance"] is None
    assert whole["rounded"]["series"] == "E24" and whole["tolerance"]["tolerance"] == 0.02


def test_files_are_those_of_the_command(send):
    from rf_design.files.folder import filter_files

    made = filter_files(design(LOWPASS).filter)
    offered = json.loads(send("/api/design", {"call": LOWPASS})[1])["files"]
    assert set(offered) == {*made, "design.json"}
    for name, data in made.items():
        response, found = send(f"/api/files/{name}", {"call": LOWPASS})
        assert found == data
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    told(send("/api/files/passwd", {"call": LOWPASS}), 404)
    told(send("/api/files/..%2f..%2fetc%2fpasswd", {"call": LOWPASS}), 404)


# --- the model's desk ----------------------------------------------------------------------


def test_without_a_model_the_form_works_and_sentences_are_declined():
    with running(None) as send:
        assert json.loads(send("/api/state")[1])["model"] == "off"
        assert "form works without" in told(send("/api/read", {"turns": ["x 1 MHz"]}), 503)
        assert send("/api/design", {"call": LOWPASS})[0].status == 200


def test_a_model_that_cannot_be_loaded_is_told():
    def load():
        raise DesignError("models/x: no such folder")

    with running(load) as send:
        wait_until(lambda: json.loads(send("/api/state")[1])["model"] == "failed")
        assert "models/x" in told(send("/api/read", {"turns": ["x 1 MHz"]}), 503)


def test_two_hundred_requests_eight_at_once_are_never_mixed_up():
    """Half of them sentences, each with an edge of its own; the rest calls, zooms and files."""
    reader = Echo(0.002)

    def one(n):
        edge = f"{100 + n} MHz"
        kind = ("read", "read", "design", "response")[n % 4]
        body = {"turns": [f"low-pass to {edge}"]} if kind == "read" else {
            "call": {**LOWPASS, "edge": edge, "stop1": "5000 MHz"}, "options": {"order": 1 + n % 9}
        }  # fmt: skip
        response, data = send(f"/api/{kind}", body)
        assert response.status == 200
        whole = json.loads(data)
        if kind == "response":
            return whole["markers"][0]["f"] == (100 + n) * 1e6
        assert kind == "read" or whole["design"]["order"] == 1 + n % 9
        return whole["design"]["call"]["edge"] == edge

    with running(lambda: reader) as send, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(200)))
    assert reader.most == 1 and len(reader.asked) == 100


def test_whoever_leaves_gives_the_place_in_the_queue_up():
    """A reload in the middle of an answer must not leave readings behind that nobody wants."""
    reader = Held()
    with running(lambda: reader) as send:
        left = []
        for n in range(4):
            body = json.dumps({"turns": [f"left {n + 1} MHz"]}).encode()
            connection = http.client.HTTPConnection("127.0.0.1", send.port)
            connection.request("POST", "/api/read", body, {"Content-Type": "application/json"})
            left.append(connection)
            wait_until(lambda n=n: send.desk.waiting == n + 1)
        assert reader.begun.wait(300)  # the first is being read, which nothing can undo
        for connection in left:
            connection.close()
        wait_until(lambda: send.desk.waiting == 0)
        reader.free.set()
        response, _ = send("/api/read", {"turns": ["stays 9 MHz"]})
    assert response.status == 200
    assert reader.asked == ["left 1 MHz", "stays 9 MHz"]


def test_too_many_who_wait_are_sent_away(monkeypatch):
    monkeypatch.setattr(desks, "MOST_WAITING", 2)
    reader = Held()
    with running(lambda: reader) as send, ThreadPoolExecutor(6) as pool:
        bodies = [{"turns": [f"pass {n + 1} MHz"]} for n in range(6)]
        sent = [pool.submit(send, "/api/read", body) for body in bodies]
        wait_until(lambda: sum(one.done() for one in sent) >= 4)
        reader.free.set()
        statuses = sorted(one.result()[0].status for one in sent)
    assert statuses == [200] * 2 + [503] * 4


def test_a_turn_is_read_once():
    reader = Echo()
    remembering = RememberingReader(reader)
    first, second = [{"content": "a 1 MHz"}], [{"content": "b 2 MHz"}]
    answers = remembering.answer_many([first, second, first])
    assert remembering.answer_many([second, first]) == [answers[1], answers[0]]
    assert reader.asked == ["a 1 MHz", "b 2 MHz"]
