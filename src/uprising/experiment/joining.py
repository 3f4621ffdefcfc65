"""Bring ensembles of the same world together, as the tasks of a job array leave them: one folder a task."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from uprising import arguments
from uprising.errors import UserError
from uprising.experiment import store
from uprising.experiment.plan import Plan, differences
from uprising.experiment.study import Ensemble, open_ensemble, write_findings
from uprising.result import folder as folders
from uprising.result.reading import SERIES
from uprising.result.recorded import Recorded
from uprising.result.zarr_format import Files


def join(parts: Iterable[Ensemble | Path | str], out: Path | str) -> Ensemble:
    """Write the runs of several ensembles into one folder, as if one ensemble had made them.

    Parameters
    ----------
    parts
        Finished ensembles or their folders; of one world, at one scale, over the same time, without a seed in common.
    out
        Folder to write; new or empty.

    Returns
    -------
    Ensemble
        The runs in the order of the parts. Its digest is that of one ensemble with these seeds in this order.

    Raises
    ------
    UserError
        The parts don't belong together, or a run in them is damaged.
    OutputError
        The disk is full or refuses.

    Examples
    --------
    >>> import uprising
    >>> study = uprising.join(["runs/part-0", "runs/part-1"], out="runs/base")  # doctest: +SKIP
    """
    studies = [part if isinstance(part, Ensemble) else open_ensemble(arguments.path("part", part)) for part in parts]
    plan = _plan_of(studies)
    folder = folders.prepare(arguments.path("out", out))
    plan.write(folder)
    store.begin(folder)
    first = next(study for study in studies if study.places.sizes["run"])
    store.create_series(folder, _one_run(first), plan.seeds, plan.n_steps, is_kept=False)
    position = 0
    for study in studies:
        for of_part, seed in enumerate(study.plan.seeds):
            error = study.findings["runs"][of_part]["error"]
            if error is None:
                store.write_record(folder, position, _record(study, of_part, seed))
            else:
                store.write_failure(folder, seed, error, "")
            position += 1
    write_findings(folder, plan, sum(float(study.findings["wall_seconds"]) for study in studies))
    names = ", ".join(str(study.folder) for study in studies)
    folders.append_log(folder, f"joined from {names}")
    return open_ensemble(folder)


def _plan_of(studies: list[Ensemble]) -> Plan:
    """The plan of one ensemble with the seeds of all."""
    if not studies:
        raise UserError("there is nothing to join; give the folders of finished ensembles")
    first = studies[0]
    faults = [
        f"{study.folder} does not belong to {first.folder}: {fault}"
        for study in studies[1:]
        for fault in differences(replace(first.plan, seeds=study.plan.seeds), study.plan)
    ]
    owners: dict[int, Path] = {}
    for study in studies:
        for seed in study.plan.seeds:
            if seed in owners:
                faults.append(f"seed {seed} is in {owners[seed]} and in {study.folder}; each seed may be there once")
            owners[seed] = study.folder
    if not any(study.places.sizes["run"] for study in studies):
        faults.append("every run in these ensembles failed; there is nothing to join")
    if faults:
        raise UserError(*faults)
    return replace(first.plan, seeds=tuple(owners), token=uuid.uuid4().hex)


def _one_run(study: Ensemble) -> Recorded:
    """The series of a part as those of one run, without the dimension `run` and what lies beside it."""
    found = Recorded(Files(study.folder / SERIES))
    for variable in found.data_vars.values():
        variable.dims, variable.shape = variable.dims[1:], variable.shape[1:]
    found.coords = {name: each for name, each in found.coords.items() if store.RUN not in each.dims}
    return found


def _record(study: Ensemble, position: int, seed: int) -> store.Record:
    """What a run left, read from its part after its checksums were compared."""
    import pyarrow.parquet

    marker = store.read_marker(study.folder, seed)
    if marker is None or not store.is_whole(study.folder, position, seed):
        raise UserError(
            f"the run with seed {seed} in {study.folder} is damaged; mend with: "
            f"uprising ensemble --resume --out {study.folder}"
        )
    run = study.places.sel(run=seed)
    series = {str(name): values.values for name, values in run.data_vars.items() if values.dims[:1] == ("time",)}
    events, sessions = (
        pyarrow.parquet.read_table(str(store.part_file(study.folder, seed, kind))) for kind in ("events", "sessions")
    )
    return store.Record(series, events, sessions, marker["summary"])
