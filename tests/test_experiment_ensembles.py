"""Ensembles: the bits of single runs, failures that stop nobody, folders that open without the package."""

from __future__ import annotations

import gc
import itertools
import json
import re
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import uprising
from case_folders import new_case
from experiment_runs import SCALE, SEEDS, UNTIL, contents, study
from uprising.cli import main
from uprising.errors import Interrupted, OutputError, UserError
from uprising.experiment import open_ensemble, work
from uprising.experiment.processes import LocalProcesses, WorkerDied


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_case(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble made by processes on this machine."""
    return study(folder, tmp_path_factory.mktemp("ensembles") / "undisturbed").folder


class InTurn(Executor):
    """Does each task when it is handed over; `spoil` may change what comes back."""

    def __init__(self, spoil: Callable[[int, work.Task], Any] | None = None) -> None:
        self.seeds: list[int] = []
        self._spoil = spoil

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        task = args[0]
        self.seeds.append(task.seed)
        try:
            spoiled = self._spoil(len(self.seeds), task) if self._spoil else None
            future.set_result(function(task) if spoiled is None else spoiled)
        except Exception as error:  # noqa: BLE001 - what an executor does
            future.set_exception(error)
        return future


def test_each_run_has_the_bits_of_the_run_alone(folder: Path, undisturbed: Path) -> None:
    together = open_ensemble(undisturbed)
    alone = uprising.run(str(folder), seed=SEEDS[1], scale=SCALE, until=UNTIL)
    digests = {run["seed"]: run["result_digest"] for run in together.findings["runs"]}
    assert list(digests) == list(SEEDS)
    assert digests[SEEDS[1]] == alone.summary["result_digest"]
    assert len(set(digests.values())) == len(SEEDS), "other seeds must give other runs"
    mine = together.series.sel(run=SEEDS[1])
    for name, values in alone.places.data_vars.items():
        if "session" not in values.dims:
            assert np.array_equal(mine[name].values, values.values), name
    assert np.array_equal(mine["time"].values, alone.places["time"].values)
    assert mine["crowd"].attrs["unit"] == "person"
    events = together.events.to_pandas()
    assert len(alone.events) > 0
    own = events[events["seed"] == SEEDS[1]].drop(columns="seed").reset_index(drop=True)
    assert own.equals(alone.events.to_pandas())
    row = together.runs.set_index("seed").loc[SEEDS[1]]
    assert row["detained"] == alone.summary["totals"]["detained"]
    assert row["outcome"] == alone.summary["outcome"]
    by_town = together.run_series(SEEDS[1])
    assert by_town["crowd"].identical(alone.series["crowd"].load()) or np.array_equal(
        by_town["crowd"].values, alone.series["crowd"].values
    )


def test_any_executor_makes_the_same_folder(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        study(folder, tmp_path / "threads", executor=threads)
    assert contents(tmp_path / "threads") == contents(undisturbed)


def test_workers_that_do_not_see_the_folder_send_their_runs(
    folder: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_sees", lambda *_: False)
    study(folder, tmp_path / "sent", executor=InTurn())
    assert contents(tmp_path / "sent") == contents(undisturbed)


def test_no_folder_means_a_temporary_one(folder: Path) -> None:
    together = study(folder, None, executor=InTurn(), seeds=[0])
    path = together.folder
    assert together.findings["runs"][0]["seed"] == 0
    assert float(together.series["crowd"].sum()) >= 0
    del together
    assert not path.exists()


def test_a_failing_run_is_recorded_and_stops_nobody(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    def spoil(turn: int, task: work.Task) -> Any:
        if task.seed == SEEDS[1]:
            return work.simulate(task._replace(case=None))  # type: ignore[arg-type]
        return None

    together = study(folder, tmp_path / "e", executor=InTurn(spoil))
    failed = together.findings["runs"][1]
    assert failed["seed"] == SEEDS[1]
    assert failed["result_digest"] is None
    assert "Error" in failed["error"]
    assert together.findings["n_failed"] == 1
    assert together.series.sizes["run"] == len(SEEDS) - 1
    assert together.runs.set_index("seed").loc[SEEDS[1], "error"] == failed["error"]
    assert sum(row["runs"] for row in together.outcomes().values()) == len(SEEDS) - 1
    # it can be mended, and then nothing tells that it ever failed
    again = InTurn()
    assert study(folder, tmp_path / "e", executor=again, resume=True).findings["n_failed"] == 0
    assert again.seeds == [SEEDS[1]]
    assert contents(tmp_path / "e") == contents(undisturbed)


def test_a_task_that_its_executor_loses_is_recorded(folder: Path, tmp_path: Path) -> None:
    def spoil(turn: int, task: work.Task) -> Any:
        if turn == 1:
            raise RuntimeError("the worker was lost four times")
        return None

    together = study(folder, tmp_path / "e", executor=InTurn(spoil))
    assert "lost four times" in together.findings["runs"][0]["error"]
    assert together.findings["n_failed"] == 1


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (lambda seed: work.Receipt(seed, work.UNWRITTEN, "no space"), OutputError, "no space; 1 of"),
        (lambda seed: work.Receipt(seed, work.REFUSED, "other version"), UserError, "other version"),
        (lambda seed: work.Receipt(seed, work.INTERRUPTED), Interrupted, "--resume"),
    ],
)
def test_what_stops_all_can_be_resumed(
    folder: Path, undisturbed: Path, tmp_path: Path, fault: Any, error: type[Exception], words: str
) -> None:
    executor = InTurn(lambda turn, task: fault(task.seed) if turn == 2 else None)
    with pytest.raises(error, match=words):
        study(folder, tmp_path / "e", executor=executor, one_at_a_time=True)
    with pytest.raises(UserError, match="isn't finished"):
        open_ensemble(tmp_path / "e")
    again = InTurn()
    study(None, tmp_path / "e", executor=again, seeds=None, scale=None, until=None, resume=True)
    assert SEEDS[0] not in again.seeds, "what is done is not done again"
    assert contents(tmp_path / "e") == contents(undisturbed)


def test_findings_hold_what_the_interface_promises(undisturbed: Path) -> None:
    findings = json.loads((undisturbed / "ensemble.json").read_text())
    assert {"case", "scale", "what_if", "quantiles", "outcomes", "runs"} <= set(findings)
    assert set(findings["runs"][0]) == {"seed", "result_digest", "outcome", "error"}
    together = open_ensemble(undisturbed)
    detained = together.runs["detained"]
    assert findings["quantiles"]["totals"]["detained"]["q50"] == pytest.approx(float(detained.median()))
    assert findings["quantiles"]["totals"]["dead"]["n"] == len(SEEDS)
    first = findings["quantiles"]["dates"]["first_mass_protest"]
    assert first["n"] == int(together.runs["first_mass_protest"].notna().sum())
    assert sum(row["share"] for row in findings["outcomes"].values()) == pytest.approx(1.0)


def test_quantiles_of_series_are_those_of_the_added_runs(undisturbed: Path) -> None:
    together = open_ensemble(undisturbed)
    found = together.quantiles("crowd", levels=[0.5])
    expected = np.median(together.series["crowd"].values.sum(axis=(2, 3)), axis=0)
    assert np.array_equal(found.values[0], expected)
    assert together.quantiles("dead", keep=["side"]).dims == ("quantile", "time", "side")
    belief = together.quantiles("belief", levels=[1.0]).values[0]
    population = together.series["population"].values
    assert belief == pytest.approx(
        np.average(together.series["belief"].values, axis=2, weights=population).max(axis=0), rel=1e-5
    )
    for wrong in ({"variable": "croud"}, {"variable": "crowd", "keep": ["side"]}):
        with pytest.raises(UserError, match=r"croud|side"):
            together.quantiles(**wrong)


def test_the_folder_opens_without_the_package(undisturbed: Path) -> None:
    import pyarrow.parquet
    import xarray

    series = xarray.open_zarr(str(undisturbed / "series.zarr"), chunks=None)
    assert series["crowd"].dims == ("run", "time", "place", "role")
    assert list(series["run"].values) == list(SEEDS)
    assert "outcome" in series.coords
    runs = pyarrow.parquet.read_table(str(undisturbed / "runs.parquet"))
    assert {"seed", "outcome", "peak_crowd", "first_shots", "error"} <= set(runs.column_names)
    assert str(runs.schema.field("last_fighting").type) == "timestamp[ms]"
    duckdb = pytest.importorskip("duckdb")
    counted = duckdb.sql(f"SELECT count(DISTINCT seed) FROM '{undisturbed}/events.parquet'").fetchall()
    assert counted == [(len(SEEDS),)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"seeds": None}, "how many runs"),
        ({"seeds": None, "runs": 0}, "at least 1"),
        ({"runs": 7}, "give one of the two"),
        ({"seeds": []}, "no seeds"),
        ({"seeds": [3, 3]}, "twice"),
        ({"seeds": [-1]}, "seed is -1"),
        ({"scale": 2.0}, "scale is 2"),
        ({"what_if": "no-newts"}, "no-news"),
        ({"parameters": {"deterence": 1.0}}, "deterrence"),
        ({"until": "tomorrow"}, "not a date"),
        ({"resume": True, "out": None}, "resume needs"),
    ],
)
def test_wrong_input_is_told_before_anything_runs(
    folder: Path, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    executor = InTurn()
    out = settings.pop("out", tmp_path / "e")
    with pytest.raises(ValueError, match=words):
        study(folder, out, executor=executor, **settings)
    assert executor.seeds == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scale": 0.03}, "begun with scale"),
        ({"seeds": range(4, 9)}, "begun with seeds"),
        ({"what_if": "no-news"}, "what_if"),
        ({"parameters": {"deterrence": 2.0}}, "parameters"),
    ],
)
def test_other_settings_do_not_resume(
    folder: Path, undisturbed: Path, settings: dict[str, Any], words: str
) -> None:
    before = contents(undisturbed)
    with pytest.raises(UserError, match=words):
        study(folder, undisturbed, executor=InTurn(), resume=True, **settings)
    assert contents(undisturbed) == before


def test_a_folder_is_never_overwritten_nor_shared(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not empty"):
        study(folder, undisturbed, executor=InTurn())
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="no ensemble"):
        study(folder, tmp_path, executor=InTurn(), resume=True)
    fcntl = pytest.importorskip("fcntl")
    with open(undisturbed / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="another ensemble"):
            study(folder, undisturbed, executor=InTurn(), resume=True)


def test_progress_counts_up_to_all(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    study(folder, tmp_path / "e", executor=InTurn(), progress=lambda *words: told.append(words))
    assert told[0][0] == "preparing"
    assert [words[1] for words in told if words[0] == "runs"] == list(range(len(SEEDS) + 1))
    assert told[-1][1:4] == (len(SEEDS), len(SEEDS), 0)
    assert told[-1][4] == 0.0
    assert told[-2][4] > 0.0


def test_processes_answer_raise_and_come_back() -> None:
    import os

    with LocalProcesses(1) as executor:
        assert executor.submit(divmod, 7, 2).result() == (3, 1)
        with pytest.raises(ZeroDivisionError):
            executor.submit(divmod, 7, 0).result()
        with pytest.raises(WorkerDied, match=f"signal {int(signal.SIGKILL)}"):
            executor.submit(os.kill, executor.process_ids()[0], signal.SIGKILL).result()
        with pytest.raises(WorkerDied, match="code 3"):
            executor.submit(os._exit, 3).result()
        assert executor.submit(os.getpid).result() == executor.process_ids()[0]
    assert executor.process_ids() == []
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(os.getpid)


def test_command_line(
    folder: Path, undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    seeds = f"{SEEDS[0]}:{SEEDS[-1] + 1}"
    code, out, err = run(
        "ensemble", str(folder), "--seeds", seeds, "--scale", str(SCALE), "--until", UNTIL, "--workers", "1",
        "--out", str(tmp_path / "e"), "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert json.loads(out)["result_digest"] == open_ensemble(undisturbed).findings["result_digest"]
    code, out, err = run("ensemble", "--resume", "--out", str(tmp_path / "e"))
    assert code == 0
    assert f"{len(SEEDS)} runs of island" in out
    for arguments, words in (
        (["ensemble"], "which case"),
        (["ensemble", str(folder)], "how many runs"),
        (["ensemble", str(folder), "--seeds", "3"], "expected A:B"),
        (["ensemble", str(folder), "--seeds", "3:3"], "no seed"),
        (["ensemble", str(folder), "--runs", "2", "--workers", "0"], "at least 1"),
        (["ensemble", "--resume"], "--out DIR"),
        (["ensemble", "--resume", "--out", str(tmp_path / "none")], "which case"),
        (["compare", str(tmp_path / "none"), str(tmp_path / "e")], "no such folder"),
        (["compare", str(folder), str(tmp_path / "e")], "no ensemble"),
    ):
        code, out, err = run(*arguments)
        assert code == 2
        assert words in err
        assert out == ""


def test_values_of_numpy_give_the_ensemble_of_plain_ones(folder: Path) -> None:
    plain = uprising.ensemble(str(folder), seeds=[3, 4], scale=SCALE, until=UNTIL, workers=1)
    of_numpy = uprising.ensemble(
        folder,
        seeds=np.arange(3, 5),
        scale=np.array(SCALE),
        until=np.datetime64(UNTIL),
        workers=np.int64(-1),
        parameters=pandas.Series(dtype=float),
    )
    assert of_numpy.findings["result_digest"] == plain.findings["result_digest"]
    assert json.loads((of_numpy.folder / "ensemble.json").read_text()) == of_numpy.findings


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"workers": 0}, "workers is 0; it must be at least 1, or -1 for all cores"),
        ({"workers": -2}, "workers is -2; it must be at least 1, or -1 for all cores"),
        ({"workers": 1.5}, "workers is 1.5"),
        ({"seeds": [1.5]}, "the seed is 1.5"),
        ({"seeds": 7}, "seeds is 7; it must be a list of whole numbers"),
        ({"seeds": itertools.count()}, "more than 1,000,000 seeds"),
        ({"seeds": None, "runs": 10**9}, "runs is 1000000000; it must be at most 1,000,000"),
        ({"seeds": None, "runs": np.float64(2)}, "runs is"),
        ({"resume": "yes"}, "resume is 'yes'"),
    ],
)
def test_arguments_of_an_ensemble_are_refused_before_any_work(
    folder: Path, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    given = {"seeds": [1], "scale": SCALE, "until": UNTIL, "out": tmp_path / "e", **changes}
    with pytest.raises(uprising.UserError, match=re.escape(told)):
        uprising.ensemble(folder, **given)
    assert not (tmp_path / "e").exists()


def test_a_piece_over_another_is_found_by_everything(folder: Path, tmp_path: Path) -> None:
    from uprising.result.export import export_csv
    from uprising.score.runs import runs_of

    made = study(folder, tmp_path / "e")
    assert uprising.verify(made.folder).is_sound
    assert uprising.verify(made.folder).digests == len(SEEDS)
    one, other = (made.folder / "series.zarr" / "crowd" / f"{position}.0.0.0" for position in (0, 1))
    other.write_bytes(one.read_bytes())
    uses: list[Callable[[], Any]] = [
        lambda: uprising.compare(made.folder, made.folder),
        lambda: export_csv(uprising.open_ensemble(made.folder).places, {}, tmp_path / "export", ["crowd"]),
        lambda: [run.series.load() for run in runs_of(made.folder)],
        lambda: uprising.open_ensemble(made.folder).quantiles("crowd"),
    ]
    for use in uses:
        with pytest.raises(uprising.DamagedError, match=r"series\.zarr/crowd/1\.0\.0\.0 .*--resume"):
            use()
    assert [error.file for error in uprising.verify(made.folder).damaged] == ["series.zarr/crowd/1.0.0.0"]
    study(folder, made.folder, resume=True)
    assert uprising.verify(made.folder).is_sound


def test_a_temporary_ensemble_lives_as_long_as_what_is_read_from_it(folder: Path) -> None:
    crowd = study(folder, None).series["crowd"]
    gc.collect()
    assert int(crowd.sum()) == int(study(folder, None).series["crowd"].sum()) > 0


def test_the_parts_of_a_job_array_join_into_the_ensemble_of_all_seeds(
    folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    half = len(SEEDS) // 2
    parts = [study(folder, tmp_path / str(n), seeds=s).folder for n, s in enumerate((SEEDS[:half], SEEDS[half:]))]
    with pytest.raises(SystemExit) as left:
        main(["join", *map(str, parts), "--out", str(tmp_path / "all"), "--json"])
    assert not left.value.code
    whole, joined = open_ensemble(undisturbed), open_ensemble(tmp_path / "all")
    volatile = ("finished", "wall_seconds")
    assert {k: v for k, v in joined.findings.items() if k not in volatile} == {
        k: v for k, v in whole.findings.items() if k not in volatile
    }
    assert joined.places.identical(whole.places)
    assert joined.events.equals(whole.events)
    assert not joined.damaged()
    assert uprising.compare(whole, joined).parting["n_parted"] == 0

    for wrong, told in (
        ([parts[0], parts[0]], "each seed may be there once"),
        ([parts[0], study(folder, tmp_path / "other", seeds=[99], what_if="no-news").folder], "does not belong"),
        ([], "nothing to join"),
    ):
        with pytest.raises(UserError, match=told):
            uprising.join(wrong, out=tmp_path / "refused")
        assert not (tmp_path / "refused").exists()
    next((parts[0] / "series.zarr" / "crowd").glob("0.*")).write_bytes(b"damaged")
    with pytest.raises(UserError, match="is damaged; mend with"):
        uprising.join(parts, out=tmp_path / "damaged")
