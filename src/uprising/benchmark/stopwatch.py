"""Where the time of a run goes: by stage of a step and by kernel.

Stages are told by the run itself (`run(lap=...)`). Kernels are measured where crisis and actors call them: for as
long as `measured` lasts, these modules see each kernel through a wrapper. Nothing of a run knows of it.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any, NamedTuple

from uprising.benchmark.traffic import names_of, traffic_of

CALLERS = ("uprising.crisis", "uprising.actors")
KERNELS = "uprising.kernel"


class Stage(NamedTuple):
    """Time of a stage, in seconds: by the clock, and of the processor in the thread that leads the run."""

    clock: float
    processor: float


class Call(NamedTuple):
    """One call of a kernel: when it began and ended by the clock, processor time, and what it moved."""

    kernel: str
    began: float
    ended: float
    processor: float
    moved: float
    drawn: float


class Stopwatch:
    """Takes the time of stages and kernels of one run.

    Parameters
    ----------
    with_traffic
        Estimate what each call of a kernel moves and draws; only in a run on one thread.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch("breakfast")
    >>> list(watch.stages)
    ['breakfast']
    """

    def __init__(self, with_traffic: bool = False) -> None:
        self.stages: dict[str, Stage] = {}
        self.calls: list[Call] = []
        self._with_traffic = with_traffic
        self._own = Stage(0.0, 0.0)
        self._last = (time.perf_counter(), time.thread_time())

    def __call__(self, stage: str) -> None:
        """A stage ends now."""
        now = (time.perf_counter(), time.thread_time())
        known = self.stages.get(stage, Stage(0.0, 0.0))
        self.stages[stage] = Stage(
            known.clock + now[0] - self._last[0] - self._own.clock,
            known.processor + now[1] - self._last[1] - self._own.processor,
        )
        self._last, self._own = now, Stage(0.0, 0.0)

    def total(self) -> Stage:
        """All stages together."""
        return Stage(*(sum(column) for column in zip(*self.stages.values(), strict=True)))

    def busy(self) -> float:
        """Seconds by the clock in which at least one kernel was at work."""
        busy, until = 0.0, 0.0
        for began, ended in sorted((call.began, call.ended) for call in self.calls):
            busy += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return busy

    def timed(self, name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        """The kernel, taking its time."""

        @wraps(kernel)
        def call(*given: Any, **by_name: Any) -> Any:
            began, spent = time.perf_counter(), time.thread_time()
            answer = kernel(*given, **by_name)
            ended, processor = time.perf_counter(), time.thread_time() - spent
            moved, drawn = 0.0, 0.0
            if self._with_traffic:
                moved, drawn = traffic_of(name, kernel, (*given, *in_order(kernel, given, by_name)), answer)
            self.calls.append(Call(name, began, ended, processor, moved, drawn))
            if self._with_traffic:
                # estimating is no part of the stage
                self._own = Stage(
                    self._own.clock + time.perf_counter() - ended,
                    self._own.processor + time.thread_time() - spent - processor,
                )
            return answer

        return call


class _View:
    """A kernel module whose kernels are timed."""

    def __init__(self, module: ModuleType, watch: Stopwatch) -> None:
        self._module, self._watch = module, watch

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if is_kernel(value):
            value = self._watch.timed(f"{self._module.__name__.removeprefix(KERNELS + '.')}.{name}", value)
        # kept: who asks twice must get the same object
        setattr(self, name, value)
        return value


@contextlib.contextmanager
def measured(watch: Stopwatch) -> Iterator[None]:
    """Time every kernel that crisis and actors call, as long as the block lasts."""
    views: dict[str, _View] = {}
    replaced: list[tuple[ModuleType, str, Any]] = []
    try:
        for module in callers():
            for name, value in list(vars(module).items()):
                if isinstance(value, ModuleType) and value.__name__.startswith(KERNELS + "."):
                    seen: Any = views.setdefault(value.__name__, _View(value, watch))
                elif is_kernel(value):
                    seen = watch.timed(f"{value.__module__.removeprefix(KERNELS + '.')}.{name}", value)
                else:
                    continue
                replaced.append((module, name, value))
                setattr(module, name, seen)
        yield
    finally:
        for module, name, value in replaced:
            setattr(module, name, value)


def callers() -> list[ModuleType]:
    """The modules that call kernels."""
    found = []
    for package in map(importlib.import_module, CALLERS):
        found += [
            importlib.import_module(f"{package.__name__}.{entry.name}")
            for entry in pkgutil.iter_modules(package.__path__)
        ]
    return found


def is_kernel(value: Any) -> bool:
    """Whether a value is a compiled function of uprising.kernel."""
    return hasattr(value, "py_func") and getattr(value, "__module__", "").startswith(KERNELS + ".")


def in_order(kernel: Callable[..., Any], given: tuple[Any, ...], by_name: dict[str, Any]) -> list[Any]:
    """Return the arguments that a call gives by name, in the kernel's order, after those by position."""
    return [by_name[name] for name in names_of(kernel)[len(given) :]]
