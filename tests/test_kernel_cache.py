"""Compiled kernels on disk: what is damaged is compiled again; without room or permission all works, only slower."""

from __future__ import annotations

import errno
import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from uprising.kernel.engine import cache
from uprising.kernel.engine.cache import KernelCache

KEY = ("types", "processor")
PAYLOAD = ("compiled", b"\x90" * 4000)
PROGRAM = """
import logging, sys
from pathlib import Path
import numba
import numpy as np
from uprising.kernel.engine.cache import KernelCache

logging.basicConfig(level=logging.WARNING, format="%(message)s")

def add(values):
    total = 0.0
    for value in values:
        total += value
    return total

kernel = numba.njit(add)
kernel._cache = KernelCache(add, Path(sys.argv[1]))
print(kernel(np.arange(5.0)), kernel(np.arange(5)), sum(kernel.stats.cache_hits.values()))
"""
DAMAGES: dict[str, Callable[[bytearray, random.Random], bytes]] = {
    "flip": lambda octets, draw: _flipped(octets, draw),
    "cut": lambda octets, draw: bytes(octets[: draw.randrange(len(octets))]),
    "zeros": lambda octets, draw: _zeroed(octets, draw),
    "empty": lambda octets, draw: b"",
    "longer": lambda octets, draw: bytes(octets) + b"x",
}


def _flipped(octets: bytearray, draw: random.Random) -> bytes:
    octets[draw.randrange(len(octets))] ^= 1 << draw.randrange(8)
    return bytes(octets)


def _zeroed(octets: bytearray, draw: random.Random) -> bytes:
    first = draw.randrange(len(octets) - 64)
    octets[first : first + 64] = bytes(64) if any(octets[first : first + 64]) else b"\x01" * 64
    return bytes(octets)


def add(folder: Path) -> tuple[list[str], str]:
    """What a fresh process adds up with kernels kept in the folder, and what it warns of."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.split(), done.stderr


@pytest.mark.parametrize("kind", DAMAGES)
def test_whatever_happens_to_a_file_is_found_before_it_is_loaded(kind: str, tmp_path: Path) -> None:
    draw = random.Random(kind)
    file = tmp_path / "some.kernel"
    for _ in range(200):
        cache.write(file, KEY, PAYLOAD)
        assert cache.read(file, KEY) == PAYLOAD
        file.write_bytes(DAMAGES[kind](bytearray(file.read_bytes()), draw))
        assert cache.read(file, KEY) is None


def test_code_for_other_types_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "some.kernel"
    cache.write(file, KEY, PAYLOAD)
    assert cache.read(file, ("other types", "processor")) is None


def test_damaged_kernels_are_compiled_again_and_replaced(tmp_path: Path) -> None:
    whole = ["10.0", "10.0"]
    assert add(tmp_path) == ([*whole, "0"], "")
    assert add(tmp_path) == ([*whole, "2"], "")
    files = sorted(tmp_path.glob("*.kernel"))
    assert len(files) == 2, "one for each set of types"
    draw = random.Random(1)
    files[0].write_bytes(_flipped(bytearray(files[0].read_bytes()), draw))
    files[1].write_bytes(b"")
    found, words = add(tmp_path)
    assert found == [*whole, "0"]
    assert words.count("is damaged; it is compiled again") == 2 and str(files[0]) in words
    assert add(tmp_path) == ([*whole, "2"], "")


def test_a_folder_that_can_not_be_written_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(file: Path, octets: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with caplog.at_level(logging.WARNING):
        for name in ("one", "two"):
            cache.write(tmp_path / f"{name}.kernel", KEY, PAYLOAD)
    assert [record.getMessage() for record in caplog.records] == [
        f"compiled kernels can't be kept in {tmp_path} (No space left on device); the next start compiles them "
        "again. Make room there, or name another folder with UPRISING_CACHE"
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_only_a_warning(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    found, words = add(tmp_path / "kept")
    assert found == ["10.0", "10.0", "0"]
    assert str(tmp_path / "kept") in words and "Traceback" not in words


def test_a_kernel_forgets_only_its_own(tmp_path: Path) -> None:
    mine, other = (KernelCache(function, tmp_path) for function in (add, _flipped))
    for kept in (mine, other):
        cache.write(tmp_path / f"{kept._stem}.0.kernel", KEY, PAYLOAD)
    mine.flush()
    assert mine.files() == [] and len(other.files()) == 1
