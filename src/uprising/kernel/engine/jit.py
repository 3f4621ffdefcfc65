"""How kernels are compiled: without Python's lock, and kept on disk until the source of any of them changes.

numba asks only whether a function's own file has changed. But kernels call each other across files and take constants
from there, and what is compiled has them in it: after an update of one file an old kernel would go on, with other
results. So what is kept lies in a folder that is named by the source of all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numba

from uprising.caches import cache_folder
from uprising.kernel.engine.cache import KernelCache

PACKAGE = Path(__file__).parents[2]
KERNELS = "kernels"
MOST_KEPT = 4
"""versions of the kernels that are kept beside each other, as those of two checkouts"""


def compiled(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """`numba.njit` for a kernel: @compiled, @compiled(error_model="numpy"), compiled(function)."""
    if function is None:
        return partial(compiled, **options)
    dispatcher = numba.njit(nogil=True, **options)(function)
    if not numba.config.DISABLE_JIT and Path(function.__code__.co_filename).exists():
        # numba has no public way to choose a cache
        dispatcher._cache = KernelCache(function, folder())
    return dispatcher


def can_keep() -> bool:
    """Whether kernels can be written where they belong; makes the folder if it isn't there."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder(), os.W_OK)


def is_kept(kernel: Any) -> bool:
    """Whether code of a kernel is kept for any types; also true where kernels are not compiled at all."""
    return not isinstance(getattr(kernel, "_cache", None), KernelCache) or bool(kernel._cache.files())


@cache
def folder() -> Path:
    """Where kernels are kept as they are now."""
    sources = [PACKAGE / "state.py", PACKAGE / "purposes.py", PACKAGE / "schema" / "constants.csv"]
    for part in ("kernel", "models"):
        sources += sorted((PACKAGE / part).rglob("*.py"))
    digest = hashlib.sha256()
    for file in sources:
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    given = numba.config.CACHE_DIR  # $NUMBA_CACHE_DIR
    kept = (Path(given) if given else cache_folder(KERNELS)) / digest.hexdigest()[:16]
    if not given and not kept.exists():
        _forget_old(kept.parent)
    return kept


def _forget_old(kept: Path) -> None:
    """Remove all but the versions that were made last; one more is about to come."""
    # nothing is kept yet, or others are at work there: KernelCache says what it can't do
    with contextlib.suppress(OSError):
        versions = sorted(kept.iterdir(), key=lambda folder: folder.stat().st_mtime)
        for folder in versions[: max(0, len(versions) + 1 - MOST_KEPT)]:
            shutil.rmtree(folder, ignore_errors=True)
