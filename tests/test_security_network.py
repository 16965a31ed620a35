"""No network unless asked, and no secret in anything that is written or said."""

import http.server
import json
import sys
import threading
from contextlib import contextmanager
from typing import get_args

import pytest
from tiny_chain import ROOT
from watched import CANARY, SECRETS, attempts, watched, watched_environment

MERGE = """
model_name_or_path: tiny-model
adapter_name_or_path: run
template: chatml
export_dir: {out}
"""
CHAT = """
model_name_or_path: tiny-model
adapter_name_or_path: run
template: chatml
max_new_tokens: 4
"""
COMMANDS = {
    "synth": [
        "rf-synth generate --count train=20 --out {out}/data", "rf-synth validate data",
        "rf-synth audit data/test.jsonl", "rf-synth stats data", "rf-synth schema record",
    ],
    "train": [
        "rf-train plan recipe/train.yaml", "rf-train merge {out}/merge.yaml --verify 1",
        "rf-train chat {out}/chat.yaml --once hello --jsonl {out}/said.jsonl",
    ],
    "eval": [
        "rf-eval score results/tuned/predictions.jsonl --data data/test.jsonl --out {out}/scored",
        "rf-eval compare results/base results/tuned --out {out}/compared.json",
        "rf-eval metrics", "rf-eval check data/test.jsonl",
        "rf-eval generate --data data/test.jsonl --backend reference --out {out}/reference",
    ],
    "figs": ["rf-figs list", "rf-figs render --inputs data --jobs 2 --out {out}/figures"],
}  # fmt: skip


def test_the_whole_chain_reaches_for_nothing(chain):
    assert attempts(chain / "network") == []
    processes = [file.read_text("utf-8").splitlines()[0] for file in chain.glob("network/*.txt")]
    for command in ("rf_synth generate", "rf_train train", "rf_eval run", "rf_figs render"):
        assert any(f"-m {command}" in line for line in processes), command


@pytest.mark.parametrize(
    "package", ["synth", pytest.param("train", marks=pytest.mark.slow), "eval", "figs"]
)
def test_no_other_command_reaches_for_anything(chain, tmp_path, package):
    (tmp_path / "merge.yaml").write_text(MERGE.format(out=tmp_path / "merged"), encoding="utf-8")
    (tmp_path / "chat.yaml").write_text(CHAT, encoding="utf-8")
    for command in COMMANDS[package]:
        words = command.format(out=tmp_path).split()
        outcome = watched(chain, tmp_path / "network", *words)
        accepted = (0, 1) if words[1] == "check" else (0,)
        assert outcome.returncode in accepted, outcome.stdout + outcome.stderr
        assert CANARY not in outcome.stdout + outcome.stderr
    assert attempts(tmp_path / "network") == []
    assert leaks(tmp_path) == []


def test_the_server_of_tools_answers_without_reaching_for_anything(tmp_path):
    """An assistant's conversation with `rf-design mcp`, by the client of the SDK."""
    import anyio
    from mcp import Client, StdioServerParameters, stdio_client

    (tmp_path / "network").mkdir()
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "rf_design", "mcp"], cwd=tmp_path,
        env=watched_environment(tmp_path / "network") | SECRETS,
    )  # fmt: skip

    async def conversation():
        async with Client(stdio_client(started)) as client:
            tools = (await client.list_tools()).tools
            call = {"band": "LPF", "edge": "30 MHz", "ripple": "0.1 dB", "order": "5"}
            answers = [
                await client.call_tool(name, call) for name in ("design_filter", "check_order")
            ]
            return [*tools, *answers]

    said = "".join(part.model_dump_json() for part in anyio.run(conversation))
    assert '"order":5' in said and CANARY not in said
    assert attempts(tmp_path / "network") == []
    assert [path.name for path in tmp_path.iterdir()] == ["network"]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(
            "rf-eval generate --data data/test.jsonl --backend openai --model m"
            " --base-url http://127.0.0.1:9/v1 --out {out}/o",
            marks=pytest.mark.slow,  # it asks again for half a minute
        ),
        pytest.param(
            "rf-train train recipe/train.yaml --set model_name_or_path=nobody/no-model"
            " --set output_dir={out}/o",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["a server", "a hub id"],
)
def test_what_is_asked_for_is_reached_for(chain, tmp_path, asked):
    """Without this, a watch that sees nothing would pass the tests above."""
    outcome = watched(chain, tmp_path / "network", *asked.format(out=tmp_path).split())
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    assert attempts(tmp_path / "network")


def leaks(folder):
    """The files that hold one of the secrets."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if CANARY.encode() in path.read_bytes()]


def test_the_chain_lets_no_secret_out(chain):
    assert leaks(chain) == []
    assert (chain / "run" / "run.json").exists() and (chain / "said.txt").stat().st_size > 500


@contextmanager
def server(status, answer):
    """A server of the OpenAI protocol; yields its address and the keys it was shown."""
    shown = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            shown.append(self.headers.get("authorization"))
            body = answer(shown[-1]).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1", shown
        running.shutdown()


def ask(chain, url, out, capfd):
    """Lets a server answer; returns the exit code and everything that was said."""
    from rf_eval.cli import run_command

    data = ["--data", str(chain / "data" / "test.jsonl"), "--n", "4"]
    arguments = ["--backend", "openai", "--model", "m", "--base-url", url, "--out", str(out)]
    code = run_command(["generate", *data, *arguments])
    return code, "".join(capfd.readouterr())


def completion(key):
    return json.dumps({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})


@pytest.mark.parametrize("end", ["", "\n"], ids=["plain", "with the line end of a file"])
def test_the_api_key_goes_into_the_header_and_nowhere_else(
    chain, tmp_path, monkeypatch, capfd, end
):
    key = SECRETS["RF_EVAL_API_KEY"]
    monkeypatch.setenv("RF_EVAL_API_KEY", key + end)
    with server(200, completion) as (url, shown):
        code, said = ask(chain, url, tmp_path / "o", capfd)
    assert code == 0, said
    assert set(shown) == {f"Bearer {key}"}
    assert CANARY not in said and leaks(tmp_path) == []


def test_a_server_that_repeats_the_key_is_not_quoted(chain, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RF_EVAL_API_KEY", SECRETS["RF_EVAL_API_KEY"])
    with server(401, lambda key: f"no such key: {key}") as (url, _):
        code, said = ask(chain, url, tmp_path / "o", capfd)
    assert code == 1
    assert "no such key" in said and CANARY not in said and leaks(tmp_path) == []


@pytest.mark.parametrize("spoilt", ["é", "\x7f", "\u2028"])
def test_a_key_that_is_none_is_refused_unseen(chain, tmp_path, monkeypatch, capfd, spoilt):
    monkeypatch.setenv("RF_EVAL_API_KEY", f"{CANARY}{spoilt}x")
    code, said = ask(chain, "http://127.0.0.1:9/v1", tmp_path / "o", capfd)
    assert code == 1
    assert "RF_EVAL_API_KEY contains characters" in said and CANARY not in said


def test_an_address_may_not_hold_a_password(chain, tmp_path, capfd):
    code, said = ask(chain, f"http://me:{CANARY}@127.0.0.1:9/v1", tmp_path / "o", capfd)
    assert code == 1
    assert "names a user" in said and CANARY not in said


def test_no_option_and_no_recipe_key_takes_a_secret():
    """A key on a command line stands in the shell's history and in the list of processes."""
    from rf_eval.recipe import ModelKey, Recipe

    words = ("key", "token", "secret", "password")
    keys = {*get_args(ModelKey), *Recipe.__struct_fields__}
    found = [key for key in keys if any(word in key for word in words)]
    assert found == ["max_new_tokens"]
    for file in ROOT.glob("packages/*/src/*/cli/*.py"):
        text = file.read_text(encoding="utf-8")
        assert not any(f'"--{word}"' in text or f'"--api-{word}"' in text for word in words), file
