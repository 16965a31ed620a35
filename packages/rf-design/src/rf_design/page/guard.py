"""Protection of the page: only requests from the page itself are answered, with secure headers.

Another site's page can make a browser send requests to a loopback address. They carry that site's
`Origin` or, if its name resolves to 127.0.0.1 (DNS rebinding), its `Host`. Both are refused.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from rf_design.page.errors import PageError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Refuses requests from other sites and adds HEADERS to every response."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Forwards a request, or responds with the reason for refusing it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        problem = refusal({name.decode("latin-1"): value.decode("latin-1")
                           for name, value in scope["headers"]})  # fmt: skip
        sending = _with_headers(send)
        if problem is None:
            await self._app(scope, receive, sending)
            return
        await JSONResponse(problem.as_json(), problem.status)(scope, receive, sending)


def refusal(headers: dict[str, str]) -> PageError | None:
    """The reason why a request with these headers (names in lower case) is refused, or None.

    Programs send no `Origin` and are answered; a browser sends it with every POST.
    """
    host = headers.get("host", "")
    if _name_of(f"//{host}") not in LOOPBACK_NAMES:
        return PageError(
            403,
            "This page answers only at 127.0.0.1 and localhost.",
            "本页面只响应 127.0.0.1 与 localhost。",
        )
    origin = headers.get("origin")
    foreign_origin = origin is not None and origin.lower() != f"http://{host.lower()}"
    if foreign_origin or headers.get("sec-fetch-site") == "cross-site":
        return PageError(
            403, "A request from another site is not answered.", "不响应来自其他网站的请求。"
        )
    return None


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", [])}
            added = [
                (name.encode(), value.encode())
                for name, value in HEADERS.items()
                if name.encode() not in present
            ]
            message["headers"] = [*message.get("headers", []), *added]
        await send(message)

    return sending
