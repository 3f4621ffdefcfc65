"""The far end of a `Worker`: `python -m uprising.server.computing`."""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import time
from typing import IO, Any

from uprising.server.pace import CRISIS, PEOPLE
from uprising.server.worker import Failed, Made, Moment, Order

TELL_SECONDS = 0.25


def main() -> None:
    """Take orders from standard input, answer on standard output, until the other side closes."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # what a library prints must not get between the answers
    if hasattr(os, "nice"):
        os.nice(5)  # the page is to be answered while runs go on
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    while True:
        _say(answers, _compute(orders.get(), answers))


def _compute(order: Order, answers: IO[bytes]) -> Made | Failed:
    from uprising.server.effects import made_of
    from uprising.simulation import run

    told, before = time.monotonic(), PEOPLE

    def progress(stage: str, done: int, of: int, moment: Any, persons: int) -> None:
        nonlocal told, before
        now = time.monotonic()
        if stage == before and (moment is None or now - told <= TELL_SECONDS):
            return
        told, before = now, stage
        share = done / of if stage == CRISIS else 0.0
        _say(answers, Moment(stage, None if moment is None else str(moment)[:16], share))

    try:
        result = run(
            order.case_folder, seed=order.seed, scale=order.scale, what_if=order.what_if,
            parameters=order.parameters, out=order.out, threads=1, progress=progress,
        )  # fmt: skip
        return made_of(result)
    except Exception as error:  # noqa: BLE001 - told to the page
        return Failed(str(error) or type(error).__name__)


def _say(stream: IO[bytes], value: Moment | Made | Failed) -> None:
    pickle.dump(value, stream)
    stream.flush()


def _listen(stream: IO[bytes], orders: queue.SimpleQueue[Order]) -> None:
    """Hear orders, and end the process at once when the server has gone, even amid a run."""
    while True:
        try:
            orders.put(pickle.load(stream))
        except EOFError:
            os._exit(0)


if __name__ == "__main__":
    main()
