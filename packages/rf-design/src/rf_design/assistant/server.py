"""The tools over the Model Context Protocol on standard input and output.

The SDK reserves standard output for the protocol: while it serves, anything else that is printed
goes to standard error. Answers are computed in threads, so that the server stays responsive; the
model is loaded by the first request and answers one at a time. The SDK, an optional dependency, is
imported when serving begins.
"""

import json
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rf_jsonl import FileError, printable

from rf_design.assistant.tools import Answer, Tool, tools
from rf_design.errors import DesignError
from rf_design.reading.text import language_of

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.context import ServerRequestContext

    Context = ServerRequestContext[Any]

Say = Callable[[str], None]

INSTRUCTIONS = (
    "Exact design of passive LC filters. Never compute an order or an element value yourself: pass "
    "the user's words to read_request, or copy what they state into the arguments of design_filter "
    "or check_order, and report what comes back. A question in the answer is for the user."
)


def serve(model: Path | None, lang: str | None, say: Say) -> None:
    """Serves until standard input ends. Raises ImportError without the SDK.

    Parameters
    ----------
    model : the adapter's folder; None for the default one
    lang : the language of all answers; None for that of each request
    say : receives the progress messages of preparing the model
    """
    import anyio

    anyio.run(partial(_serve, _Handlers(model, lang, say)))


async def _serve(handlers: "_Handlers") -> None:
    from mcp import stdio_server
    from mcp.server.lowlevel import Server

    server: Server[Any] = Server(
        "rf-design",
        version=version("rf-design"),
        title="rf-design",
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
    )
    async with stdio_server() as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


class _Handlers:
    """Handlers of the protocol's requests."""

    def __init__(self, model: Path | None, lang: str | None, say: Say) -> None:
        import anyio

        self._tools = tools()
        self._model, self._lang, self._say = model, lang, say
        self._one_reader = anyio.CapacityLimiter(1)

    async def list_tools(
        self, _: "Context", __: "types.PaginatedRequestParams | None"
    ) -> "types.ListToolsResult":
        """All tools, with their schemas."""
        import mcp_types as types

        return types.ListToolsResult(tools=[_described(tool) for tool in self._tools.values()])

    async def call_tool(
        self, _: "Context", params: "types.CallToolRequestParams"
    ) -> "types.CallToolResult":
        """A tool's answer, or one line that says what is wrong with its arguments."""
        from anyio.to_thread import run_sync

        tool = self._named(params.name)
        arguments = dict(params.arguments or {})
        if self._lang is not None:
            arguments["lang"] = self._lang
        limiter = self._one_reader if tool.reads else None
        try:
            answer = await run_sync(tool.call, arguments, self._reader, limiter=limiter)
        except DesignError as error:
            return _refused(error.text(_error_language(arguments)))
        except (FileError, OSError) as error:
            return _refused(str(error))
        return _answered(answer)

    def _named(self, name: str) -> Tool:
        """The tool of that name. Raises MCPError if there is none."""
        from mcp import MCPError
        from mcp_types import INVALID_PARAMS

        if name not in self._tools:
            known = ", ".join(self._tools)
            shown = printable(name[:80])
            raise MCPError(INVALID_PARAMS, f"no tool {shown!r}, expected {known}")
        return self._tools[name]

    def _reader(self) -> Any:
        from rf_design.reading.model import installed_model

        return installed_model(self._model, self._say)


def _described(tool: Tool) -> "types.Tool":
    import mcp_types as types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _answered(answer: Answer) -> "types.CallToolResult":
    """The answer as a report and as JSON, which is also sent as text for older clients."""
    import mcp_types as types

    data = json.dumps(answer.data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    texts = [types.TextContent(type="text", text=text) for text in (answer.text, data)]
    return types.CallToolResult(content=[*texts], structured_content=answer.data)


def _refused(line: str) -> "types.CallToolResult":
    import mcp_types as types

    text = types.TextContent(type="text", text=printable(line))
    return types.CallToolResult(content=[text], is_error=True)


def _error_language(arguments: dict[str, Any]) -> str:
    """The stated language if it is valid, else that of the arguments."""
    stated = arguments.get("lang")
    sent = json.dumps(arguments, ensure_ascii=False)
    return str(stated) if stated in ("zh", "en") else language_of(sent)
