"""The routes of the page."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rf_design.core import design_from_result
from rf_design.errors import DesignError
from rf_design.files.folder import MEDIA_TYPES
from rf_design.page.answers import Designs, answer, file_of, filter_of
from rf_design.page.bodies import body_of, call_of, lang_of, options_of, turns_of, view_of
from rf_design.page.curves import curves
from rf_design.page.desk import Desk
from rf_design.page.document import document
from rf_design.page.errors import PageError, not_designed
from rf_design.page.guard import App, Guard

T = TypeVar("T")
_log = logging.getLogger("uvicorn.error")


def page_app(desk: Desk, lang: str | None = None) -> App:
    """The page with the model of `desk`; `lang` is that of the interface, default the browser's.

    `POST /api/read` takes the turns of a conversation, `/api/design` a call, `/api/response` a
    call and the part of its response to draw, `/api/files/NAME` a call; all take options.
    """
    page = _Page(desk, lang)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        desk.open()
        yield
        desk.close()

    routes = [
        Route("/", page.html),
        Route("/api/state", page.state),
        Route("/api/read", page.read, methods=["POST"]),
        Route("/api/design", page.design, methods=["POST"]),
        Route("/api/response", page.response, methods=["POST"]),
        Route("/api/files/{name}", page.file, methods=["POST"]),
    ]
    handlers: Any = {PageError: _page_error, HTTPException: _http_error, Exception: _failure}
    return Guard(Starlette(routes=routes, lifespan=life, exception_handlers=handlers))


class _Page:
    """The routes' functions with their shared state: the model's desk and recent designs."""

    def __init__(self, desk: Desk, lang: str | None) -> None:
        self._desk, self._lang, self._designs = desk, lang, Designs()

    async def html(self, _: Request) -> Response:
        """The HTML page."""
        page = document(self._lang)
        headers = {"content-security-policy": page.policy}
        return Response(page.html, media_type="text/html; charset=utf-8", headers=headers)

    async def state(self, _: Request) -> Response:
        """Whether the model can read sentences."""
        return JSONResponse({"model": self._desk.state, "problem": self._desk.problem})

    async def read(self, request: Request) -> Response:
        """Reads a conversation and designs the filter."""
        body = await body_of(request)
        turns, options, view = turns_of(body), options_of(body), view_of(body)
        began = time.perf_counter()
        reading = await _while_connected(request, self._desk.read(turns, lang_of(body)))

        def designed() -> dict[str, Any]:
            try:
                found = design_from_result(
                    reading.result, options, call=reading.call, request=turns, lang=reading.lang
                )
            except DesignError as error:  # an option that this filter cannot meet
                raise not_designed(error) from None
            seconds = round(time.perf_counter() - began, 3)
            return answer(found, view) | {"lang": reading.lang, "seconds": seconds}

        return _json(await run_in_threadpool(designed))

    async def design(self, request: Request) -> Response:
        """Designs the filter of a call."""
        body = await body_of(request)
        call, options, view = call_of(body), options_of(body), view_of(body)
        return _json(await run_in_threadpool(lambda: answer(self._designs.of(call, options), view)))

    async def response(self, request: Request) -> Response:
        """The response in a frequency range."""
        body = await body_of(request)
        call, options, view = call_of(body), options_of(body), view_of(body)

        def drawn() -> dict[str, Any]:
            return curves(filter_of(self._designs.of(call, options)), view)

        return _json(await run_in_threadpool(drawn))

    async def file(self, request: Request) -> Response:
        """A file to download."""
        name, body = request.path_params["name"], await body_of(request)
        call, options = call_of(body), options_of(body)
        data = await run_in_threadpool(lambda: file_of(self._designs.of(call, options), name))
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type=MEDIA_TYPES[name], headers=headers)


async def _while_connected(request: Request, work: Awaitable[T]) -> T:
    """The result of the work, which is cancelled if the browser disconnects first."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            raise HTTPException(499)
        return working.result()
    finally:
        leaving.cancel()


async def _disconnected(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _json(found: dict[str, Any]) -> Response:
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "backslashreplace"), media_type="application/json")


async def _page_error(_: Request, error: PageError) -> Response:
    return JSONResponse(error.as_json(), error.status)


async def _http_error(_: Request, error: HTTPException) -> Response:
    text = PageError(error.status_code, f"{error.detail}.", f"请求无效（{error.status_code}）。")
    return JSONResponse(text.as_json(), error.status_code, headers=error.headers)


async def _failure(request: Request, error: Exception) -> Response:
    """An internal error: one line for the page, the traceback for the terminal."""
    _log.error("%s failed", request.url.path, exc_info=error)
    text = PageError(
        500, "This could not be answered: internal error, see the terminal.",
        "程序出错，未能作答；详情见终端。",
    )  # fmt: skip
    return JSONResponse(text.as_json(), 500)
