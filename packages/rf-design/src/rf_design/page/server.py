"""The server of the page, on a port of the loopback interface."""

import errno
import os
import socket
import sys
from collections.abc import Callable

from rf_design.errors import DesignError
from rf_design.page.guard import App

LOOPBACK = "127.0.0.1"


def loopback_socket(port: int) -> socket.socket:
    """A listening socket; port 0 selects a free one. Raises DesignError if it is in use."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows this would share the port with another server
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen()
    except OSError as error:
        bound.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "is in use" if error.errno == errno.EADDRINUSE else "needs more privileges"
            raise DesignError(f"port {port} {why}: choose another one with --port") from None
        raise
    return bound


def serve(app: App, bound: socket.socket, say: Callable[[str], None]) -> None:
    """Serves until interrupted; passes its address to `say` once it listens."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                say(f"http://{LOOPBACK}:{bound.getsockname()[1]}/")

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none",
        timeout_graceful_shutdown=2, timeout_keep_alive=30, h11_max_incomplete_event_size=65536,
    )  # fmt: skip
    # A design takes milliseconds and should not wait for a search in another thread.
    sys.setswitchinterval(0.0005)
    Server(config).run(sockets=[bound])
