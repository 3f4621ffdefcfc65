"""What all tests share: one folder for people of the session, one for compiled kernels of all sessions.

Kernels are named by the source of all kernels, the compiler's version and the processor, and checked before they are
loaded (uprising.kernel.engine), so what an earlier session compiled is what this one would. They lie in pytest's own
cache folder: `pytest --cache-clear` compiles anew. People lie with the session: a change of how they are made must show
even where nobody raised SYNTHESIS_VERSION. The user's own cache is never touched.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import settings

# a kernel compiles at its first call, so the time of an example says nothing
settings.register_profile("uprising", deadline=None)
settings.load_profile("uprising")

KERNELS = "uprising-kernels"
MOST_KEPT = 4
"""states of the source whose kernels stay"""
MANY = 100
"""tests from which it is worth to compile the kernels of a run first, on all cores"""
LOOK_SECONDS, PATIENCE_SECONDS = 0.1, 900.0


def pytest_configure(config: pytest.Config) -> None:
    """Say where kernels are kept, before anything imports numba; processes that tests start are told by it too."""
    if config.cache is None:  # pytest -p no:cacheprovider
        return
    folder = config.cache.mkdir(KERNELS)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if not hasattr(config, "workerinput"):
        states = sorted(folder.iterdir(), key=lambda state: state.stat().st_mtime)
        for state in states[: max(0, len(states) - MOST_KEPT)]:
            shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep people in a folder that all workers of the session share; before many tests, compile once for all."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if worker else base
    os.environ["UPRISING_CACHE"] = str(shared / "cache")
    if len(request.session.items) >= MANY:
        _warm(shared / "warm", is_first=worker in ("", "gw0"))


def _warm(done: Path, is_first: bool) -> None:
    """Let one worker make a short run, which compiles on two cores; the others wait for it."""
    import uprising
    from small_worlds import SCALE, template

    if is_first:
        try:
            uprising.run(template(), scale=SCALE, until="1970-05-02", threads=2)
        finally:
            done.touch()  # what is wrong with a run, tests say
    waited = 0.0
    # should the first worker be killed, the others compile for themselves
    while not done.exists() and waited < PATIENCE_SECONDS:
        time.sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS
