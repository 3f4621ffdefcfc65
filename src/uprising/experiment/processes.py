"""An executor of processes on this machine that survives the death of any of them.

The standard library's pool of processes gives up all tasks when one worker is killed, leaves orphans behind
when the driver is, and needs `if __name__ == "__main__"` in the user's script where it may not fork (and a
process with threads may not). Here each worker is a fresh interpreter that talks over its own pipes: a dead
one fails its task alone and is started again, and all end by themselves when the driver's end closes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import IO, Any

import uprising
from uprising import arguments
from uprising.crisis.threads import available_cores

HEADER_BYTES = 8


class WorkerDied(BrokenExecutor):
    """The process that worked on a task ended before its answer (killed, or out of memory)."""


class LocalProcesses(Executor):
    """Processes on this machine.

    Parameters
    ----------
    n_workers
        How many at once; as many as there are cores for this process when None or -1.
    log
        File to which workers write what they would show on standard error.

    Examples
    --------
    >>> with LocalProcesses(1) as executor:
    ...     executor.submit(divmod, 7, 2).result()
    (3, 1)
    """

    def __init__(self, n_workers: int | None = None, log: Path | None = None) -> None:
        self.n_workers = arguments.cores("n_workers", n_workers) or available_cores()
        self._log = log
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._lanes: list[threading.Thread] = []
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._is_closed = False
        self._is_cancelled = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a call to the next free process; function and arguments must be picklable."""
        message = pickle.dumps((function, args, kwargs))
        with self._lock:
            if self._is_closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            future: Future[Any] = Future()
            self._tasks.put((future, message))
            if len(self._lanes) < self.n_workers:
                number = len(self._lanes)
                lane = threading.Thread(
                    target=self._serve, args=(number,), name=f"worker {number}", daemon=True
                )
                self._lanes.append(lane)
                lane.start()
        return future

    def process_ids(self) -> list[int]:
        """Ids of the processes that are alive."""
        with self._lock:
            return [worker.pid for worker in self._workers.values() if worker.poll() is None]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when all tasks are done; at once, leaving tasks, when `cancel_futures`."""
        with self._lock:
            self._is_closed = True
            lanes = list(self._lanes)
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while True:
                    item = self._tasks.get_nowait()
                    if item is not None:
                        item[0].cancel()
            with self._lock:
                self._is_cancelled = True
                for worker in self._workers.values():
                    worker.kill()
        for _ in lanes:
            self._tasks.put(None)
        if wait:
            for lane in lanes:
                lane.join()

    def _serve(self, number: int) -> None:
        """One lane: hands tasks to its process, one at a time, and starts another when it has died."""
        worker: subprocess.Popen[bytes] | None = None
        while (item := self._tasks.get()) is not None:
            future, message = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None or worker.poll() is not None:
                    worker = self._start(number)
                assert worker.stdin is not None and worker.stdout is not None
                _send(worker.stdin, message)
                is_good, answer = pickle.loads(_receive(worker.stdout))
            except (EOFError, OSError) as error:
                code = worker.wait() if worker is not None else None
                worker = None
                future.set_exception(WorkerDied(_cause(code, error)))
            except Exception as error:  # noqa: BLE001 - an answer that can't be read belongs to its task
                future.set_exception(error)
            else:
                if is_good:
                    future.set_result(answer)
                else:
                    future.set_exception(answer)
            del future, message, item
        if worker is not None:
            assert worker.stdin is not None and worker.stdout is not None
            with contextlib.suppress(OSError):
                worker.stdin.close()
            worker.wait()
            worker.stdout.close()

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        package = str(Path(uprising.__file__).resolve().parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        # kernels run on one thread; so must the libraries below, or workers get in each other's way
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with self._lock:
            if self._is_cancelled:
                raise OSError("the executor is shut down")
            with open(self._log or os.devnull, "ab") as log:
                worker = subprocess.Popen(
                    [sys.executable, "-P", "-m", "uprising.experiment.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=os.environ | limits | {"PYTHONPATH": os.pathsep.join(paths)},
                    # Ctrl-C is for the driver: it ends its workers itself
                    start_new_session=True,
                )
            self._workers[number] = worker
        return worker


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(HEADER_BYTES, "little"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """One message; EOFError where the other side has gone."""
    header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        raise EOFError
    length = int.from_bytes(header, "little")
    message = stream.read(length)
    if len(message) < length:
        raise EOFError
    return message


def _cause(code: int | None, error: BaseException) -> str:
    if code is None:
        return f"a worker process could not be started: {error}"
    if code < 0:
        return f"the worker process was ended by signal {-code} (killed, or out of memory)"
    return f"the worker process ended with code {code}"
