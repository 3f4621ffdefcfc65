"""Runs started from the page: a few worker processes, runs paired by seed, the comparison growing as they end.

Whoever listens to a job looks at its latest state when it can; nothing is queued for a listener, so one that
stops reading costs nothing.
"""

from __future__ import annotations

import itertools
import multiprocessing
import queue
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprising.errors import UserError

if TYPE_CHECKING:
    from uprising.server.shelf import Shelf

MOST_WAITING, MOST_SEEDS, MOST_PEOPLE = 4, 100, 2_000_000
"""jobs that may wait or run, seeds of a job, and people of one run"""
EVERY = 4
"""series for the page keep every so many steps"""
SERIES = ("crowd", "dead", "striking", "fled")
BASELINE, WHAT_IF = "baseline", "what_if"


class BusyError(Exception):
    """More jobs were asked for than may wait."""


class Job:
    """What was asked for, how far it is, what came out so far. `version` grows with every change."""

    def __init__(self, key: str, request: dict[str, Any], case_folder: Path) -> None:
        self.key, self.request, self.case_folder = key, request, case_folder
        self.state = "queued"
        self.error: str | None = None
        self.runs: list[dict[str, Any]] = []
        self.found: dict[tuple[str, int], dict[str, Any]] = {}
        first, last = request["seeds"]
        variants = (BASELINE, WHAT_IF) if request["baseline"] else (WHAT_IF,)
        self.left = [(variant, seed) for seed in range(first, last + 1) for variant in variants]
        self.total, self.version = len(self.left), 0
        self.simulated_time: str | None = None
        self.began = time.monotonic()
        self.is_cancelled = threading.Event()
        self.comparison: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "cancelled", "failed")

    def told(self) -> dict[str, Any]:
        """As the page is told."""
        return {
            "id": self.key, "state": self.state, "done": len(self.runs), "total": self.total, "error": self.error,
            "request": self.request, "runs": list(self.runs), "comparison": self.comparison,
        }  # fmt: skip

    def progress(self) -> dict[str, Any]:
        done = len(self.runs)
        passed = time.monotonic() - self.began
        left = passed / done * (self.total - done) if done else None
        return {
            "done": done,
            "total": self.total,
            "seconds_left": left,
            "simulated_time": self.simulated_time,
        }


class Jobs:
    """The jobs of a server; `close` ends them and their processes.

    Parameters
    ----------
    folder : where folders of runs made here go
    shelf : where finished runs are shown
    workers : processes
    """

    def __init__(self, folder: Path, shelf: Shelf, workers: int = 2) -> None:
        self.folder, self.shelf = folder, shelf
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._tasks: queue.Queue[tuple[Job, str, int] | None] = queue.Queue()
        self._baselines: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())

    def get(self, key: str) -> Job:
        """Raises KeyError where there is no such job."""
        with self._lock:
            return self._jobs[key]

    def start(self, request: dict[str, Any]) -> Job:
        """Take a request; it is checked whole before anything runs.

        Raises
        ------
        UserError
            The case, the what-if, a parameter or a size is wrong.
        BusyError
            Too many jobs wait already.
        """
        folder = _check(request)
        with self._lock:
            if sum(not job.is_over for job in self._jobs.values()) >= MOST_WAITING:
                raise BusyError(f"{MOST_WAITING} jobs are waiting or running; cancel one or wait")
            job = Job(f"job-{next(self._numbers)}-{time.strftime('%Y%m%d-%H%M%S')}", request, folder)
            self._jobs[job.key] = job
        for variant, seed in job.left:
            self._tasks.put((job, variant, seed))
        return job

    def cancel(self, key: str) -> Job:
        """End a job now: its running processes are ended, what is finished stays."""
        job = self.get(key)
        with self._lock:
            if not job.is_over:
                job.is_cancelled.set()
                job.state, job.version = "cancelled", job.version + 1
        return job

    def close(self) -> None:
        """Cancel everything and wait until all processes have ended."""
        for job in self.all():
            self.cancel(job.key)
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=10.0)

    # ---- threads, each with a process of its own -----------------------------------------------------

    def _serve(self) -> None:
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None:
            job, variant, seed = task
            if job.is_cancelled.is_set() or job.is_over:
                continue
            with self._lock:
                if job.state == "queued":
                    job.state, job.began, job.version = "running", time.monotonic(), job.version + 1
            request = job.request
            order = {
                "case": str(job.case_folder), "scale": request["scale"], "seed": seed,
                "what_if": request["what_if"] if variant == WHAT_IF else None,
                "parameters": request["set"] if variant == WHAT_IF else {},
                "out": str(self.folder / job.key / f"{request['case']}-{variant.replace('_', '-')}-{seed}"),
            }  # fmt: skip
            known = (request["case"], request["scale"], seed)
            if variant == BASELINE and known in self._baselines:
                self._note(job, variant, seed, self._baselines[known])
                continue
            worker = worker or _Worker()
            answer = worker.do(order, job, self._progress)
            if answer is None:  # cancelled, or the process is gone
                worker.end()
                worker = None
                shutil.rmtree(order["out"], ignore_errors=True)
                if not job.is_cancelled.is_set():
                    self._fail(job, "a process that was computing ended by itself (too little memory?)")
            elif "error" in answer:
                self._fail(job, answer["error"])
            else:
                answer["id"] = self.shelf.add(Path(order["out"]), "job")
                if variant == BASELINE:
                    self._baselines[known] = answer
                self._note(job, variant, seed, answer)
        if worker is not None:
            worker.end()

    def _progress(self, job: Job, moment: str) -> None:
        with self._lock:
            job.simulated_time, job.version = moment, job.version + 1

    def _fail(self, job: Job, words: str) -> None:
        with self._lock:
            if not job.is_over:
                job.state, job.error, job.version = "failed", words, job.version + 1

    def _note(self, job: Job, variant: str, seed: int, answer: dict[str, Any]) -> None:
        with self._lock:
            if job.is_over:
                return
            job.found[variant, seed] = answer
            told = {
                "seed": seed,
                "variant": variant,
                "id": answer["id"],
                "outcome": answer["summary"]["outcome"],
            }
            job.runs.append(told)
            job.comparison = compare(job.found)
            if len(job.runs) == job.total:
                job.state = "done"
            job.version += 1


class _Worker:
    """A process that computes one run after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.here, there = context.Pipe()
        self.process = context.Process(target=_compute, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def do(self, order: dict[str, Any], job: Job, tell: Any) -> dict[str, Any] | None:
        """The answer; None when the job was cancelled or the process ended."""
        try:
            self.here.send(order)
            while not job.is_cancelled.is_set():
                if self.here.poll(0.1):
                    kind, value = self.here.recv()
                    if kind == "answer":
                        return dict(value)
                    tell(job, value)
        except (EOFError, OSError):
            return None
        return None

    def end(self) -> None:
        self.here.close()
        self.process.terminate()
        self.process.join(timeout=5.0)


def _compute(pipe: Any) -> None:
    """The worker's process: orders in, moments and answers out, until the pipe is closed."""
    import signal

    import numpy as np

    from uprising.simulation import run

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; it ends its workers
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        last = [0.0]

        def progress(
            stage: str, done: int, of: int, moment: Any, persons: int, last: list[float] = last
        ) -> None:
            if moment is not None and time.monotonic() - last[0] > 0.25:
                last[0] = time.monotonic()
                pipe.send(("moment", str(moment)[:16]))

        try:
            result = run(
                order["case"], seed=order["seed"], scale=order["scale"], what_if=order["what_if"],
                parameters=order["parameters"], out=order["out"], threads=1, progress=progress,
            )  # fmt: skip
            series = result.series
            drawn = {}
            for name in SERIES:
                values = series[name]
                whole = values.sum([d for d in values.dims if d != "time"]).values[::EVERY]
                drawn[name] = np.asarray(whole, np.float64)
            times = [str(t)[:16] for t in series["time"].values[::EVERY]]
            answer = {"summary": result.summary, "series": drawn, "times": times}
        except Exception as error:  # noqa: BLE001 - told to the page, the worker goes on
            answer = {"error": str(error) or type(error).__name__}
        pipe.send(("answer", answer))


def _check(request: dict[str, Any]) -> Path:
    """Refuse what is wrong; the folder of the case."""
    from uprising.case import load_case, shipped_cases
    from uprising.simulation import parameters_in_force

    known = shipped_cases()
    if request["case"] not in known:
        raise UserError(f"there is no case {request['case']!r} here; there are: {', '.join(known)}")
    case = load_case(known[request["case"]])
    if request["what_if"] is not None:
        if request["what_if"] not in [what.name for what in case.what_ifs()]:
            raise UserError(f"{case.id} has no what-if {request['what_if']!r}")
        case = case.what_if(request["what_if"])
    parameters_in_force(case, request["set"])
    first, last = request["seeds"]
    if not 0 <= first <= last or last - first >= MOST_SEEDS:
        raise UserError(
            f"seeds {first} to {last}: give a first and a last seed, at most {MOST_SEEDS} of them"
        )
    rows = case.tables["places"].rows
    parents = {row["parent"] for row in rows}
    people = sum(float(row["population"] or 0) for row in rows if row["id"] not in parents)
    if not 0.0 < request["scale"] <= 1.0 or request["scale"] * people > MOST_PEOPLE:
        raise UserError(
            f"scale {request['scale']:g}: from the page at most {MOST_PEOPLE / people:.2g} for this case"
        )
    return case.folder


def compare(found: dict[tuple[str, int], dict[str, Any]]) -> dict[str, Any] | None:
    """Differences over the seeds of which both runs have ended; bands of the series of either."""
    import numpy as np

    seeds = sorted(seed for variant, seed in found if variant == WHAT_IF and (BASELINE, seed) in found)
    if not seeds:
        return None
    both = {v: [found[v, seed] for seed in seeds] for v in (BASELINE, WHAT_IF)}

    def band(values: Any) -> dict[str, Any]:
        low, middle, high = np.quantile(np.asarray(values, np.float64), [0.05, 0.5, 0.95], axis=0)
        return {"q05": low.tolist(), "median": middle.tolist(), "q95": high.tolist()}

    totals = {}
    first = both[BASELINE][0]["summary"]["totals"]
    for name in (key for key, value in first.items() if isinstance(value, (int, float))):
        pairs = [
            [float(run["summary"]["totals"][name] or 0.0) for run in runs]
            for runs in (both[BASELINE], both[WHAT_IF])
        ]
        before, after = np.array(pairs)
        totals[name] = {
            "baseline": float(np.median(before)), "what_if": float(np.median(after)),
            "difference": band(after - before), "n": len(seeds),
        }  # fmt: skip
    dates = {}
    for name in both[BASELINE][0]["summary"]["dates"]:
        moments = [
            [
                None if (t := run["summary"]["dates"][name]) is None else np.datetime64(t, "m").astype(int)
                for run in both[v]
            ]
            for v in (BASELINE, WHAT_IF)
        ]
        hours = [(b - a) / 60.0 for a, b in zip(*moments, strict=True) if a is not None and b is not None]
        nothing = {"q05": None, "median": None, "q95": None}
        dates[name] = {
            "baseline": _middle(moments[0]), "what_if": _middle(moments[1]),
            "difference": band(hours) if hours else nothing, "n": len(hours),
        }  # fmt: skip
    shares: dict[str, dict[str, float]] = {}
    for variant, runs in both.items():
        for run in runs:
            row = shares.setdefault(run["summary"]["outcome"], {BASELINE: 0.0, WHAT_IF: 0.0})
            row[variant] += 1.0 / len(seeds)
    series = {
        name: {
            "times": both[BASELINE][0]["times"],
            **{v: band([run["series"][name] for run in runs]) for v, runs in both.items()},
        }
        for name in SERIES
    }
    return {"totals": totals, "dates": dates, "outcomes": shares, "series": series}


def _middle(moments: list[Any]) -> str | None:
    """Median moment of those where it happened."""
    import numpy as np

    happened = sorted(int(moment) for moment in moments if moment is not None)
    return str(np.datetime64(happened[len(happened) // 2], "m")) if happened else None
