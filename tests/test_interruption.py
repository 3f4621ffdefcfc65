"""Signals that ask to stop: noted or raised, never lost, and the handlers from before come back."""

from __future__ import annotations

import ctypes
import importlib
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from uprising import interruption
from uprising.interruption import Interruption

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def _main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_the_handler_from_before_is_back(number: int) -> None:
    before = signal.getsignal(number)
    with Interruption() as stop:
        assert not stop.is_asked
        signal.raise_signal(number)
        assert stop.is_asked
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", SIGNALS)
def test_at_once_raises_there_and_then(number: int) -> None:
    with Interruption() as stop, pytest.raises(KeyboardInterrupt), stop.at_once():
        signal.raise_signal(number)
        pytest.fail("goes on")
    assert stop.is_asked


def test_at_once_raises_what_came_before() -> None:
    with Interruption() as stop:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            pytest.fail("begins")


def test_a_second_ctrl_c_stops_at_once_but_not_a_doubled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(interruption.time, "monotonic", lambda: moment[0])
    with Interruption() as stop:
        signal.raise_signal(signal.SIGINT)
        moment[0] = 0.5 * interruption.AGAIN_SECONDS
        signal.raise_signal(signal.SIGINT)
        moment[0] = 2.0 * interruption.AGAIN_SECONDS
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert stop.is_asked


def test_a_signal_in_a_callback_of_the_compiler_is_raised_after_it(capfd: pytest.CaptureFixture[str]) -> None:
    """A real callback from C, in which Python would print the exception and forget it."""
    done: list[str] = []
    names: dict[str, Any] = {"__name__": "llvmlite.binding.fake", "signal": signal, "done": done}
    exec("def call_back():\n    signal.raise_signal(signal.SIGTERM)\n    done.append('whole')\n", names)
    from_c = ctypes.CFUNCTYPE(None)(names["call_back"])
    with Interruption() as stop, pytest.raises(KeyboardInterrupt), stop.at_once():
        from_c()
        assert done == ["whole"]
        time.sleep(60.0)
        pytest.fail("the signal was lost")
    assert "Exception ignored" not in capfd.readouterr().err


def test_no_signal_comes_after_the_block() -> None:
    """One that is to come again is called off with the block: the default action would end the process."""
    names: dict[str, Any] = {"__name__": "llvmlite.binding.fake", "signal": signal}
    exec("def call_back():\n    signal.raise_signal(signal.SIGTERM)\n", names)
    with Interruption() as stop:
        # what comes in the last moment of the block is raised there
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            names["call_back"]()
            raise KeyboardInterrupt
        assert stop.is_asked
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_signal_amid_an_import_is_raised_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules in C turn a KeyboardInterrupt into an ImportError of theirs."""
    (tmp_path / "module_that_is_interrupted.py").write_text(
        "import signal\n"
        "signal.raise_signal(signal.SIGTERM)\n"
        "whole = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with Interruption() as stop, pytest.raises(KeyboardInterrupt), stop.at_once():
        importlib.import_module("module_that_is_interrupted")
    assert sys.modules["module_that_is_interrupted"].whole


def test_other_threads_change_no_handler() -> None:
    seen: list[Any] = []

    def enter() -> None:
        with Interruption() as stop:
            seen.append((signal.getsignal(signal.SIGINT), stop.is_asked))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [(signal.getsignal(signal.SIGINT), False)]
