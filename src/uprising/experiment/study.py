"""A finished ensemble: what its folder holds, opened lazily."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import notebook
from uprising.errors import DamagedError, FolderWarning, OutputError, UserError
from uprising.experiment import store
from uprising.experiment.plan import PLAN, Plan, read_plan
from uprising.experiment.quantities import (
    LEVELS,
    dates_of,
    quantiles_of_dates,
    quantiles_of_numbers,
    share_interval,
    totals_of,
)
from uprising.experiment.store import FINDINGS
from uprising.result import folder as folders
from uprising.result.checksums import Checksums
from uprising.result.documents import Findings, Marker, read_document
from uprising.result.files import write_whole
from uprising.result.reading import EVENT_COLUMNS, SERIES, read_table
from uprising.result.result import WITHOUT_CHECKSUMS
from uprising.result.series import open_series
from uprising.result.towns import by_town
from uprising.result.zarr_format import Files

if TYPE_CHECKING:
    import pandas
    import pyarrow
    import xarray

RUNS = "runs.parquet"
SESSIONS = "sessions.parquet"
RUN_EVENT_COLUMNS = {"seed": "int64", **EVENT_COLUMNS}
SESSION_COLUMNS = {"seed": "int64", "time": "timestamp", "member": "string", "position": "float"}
COLUMNS = {
    RUNS: {"seed": "int64"},
    "events.parquet": RUN_EVENT_COLUMNS,
    SESSIONS: SESSION_COLUMNS,
}
"""those that each table has, among others"""


class Ensemble:
    """Many runs of one world.

    Parameters
    ----------
    folder
        Where ensemble.json, runs.parquet, events.parquet, sessions.parquet and series.zarr lie.
    findings
        Content of ensemble.json.
    plan
        What was asked.
    sums
        Checksums of the folder, for each file that is read.
    """

    def __init__(self, folder: Path, findings: dict[str, Any], plan: Plan, sums: Checksums | None = None) -> None:
        self.folder = folder
        self.sums = sums or Checksums(folder, None)
        self.findings = findings
        self.plan = plan
        self._temporary: Any = None

    def __repr__(self) -> str:
        done = sum(run["error"] is None for run in self.findings["runs"])
        world = f"{self.plan.case}, what_if={self.plan.what_if!r}"
        return f"Ensemble({world}, {done} runs, scale={self.plan.scale:g})"

    def _repr_html_(self) -> str:
        found = self.findings
        world = f", what if {found['what_if']}" if found["what_if"] else ""
        done = found["n_runs"] - found["n_failed"]
        outcomes = [(name, row["runs"], f"{row['share']:.0%}") for name, row in self.outcomes().items()]
        totals = [
            (name.replace("_", " "), row["q05"], row["q50"], row["q95"])
            for name, row in found["quantiles"]["totals"].items()
        ]
        return notebook.table(
            f"{done} of {found['n_runs']} runs of {found['case']}{world}, scale {found['scale']:g}",
            ("outcome", "runs", "share"),
            outcomes,
        ) + notebook.table("Totals", ("total", "5 %", "median", "95 %"), totals)

    def keep_alive(self, temporary: Any) -> None:
        """Hold a temporary folder as long as this object, or anything read from it, lives."""
        self._temporary = temporary

    @cached_property
    def places(self) -> xarray.Dataset:
        """Series by leaf place, [run, time, ...], read when used; `run` is the seed. Whole runs only."""
        series = open_series(Files(self.folder / SERIES, self.sums, self._temporary))
        done = [i for i, run in enumerate(self.findings["runs"]) if run["error"] is None]
        return series if len(done) == series.sizes["run"] else series.isel(run=done)

    @property
    def series(self) -> xarray.Dataset:
        """The same as `places`; see `run_series` for one run by town."""
        return self.places

    def run_series(self, seed: int) -> xarray.Dataset:
        """Series of one run by town, as `Result.series`.

        Raises
        ------
        UserError
            There is no whole run with that seed.
        """
        if seed not in self.places["run"].values:
            raise UserError(f"{self.folder} has no whole run with seed {seed}")
        return by_town(self.places.sel(run=seed).load())

    @cached_property
    def runs(self) -> pandas.DataFrame:
        """One row a run: seed, outcome, totals, dates, error ..."""
        return self._table(RUNS).to_pandas()

    @cached_property
    def events(self) -> pyarrow.Table:
        """Events of all runs: seed, time, kind, place, actor, quantity, text."""
        return self._table("events.parquet")

    @cached_property
    def sessions(self) -> pyarrow.Table:
        """Positions in the hegemon's council: seed, time, member, position."""
        return self._table(SESSIONS)

    def tables(self) -> dict[str, pyarrow.Table]:
        """The tables by name: runs, events, sessions."""
        return {name: self._table(f"{name}.parquet") for name in ("runs", "events", "sessions")}

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """Runs, share and its 90 % interval of each outcome, most frequent first."""
        found: dict[str, dict[str, Any]] = self.findings["outcomes"]
        return found

    def quantiles(
        self, variable: str | None = None, levels: Sequence[float] = LEVELS, keep: Iterable[str] = ()
    ) -> Any:
        """Quantiles over runs.

        Parameters
        ----------
        variable
            Name of a series; None for totals and dates.
        levels
            Between 0 and 1.
        keep
            Dimensions to keep beside time, such as "side"; people are added up over the others, anything
            else is averaged (over places by population).

        Returns
        -------
        dict or xarray.DataArray
            Of totals and dates by name; or [quantile, time, ...] of the series. Runs are read one by one, so
            that memory holds one run and the reduced series of all.

        Raises
        ------
        UserError
            There is no such series or dimension.
        """
        if variable is None:
            return {**self.findings["quantiles"]["totals"], **self.findings["quantiles"]["dates"]}
        import xarray

        if variable not in self.places.data_vars:
            raise UserError(f"there is no series {variable!r}; there are: {', '.join(map(str, self.places))}")
        values = self.places[variable]
        kept = ["time", *keep]
        strange = [name for name in kept if name not in values.dims]
        if strange:
            raise UserError(
                f"{variable} has no dimension {strange[0]!r}; it has {', '.join(map(str, values.dims))}"
            )
        away = [d for d in values.dims if d not in ("run", *kept)]
        reduced = xarray.concat(
            [_reduce(values.isel(run=[i]).load(), away) for i in range(values.sizes["run"])], dim="run"
        )
        found: xarray.DataArray = reduced.quantile(list(levels), dim="run", keep_attrs=True)
        return found

    def damaged(self) -> list[int]:
        """Seeds whose data are not as they were written; `ensemble(resume=True)` simulates them again."""
        return [
            seed
            for position, seed in enumerate(self.plan.seeds)
            if self.findings["runs"][position]["error"] is None
            and not store.is_whole(self.folder, position, seed)
        ]

    def save(self, folder: Path | str) -> Path:
        """Copy the folder, for an ensemble that lives in a temporary one.

        Raises
        ------
        UserError, OutputError
            The folder is not empty, or the disk is full or refuses.
        """
        target = folders.prepare(Path(folder))
        try:
            shutil.copytree(self.folder, target, dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            raise OutputError(f"could not copy {self.folder} to {target}: {error}") from error
        return target

    def summary(self, seed: int) -> dict[str, Any]:
        """Summary of one run.

        Raises
        ------
        DamagedError
            It is missing, or is not what was written.
        """
        name = f"{store.PARTS}/{seed}.json"
        marker = read_document(self.sums, name, Marker)
        if marker["seed"] != seed:
            raise DamagedError(self.folder, name, f"is of the run with seed {marker['seed']}; {self.sums.remedy}")
        found: dict[str, Any] = marker["summary"]
        return found

    def run_events(self, seed: int) -> pyarrow.Table:
        """Events of one run."""
        return read_table(self.sums, f"{store.PARTS}/{seed}.events.parquet", RUN_EVENT_COLUMNS)

    def _table(self, name: str) -> pyarrow.Table:
        return read_table(self.sums, name, COLUMNS[name])


def is_ensemble(folder: Path | str) -> bool:
    """Whether a folder holds an ensemble, finished or not."""
    return (Path(folder) / PLAN).is_file()


def open_ensemble(folder: Path | str) -> Ensemble:
    """Open the folder of a finished ensemble.

    Raises
    ------
    UserError
        There is none in it.
    DamagedError
        A file of it is missing, or is not what was written.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder")
    sums = Checksums.of(path, f"mend it with: uprising ensemble --resume --out {path}")
    plan = read_plan(path, sums)
    if not (path / FINDINGS).exists() and FINDINGS not in sums:
        raise UserError(
            f"{path} holds an ensemble that isn't finished; go on with: "
            f"uprising ensemble --resume --out {path}"
        )
    if not sums.are_there:
        warnings.warn(WITHOUT_CHECKSUMS.format(path), FolderWarning, stacklevel=2)
    findings = read_document(sums, FINDINGS, Findings)
    if tuple(run["seed"] for run in findings["runs"]) != plan.seeds:
        raise DamagedError(path, FINDINGS, f"has other seeds than {PLAN}")
    return Ensemble(path, findings, plan, sums)


def write_findings(folder: Path, plan: Plan, wall_seconds: float) -> dict[str, Any]:
    """Bring the runs together: events, sessions and runs in one table each, and ensemble.json at last."""
    rows: list[dict[str, Any]] = []
    markers: list[dict[str, Any]] = []
    for position, seed in enumerate(plan.seeds):
        marker = store.read_marker(folder, seed)
        if marker is not None and marker["position"] == position:
            markers.append(marker)
            rows.append(_row(marker["summary"]))
        else:
            error = store.read_failure(folder, seed) or "the run is missing"
            rows.append({"seed": seed, "outcome": None, "result_digest": None, "error": error})
    whole = [marker["summary"] for marker in markers]
    done = [int(summary["seed"]) for summary in whole]
    for kind in ("events", "sessions"):
        store.merge(folder, done, kind)
    _write_runs(folder, rows)
    store.finish_series(
        folder, {name: [row[name] or "" for row in rows] for name in ("outcome", "result_digest")}
    )
    totals = [totals_of(summary) for summary in whole]
    dates = [dates_of(summary) for summary in whole]
    findings = {
        "case": plan.case,
        "version": plan.version,
        "case_digest": plan.case_digest,
        "what_if": plan.what_if,
        "scale": plan.scale,
        "parameters": plan.parameters,
        "start": plan.start,
        "until": plan.until,
        "steps": plan.n_steps,
        "people": whole[0]["people"] if whole else None,
        "n_runs": len(rows),
        "n_failed": len(rows) - len(whole),
        "result_digest": digest_of_runs(rows),
        "finished": folders.now(),
        "wall_seconds": round(wall_seconds, 3),
        "quantiles": {
            "totals": {name: quantiles_of_numbers([t[name] for t in totals]) for name in (totals or [{}])[0]},
            "dates": {name: quantiles_of_dates([d[name] for d in dates]) for name in (dates or [{}])[0]},
        },
        "outcomes": _outcomes([str(summary["outcome"]) for summary in whole]),
        "runs": [{name: row[name] for name in ("seed", "result_digest", "outcome", "error")} for row in rows],
    }
    store.finish(folder, markers, findings)
    return findings


def digest_of_runs(rows: list[dict[str, Any]]) -> str:
    """Compute the digest of an ensemble from the seeds and digests of its runs."""
    chain = hashlib.sha256()
    for row in rows:
        chain.update(f"{row['seed']} {row['result_digest']}\n".encode())
    return chain.hexdigest()


def _reduce(values: Any, away: list[Any]) -> Any:
    """Add people up; average anything else, over places by population."""
    if not away:
        return values
    if values.attrs.get("unit") == "person":
        return values.sum(away, keep_attrs=True)
    if "place" in away and "population" in values.coords:
        return values.weighted(values["population"]).mean(away, keep_attrs=True)
    return values.mean(away, keep_attrs=True)


def _outcomes(outcomes: list[str]) -> dict[str, dict[str, Any]]:
    n = len(outcomes)
    counts = {name: outcomes.count(name) for name in outcomes}
    return {
        name: {"runs": count, "share": count / n, "interval": list(share_interval(count, n))}
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    }


def _row(summary: dict[str, Any]) -> dict[str, Any]:
    """The whole summary of a run, flat."""
    row = {name: value for name, value in summary.items() if not isinstance(value, dict) and name != "score"}
    times = summary["dates"] | {"peak_crowd_time": summary["totals"]["peak_crowd_time"]}
    row |= summary["totals"]
    row |= {name: None if text is None else np.datetime64(text, "ms") for name, text in times.items()}
    return row | {"error": None}


def _write_runs(folder: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = {"error", "outcome", "result_digest", "what_if"}
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        dated = any(isinstance(value, np.datetime64) for value in values) or _is_date(name, rows)
        kind = pyarrow.timestamp("ms") if dated else pyarrow.string() if name in texts else None
        if dated:
            values = [None if value is None else value.astype(object) for value in values]
        columns[name] = pyarrow.array(values, kind)
    table = pyarrow.table(columns)
    write_whole(folder / RUNS, lambda beside: pyarrow.parquet.write_table(table, str(beside)))


def _is_date(name: str, rows: list[dict[str, Any]]) -> bool:
    """Dates that happened in no run keep their type."""
    from uprising.result.summary import DATES

    return name in DATES or name == "peak_crowd_time"
