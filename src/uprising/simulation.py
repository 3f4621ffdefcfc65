"""Run a case: people, clocks, recording, snapshot and resume."""

from __future__ import annotations

import inspect
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import arguments
from uprising.errors import Interrupted, UserError

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.crisis.order import Clock
    from uprising.crisis.state import Crisis
    from uprising.result import Result
    from uprising.result.recording import Recorder

SNAPSHOT = "snapshot"
Progress = Callable[[str, int, int, Any, int], None]


def run(
    case: Case | str,
    *,
    seed: int = 1956,
    scale: float = 1.0,
    start: str | None = None,
    until: str | None = None,
    threads: int | None = None,
    parameters: dict[str, float] | None = None,
    rules: dict[str, Callable[..., int]] | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    keep_people: bool = False,
    clocks: str = "crisis",
    progress: Progress | None = None,
    what_if: str | None = None,
    command: list[str] | None = None,
    lap: Callable[[str], None] | None = None,
) -> Result:
    """Simulate a case once.

    Parameters
    ----------
    case : case or name of a shipped case or folder
    seed : whole number from 0; the same seed gives the same bits on any number of threads
    scale : share of the people simulated one by one, above 0 and at most 1
    start, until : ISO dates (or times) within which the crisis clock runs; a date as `until` is included
    threads : threads for kernels; all cores when None or -1, as in joblib
    parameters : behavioural parameters by name, in place of their defaults
    rules : {"reconsider": rule} with a rule like uprising.kernel.decision.sweep.decide
    out : folder to write; in memory without it
    resume : folder of an interrupted run to go on with (all other settings are read from it)
    keep_people : write people.parquet at the end
    clocks : "crisis"
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
    Interrupted
        After Ctrl-C, when the state has been saved in `out`.

    Examples
    --------
    >>> import uprising
    >>> result = uprising.run("hungary-1956", scale=0.01, until="1956-10-17")  # doctest: +SKIP
    """
    from uprising.case import Case, load_case
    from uprising.case.people import synthesise
    from uprising.case.world import build_world
    from uprising.crisis.order import Clock
    from uprising.crisis.outcome import outcome_so_far
    from uprising.crisis.snapshot import restore_snapshot, take_snapshot
    from uprising.crisis.threads import available_cores
    from uprising.crisis.warm_up import beside
    from uprising.result import checksums
    from uprising.result import folder as folders
    from uprising.result.recording import Recorder
    from uprising.result.summary import summarise

    began = time.perf_counter()
    # from here on plain values of Python, which every file and digest can hold
    seed, scale, only = arguments.seed(seed), arguments.scale(scale), arguments.cores("threads", threads)
    start, until = arguments.moment("start", start), arguments.moment("until", until)
    out = None if out is None else arguments.path("out", out)
    resume = None if resume is None else arguments.path("resume", resume)
    keep_people = arguments.truth("keep_people", keep_people)
    parameters = arguments.numbers("parameters", parameters)
    what_if = None if what_if is None else arguments.text("what_if", what_if)
    _check(rules)
    saved: dict[str, Any] | None = None
    if resume is not None:
        saved = _read_snapshot(Path(resume))
        settings = saved["settings"]
        case, what_if, out = settings["case_folder"], settings["what_if"], resume
        seed, scale, parameters = settings["seed"], settings["scale"], settings["parameters"]
        start, until = settings["start"], settings["until"]
    if not isinstance(case, Case):
        case = load_case(case)
    if what_if is not None:
        case = case.what_if(what_if)
    if saved is not None and saved["settings"]["case_digest"] != case.digest:
        raise UserError(f"{resume} was begun with another version of the case {case.id}: it can't be resumed")
    if clocks != "crisis":
        raise UserError(f"clocks {clocks!r} is unknown; this version has: crisis")
    if saved is not None and bool(rules) != saved["settings"]["has_rules"]:
        raise UserError(
            f"{resume} was begun {'without' if rules else 'with'} rules of its own: resume it in the same way"
        )
    values = parameters_in_force(case, parameters)
    whole = case
    case = between(case, start, until)
    calendar = case.settings.calendar
    total = int(
        (np.datetime64(calendar.end) - np.datetime64(calendar.start))
        / np.timedelta64(calendar.step_minutes, "m")
    )
    threads = only or available_cores()

    def tell(stage: str, done: int, of: int, simulated: Any = None, person_steps: int = 0) -> None:
        if progress is not None:
            progress(stage, done, of, simulated, person_steps)

    lap = lap or (lambda stage: None)
    lap("case")
    path = Path(out) if out is not None else None
    if path is not None and saved is None:
        folders.prepare(path)
    started = folders.now()
    settings = {
        "case_folder": str(case.folder), "case_digest": whole.digest, "what_if": what_if, "seed": seed, "scale": scale,
        "parameters": parameters or {}, "start": start, "until": until, "has_rules": bool(rules),
    }  # fmt: skip

    with ExitStack() as held:
        tell("people", 0, 1)
        world = build_world(case)
        # a rule of the user's own can't be kept compiled
        until_compiled = held.enter_context(beside(case, world, values, 1 if rules else threads))
        people, groups = synthesise(case, scale)
        tell("people", 1, 1)
        lap("people")
        pool = held.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None
        tell("compile", 0, 1)
        compiling = time.perf_counter()
        rule = (rules or {}).get("reconsider")
        clock = Clock(case, world, people, groups, values, seed, scale, pool, threads, rule)
        crisis = clock.crisis
        recorder = Recorder(
            path,
            coordinates(case, world, crisis),
            np.datetime64(calendar.start),
            calendar.step_minutes,
            total,
        )
        if saved is not None:
            restore_snapshot(crisis, saved["arrays"], saved["values"])
            recorder.restore(saved["recorder"])
        clock.lap = lap
        clock.wait_before_sweep(until_compiled)
        lap("preparation")
        compile_seconds = 0.0
        with _ctrl_c() as interrupted:
            while clock.tick < total:
                clock.step()
                _record(clock, recorder)
                lap("record")
                if compile_seconds == 0.0:
                    compile_seconds = time.perf_counter() - compiling
                    tell("compile", 1, 1)
                if progress is not None:
                    tell("crisis", clock.tick, total, _moment(case, clock.tick), crisis.log.person_steps)
                if interrupted.is_set():
                    if path is None:
                        raise Interrupted(
                            "interrupted; nothing was saved because the run has no output folder"
                        )
                    recorder.flush()
                    arrays, state = take_snapshot(crisis)
                    _write_snapshot(path, settings, arrays, state, recorder.state())
                    raise Interrupted(f"interrupted; go on with: uprising run --resume {path}")
        if crisis.country.last_fighting >= 0:
            recorder.event(
                crisis.country.last_fighting,
                "last_fighting",
                world.group_ids[world.capital],
                "",
                0.0,
                "The last shots are fired",
            )
        crisis.population.check_conservation()
        result = summarise(
            recorder,
            case=case,
            outcome=outcome_so_far(crisis),
            seed=seed,
            scale=scale,
            people=people.n_rows,
            parameters=values,
            person_steps=crisis.log.person_steps,
            steps=total,
            started=started,
            compile_seconds=compile_seconds,
            wall_seconds=time.perf_counter() - began,
            command=command,
            clocks=clocks,
            whole_case=whole,
        )
    if path is not None:
        if keep_people:
            folders.write_people(path, crisis.population.people, world)
            checksums.add(path, folders.PEOPLE)
        _forget_snapshot(path)
    lap("end")
    return result


def parameters_in_force(case: Case, overrides: dict[str, float] | None = None) -> dict[str, float]:
    """Defaults of schema/parameters.csv, then the case's overlays, then overrides; unknown names are errors."""
    from uprising.schema import nearest_name, parameters

    table = {row.name: row for row in parameters()}
    values = {name: row.default for name, row in table.items()}
    for source in (case.parameters, overrides or {}):
        for name, value in source.items():
            if name not in table:
                near = nearest_name(name, table)
                hint = f"; did you mean {near}?" if near else ""
                raise UserError(f"there is no parameter {name!r}{hint} (`uprising parameters` lists them)")
            row = table[name]
            number = arguments.number(value)
            if number is None:
                raise UserError(f"{name} in parameters is {value!r}; it must be a number")
            if not row.low <= number <= row.high:
                raise UserError(
                    f"{name} is {number:.12g}; it must lie between {row.low:g} and {row.high:g} {row.unit}"
                )
            values[name] = number
    return values


def coordinates(case: Case, world: Any, crisis: Crisis) -> dict[str, list[Any]]:
    """Names along each dimension of the output, and what aggregates places: their town and their workers."""
    from uprising.state import ROLES, SIDES, UNIT_SIDES

    return {
        "place": world.place_ids,
        "place_name": world.place_names,
        "place_group": [world.group_ids[g] for g in world.place_group],
        "population": [float(x) for x in world.population],
        "workers": [float(x) for x in crisis.population.count_workers()],
        "role": list(ROLES),
        "side": list(SIDES),
        "site": world.site_ids,
        "unit": world.unit_ids,
        "unit_name": world.unit_names,
        "unit_side": [UNIT_SIDES[side] for side in world.unit_side],
        "node": world.node_ids,
        "member": [row["id"] for row in crisis.setting.members],
    }


def _record(clock: Clock, recorder: Recorder) -> None:
    crisis = clock.crisis
    for event in crisis.take_events():
        recorder.event(*event)
    for tick, positions in crisis.log.sessions:
        recorder.session(tick, positions)
    crisis.log.sessions.clear()
    clock.output.write_row(recorder.columns, recorder.row)
    recorder.finish_row()


def _moment(case: Case, tick: int) -> np.datetime64:
    calendar = case.settings.calendar
    return np.datetime64(calendar.start) + np.timedelta64(tick * calendar.step_minutes, "m")


def _check(rules: dict[str, Any] | None) -> None:
    for name in rules or {}:
        if name != "reconsider":
            raise UserError(f"there is no rule {name!r}; a rule can be given for: reconsider")
    for name, rule in (rules or {}).items():
        from uprising.kernel.decision.utility import arguments_of_a_rule

        expected = arguments_of_a_rule()
        try:
            given = tuple(inspect.signature(rule).parameters)
        except (TypeError, ValueError):
            given = ()
        if len(given) != len(expected):
            raise UserError(
                f"the rule for {name} must be a function of {len(expected)} arguments: {', '.join(expected)} "
                f"(see uprising.kernel.decision.sweep.decide)"
            )


def between(case: Case, start: str | None, until: str | None) -> Case:
    """The case with its crisis clock cut to [start, until]; a date as `until` includes the day."""
    calendar = case.settings.calendar
    first, last = np.datetime64(calendar.start), np.datetime64(calendar.end)
    begin = first if start is None else _time(start, first)
    end = last if until is None else _time(until, first)
    if until is not None and len(str(until)) == 10:
        end = end + np.timedelta64(1, "D")
    begin, end = begin.astype("datetime64[m]"), end.astype("datetime64[m]")
    if not first <= begin < end <= last:
        raise UserError(
            f"the crisis clock of {case.id} runs from {str(first)[:16]} to {str(last)[:16]}; "
            f"{begin!s} to {end!s} is not inside, or ends before it starts"
        )
    if begin == first and end == last:
        return case
    return case.with_calendar(start=begin.item(), end=end.item())


def _time(given: str, example: np.datetime64) -> np.datetime64:
    """The moment of an option; a day stands for its beginning."""
    from uprising.case.moments import NO_TIME, parse_day_or_moment

    try:
        return np.datetime64(parse_day_or_moment(given), "m")
    except ValueError as wrong:
        expected, remedy, _ = wrong.args
        if expected == NO_TIME:
            raise UserError(f"{given!r} is not a date like {str(example)[:10]}") from None
        raise UserError(f"{given!r}: expected {expected}. {remedy}") from None


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Turn Ctrl-C into a flag that the loop looks at after each step (main thread only)."""
    flag = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    before = signal.signal(signal.SIGINT, lambda *_: flag.set())
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, before)


def _write_snapshot(
    path: Path,
    settings: dict[str, Any],
    arrays: dict[str, Any],
    values: dict[str, Any],
    recorder: dict[str, Any],
) -> None:
    folder = path / SNAPSHOT
    folder.mkdir(exist_ok=True)
    with open(folder / "state.npz.part", "wb") as file:
        np.savez(file, **arrays)
    (folder / "state.json.part").write_text(
        json.dumps({"settings": settings, "values": values, "recorder": recorder}, default=_plain),
        encoding="utf-8",
    )
    os.replace(folder / "state.npz.part", folder / "state.npz")
    os.replace(folder / "state.json.part", folder / "state.json")


def _plain(value: Any) -> Any:
    """numpy scalars and arrays for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} can't be written to a snapshot")


def _read_snapshot(path: Path) -> dict[str, Any]:
    file = path / SNAPSHOT / "state.json"
    if not file.is_file():
        raise UserError(f"{path} holds no interrupted run (no {SNAPSHOT}/state.json in it)")
    saved: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    with np.load(path / SNAPSHOT / "state.npz") as arrays:
        saved["arrays"] = dict(arrays)
    return saved


def _forget_snapshot(path: Path) -> None:
    folder = path / SNAPSHOT
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
