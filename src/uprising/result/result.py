"""A finished run in memory or on disk."""

from __future__ import annotations

import importlib
import shutil
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprising import notebook
from uprising.errors import FolderWarning, OutputError, UserError
from uprising.result import folder as folders
from uprising.result.checksums import SUMS, Checksums, seal
from uprising.result.documents import Provenance, Summary, read_document
from uprising.result.files import sync_tree
from uprising.result.reading import EVENT_COLUMNS, SERIES, check_run, read_table
from uprising.result.recorded import Recorded
from uprising.result.series import open_series
from uprising.result.towns import by_town
from uprising.result.zarr_format import Files, Store

if TYPE_CHECKING:
    import pyarrow
    import xarray

    from uprising.case import Case

WITHOUT_CHECKSUMS = "{} has no checksums: an earlier version of the program wrote it, and damage to it can't be seen"


class Result:
    """What a run left.

    Parameters
    ----------
    store
        The run's series: the files of `series.zarr` in its folder, or what would be in them.
    events
        Table of events: time, kind, place, actor, quantity, text.
    summary
        Totals, dates and facts of the run, as in summary.json.
    provenance
        What is needed to repeat it, as in provenance.json.
    folder
        The run folder; None for a run in memory.
    case
        The case that was run, whole, where the run has just been made.

    Examples
    --------
    >>> from uprising import open_result
    >>> result = open_result("runs/mine")  # doctest: +SKIP
    >>> result.series["dead"].sel(place="budapest").sum("side")  # doctest: +SKIP
    """

    def __init__(
        self,
        store: Store,
        events: pyarrow.Table,
        summary: dict[str, Any],
        provenance: dict[str, Any],
        folder: Path | None = None,
        case: Case | None = None,
    ) -> None:
        self.store = store
        self.events = events
        self.summary = summary
        self.provenance = provenance
        self.folder = folder
        self.case = case

    def __repr__(self) -> str:
        facts = ", ".join(f"{key}={self.summary.get(key)!r}" for key in ("case", "seed", "scale", "outcome"))
        return f"Result({facts})"

    def _repr_html_(self) -> str:
        facts = ("seed", "scale", "people", "outcome", "what_if", "result_digest")
        shown = {name: self.summary.get(name) for name in facts}
        shown["seed"] = str(self.summary["seed"])
        shown |= self.summary["totals"] | self.summary["dates"]
        if self.folder is not None:
            shown["folder"] = str(self.folder)
        names = {name: name.replace("_", " ") for name in shown}
        return notebook.panel(f"Run of {self.summary['case']}", {names[name]: shown[name] for name in shown})

    @cached_property
    def places(self) -> xarray.Dataset:
        """Series as recorded, by leaf place (districts of the capital, towns, countrysides)."""
        opened = open_series(self.store)
        if "session" in opened.dims:
            # with a label for each session, series of two runs can be subtracted: xarray keeps what both have
            opened = opened.assign_coords(session=range(opened.sizes["session"]))
        return opened

    @cached_property
    def recorded(self) -> Recorded:
        """The same as plain arrays, for what needs no xarray."""
        return Recorded(self.store)

    @cached_property
    def series(self) -> xarray.Dataset:
        """Series by town, the capital being one place ("budapest"); see `places` for its districts."""
        return by_town(self.places)

    def save(self, folder: Path | str) -> Path:
        """Write the run folder of a run in memory, or copy one.

        Raises
        ------
        UserError
            The folder is not empty or cannot be written.
        OutputError
            The disk is full.
        """
        target = folders.prepare(Path(folder))
        if self.folder is not None:
            try:
                shutil.copytree(self.folder, target, dirs_exist_ok=True)
            except (OSError, shutil.Error) as error:
                raise OutputError(f"could not copy {self.folder} to {target}: {error}") from error
            return target
        try:
            Files(target / SERIES).update(self.store)
        except OSError as error:
            raise OutputError(f"could not write {target / SERIES}: {error.strerror or error}") from error
        folders.write_events(target, self.events)
        folders.write_json(target / folders.PROVENANCE, self.provenance)
        folders.append_log(target, "saved from memory")
        finish(target, self.summary)
        return target

    def score(self) -> list[dict[str, Any]]:
        """Scorecard against the case's record, worst misses first; see `uprising.score.score`.

        Raises
        ------
        UserError
            The case is not to be found or has no record.
        """
        # the scorecard is a layer above: named at run time, never imported from here
        rows: list[dict[str, Any]] = importlib.import_module("uprising.score").score(self)
        return rows


def open_result(folder: Path | str) -> Result:
    """Open the folder of a finished run.

    Parameters
    ----------
    folder
        As given to `run(out=...)` or `uprising run --out`.

    Raises
    ------
    UserError
        There is no finished run in it.
    DamagedError
        A file of it is missing, or is not what was written.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder")
    if not (path / folders.SUMMARY).exists() and not was_finished(path):
        remedy = folders.remedy_of_unfinished(path)
        raise UserError(f"{path} holds no finished run (no {folders.SUMMARY}); {remedy}")
    sums = Checksums.of(path)
    if not sums.are_there:
        warnings.warn(WITHOUT_CHECKSUMS.format(path), FolderWarning, stacklevel=2)
    summary = read_document(sums, folders.SUMMARY, Summary)
    provenance = read_document(sums, folders.PROVENANCE, Provenance)
    events = read_table(sums, folders.EVENTS, EVENT_COLUMNS)
    result = Result(Files(path / SERIES, sums), events, summary, provenance, path)
    check_run(result.recorded)
    return result


def was_finished(folder: Path) -> bool:
    """Whether a run's folder was once whole: it has checksums, and no state from which to go on."""
    return (folder / SUMS).exists() and not (folder / folders.SNAPSHOT).exists()


def finish(folder: Path, summary: dict[str, Any]) -> None:
    """Write the checksums of a run's folder, then summary.json: a folder with a summary holds a whole run.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    content = folders.json_bytes(summary)
    names = [SERIES, folders.EVENTS, folders.PROVENANCE]
    if (folder / folders.PEOPLE).is_file():
        names.append(folders.PEOPLE)
    seal(folder, names, {folders.SUMMARY: content})
    if any((folder / folders.SNAPSHOT).glob("*.npz")):
        # a run so long that its state was saved: it may be resumed until all of it outlives a loss of power
        sync_tree(folder)
    folders.write_json(folder / folders.SUMMARY, summary)
