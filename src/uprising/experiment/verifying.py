"""Whether a folder holds what was written there: every file, every digest, and what the summary says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from uprising.errors import DamagedError, UserError
from uprising.experiment import store
from uprising.experiment.plan import PLAN
from uprising.experiment.study import RUN_EVENT_COLUMNS, SESSION_COLUMNS, digest_of_runs, open_ensemble
from uprising.result import folder as folders
from uprising.result import open_result
from uprising.result.checksums import Checksums
from uprising.result.digest import events_of, recompute, steps_of
from uprising.result.reading import SERIES, open_group, read_table
from uprising.result.result import was_finished
from uprising.result.variables import DIGEST
from uprising.result.zarr_format import DIMENSIONS, Files

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from uprising.result import Result
    from uprising.result.digest import Recomputed


class Verification(NamedTuple):
    """What was found in a folder.

    Parameters
    ----------
    folder
        The folder of a run or an ensemble.
    kind
        "run" or "ensemble".
    has_checksums
        False for a folder of an earlier version: then only the digests were looked at.
    files
        Files whose checksums were computed again.
    digests
        Runs whose digest was computed again from their series and events, and is the one on record.
    damaged
        What is missing or not as it was written.
    """

    folder: Path
    kind: str
    has_checksums: bool
    files: int
    digests: int
    damaged: list[DamagedError]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damaged


def verify(folder: Path | str) -> Verification:
    """Check every file of the folder of a run or an ensemble, and that its series give the digest on record.

    Parameters
    ----------
    folder
        As given to `run(out=...)`, `ensemble(out=...)` or `--out`.

    Returns
    -------
    Verification

    Raises
    ------
    UserError
        There is no finished run or ensemble in it.

    Examples
    --------
    >>> import uprising
    >>> uprising.verify("runs/mine").is_sound  # doctest: +SKIP
    True
    """
    path = Path(folder)
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder")
    is_ensemble = (path / PLAN).exists() or (path / store.FINDINGS).exists()
    if not is_ensemble and not (path / folders.SUMMARY).exists() and not was_finished(path):
        raise UserError(f"{path} holds no finished run or ensemble; {folders.remedy_of_unfinished(path)}")
    if is_ensemble and not any((path / name).exists() for name in (store.FINDINGS, folders.EVENTS)):
        raise UserError(
            f"{path} holds an ensemble that isn't finished; go on with: uprising ensemble --resume --out {path}"
        )
    kind, check = ("ensemble", _check_ensemble) if is_ensemble else ("run", _check_run)
    remedy = {"remedy": f"mend it with: uprising ensemble --resume --out {path}"} if is_ensemble else {}
    try:
        sums = Checksums.of(path, **remedy)
    except DamagedError as error:
        return Verification(path, kind, True, 0, 0, [error])
    damaged = list(sums.damaged())
    digests = 0
    if not damaged:
        try:
            for found in check(path):
                if found is None:
                    digests += 1
                else:
                    damaged.append(found)
        except DamagedError as error:
            damaged.append(error)
    return Verification(path, kind, sums.are_there, len(sums.known), digests, damaged)


def _check_run(path: Path) -> Iterator[DamagedError | None]:
    """Compare digest, totals and dates with what series and events give; None for a digest that is right."""
    from uprising.result.summary import dates, totals

    result = open_result(path)
    yield _fault(path, SERIES, _recomputed(result), result.summary["result_digest"], result.summary["steps"])
    if result.provenance["result_digest"] != result.summary["result_digest"]:
        yield DamagedError(path, folders.PROVENANCE, f"has another result_digest than {folders.SUMMARY}")
    for name, found in (("totals", totals(result.recorded)), ("dates", dates(result.events))):
        on_record = result.summary[name]
        for key, value in found.items():
            if on_record.get(key) != value:
                yield DamagedError(
                    path, folders.SUMMARY, f"says {name}.{key} {on_record.get(key)}; the series give {value}"
                )


def _recomputed(result: Result) -> Recomputed:
    recorded = result.recorded
    series = {
        name: variable.values
        for name, variable in recorded.data_vars.items()
        if variable.dims[0] == "time" and name != DIGEST.name
    }
    start, minutes = np.datetime64(recorded.attrs["start"]), int(recorded.attrs["step_minutes"])
    sessions: list[tuple[int, Any]] = []
    if "hegemon_position" in recorded:
        steps = steps_of(recorded["session_time"].values, start, minutes)
        sessions = list(zip(steps, recorded["hegemon_position"].values, strict=True))
    return recompute(series, recorded[DIGEST.name].values, events_of(result.events, start, minutes), sessions)


def _check_ensemble(path: Path) -> Iterator[DamagedError | None]:
    """Compare the digest of each run with what its series and events give."""
    study = open_ensemble(path)
    group = open_group(Files(path / SERIES, study.sums))
    start = np.datetime64(group.attributes["start"])
    minutes = int(group.attributes["step_minutes"])
    names = [
        name
        for name in group.names
        if group.attributes_of(name)[DIMENSIONS][:2] == [store.RUN, "time"] and name != DIGEST.name
    ]
    for position, run in enumerate(study.findings["runs"]):
        seed = run["seed"]
        if run["error"] is not None:
            continue
        summary = study.summary(seed)

        def row(name: str, at: int = position) -> NDArray[Any]:
            values: NDArray[Any] = group.read(name, at, at + 1)[0]
            return values

        held = read_table(study.sums, f"{store.PARTS}/{seed}.sessions.parquet", SESSION_COLUMNS)
        times = held["time"].to_pylist()
        members = len(dict.fromkeys(held["member"].to_pylist()))
        positions = np.array(held["position"].to_pylist(), "f4").reshape(-1, max(members, 1))
        sessions = list(zip(steps_of(times[:: max(members, 1)], start, minutes), positions, strict=True))
        events = read_table(study.sums, f"{store.PARTS}/{seed}.events.parquet", RUN_EVENT_COLUMNS)
        found = recompute(
            {name: row(name) for name in names}, row(DIGEST.name), events_of(events, start, minutes), sessions
        )
        yield _fault(path, f"{SERIES} (seed {seed})", found, summary["result_digest"], group.shape("time")[0])
        if run["result_digest"] != summary["result_digest"]:
            yield DamagedError(path, store.FINDINGS, f"has another result_digest of seed {seed} than its run")
    if digest_of_runs(study.findings["runs"]) != study.findings["result_digest"]:
        yield DamagedError(path, store.FINDINGS, "has a result_digest that its runs do not give")


def _fault(path: Path, file: str, found: Recomputed, digest: str, steps: int) -> DamagedError | None:
    if found.differs_at is not None:
        words = f"differ from their digest from step {found.differs_at} of {steps} on"
    elif found.digest != digest:
        words = "give another result_digest than the one on record"
    else:
        return None
    return DamagedError(path, file, f"and the events {words}")
