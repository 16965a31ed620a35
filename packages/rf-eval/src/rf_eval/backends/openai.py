"""Any server with the OpenAI chat protocol: vLLM, SGLang, Ollama, `transformers serve`, ….

Requests are sent concurrently to one or several servers and retried with increasing pauses; a
failed request does not stop the others. The API key comes from the environment and is used only in
the request's header; it is removed from quoted responses.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any
from urllib.parse import urlsplit

from rf_eval.backends import PLAIN_REQUESTS, as_asked, backend, prediction
from rf_eval.calls import as_text
from rf_eval.errors import EvalError
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample

KEY_VARIABLES = ("RF_EVAL_API_KEY", "OPENAI_API_KEY")
RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which a request is retried; any other from 400 ends the run."""

MAX_PAUSE = 60.0


class _Retry(Exception):
    """The request failed, but a retry may succeed."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


@backend("openai")
class OpenAIBackend:
    """Greedy chat completions from one or several servers of the same model.

    Parameters
    ----------
    model : name of the model on the server
    base_url : an address that ends in /v1, or a list of them
    concurrency : concurrent requests per server
    max_new_tokens : longest answer
    timeout : seconds to wait for a connection and for each read
    retries, pause : number of retries, after about `pause`·2^k seconds or as the server demands
    tools : functions that the model may call, in the protocol's format, for samples without any
    extra_body : added to every request
    """

    def __init__(
        self,
        *,
        model: str,
        base_url: str | Sequence[str],
        concurrency: int = 8,
        max_new_tokens: int = 512,
        timeout: float = 300.0,
        retries: int = 5,
        pause: float = 1.0,
        tools: Sequence[dict[str, Any]] = (),
        extra_body: dict[str, Any] | None = None,
    ) -> None:
        urls = [base_url] if isinstance(base_url, str) else list(base_url)
        if not urls:
            raise EvalError("backend openai: needs a base_url")
        for url in urls:
            _check_address(url)
        self.model, self.urls = model, [url.rstrip("/") for url in urls]
        self.concurrency, self.max_new_tokens = concurrency, max_new_tokens
        self.timeout, self.retries, self.pause = timeout, retries, pause
        self.tools, self.extra_body = list(tools), dict(extra_body or {})

    def describe(self) -> dict[str, Any]:
        """The name of the model; the servers' addresses do not affect the answers."""
        offered = {"tools": self.tools} if self.tools else {}
        return {
            "model": {"name": self.model},
            "adapter": None,
            "rendering": {"by": "server", **offered, "extra_body": self.extra_body}
            | PLAIN_REQUESTS,
            "decoding": {"strategy": "greedy", "max_new_tokens": self.max_new_tokens},
        }

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields predictions as they arrive; raises EvalError at the end if some are missing."""
        httpx = _httpx()
        failed: list[str] = []
        workers = self.concurrency * len(self.urls)
        limits = httpx.Limits(max_connections=workers)
        headers = _authorization()
        client = httpx.Client(timeout=self.timeout, limits=limits, headers=headers)
        pool = ThreadPoolExecutor(workers)
        try:
            futures: list[Future[Prediction]] = [
                pool.submit(self._answer, client, i, sample) for i, sample in enumerate(samples)
            ]
            for future in as_completed(futures):
                try:
                    yield [future.result()]
                except _Retry as error:
                    failed.append(str(error))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            client.close()
        if failed:
            raise EvalError(f"{len(failed)} requests failed (--resume tries again): {failed[-1]}")

    def _answer(self, client: Any, number: int, sample: Sample) -> Prediction:
        """Tries until it succeeds or no retries are left, each time at the next server."""
        for attempt in range(self.retries + 1):
            url = self.urls[(number + attempt) % len(self.urls)]
            try:
                return self._ask(client, url, sample)
            except _Retry as error:
                if attempt == self.retries:
                    raise
                time.sleep(self._pause(attempt, error.pause))
        raise AssertionError("unreachable")

    def _pause(self, attempt: int, demanded: float | None) -> float:
        if demanded is not None:
            return min(demanded, MAX_PAUSE)
        return float(min(self.pause * 2**attempt * random.uniform(0.5, 1.5), MAX_PAUSE))

    def _ask(self, client: Any, url: str, sample: Sample) -> Prediction:
        httpx = _httpx()
        body = {
            "model": self.model,
            "messages": as_asked(sample),
            "temperature": 0,
            "max_tokens": self.max_new_tokens,
            **({"tools": tools} if (tools := list(sample.tools) or self.tools) else {}),
            **self.extra_body,
        }
        try:
            response = client.post(f"{url}/chat/completions", json=body)
        except httpx.HTTPError as error:
            raise _Retry(f"{url}: {type(error).__name__} {error}".rstrip()) from None
        if response.status_code in RETRIED:
            wait = response.headers.get("retry-after", "")
            raise _Retry(
                f"{url}: HTTP {response.status_code}", float(wait) if wait.isdigit() else None
            )
        if response.status_code >= 400:
            hint = f" (is {KEY_VARIABLES[0]} right?)" if response.status_code in (401, 403) else ""
            text = response.text.replace(_key() or "\0", "[the key]")[:120]
            raise EvalError(f"{url}: HTTP {response.status_code}{hint}: {text!r}")
        return _read(url, sample, response)


def _read(url: str, sample: Sample, response: Any) -> Prediction:
    """The prediction in a response body. Raises _Retry if it has none."""
    try:
        body = response.json()
        choice = body["choices"][0]
        text, reason = _text(choice["message"]), choice.get("finish_reason")
        usage = body.get("usage") or {}
        counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _Retry(f"{url}: the body is not a chat completion") from None
    if not isinstance(text, str):
        raise _Retry(f"{url}: the completion has no text")
    numbers = [count if isinstance(count, int) else None for count in counts]
    return prediction(sample, text, "length" if reason == "length" else "stop", *numbers)


def _text(message: dict[str, Any]) -> Any:
    """The model's text; calls that the server has extracted are put back in their tags."""
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    if not calls:
        return message["content"]
    texts = [as_text(call["name"], call["arguments"]) for call in calls]
    return "\n".join([*filter(None, [message.get("content")]), *texts])


def _check_address(url: str) -> None:
    """Raises EvalError for an invalid address, and for one with a user name or password."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise EvalError("backend openai: base_url must be http:// or https:// addresses")
    if "@" in parts.netloc:
        raise EvalError(
            f"backend openai: base_url names a user; a key goes into {KEY_VARIABLES[0]}"
        )


def _key() -> str | None:
    """The API key without surrounding white space. Raises EvalError."""
    name = next((name for name in KEY_VARIABLES if os.environ.get(name, "").strip()), None)
    if name is None:
        return None
    key = os.environ[name].strip()
    if not (key.isascii() and key.isprintable()):
        raise EvalError(f"{name} contains characters that are not allowed in a key")
    return key


def _authorization() -> dict[str, str]:
    key = _key()
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def _httpx() -> Any:
    try:
        import httpx  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise EvalError(
            "the openai backend needs httpx: install the extra rf-eval[openai]"
        ) from None
    return httpx
