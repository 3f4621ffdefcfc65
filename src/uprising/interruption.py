"""Signals that ask a run to stop: noted when they come, answered when the state can be saved.

Ctrl-C (SIGINT), a scheduler's or a container's end (SIGTERM), a scheduler's early warning (SIGUSR1, as from
`sbatch --signal=USR1@60`) and a closed terminal (SIGHUP) mean the same: save and stop.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")
"""those that the system has are answered"""
AGAIN_SECONDS = 1.0
"""a second Ctrl-C after this time stops at once; sooner it may be a wrapper that passed on the first"""
RETRY_SECONDS = 0.05
"""after which a signal comes again that met a place where nothing can be raised"""


class Interruption:
    """Note signals for the duration of a block; the handlers from before are back afterwards.

    Signals that are ignored, or that a host program handles outside Python, are left alone, and so are all
    signals outside the main thread. A handler that the caller set in Python is called at the end of the block.

    Parameters
    ----------
    names
        Signals to note.

    Examples
    --------
    >>> import signal
    >>> with Interruption() as interruption:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interruption.is_asked
    True
    """

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        self._numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        self._before: dict[int, Callable[..., Any] | int] = {}
        self._noted: set[int] = set()
        self._noted_at = 0.0
        self._is_immediate = False
        self._retries: list[threading.Timer] = []

    @property
    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return bool(self._noted)

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            for number in self._numbers:
                before = signal.getsignal(number)
                # None: a handler that was not set from Python and could not be put back
                if before is not None and before != signal.SIG_IGN:
                    self._before[number] = before
                    signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for retry in self._retries:
            retry.cancel()
            retry.join()
        for number, before in self._before.items():
            signal.signal(number, before)
        for number in self._noted:
            before = self._before[number]
            if callable(before) and before is not signal.default_int_handler:
                signal.raise_signal(number)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Let signals raise KeyboardInterrupt wherever they come: for work of which nothing can be saved."""
        self._is_immediate = True
        try:
            if self._noted:
                raise KeyboardInterrupt
            yield
            if self._noted:  # where nothing could be raised
                raise KeyboardInterrupt
        finally:
            self._is_immediate = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        is_again = (
            number == signal.SIGINT
            and number in self._noted
            and time.monotonic() - self._noted_at > AGAIN_SECONDS
        )
        if not self._noted:
            self._noted_at = time.monotonic()
        self._noted.add(number)
        if self._is_immediate and _swallows(frame):
            retry = threading.Timer(RETRY_SECONDS, _send_to_main_thread, (number,))
            retry.daemon = True
            self._retries.append(retry)
            retry.start()
        elif self._is_immediate or is_again:
            raise KeyboardInterrupt


def _send_to_main_thread(number: int) -> None:
    if hasattr(signal, "pthread_kill"):
        # wakes it from a wait, too
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


def _swallows(frame: FrameType | None) -> bool:
    """Whether what is raised here may be printed and lost, or come out as another error.

    So it is where the compiler calls back into Python, and amid an import.
    """
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith(("llvmlite", "importlib._bootstrap")):
            return True
        frame = frame.f_back
    return False
