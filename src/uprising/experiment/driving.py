"""Run an ensemble: hand seeds to an executor, see that each is written or its failure recorded."""

from __future__ import annotations

import contextlib
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import uprising
from uprising import arguments
from uprising.errors import DamagedError, Interrupted, OutputError, UserError
from uprising.experiment import store, work
from uprising.experiment.plan import PLAN, Plan, differences, read_plan
from uprising.interruption import Interruption
from uprising.result import folder as folders
from uprising.result.files import clear_leftovers
from uprising.result.lock import lock_folder, lock_new_folder
from uprising.result.reading import SERIES
from uprising.result.zarr_format import Files, Group

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.experiment.study import Ensemble

FIRST_SEED = 1956
IN_FLIGHT = 256
"""tasks handed to an executor at once: enough for any cluster, small in memory"""
ATTEMPTS = 3
"""times a run is tried whose worker dies under it"""
LOG = "log.txt"

Progress = Callable[[str, int, int, int, float | None], None]


def ensemble(
    case: Case | str | None = None,
    *,
    runs: int | None = None,
    seeds: Iterable[int] | None = None,
    scale: float | None = None,
    what_if: str | None = None,
    parameters: dict[str, float] | None = None,
    start: str | None = None,
    until: str | None = None,
    out: str | Path | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate a case once a seed, on all cores or on any executor.

    Each run has the same bits as the same run alone.

    Parameters
    ----------
    case : case, name of a shipped one, or folder; may be left out with `resume`
    runs : how many, with the seeds 1956, 1957, ...
    seeds : the seeds, in place of `runs`; a what-if takes its baseline's
    scale : share of the people simulated one by one; 0.01 when None
    what_if : name or file of an overlay
    parameters : behavioural parameters by name, in place of their defaults
    start, until : as for `run`
    out : folder to write; without it the ensemble lives in a temporary folder as long as the object
    executor : any concurrent.futures.Executor, such as a Dask client's `get_executor()`; by default
        processes on this machine
    workers : how many processes on this machine; all cores when None or -1, as in joblib
    resume : go on with the ensemble in `out`: only runs that aren't whole are simulated
    progress : called as progress(stage, runs done, runs in all, runs failed, seconds left or None)

    Returns
    -------
    Ensemble

    Raises
    ------
    CaseError, UserError
        For wrong input, before anything runs.
    OutputError
        The disk is full or refuses; what is done can be resumed.
    Interrupted
        After Ctrl-C (SIGINT), SIGTERM, SIGUSR1 or SIGHUP, or when the executor is lost; what is done can be
        resumed.

    Examples
    --------
    >>> import uprising
    >>> study = uprising.ensemble("hungary-1956", runs=20, scale=0.01)  # doctest: +SKIP
    >>> study.quantiles()["dead_civilian"]  # doctest: +SKIP
    """
    from uprising.experiment.study import open_ensemble, write_findings

    tell = progress or (lambda *_: None)
    # from here on plain values of Python, which every file and digest can hold
    n_workers = arguments.cores("workers", workers)
    runs = None if runs is None else arguments.runs(runs)
    seeds = None if seeds is None else arguments.seeds(seeds)
    scale = None if scale is None else arguments.scale(scale)
    what_if = None if what_if is None else arguments.text("what_if", what_if)
    parameters = None if parameters is None else arguments.numbers("parameters", parameters)
    start, until = arguments.moment("start", start), arguments.moment("until", until)
    resume = arguments.truth("resume", resume)
    temporary: tempfile.TemporaryDirectory[str] | None = None
    if out is None:
        if resume:
            raise UserError("resume needs the folder of the ensemble (out)")
        temporary = tempfile.TemporaryDirectory(prefix="uprising-")
        folder = Path(temporary.name)
    else:
        folder = arguments.path("out", out)
    known = read_plan(folder, store.begun_with(folder)) if resume and (folder / PLAN).exists() else None
    if resume and known is None and not _is_bare(folder):
        raise UserError(f"{folder} holds no ensemble (no {PLAN} in it); there is nothing to resume")
    wanted, ready = _prepare(case, known, runs, seeds, scale, what_if, parameters, start, until)
    is_new = known is None and temporary is None and not (resume and folder.is_dir())
    with _stoppable(folder), (lock_new_folder if is_new else lock_folder)(folder, "ensemble"):
        began = time.perf_counter()
        tell("preparing", 0, len(wanted.seeds), 0, None)
        template = _first_step(ready, wanted)
        is_kept = known is not None and _has_series(folder, wanted, template)
        if not is_kept:
            wanted.write(folder)
        store.begin(folder)
        # of an ensemble that goes on, names and coordinates are written again: they may be damaged
        store.create_series(folder, template, wanted.seeds, wanted.n_steps, is_kept)
        clear_leftovers(folder)
        missing = [
            position
            for position, seed in enumerate(wanted.seeds)
            if not store.is_whole(folder, position, seed)
        ]
        folders.append_log(
            folder,
            f"{len(missing)} of {len(wanted.seeds)} runs of {wanted.case} to do, scale {wanted.scale:g}",
        )
        if missing:
            own = None
            if executor is None:
                from uprising.crisis.threads import available_cores
                from uprising.experiment.processes import LocalProcesses

                own = LocalProcesses(min(n_workers or available_cores(), len(missing)), folder / LOG)
            try:
                _drive(folder, wanted, ready, missing, executor or own, tell)
            except BaseException:
                if own is not None:
                    own.shutdown(cancel_futures=True)
                raise
            if own is not None:
                own.shutdown()
        clear_leftovers(folder)  # of workers that died and were replaced
        write_findings(folder, wanted, time.perf_counter() - began)
        folders.append_log(folder, f"finished in {time.perf_counter() - began:.1f} s")
    study = open_ensemble(folder)
    study.keep_alive(temporary)
    return study


def _prepare(
    case: Case | str | None,
    known: Plan | None,
    runs: int | None,
    seeds: Iterable[int] | None,
    scale: float | None,
    what_if: str | None,
    parameters: dict[str, float] | None,
    start: str | None,
    until: str | None,
) -> tuple[Plan, Case]:
    """The plan with what a resumed ensemble leaves out taken from the old one, and the case as run."""
    from uprising.case import Case, load_case
    from uprising.case.calendar import count_steps, cut_calendar

    if case is None:
        if known is None:
            raise UserError("which case? For example: uprising ensemble hungary-1956 --runs 20")
        case = known.case_folder
    if not isinstance(case, Case):
        case = load_case(case)
    if known is not None:
        what_if = known.what_if if what_if is None and case.what_if_name is None else what_if
        scale = known.scale if scale is None else scale
        parameters = known.parameters if parameters is None else parameters
        start, until = start or known.start, until or known.until
        if runs is None and seeds is None:
            seeds = known.seeds
    if what_if is not None and what_if != case.what_if_name:
        case = case.what_if(what_if)
    chosen = _seeds(runs, seeds)
    cut = cut_calendar(case, start, until)
    wanted = Plan(
        case=case.id,
        case_digest=case.digest,
        case_folder=str(case.folder.resolve()),
        what_if=case.what_if_name if what_if is None else what_if,
        seeds=chosen,
        scale=0.01 if scale is None else scale,
        parameters=dict(parameters or {}),
        start=start,
        until=until,
        n_steps=count_steps(cut),
        version=uprising.__version__,
        token=known.token if known is not None else uuid.uuid4().hex,
    )
    if known is not None:
        faults = differences(known, wanted)
        if faults:
            raise UserError(*faults, "resume with the settings it was begun with, or take a new folder")
    return wanted, case


def _seeds(runs: int | None, seeds: Iterable[int] | None) -> tuple[int, ...]:
    if seeds is None:
        if runs is None:
            raise UserError("how many runs? Give runs (--runs N) or seeds (--seeds A:B)")
        return tuple(range(FIRST_SEED, FIRST_SEED + runs))
    chosen = tuple(seeds)
    if runs is not None and runs != len(chosen):
        raise UserError(f"runs is {runs}, but there are {len(chosen)} seeds; give one of the two")
    if not chosen:
        raise UserError("there are no seeds; give at least one, like --seeds 0:20 for 0 to 19")
    if len(set(chosen)) < len(chosen):
        raise UserError("a seed is given twice; the same seed gives the same run")
    return chosen


def _first_step(case: Case, plan: Plan) -> Any:
    """Series of one step: checks settings, keeps the people and compiles kernels before anything fans out."""
    from uprising.case.calendar import cut_calendar

    calendar = cut_calendar(case, plan.start, plan.until).settings.calendar
    moment = np.datetime64(calendar.start) + np.timedelta64(calendar.step_minutes, "m")
    return uprising.run(
        case,
        seed=plan.seeds[0],
        scale=plan.scale,
        start=plan.start,
        until=str(moment.astype("datetime64[m]")),
        threads=1,
        parameters=plan.parameters,
    ).recorded


def _is_bare(folder: Path) -> bool:
    """Whether a folder holds nothing, or only the lock of a driver killed before its plan was written."""
    return not folder.is_dir() or all(child.name.startswith(".") for child in folder.iterdir())


def _has_series(folder: Path, plan: Plan, template: Any) -> bool:
    """Whether series.zarr of this plan is there with all its variables, so that its runs can be kept."""
    try:
        group = Group.open(Files(folder / SERIES))
        if not np.array_equal(group.read(store.RUN), np.array(plan.seeds, "i8")):
            return False
        return (folder / store.PARTS).is_dir() and all(
            group.shape(name) == (len(plan.seeds), plan.n_steps, *values.shape[1:])
            for name, values in template.data_vars.items()
            if values.dims[0] == "time"
        )
    except (DamagedError, KeyError):
        return False


def _drive(
    folder: Path, plan: Plan, case: Case, missing: list[int], executor: Executor | None, tell: Progress
) -> None:
    """Hand out tasks and take receipts until every run is written or has failed."""
    assert executor is not None
    waiting, attempts = deque(missing), dict.fromkeys(missing, 0)
    flying: dict[Future[work.Receipt], int] = {}
    n_all, n_done, n_failed = len(plan.seeds), len(plan.seeds) - len(missing), 0
    began, n_before = time.monotonic(), len(plan.seeds) - len(missing)
    stage = "runs"
    tell(stage, n_done, n_all, 0, None)
    try:
        while waiting or flying:
            while waiting and len(flying) < IN_FLIGHT:
                position = waiting.popleft()
                attempts[position] += 1
                flying[_submit(executor, folder, plan, case, position)] = position
            for future in wait(flying, timeout=1.0, return_when=FIRST_COMPLETED).done:
                position = flying.pop(future)
                receipt = _receipt(future, plan.seeds[position], attempts[position])
                if receipt is None:
                    waiting.append(position)
                    continue
                if receipt.packed is not None:
                    store.write_record(folder, position, work.unpack(receipt.packed))
                if receipt.status == work.UNWRITTEN:
                    raise OutputError(receipt.error)
                if receipt.status == work.REFUSED:
                    raise UserError(receipt.error)
                if receipt.status == work.INTERRUPTED:
                    raise KeyboardInterrupt
                if receipt.status == work.FAILED:
                    n_failed += 1
                    store.write_failure(folder, receipt.seed, receipt.error, receipt.details)
                n_done += 1
                rate = (n_done - n_before) / (time.monotonic() - began)
                tell(stage, n_done, n_all, n_failed, (n_all - n_done) / rate)
    except OutputError as error:
        _cancel(flying)
        raise OutputError(f"{error}; {n_done} of {n_all} runs are done. {_remedy(folder)}") from error
    except KeyboardInterrupt as error:
        _cancel(flying)
        raise Interrupted(f"interrupted after {n_done} of {n_all} runs. {_remedy(folder)}", folder) from error
    except (CancelledError, _Lost) as error:
        _cancel(flying)
        raise Interrupted(
            f"the executor was lost after {n_done} of {n_all} runs ({error or 'tasks were cancelled'}). "
            f"{_remedy(folder)}",
            folder,
        ) from error
    except BaseException:
        _cancel(flying)
        raise


class _Lost(Exception):  # noqa: N818 - becomes an interruption
    """The executor takes or answers no more tasks."""


def _submit(executor: Executor, folder: Path, plan: Plan, case: Case, position: int) -> Future[work.Receipt]:
    task = work.Task(
        str(folder.resolve()),
        plan.token,
        case,
        position,
        plan.seeds[position],
        plan.scale,
        plan.parameters,
        plan.start,
        plan.until,
        plan.version,
    )
    try:
        return executor.submit(work.simulate, task)
    except (RuntimeError, OSError) as error:
        raise _Lost(str(error)) from error


def _receipt(future: Future[work.Receipt], seed: int, attempt: int) -> work.Receipt | None:
    """What a worker answered; None when the run is to be tried again."""
    from uprising.experiment.processes import WorkerDied

    try:
        return future.result()
    except WorkerDied as error:
        if attempt < ATTEMPTS:
            return None
        return work.Receipt(seed, work.FAILED, f"{attempt} attempts: {error}")
    except BrokenExecutor as error:
        raise _Lost(str(error)) from error
    except CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an executor makes of a lost task is recorded
        return work.Receipt(seed, work.FAILED, f"{type(error).__name__}: {error}")


def _cancel(flying: dict[Future[work.Receipt], int]) -> None:
    for future in flying:
        future.cancel()


def _remedy(folder: Path) -> str:
    return f"Go on with: uprising ensemble --resume --out {folder}"


@contextlib.contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """Within, signals that ask to stop end the ensemble at once, with words on how to go on."""
    with Interruption() as interruption:
        try:
            with interruption.at_once():
                yield
        except KeyboardInterrupt as error:
            if isinstance(error, Interrupted) and error.folder == folder:
                raise
            raise Interrupted(f"interrupted. {_remedy(folder)}", folder) from error
