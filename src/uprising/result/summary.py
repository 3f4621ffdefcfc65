"""Totals and dates of a run, and the end of a run: series closed, everything written."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import uprising
from uprising.result import folder as folders
from uprising.result.result import Result, finish

if TYPE_CHECKING:
    import pyarrow
    import xarray

    from uprising.case import Case
    from uprising.result.recorded import Recorded
    from uprising.result.recording import Recorder

DATES = {
    "first_mass_protest": "mass_protest",
    "first_shots": "shots",
    "first_intervention": "intervention",
    "first_concession": "concession",
    "truce": "truce",
    "withdrawal": "withdrawal",
    "reversal": "reversal",
    "second_intervention": "assault",
    "last_fighting": "last_fighting",
}
"""Date of the summary: kind of the event that first brings it."""


def dates(events: pyarrow.Table) -> dict[str, str | None]:
    """Time of the first event of each kind that the summary dates; None where it did not happen.

    Parameters
    ----------
    events
        Table with the columns time and kind.
    """
    first: dict[str, np.datetime64] = {}
    times = np.array(events["time"].to_pylist(), "datetime64[m]")  # to_numpy would load pandas
    for kind, time in zip(events["kind"].to_pylist(), times, strict=True):
        if kind not in first or time < first[kind]:
            first[kind] = time
    return {name: str(first[kind]) if kind in first else None for name, kind in DATES.items()}


def totals(series: xarray.Dataset | Recorded) -> dict[str, Any]:
    """Losses, arrests, flight, and the peaks of crowd and strike, in people of the real population.

    Parameters
    ----------
    series
        Series by leaf place as recorded. Dead, wounded and fled are running totals; detained is how many
        are held, and its highest is taken. The crowd's peak is over towns (`place_group`), so that a city
        is one place; the strike's is over all `workers`.
    """
    found: dict[str, Any] = {}
    dead = series["dead"].values[-1].sum(axis=0)
    for side in ("civilian", "security", "hegemon"):
        found[f"dead_{side}"] = int(dead[list(series["side"].values).index(side)])
    found["wounded"] = int(series["wounded"].values[-1].sum())
    found["detained"] = int(series["detained"].values.sum(axis=1).max())
    found["fled"] = int(series["fled"].values[-1].sum())

    crowd = series["crowd"].values.sum(axis=2)
    names = [
        str(name) for name in series["place_group" if "place_group" in series.coords else "place"].values
    ]
    groups = list(dict.fromkeys(names))
    towns = np.zeros((len(crowd), len(groups)), np.int64)
    for column, name in enumerate(names):
        towns[:, groups.index(name)] += crowd[:, column]
    step, town = np.unravel_index(int(towns.argmax()), towns.shape)
    peak = int(towns[step, town])
    found["peak_crowd"] = peak
    found["peak_crowd_place"] = groups[int(town)] if peak else None
    found["peak_crowd_time"] = str(series["time"].values[step].astype("datetime64[m]")) if peak else None
    workers = float(series["workers"].values.sum()) if "workers" in series.coords else 0.0
    striking = int(series["striking"].values.sum(axis=1).max())
    found["peak_strike_share"] = min(striking / workers, 1.0) if workers > 0 else None
    return found


def summarise(
    recorder: Recorder,
    *,
    case: Any,
    outcome: str,
    seed: int,
    scale: float,
    people: int,
    parameters: dict[str, float],
    person_steps: int,
    steps: int,
    started: str,
    compile_seconds: float,
    wall_seconds: float,
    command: list[str] | None = None,
    clocks: str = "crisis",
    whole_case: Case | None = None,
) -> Result:
    """Close a run's record, sum it up and, if it has a folder, write everything there.

    Parameters
    ----------
    recorder
        The run's record after its last step.
    case
        The case as run: `id`, `digest`, `what_if_name` and `folder` are kept.
    outcome
        One of crushed_by_regime, crushed_by_hegemon, negotiated, regime_fell, martial_law, no_uprising.
    seed, scale, people, parameters, person_steps, steps
        Facts of the run; people are rows of the table simulated.
    started, compile_seconds, wall_seconds, command, clocks
        When and how it ran.
    whole_case
        The case before its calendar was cut, for what is told of the run.

    Returns
    -------
    Result
        The finished run.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    recorder.close()
    events = recorder.events_table()
    finished = folders.now()
    summary: dict[str, Any] = {
        "case": case.id,
        "what_if": case.what_if_name,
        "version": uprising.__version__,
        "case_digest": case.digest,
        "result_digest": recorder.digest,
        "seed": seed,
        "scale": scale,
        "people": people,
        "clock": clocks,
        "started": started,
        "finished": finished,
        "steps": steps,
        "wall_seconds": round(wall_seconds, 3),
        "compile_seconds": round(compile_seconds, 3),
        "peak_bytes": peak_bytes(),
        "person_steps": person_steps,
        "outcome": outcome,
        "totals": totals(recorder.recorded()),
        "dates": dates(events),
        "score": None,
    }
    provenance = {
        "program": "uprising",
        "version": uprising.__version__,
        "case": case.id,
        "case_digest": case.digest,
        "case_folder": str(Path(case.folder).resolve()),
        "what_if": case.what_if_name,
        "seed": seed,
        "scale": scale,
        "clocks": clocks,
        "start": str(recorder.start),
        "steps": steps,
        "step_minutes": recorder.step_minutes,
        "parameters": parameters,
        "command": command,
        "versions": dict(folders.versions()),
        "started": started,
        "finished": finished,
        "result_digest": recorder.digest,
    }
    if recorder.folder is not None:
        folders.write_events(recorder.folder, events)
        folders.write_json(recorder.folder / folders.PROVENANCE, provenance)
        folders.append_log(
            recorder.folder,
            f"run of {case.id}, seed {seed}, scale {scale:g}, {people} people, {steps} steps",
            f"{person_steps} person-steps in {wall_seconds:.1f} s (compilation {compile_seconds:.1f} s), "
            f"peak memory {(summary['peak_bytes'] or 0) / 1e9:.2f} GB",
            f"outcome {outcome}, result digest {recorder.digest}",
        )
        finish(recorder.folder, summary)
    return Result(recorder.store, events, summary, provenance, recorder.folder, whole_case)


def peak_bytes() -> int | None:
    """Most memory that this program has held so far, in bytes; None where the system does not tell."""
    try:
        # the program's own: on Linux what getrusage tells is at least the peak of the process that started it
        told = re.search(rb"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_bytes(), re.MULTILINE)
    except OSError:
        told = None
    if told is not None:
        return int(told[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
