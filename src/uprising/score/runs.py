"""What can be scored: runs in memory, run folders, ensemble folders; one run after the other."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from uprising.case import Case, CaseError, load_case
from uprising.errors import DamagedError, FolderWarning, UserError
from uprising.result import open_result
from uprising.result.checksums import Checksums
from uprising.result.documents import EnsemblePlan, Findings, read_document
from uprising.result.folder import EVENTS, SUMMARY, remedy_of_unfinished
from uprising.result.reading import EVENT_COLUMNS, SERIES, read_table
from uprising.result.result import WITHOUT_CHECKSUMS, was_finished
from uprising.result.series import open_series
from uprising.result.zarr_format import Files

if TYPE_CHECKING:
    import xarray

    from uprising.result.recorded import Recorded
    from uprising.score.card import Row

ENSEMBLE = "ensemble.json"
PLAN = "plan.json"
RUN = "run"
RUN_COLUMNS = ("seed", "run")
"""Columns of an ensemble's events that may say of which run they are: its label along `run`"""


class Run(NamedTuple):
    """One run, ready for queries."""

    series: xarray.Dataset | Recorded
    events: list[dict[str, Any]]
    case: str
    case_folder: str | None
    what_if: str | None
    known_case: Case | None = None
    """the case itself, where the run has just been made"""


def runs_of(results: Any) -> Iterator[Run]:
    """Runs of a Result, of several, of a run's or ensemble's folder, or of an object with such a folder.

    Raises
    ------
    UserError
        There is no finished run or ensemble there.
    """
    if isinstance(results, (str, Path)):
        yield from _in_folder(Path(results))
    elif hasattr(results, "recorded") and hasattr(results, "events") and hasattr(results, "summary"):
        yield _in_memory(results)
    elif getattr(results, "folder", None) is not None:
        yield from _in_folder(Path(results.folder))
    elif isinstance(results, Iterable):
        for result in results:
            yield from runs_of(result)
    else:
        raise UserError(
            f"a {type(results).__name__} can't be scored: give runs, or the folder of a run or ensemble"
        )


def case_of(name: str, folder: str | None, what_if: str | None) -> Case:
    """The case of a run with its what-ifs: from the folder that it was read from, else the shipped one.

    Raises
    ------
    UserError
        Neither is there or sound.
    """
    fault: CaseError | None = None
    for place in (folder, name):
        if not place:
            continue
        try:
            case = load_case(Path(place) if place == folder else place)
        except CaseError as error:
            fault = fault or error
            continue
        if case.id != name:
            continue
        for part in what_if.split("+") if what_if else ():
            case = case.what_if(part)
        return case
    raise fault or UserError(
        f"the case {name} of the run is not in {folder}, and no shipped case has this name"
    )


def scorecard_of(result: Any) -> list[Row] | None:
    """The rows of a single run's scorecard; None for a what-if, without a record, or without its case.

    Raises
    ------
    UserError
        The record is damaged.
    """
    from uprising.record.tables import has_record
    from uprising.score.card import score

    if result.summary.get("what_if") is not None:
        return None
    case: Case | None = getattr(result, "case", None)
    try:
        case = case or case_of(result.summary["case"], result.provenance.get("case_folder"), None)
    except UserError:
        return None
    return score(result) if has_record(case.folder) else None


def _in_memory(result: Any) -> Run:
    provenance = result.provenance or {}
    return Run(
        result.recorded,
        result.events.to_pylist(),
        str(result.summary["case"]),
        provenance.get("case_folder"),
        result.summary.get("what_if"),
        getattr(result, "case", None),
    )


def _in_folder(folder: Path) -> Iterator[Run]:
    if (folder / ENSEMBLE).exists() or (folder / PLAN).exists():
        yield from _in_ensemble(folder)
    elif (folder / SUMMARY).exists() or was_finished(folder) or not folder.is_dir():
        yield _in_memory(open_result(folder))
    else:
        remedy = remedy_of_unfinished(folder)
        raise UserError(f"{folder} holds no finished run or ensemble (no {SUMMARY} or {ENSEMBLE}); {remedy}")


def _in_ensemble(folder: Path) -> Iterator[Run]:
    sums = Checksums.of(folder, f"mend it with: uprising ensemble --resume --out {folder}")
    if not sums.are_there:
        warnings.warn(WITHOUT_CHECKSUMS.format(folder), FolderWarning, stacklevel=2)
    if ENSEMBLE not in sums and not (folder / ENSEMBLE).exists():
        raise UserError(
            f"{folder} holds no finished run or ensemble; go on with: uprising ensemble --resume --out {folder}"
        )
    document = read_document(sums, ENSEMBLE, Findings)
    plan = read_document(sums, PLAN, EnsemblePlan)
    series = open_series(Files(folder / SERIES, sums))
    if RUN not in series.dims:
        raise DamagedError(folder, SERIES, f"has no dimension {RUN!r}")
    table = read_table(sums, EVENTS, EVENT_COLUMNS)
    column = next((name for name in RUN_COLUMNS if name in table.column_names), None)
    if column is None:
        raise DamagedError(folder, EVENTS, f"has no column {' or '.join(RUN_COLUMNS)}")
    events: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        events.setdefault(int(row[column]), []).append(row)
    # runs that failed left nothing in the series
    failed = {int(run["seed"]) for run in document.get("runs", []) if run.get("error")}
    labels = series[RUN].values if RUN in series.coords else range(series.sizes[RUN])
    for position, label in enumerate(labels):
        if int(label) not in failed:
            yield Run(
                series.isel({RUN: position}),
                events.get(int(label), []),
                str(document["case"]),
                plan.get("case_folder"),
                document.get("what_if"),
            )
