"""Compiled kernels are kept, but never beyond a change of what they are made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import uprising
from uprising.kernel.engine import jit

PROGRAM = "from uprising.kernel.caller import call; print(call(), sum(call.stats.cache_hits.values()))"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with a kernel that takes a constant and a function from another file."""
    copy = tmp_path / "uprising"
    shutil.copytree(Path(uprising.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "page"))
    (copy / "kernel" / "caller.py").write_text(
        "from uprising.kernel.callee import ONE, callee\nfrom uprising.kernel.engine.jit import compiled\n\n\n"
        "@compiled\ndef call():\n    return ONE + callee()\n"
    )
    write_callee(copy, 1, 10)
    return copy


def write_callee(package: Path, one: int, answer: int) -> None:
    (package / "kernel" / "callee.py").write_text(
        "from uprising.kernel.engine.jit import compiled\n\n"
        f"ONE = {one}\n\n\n@compiled\ndef callee():\n    return {answer}\n"
    )


def call(package: Path, **environment: str) -> list[str]:
    """What the kernel answers in a process of its own, and how often it was found compiled."""
    folders = {"PYTHONPATH": str(package.parent), "NUMBA_CACHE_DIR": str(package.parent / "kept")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | folders | environment, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.split()


def test_a_change_in_another_file_is_noticed(package: Path) -> None:
    assert call(package) == ["11", "0"]
    assert call(package) == ["11", "1"], "kept"
    write_callee(package, 2, 10)
    assert call(package) == ["12", "0"]
    write_callee(package, 2, 20)
    assert call(package) == ["22", "0"]


def test_kernels_are_kept_with_the_users_other_things_and_old_ones_forgotten(package: Path) -> None:
    cache = package.parent / "cache"
    kept = []
    for one in range(jit.MOST_KEPT + 2):
        write_callee(package, one, 10)
        assert call(package, NUMBA_CACHE_DIR="", UPRISING_CACHE=str(cache))[0] == str(one + 10)
        (new,) = set(cache.glob("kernels/*")) - set(kept)
        kept.append(new)
    assert set(cache.glob("kernels/*")) == set(kept[-jit.MOST_KEPT :])
