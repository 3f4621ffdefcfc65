"""Compiled kernels on disk: one file for each kernel and types of its arguments, checked before it is loaded.

numba's own cache loads whatever it finds: machine code with one bit flipped kills the process, and a file that was cut
fails every later start until it is removed by hand. Here a file begins with the SHA-256 of the rest. What doesn't
match is compiled again and replaced. There is no index, so processes that compile for different types at once don't
get in each other's way. Without room or permission nothing is kept, and a warning names the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core import compiler, serialize

DIGEST_BYTES = 32
ENDING = ".kernel"
_log = logging.getLogger(__name__)


class KernelCache:
    """What numba asks for compiled code of one function, and gives it to.

    Parameters
    ----------
    function : the kernel, not compiled
    folder : where its files lie
    """

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._function, self._folder = function, folder
        name = f"{function.__module__}.{function.__qualname__}-{function.__code__.co_firstlineno}"
        # names of nested functions hold <locals>, which no file of Windows may
        self._stem = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
        self._is_enabled = True

    @property
    def cache_path(self) -> str:
        """The folder, as numba's statistics show it."""
        return str(self._folder)

    def enable(self) -> None:
        """Look for compiled code and keep it from now on."""
        self._is_enabled = True

    def disable(self) -> None:
        """Neither look for compiled code nor keep it from now on."""
        self._is_enabled = False

    def flush(self) -> None:
        """Forget what is kept of this kernel."""
        for file in self.files():
            with contextlib.suppress(OSError):
                file.unlink()

    def files(self) -> list[Path]:
        """List the files of this kernel, one for each set of types."""
        return sorted(file for file in self._folder.glob(f"{self._stem}.*{ENDING}"))

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled code for the types of a signature, None where none is kept that can be trusted."""
        target_context.refresh()
        if not self._is_enabled:
            return None
        key = self._key(signature, target_context.codegen())
        payload = read(self._file(key), key)
        return None if payload is None else compiler.CompileResult._rebuild(target_context, *payload)

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep compiled code; a failure is only a warning."""
        # code that holds addresses of this process is worth nothing to another
        if self._is_enabled and not compiled.lifted and not compiled.library.has_dynamic_globals:
            key = self._key(signature, compiled.codegen)
            write(self._file(key), key, compiled._reduce())

    def _file(self, key: tuple[str, ...]) -> Path:
        return self._folder / f"{self._stem}.{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}{ENDING}"

    def _key(self, signature: Any, codegen: Any) -> tuple[str, ...]:
        """All that compiled code depends on, beside the sources by which the folder is named."""
        cells = self._function.__closure__ or ()
        captured = serialize.dumps(tuple(cell.cell_contents for cell in cells)) if cells else b""
        code = self._function.__code__.co_code
        return (
            repr(signature),
            repr(codegen.magic_tuple()),  # processor and operating system
            hashlib.sha256(code).hexdigest(),
            hashlib.sha256(captured).hexdigest(),
            _digest_of(self._function.__code__.co_filename),
            numba.__version__,
            llvmlite.__version__,
            str(sys.implementation.cache_tag),
        )


def read(file: Path, key: tuple[str, ...]) -> Any:
    """Return what was written under a key; None where there is nothing, or nothing that is whole."""
    try:
        octets = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        _log.warning("the compiled kernel %s can't be read (%s); it is compiled again", file, fault.strerror)
        return None
    content = memoryview(octets)[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != octets[:DIGEST_BYTES]:
        _log.warning("the compiled kernel %s is damaged; it is compiled again", file)
        return None
    kept_key, payload = pickle.loads(content)
    return payload if kept_key == key else None


def write(file: Path, key: tuple[str, ...], payload: Any) -> None:
    """Write a file that is either whole or not there; a failure is only a warning, one for each folder."""
    content = serialize.dumps((key, payload))
    part = file.with_name(f".{file.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(content).digest() + content)
        part.replace(file)
    except OSError as fault:
        _tell_that_nothing_is_kept(file.parent, fault.strerror or str(fault))
    finally:
        # after a failure or an interruption no half file stays
        with contextlib.suppress(OSError):
            part.unlink()


@cache
def _tell_that_nothing_is_kept(folder: Path, reason: str) -> None:
    _log.warning(
        "compiled kernels can't be kept in %s (%s); the next start compiles them again. Make room there, or name "
        "another folder with UPRISING_CACHE",
        folder,
        reason,
    )


@cache
def _digest_of(file: str) -> str:
    """SHA-256 of a source; of nothing where the function was typed in."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
