"""`rf-design serve`: its port, and who can reach it."""

import socket
import subprocess
import sys

from browsing import page_server


def test_a_port_in_use_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "rf_design", "serve", "--no-model", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.strip() == (
        f"rf-design: port {port} is in use: choose another one with --port"
    )


def test_the_command_listens_on_loopback_alone():
    with page_server("--no-model") as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        with open("/proc/net/tcp", encoding="ascii") as table:
            local = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert f"0100007F:{port:04X}" in local and f"00000000:{port:04X}" not in local
