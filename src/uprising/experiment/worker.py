"""A worker process: `python -m uprising.experiment.worker`, started by LocalProcesses."""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from typing import IO, Any

from uprising.experiment.processes import _receive, _send


def main() -> None:
    """Answer calls from standard input on standard output until the other side closes."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # whatever a library prints must not get between the answers
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, calls), daemon=True).start()
    while True:
        answer: tuple[bool, Any]
        try:
            function, args, kwargs = pickle.loads(calls.get())
            answer = (True, function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - told to the one who asked
            answer = (False, error)
        try:
            message = pickle.dumps(answer)
        except Exception as error:  # noqa: BLE001 - told to the one who asked
            message = pickle.dumps((False, RuntimeError(f"the answer can't be sent: {error!r}")))
        _send(answers, message)


def _listen(stream: IO[bytes], calls: queue.SimpleQueue[bytes]) -> None:
    """Hear calls, and end the process at once when the driver has gone, even amid a run."""
    while True:
        try:
            calls.put(_receive(stream))
        except EOFError:
            os._exit(0)


if __name__ == "__main__":
    main()
