"""Put on PYTHONPATH, this denies a Python process the network, and keeps a record of what it tried.

RF_NETWORK_LOG names a folder: a file per process, with the command in its first line and a line for
each attempt. Sockets within the machine (AF_UNIX, socket pairs) are left alone.
"""

import os
import socket
import sys

_NAMES = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_log = f"{os.environ['RF_NETWORK_LOG']}/{os.getpid()}.txt"


def _deny(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _NAMES:
        return
    if isinstance(arguments[0], socket.socket) and arguments[0].family == socket.AF_UNIX:
        return
    with open(_log, "a", encoding="utf-8") as file:
        file.write(f"{event} {arguments[1:]}\n")
    raise OSError(f"{event} is denied here")


with open(_log, "a", encoding="utf-8") as first:
    first.write(" ".join(sys.orig_argv[1:]) + "\n")
sys.addaudithook(_deny)
