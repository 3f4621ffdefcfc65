"""One process at a time writes into a folder, and no lock outlives its process."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from uprising.errors import OutputError, UserError
from uprising.result.lock import LOCK, lock_folder, lock_new_folder

HOLD = """
import pathlib, sys, time
from uprising.result.lock import lock_folder

with lock_folder(pathlib.Path(sys.argv[1]), "run"):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_another_process_is_kept_out_until_it_ends(tmp_path: Path, how: str) -> None:
    if not hasattr(signal, how):
        pytest.skip(f"this system has no {how}")
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with (
                pytest.raises(UserError, match=f"another run is at work in {tmp_path}; wait"),
                lock_folder(tmp_path, "run"),
            ):
                pytest.fail("two hold the lock")
        finally:
            other.send_signal(getattr(signal, how))
    assert (tmp_path / LOCK).exists()
    with lock_folder(tmp_path, "run"):
        pass
    assert not (tmp_path / LOCK).exists()


def test_another_thread_is_kept_out(tmp_path: Path) -> None:
    refused: list[str] = []

    def enter() -> None:
        try:
            with lock_folder(tmp_path, "ensemble"):
                refused.append("")
        except UserError as error:
            refused.append(str(error))

    with lock_folder(tmp_path, "ensemble"):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    enter()
    assert refused[0].startswith("another ensemble is at work")
    assert refused[1] == ""


def test_a_lock_file_that_was_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before removes its file between our opening and our locking it."""
    from uprising.result import lock

    opened: list[Path] = []

    def open_and_remove(file: Path, *arguments: int) -> int:
        descriptor = os_open(file, *arguments)
        opened.append(file)
        if len(opened) == 1:
            file.unlink()
        return descriptor

    os_open = os.open
    monkeypatch.setattr(lock.os, "open", open_and_remove)
    with lock_folder(tmp_path, "run"):
        assert (tmp_path / LOCK).exists()
    assert len(opened) == 2


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_is_said_and_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with lock_folder(tmp_path, "run"):
        pass
    assert f"the file system of {tmp_path} has no locks" in caplog.text


def test_a_folder_that_is_gone_or_read_only_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"could not write .*\.lock"), lock_folder(tmp_path / "none", "run"):
        pass


def test_a_new_folder_must_be_empty_but_for_leftovers(tmp_path: Path) -> None:
    new = tmp_path / "deep" / "new"
    with lock_new_folder(new, "run"):
        (new / "snapshot").mkdir()
        (new / "snapshot" / ".state.json.1.part").write_text("half")
    with lock_new_folder(new, "run"):
        (new / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"), lock_new_folder(new, "run"):
        pass
    assert sorted(file.name for file in new.iterdir()) == ["snapshot", "thesis.txt"]
