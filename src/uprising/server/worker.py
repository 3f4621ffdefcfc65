"""The near end of a process that computes one run after the other, and tells on the way how far it is.

A fresh interpreter that talks over its own pipes: it can be ended amid a run without harm to anything else, hears
no Ctrl-C (which is the server's), and ends by itself when the server has gone.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import uprising

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOK_SECONDS = 0.1


class Order(NamedTuple):
    """A run to be made."""

    case_folder: str
    scale: float
    seed: int
    what_if: str | None
    parameters: dict[str, float]
    out: str


class Moment(NamedTuple):
    """How far a run is: its stage as in `uprising.server.pace`, simulated time, and the share that is done."""

    stage: str
    time: str | None
    share: float


class Made(NamedTuple):
    """What came out of a run: its summary, and series of the whole country for drawing."""

    summary: dict[str, Any]
    times: list[str]
    series: dict[str, NDArray[np.float64]]


class Failed(NamedTuple):
    """Why a run could not be made."""

    error: str


class ProcessGoneError(Exception):
    """The process ended before its answer."""


class Worker:
    """A process; `end` it."""

    def __init__(self) -> None:
        package = str(Path(uprising.__file__).resolve().parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        # kernels run on one thread here; so must the libraries below
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "uprising.server.computing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | limits | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        self._answers: queue.SimpleQueue[Moment | Made | Failed | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def make(
        self, order: Order, is_wanted: Callable[[], bool], tell: Callable[[Moment], None]
    ) -> Made | Failed | None:
        """The run, or why it failed; None as soon as it is no longer wanted (then `end` the worker).

        Parameters
        ----------
        order : the run
        is_wanted : asked all the time
        tell : called with how far it is

        Raises
        ------
        ProcessGoneError
            The process was killed, or ran out of memory.
        """
        assert self._process.stdin is not None
        try:
            pickle.dump(order, self._process.stdin)
            self._process.stdin.flush()
        except OSError as error:
            raise ProcessGoneError from error
        while is_wanted():
            try:
                answer = self._answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if answer is None:
                raise ProcessGoneError
            if not isinstance(answer, Moment):
                return answer
            tell(answer)
        return None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue  # an order that it never read

    def _read(self) -> None:
        """Hand on what the process says; None when it has ended."""
        assert self._process.stdout is not None
        try:
            while True:
                self._answers.put(pickle.load(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            self._answers.put(None)
