"""A first start compiles on two cores: a process beside the run compiles the sweep, a third of all there is to compile.

The compiler works on one core at a time however many threads ask it. So another process rehearses: a few stand-ins
for the people reconsider, which compiles the sweep for the very types of the run into the cache on disk, and then
do what else there is in a step, the last first. The run compiles everything before the sweep meanwhile, finds that in
the cache, and later whatever else the other process was quicker with. What goes wrong with that process costs time,
nothing else: what isn't in the cache the run compiles itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import uprising
from uprising.case.reading import Case
from uprising.case.world import World
from uprising.crisis.threads import available_cores
from uprising.state import N_STRIPES, Groups, People

_log = logging.getLogger(__name__)


PROGRAM = "uprising.crisis.warm_up"
"""what the process beside a run executes"""
READY = b"ready"


class Beside:
    """A process that compiles for runs of a case.

    Parameters
    ----------
    case, world, parameters : as of a run
    """

    def __init__(self, case: Case, world: World, parameters: dict[str, float]) -> None:
        package = str(Path(uprising.__file__).resolve().parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            # Ctrl-C is for the run, which ends this process itself
            start_new_session=True,
        )
        self._is_awaited = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # `wait` tells of a process that has ended
            self._process.stdin.write(pickle.dumps((case, world, parameters)))
            self._process.stdin.flush()

    def wait(self) -> None:
        """Wait until the sweep is compiled, where that hasn't been waited for; a failure is only a warning."""
        if not self._is_awaited:
            return
        self._is_awaited = False
        assert self._process.stdout is not None
        if self._process.stdout.read(len(READY)) != READY:
            _log.warning(
                "the process that was to compile beside this one ended with code %s; compiling goes on here",
                self._process.wait(),
            )

    def end(self) -> None:
        """End the process, whatever it is at."""
        with contextlib.suppress(OSError), self._process:
            self._process.kill()


@contextlib.contextmanager
def beside(
    case: Case, world: World, parameters: dict[str, float], threads: int
) -> Iterator[Callable[[], None]]:
    """Within, a process compiles the sweep, if that isn't in the cache and the run may use several cores.

    Yields what waits for it.
    """
    other = None
    if min(threads, available_cores()) > 1 and can_execute_modules() and is_missing():
        try:
            other = Beside(case, world, parameters)
        except OSError as fault:
            _log.warning("no process can be started to compile beside this one (%s)", fault)
    try:
        yield other.wait if other is not None else lambda: None
    finally:
        if other is not None:
            other.end()


def can_execute_modules() -> bool:
    """Whether sys.executable is a Python: a program that embeds one may name itself there, and must not be started."""
    name = Path(sys.executable or "").name.lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


def is_missing() -> bool:
    """Whether no sweep at all is kept, as on a fresh machine and after an update, but could be."""
    from uprising.kernel.decision import sweep
    from uprising.kernel.engine import jit

    # what another process compiles and can't hand over costs time twice
    return not jit.is_kept(sweep.sweep) and jit.can_keep()


def stand_ins(n_places: int) -> tuple[People, Groups]:
    """A person for each place and stripe, in columns of the same types as those of synthesised people."""
    place = np.arange(n_places)
    home = np.tile(place, N_STRIPES)
    nobody, none = np.zeros(len(home)), np.zeros(n_places)
    people: dict[str, NDArray[Any]] = {
        "home": home.astype(np.uint16), "role": nobody.astype(np.uint8), "age": nobody.astype(np.uint8),
        "sex": nobody.astype(np.uint8), "household": np.arange(len(home), dtype=np.int32),
        "team": (nobody - 1).astype(np.int32), "block": home.astype(np.int32),
        "hardship": nobody.astype(np.float32), "risk_aversion": nobody.astype(np.float32),
        "threshold": nobody.astype(np.float32), "outrage": nobody.astype(np.float32),
        "activity": nobody.astype(np.uint8), "site": (nobody - 1).astype(np.int16), "since": nobody.astype(np.uint16),
    }
    groups: dict[str, NDArray[Any]] = {
        "household_size": (nobody + 1).astype(np.uint8), "team_size": none.astype(np.uint16),
        "team_workplace": place.astype(np.int32), "workplace_size": none.astype(np.int32),
        "workplace_place": place.astype(np.uint16), "workplace_site": (none - 1).astype(np.int16),
        "workplace_role": none.astype(np.uint8), "block_size": none.astype(np.uint16),
        "block_place": place.astype(np.uint16), "segment_start": np.arange(N_STRIPES * n_places + 1, dtype=np.int64),
    }
    for column in (*people.values(), *groups.values()):
        column.setflags(write=False)
    return People(**people), Groups(**groups)


def rehearse(case: Case, world: World, parameters: dict[str, float], tell: Callable[[], None]) -> None:
    """Let stand-ins reconsider, tell when the sweep is compiled for that; then the rest of a step, the last first.

    So this meets the run, which begins at the other end, half way.
    """
    from uprising.crisis.order import Clock

    clock = Clock(case, world, *stand_ins(world.n_places), parameters, seed=0, scale=1.0)
    # by night, which it is at first, nothing needs to be bounded before the sweep
    clock.stages["people reconsider"]()
    tell()
    clock.begin_step()
    others = {name: stage for name, stage in clock.stages.items() if name != "people reconsider"}
    others.pop("signals")()
    for stage in reversed(others.values()):
        stage()


def main() -> None:
    """Rehearse what comes on standard input, and end at once when the other side closes."""
    case, world, parameters = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    rehearse(case, world, parameters, _tell)


def _tell() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()


def _end_with_the_run() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
