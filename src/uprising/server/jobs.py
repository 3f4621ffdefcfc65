"""Runs started from the page: a few processes, runs paired by seed, the comparison growing as they end.

Finished runs are kept for a while (see `expiry`).

Whoever listens to a job looks at its latest state when it can; nothing is queued for a listener, so one that
stops reading costs nothing.
"""

from __future__ import annotations

import queue
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from uprising.errors import UserError
from uprising.server.contract import JobRequest
from uprising.server.effects import compare
from uprising.server.expiry import BEAT_SECONDS, expire, mark
from uprising.server.pace import Pace
from uprising.server.shelf import JOB, UnknownError
from uprising.server.worker import Failed, Made, Moment, Order, ProcessGoneError, Worker

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.server.shelf import Shelf

MOST_WAITING, MOST_SEEDS, MOST_PEOPLE = 4, 100, 2_000_000
"""jobs that may wait or run, seeds of a job, and people of one run"""
MOST_TOLD, MOST_BASELINES = 50, 400
"""jobs that are remembered after their end, and runs without a change that are taken again"""
BASELINE, WHAT_IF = "baseline", "what_if"
DONE, CANCELLED, FAILED = "done", "cancelled", "failed"


class BusyError(Exception):
    """More jobs were asked for than may wait."""


class Task(NamedTuple):
    """One run of a job."""

    variant: str
    seed: int


class Finished(NamedTuple):
    """A run that was made: its name on the shelf, and what came out."""

    name: str
    made: Made


class Job:
    """What was asked for, how far it is, what came out so far; `version` grows with every change."""

    def __init__(self, key: str, request: JobRequest, case: Case, lanes: int) -> None:
        self.key, self.request = key, request
        self.case_folder, self.case_digest = case.folder, case.digest
        self.state = "queued"
        self.error: str | None = None
        first, last = request.seeds
        variants = (BASELINE, WHAT_IF) if request.baseline else (WHAT_IF,)
        self.tasks = [Task(variant, seed) for seed in range(first, last + 1) for variant in variants]
        self.finished: dict[Task, Finished] = {}
        self.pace = Pace(len(self.tasks), lanes)
        self.simulated_time: str | None = None
        self.comparison: dict[str, Any] | None = None
        self.version = 0

    @property
    def is_over(self) -> bool:
        return self.state in (DONE, CANCELLED, FAILED)

    def runs(self) -> list[dict[str, Any]]:
        """Runs that are finished, in the order in which they ended."""
        return [
            {
                "seed": task.seed,
                "variant": task.variant,
                "id": one.name,
                "outcome": one.made.summary["outcome"],
            }
            for task, one in list(self.finished.items())
        ]

    def told(self) -> dict[str, Any]:
        """As the page is told."""
        return {
            **self.progress(), "id": self.key, "state": self.state, "error": self.error,
            "request": self.request, "runs": self.runs(), "comparison": self.comparison,
        }  # fmt: skip

    def progress(self) -> dict[str, Any]:
        """How far it is, what it does now, and how long it will take if it goes on like this."""
        now = time.monotonic()
        stage, seconds = (None, 0.0) if self.is_over else self.pace.stage(now)
        return {
            "done": len(self.finished),
            "total": len(self.tasks),
            "share": self.pace.share,
            "stage": stage,
            "stage_seconds": seconds,
            "seconds_left": None if self.is_over else self.pace.seconds_left(now),
            "simulated_time": self.simulated_time,
        }


class Jobs:
    """The jobs of a server; `close` ends them and their processes.

    Parameters
    ----------
    folder : where folders of runs made here go
    shelf : where cases are found and finished runs are shown
    workers : processes
    """

    def __init__(self, folder: Path, shelf: Shelf, workers: int) -> None:
        self.folder, self.shelf = folder, shelf
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[tuple[Job, Task] | None] = queue.SimpleQueue()
        self._baselines: OrderedDict[tuple[Any, ...], Finished] = OrderedDict()
        self._is_closed = False
        self._expire()
        self._lanes = [
            threading.Thread(target=self._serve, name=f"lane {n}", daemon=True) for n in range(workers)
        ]
        for lane in self._lanes:
            lane.start()

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())

    def get(self, key: str) -> Job:
        """Raises UnknownError where there is no such job."""
        with self._lock:
            if key not in self._jobs:
                raise UnknownError("job", key)
            return self._jobs[key]

    def start(self, request: JobRequest) -> Job:
        """Take a request; it is checked whole before anything runs.

        Raises
        ------
        UserError
            The case, the what-if, a parameter or a size is wrong.
        BusyError
            Too many jobs wait already, or the server is ending.
        """
        case = _checked(request, self.shelf.cases())
        with self._lock:
            if self._is_closed:
                raise BusyError("the server is ending")
            if sum(not job.is_over for job in self._jobs.values()) >= MOST_WAITING:
                raise BusyError(f"{MOST_WAITING} jobs are waiting or running; cancel one or wait")
            # no other server may ever make a folder of the same name
            key = f"job-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
            job = Job(key, request, case, len(self._lanes))
            self._jobs[job.key] = job
            over = [key for key, one in self._jobs.items() if one.is_over]
            for key in over[: max(len(over) - MOST_TOLD, 0)]:
                del self._jobs[key]
            for task in job.tasks:
                self._tasks.put((job, task))
        return job

    def cancel(self, key: str) -> Job:
        """End a job now: its running processes are ended, what is finished stays."""
        job = self.get(key)
        self._end(job, CANCELLED)
        return job

    def close(self) -> int:
        """Cancel everything, wait until all processes have ended; how many jobs that cut short."""
        with self._lock:
            self._is_closed = True
            open_jobs = [job for job in self._jobs.values() if not job.is_over]
        for job in open_jobs:
            self._end(job, CANCELLED)
        for _ in self._lanes:
            self._tasks.put(None)
        for lane in self._lanes:
            lane.join()
        return len(open_jobs)

    # ---- lanes, each with a process of its own ---------------------------------------------------------

    def _serve(self) -> None:
        worker: Worker | None = None
        try:
            while (item := self._tasks.get()) is not None:
                job, task = item
                if job.is_over:
                    continue
                try:
                    worker = self._run(job, task, worker)
                except Exception as error:  # noqa: BLE001 - told to the page; the lane goes on
                    self._end(job, FAILED, f"unexpected failure: {type(error).__name__}: {error}")
        finally:
            if worker is not None:
                worker.end()

    def _run(self, job: Job, task: Task, worker: Worker | None) -> Worker | None:
        """Make one run; the worker for the next, None where a new one must be started."""
        with self._lock:
            if job.state == "queued":
                job.state, job.version = "running", job.version + 1
        request, is_changed = job.request, task.variant == WHAT_IF
        known = (job.case_folder, job.case_digest, request.scale, task.seed)
        if not is_changed and (before := self._baselines.get(known)) is not None:
            self._note(job, task, before)
            return worker
        name = f"{job.key}-{task.variant.replace('_', '-')}-{task.seed}"
        order = Order(
            str(job.case_folder), request.scale, task.seed, request.what_if if is_changed else None,
            request.set if is_changed else {}, str(self.folder / name),
        )  # fmt: skip

        answer, worker = self._make(job, task, order, worker)
        if isinstance(answer, Made):
            finished = Finished(self.shelf.add(Path(order.out), JOB), answer)
            if not is_changed:
                self._remember(known, finished)
            self._note(job, task, finished)
            self._expire()
        else:
            shutil.rmtree(order.out, ignore_errors=True)  # half a run; it may not have got as far as a folder
            if answer is not None:
                self._end(job, FAILED, answer.error)
        return worker

    def _make(
        self, job: Job, task: Task, order: Order, worker: Worker | None
    ) -> tuple[Made | Failed | None, Worker | None]:
        """What a worker answers to an order, and the worker where it may take another."""
        beaten = 0.0

        def is_wanted() -> bool:
            nonlocal beaten
            if time.monotonic() - beaten > BEAT_SECONDS:
                beaten = time.monotonic()
                mark(Path(order.out))
            return not job.is_over

        def tell(moment: Moment) -> None:
            with self._lock:
                job.pace.tell(task, moment.stage, moment.share, time.monotonic())
                job.simulated_time, job.version = moment.time or job.simulated_time, job.version + 1

        job.pace.begin(task, time.monotonic())
        answer: Made | Failed | None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            worker = worker or Worker()
            answer = worker.make(order, is_wanted, tell)
        except ProcessGoneError:
            answer = Failed("the process that computed a run was ended from outside, or ran out of memory")
            is_sound = False
        except OSError as error:
            answer = Failed(f"could not begin a run in {self.folder}: {error.strerror or error}")
            is_sound = True
        else:
            is_sound = answer is not None
        if worker is not None and not is_sound:
            worker.end()
            worker = None
        return answer, worker

    def _expire(self) -> None:
        """Remove runs that have been kept long enough; those of open jobs stay."""
        with self._lock:
            keys = [job.key for job in self._jobs.values() if not job.is_over]
        spared = [path for key in keys for path in self.folder.glob(f"{key}-*")]
        gone = set(expire(self.folder, spared))
        for folder in gone:
            self.shelf.remove(folder)
        names = {folder.name for folder in gone}
        with self._lock:
            for known in [known for known, one in self._baselines.items() if one.name in names]:
                del self._baselines[known]

    def _remember(self, known: tuple[Any, ...], finished: Finished) -> None:
        with self._lock:
            self._baselines[known] = finished
            while len(self._baselines) > MOST_BASELINES:
                self._baselines.popitem(last=False)

    def _note(self, job: Job, task: Task, finished: Finished) -> None:
        with self._lock:
            if job.is_over:
                return
            job.finished[task] = finished
            job.pace.end(task, time.monotonic())
            job.comparison = compare(_pairs(job))
            if len(job.finished) == len(job.tasks):
                job.state = DONE
            job.version += 1

    def _end(self, job: Job, state: str, error: str | None = None) -> None:
        with self._lock:
            if not job.is_over:
                job.state, job.error, job.version = state, error, job.version + 1
                job.pace.stop()


def _pairs(job: Job) -> list[tuple[Made, Made]]:
    """Both runs of each seed of which both are finished."""
    found = job.finished
    return [
        (found[before].made, found[after].made)
        for after in sorted(found)
        if after.variant == WHAT_IF and (before := Task(BASELINE, after.seed)) in found
    ]


def _checked(request: JobRequest, known: dict[str, Path]) -> Case:
    """The case of a request in which nothing is wrong; all that is wrong is told at once."""
    from uprising.case import load_case
    from uprising.errors import nearest
    from uprising.run_settings import parameters_in_force

    if request.case not in known:
        raise UserError(f"there is no case {request.case!r} here{nearest(request.case, known)}")
    case = changed = load_case(known[request.case])
    faults = []
    if request.what_if is not None:
        names = [what.name for what in case.what_ifs()]
        if request.what_if in names:
            changed = case.what_if(request.what_if)
        else:
            faults.append(f"{case.id} has no what-if {request.what_if!r}{nearest(request.what_if, names)}")
    for name, value in request.set.items():
        try:
            parameters_in_force(changed, {name: value})
        except UserError as error:
            faults += error.faults
    first, last = request.seeds
    if not 0 <= first <= last < 2**63 or last - first >= MOST_SEEDS:
        faults.append(f"seeds {first} to {last}: give a first and a last seed, at most {MOST_SEEDS} of them")
    rows = case.tables["places"].rows
    parents = {row["parent"] for row in rows}
    people = sum(float(row["population"] or 0) for row in rows if row["id"] not in parents)
    if request.scale * people > MOST_PEOPLE:
        faults.append(
            f"scale {request.scale:g}: from the page at most {MOST_PEOPLE / people:.2g} for this case"
        )
    if faults:
        raise UserError(*faults)
    return case
