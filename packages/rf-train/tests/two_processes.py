"""Commands of rf-train, each in two processes set up as torchrun sets them up.

torchrun starts Python three times and every process imports torch and transformers; here they are
imported once and the processes are forked, which leaves most of a test's time for the test.
Arguments: a time limit in seconds, and a JSON list of command lines. Prints a line of JSON: the
exit codes (None: ended by the limit) and the output of both processes, command by command.
"""

import io
import json
import multiprocessing
import os
import socket
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

PROCESSES = 2


def work(rank: int, port: int, command: list[str], pipe) -> None:
    from rf_train.cli import run

    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(PROCESSES),
        "LOCAL_WORLD_SIZE": str(PROCESSES),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        code = run(command)
    pipe.send((code, output.getvalue()))
    os._exit(0)  # the process group needs no farewell


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_twice(command: list[str], deadline: float) -> list:
    fork, port = multiprocessing.get_context("fork"), free_port()
    ends, workers = [], []
    for rank in range(PROCESSES):
        end, theirs = fork.Pipe(duplex=False)
        worker = fork.Process(target=work, args=(rank, port, command, theirs), daemon=True)
        worker.start()
        theirs.close()
        ends.append(end)
        workers.append(worker)
    results = [receive(end, deadline) for end in ends]
    for worker in workers:
        worker.kill()
        worker.join()
    return results


def receive(end, deadline: float) -> tuple:
    try:
        if end.poll(max(0.0, deadline - time.monotonic())):
            return end.recv()
    except EOFError:
        return -1, "ended without a word"
    return None, "took too long"


if __name__ == "__main__":
    limit, commands = float(sys.argv[1]), json.loads(sys.argv[2])
    import peft.tuners.lora  # noqa: F401
    import rf_train.training.run  # noqa: F401
    import torch.distributed.fsdp  # noqa: F401

    finish = time.monotonic() + limit
    print(json.dumps([run_twice(command, finish) for command in commands]))
