"""Run a case once: people, the crisis clock, recording, and the state saved on the way."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import uprising
from uprising.errors import Interrupted, OutputError, UserError
from uprising.interruption import NAMES, Interruption
from uprising.run_settings import Asked, RunSettings, new_settings, parameters_in_force, resumed_settings

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.result import Result

Progress = Callable[[str, int, int, Any, int], None]
SNAPSHOT_SHARE = 0.03
"""most that snapshots may take of a run's time: where they are slow, there are fewer"""
_log = logging.getLogger(__name__)


def run(
    case: Case | str | None = None,
    *,
    seed: int | None = None,
    scale: float | None = None,
    start: str | None = None,
    until: str | None = None,
    threads: int | None = None,
    parameters: dict[str, float] | None = None,
    rules: dict[str, Callable[..., int]] | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    keep_people: bool | None = None,
    clocks: str | None = None,
    snapshot_minutes: float | None = None,
    progress: Progress | None = None,
    what_if: str | None = None,
    command: list[str] | None = None,
    lap: Callable[[str], None] | None = None,
) -> Result:
    """Simulate a case once.

    Parameters
    ----------
    case : case or name of a shipped case or folder
    seed : whole number from 0, by default `uprising.arguments.DEFAULT_SEED`; the same seed gives the same bits on
        any number of threads
    scale : share of the people simulated one by one, above 0 and at most 1 (the default)
    start, until : ISO dates (or times) within which the crisis clock runs; a date as `until` is included
    threads : threads for kernels; all cores when None or -1, as in joblib
    parameters : behavioural parameters by name, in place of their defaults
    rules : {"reconsider": rule} with a rule like uprising.kernel.decision.utility.decide
    out : folder to write; in memory without it
    resume : folder of an unfinished run to go on with, killed ones included. Its own settings apply; others that
        are given must be equal to them. `case` may be given where the case has moved
    keep_people : write people.parquet at the end
    clocks : "crisis"
    snapshot_minutes : save the state into `out` every so many minutes, 10 by default; less often where that would
        take over 3 % of the time; 0 saves it only on an interruption
    progress : called as progress(stage, done, total, simulated time, person-steps)
    lap : called with its name at the end of each stage: "case", "people", "preparation", those of every step
        (`uprising run --explain`) and "end"; for measuring time

    Returns
    -------
    Result
        series, events and summary.

    Raises
    ------
    CaseError, UserError
        For wrong input, with what to do about it.
    OutputError
        The disk is full or refuses; what was saved before can be resumed.
    Interrupted
        After Ctrl-C (SIGINT), SIGTERM, SIGUSR1 or SIGHUP, when the state has been saved in `out`.

    Examples
    --------
    >>> import uprising
    >>> result = uprising.run("hungary-1956", scale=0.01, until="1956-10-17")  # doctest: +SKIP
    """
    asked = Asked.checked(
        case, what_if=what_if, seed=seed, scale=scale, start=start, until=until, threads=threads,
        parameters=parameters, rules=rules, out=out, resume=resume, keep_people=keep_people, clocks=clocks,
        snapshot_minutes=snapshot_minutes,
    )  # fmt: skip
    folder = asked.folder
    with (
        # nothing of a run in memory can be saved: other signals end it as they end any program
        Interruption(NAMES if folder is not None else NAMES[:1]) as interruption,
        explaining(folder),
        ExitStack() as held,
    ):
        with interruption.at_once():
            running = _Run(asked, held, progress, lap or (lambda stage: None))
        running.go_on(interruption)
        result = running.finish(command)
        if interruption.is_asked:
            raise Interrupted(_words(folder), folder)
        return result


class _Run:
    """One run between its settings and its result.

    Parameters
    ----------
    asked : what the caller gave
    held : what is to be released at the end: the folder's lock, threads, the process that compiles
    progress, lap : as for `run`
    """

    def __init__(
        self,
        asked: Asked,
        held: ExitStack,
        progress: Progress | None,
        lap: Callable[[str], None],
    ) -> None:
        self._began = time.perf_counter()
        self._folder, self._progress, self._lap = asked.folder, progress, lap
        self._saved, arrays = self._open(asked, held)
        lap("case")
        self._prepare(asked, held)
        if arrays is not None:
            self._restore(arrays)
        self._saved_step = self._clock.tick
        self._save_next = time.monotonic() + self._interval
        lap("preparation")

    def _open(self, asked: Asked, held: ExitStack) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Check the settings, lock the folder, and read or write its snapshot: its content and arrays."""
        from uprising.result import folder as folders
        from uprising.result.files import clear_leftovers
        from uprising.result.lock import lock_folder, lock_new_folder
        from uprising.result.snapshot import read_snapshot, require_snapshot, write_snapshot

        if self._folder is not None and asked.resume is not None:
            require_snapshot(self._folder)
            held.enter_context(lock_folder(self._folder, "run"))
            saved, arrays = read_snapshot(self._folder)
            _check_versions(self._folder, saved)
            before = RunSettings(**saved["settings"])
            self._settings, self._whole = resumed_settings(before, asked, self._folder)
            clear_leftovers(self._folder)
            folders.append_log(self._folder, f"resumed after step {saved['step']}")
            return saved, arrays
        self._settings, self._whole = new_settings(asked)
        saved = {
            "version": uprising.__version__,
            "versions": dict(folders.versions()) if self._folder is not None else {},
            "started": folders.now(),
            "step": 0,
            "wall_seconds": 0.0,
            "compile_seconds": 0.0,
            "settings": asdict(self._settings),
        }
        if self._folder is not None:
            held.enter_context(lock_new_folder(self._folder, "run"))
            clear_leftovers(self._folder)
            write_snapshot(self._folder, saved)
        return saved, None

    def _prepare(self, asked: Asked, held: ExitStack) -> None:
        """Make the people and the crisis before its first step, and start compiling."""
        from uprising.case.calendar import count_steps, cut_calendar
        from uprising.case.people import synthesise
        from uprising.case.world import build_world
        from uprising.crisis.order import Clock
        from uprising.crisis.threads import available_cores
        from uprising.crisis.warm_up import beside
        from uprising.result.coordinates import coordinates_of
        from uprising.result.recording import Recorder

        settings = self._settings
        self._case = case = cut_calendar(self._whole, settings.start, settings.until)
        self._n_steps = count_steps(case)
        self._parameters = parameters_in_force(self._whole, settings.parameters)
        threads = asked.threads or available_cores()
        self._tell("people", 0, 1)
        world = build_world(case)
        # a rule of the user's own can't be kept compiled
        until_compiled = held.enter_context(beside(case, world, self._parameters, 1 if asked.rules else threads))
        people, groups = synthesise(case, settings.scale)
        self._tell("people", 1, 1)
        self._lap("people")
        pool = held.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None
        self._tell("compile", 0, 1)
        self._compile_began = time.perf_counter()
        rule = (asked.rules or {}).get("reconsider")
        self._clock = clock = Clock(
            case, world, people, groups, self._parameters, settings.seed, settings.scale, pool, threads, rule
        )
        self._crisis = crisis = clock.crisis
        self._world, self._n_people = world, people.n_rows
        self._recorder = Recorder(
            self._folder,
            coordinates_of(
                world, crisis.population.count_workers(), [row["id"] for row in crisis.setting.members]
            ),
            np.datetime64(case.settings.calendar.start),
            case.settings.calendar.step_minutes,
            self._n_steps,
        )
        clock.lap = self._lap
        clock.wait_before_sweep(until_compiled)
        self._compile_seconds: float | None = None

    def go_on(self, interruption: Interruption) -> None:
        """Simulate until the clock's end.

        Raises
        ------
        Interrupted
            A signal came; the state is saved.
        """
        from uprising.case.calendar import time_of_step

        clock = self._clock
        while clock.tick < self._n_steps:
            if self._compile_seconds is None:
                # most kernels are compiled now; there is nothing to save before the end of this step
                with interruption.at_once():
                    self._step()
                self._compile_seconds = time.perf_counter() - self._compile_began
                self._tell("compile", 1, 1)
            else:
                self._step()
            if self._progress is not None:
                moment = time_of_step(self._case, clock.tick)
                self._progress("crisis", clock.tick, self._n_steps, moment, clock.crisis.log.person_steps)
            if interruption.is_asked:
                self._save()
                raise Interrupted(_words(self._folder), self._folder)
            if self._folder is not None and time.monotonic() >= self._save_next:
                self._save_on_the_way()

    def finish(self, command: list[str] | None) -> Result:
        """Sum up, and write everything into the folder."""
        from uprising.crisis.outcome import outcome_so_far
        from uprising.result import folder as folders
        from uprising.result.snapshot import remove_snapshot
        from uprising.result.summary import summarise

        crisis, world, recorder, settings = self._crisis, self._world, self._recorder, self._settings
        last = crisis.country.last_fighting
        if last >= 0:
            capital = world.group_ids[world.capital]
            recorder.event(last, "last_fighting", capital, "", 0.0, "The last shots are fired")
        crisis.population.check_conservation()
        if self._folder is not None and settings.keep_people:
            folders.write_people(self._folder, crisis.population.people, world)
        result = summarise(
            recorder,
            case=self._case,
            outcome=outcome_so_far(crisis),
            seed=settings.seed,
            scale=settings.scale,
            people=self._n_people,
            parameters=self._parameters,
            person_steps=crisis.log.person_steps,
            steps=self._n_steps,
            started=self._saved["started"],
            compile_seconds=self._seconds_compiling(),
            wall_seconds=self._seconds(),
            command=command,
            clocks=settings.clocks,
            whole_case=self._whole,
        )
        if self._folder is not None:
            remove_snapshot(self._folder)
        self._lap("end")
        return result

    def _step(self) -> None:
        clock, crisis, recorder = self._clock, self._crisis, self._recorder
        clock.step()
        for event in crisis.take_events():
            recorder.event(*event)
        for tick, positions in crisis.log.sessions:
            recorder.session(tick, positions)
        crisis.log.sessions.clear()
        clock.output.write_row(recorder.columns, recorder.row)
        recorder.finish_row()
        self._lap("record")

    def _save(self) -> None:
        """Save the state after the last step, where there is a folder and it isn't saved yet."""
        from uprising.crisis.snapshot import take_snapshot
        from uprising.result import folder as folders
        from uprising.result.snapshot import write_snapshot

        step = self._clock.tick
        if self._folder is None or step == self._saved_step:
            return
        began = time.perf_counter()
        arrays, values = take_snapshot(self._crisis)
        rows, recorded = self._recorder.state()
        content = {
            **self._saved,
            "step": step,
            "wall_seconds": self._seconds(),
            "compile_seconds": self._seconds_compiling(),
            "settings": asdict(self._settings),
            "crisis": values,
            "recorder": recorded,
        }
        named = {f"crisis.{name}": array for name, array in arrays.items()}
        write_snapshot(
            self._folder, content, named | {f"recorder.{name}": array for name, array in rows.items()}
        )
        self._saved_step = step
        seconds = time.perf_counter() - began
        folders.append_log(self._folder, f"state saved after step {step} in {seconds:.2f} s")

    def _save_on_the_way(self) -> None:
        """Save the state as on every interval; a failure is only a warning, since the run itself goes on."""
        began = time.monotonic()
        try:
            self._save()
        except OutputError as error:
            _log.warning("the state after step %d was not saved: %s", self._clock.tick, error)
        now = time.monotonic()
        self._save_next = now + max(self._interval, (now - began) / SNAPSHOT_SHARE)

    def _restore(self, arrays: dict[str, Any]) -> None:
        """Put crisis and recorder into the state of the snapshot."""
        from uprising.crisis.snapshot import restore_snapshot

        def part(name: str) -> dict[str, Any]:
            return {key.removeprefix(name): array for key, array in arrays.items() if key.startswith(name)}

        try:
            restore_snapshot(self._crisis, part("crisis."), self._saved["crisis"])
            self._recorder.restore(part("recorder."), self._saved["recorder"])
        except UserError:
            raise
        except (ValueError, LookupError) as error:
            raise UserError(f"the snapshot in {self._folder} does not fit the case: {error}") from error

    @property
    def _interval(self) -> float:
        return self._settings.snapshot_minutes * 60.0 or float("inf")

    def _seconds(self) -> float:
        """Wall time of the run so far, earlier parts of a resumed one included."""
        return float(self._saved["wall_seconds"]) + time.perf_counter() - self._began

    def _seconds_compiling(self) -> float:
        return float(self._saved["compile_seconds"]) + (self._compile_seconds or 0.0)

    def _tell(self, stage: str, done: int, of: int) -> None:
        if self._progress is not None:
            self._progress(stage, done, of, None, 0)


@contextlib.contextmanager
def explaining(folder: Path | None) -> Iterator[None]:
    """Say how to go on, where an interruption or a full disk ends a run within the block.

    Parameters
    ----------
    folder
        The run folder, or None for a run in memory.

    Raises
    ------
    Interrupted, OutputError
        In place of a KeyboardInterrupt or an OutputError without these words.
    """
    from uprising.result.folder import resume_command
    from uprising.result.snapshot import holds_snapshot

    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt as error:
        raise Interrupted(_words(folder), folder) from error
    except OutputError as error:
        if folder is None or not holds_snapshot(folder):
            raise
        raise OutputError(f"{error}; make room there, then go on with {resume_command(folder)}") from error


def _words(folder: Path | None) -> str:
    """What an interrupted run says."""
    from uprising.result import folder as folders
    from uprising.result.snapshot import holds_snapshot

    if folder is None:
        return "interrupted; nothing was saved because the run has no output folder"
    if holds_snapshot(folder):
        return f"interrupted; go on with {folders.resume_command(folder)}"
    if (folder / folders.SUMMARY).is_file():
        return f"interrupted after the last step; the run is finished and whole in {folder}"
    return f"interrupted before the run began; there is nothing to resume in {folder}"


def _check_versions(folder: Path, saved: dict[str, Any]) -> None:
    """Refuse the snapshot of another version of the program; of other libraries only warn."""
    from uprising.result import folder as folders

    version = saved["version"]
    if version != uprising.__version__:
        raise UserError(
            f"{folder} was started with uprising {version}; this is {uprising.__version__}, which may simulate "
            f"otherwise. Go on with uprising {version}, or start a new run in another folder"
        )
    before, now = saved["versions"], folders.versions()
    changed = [f"{name} {before.get(name)} (now {now[name]})" for name in now if before.get(name) != now[name]]
    if changed:
        text = f"the run was started with {', '.join(changed)}; the result may differ from an undisturbed run's"
        _log.warning("%s: %s", folder, text)
        folders.append_log(folder, text)
