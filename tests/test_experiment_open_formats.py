"""What an ensemble leaves is read without this package: by xarray, pandas, polars and DuckDB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import uprising
from case_folders import new_case
from experiment_runs import SEEDS, study
from uprising.cli import main

VARIABLES = ("detained", "site_holder", "step_digest", "crowd")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ensembles") / "e"
    study(new_case(tmp_path_factory.mktemp("cases")), out)
    return out


@pytest.fixture(scope="module")
def known(folder: Path) -> Any:
    return uprising.open_ensemble(folder)


def command(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["export", *words])
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CSV and Parquet of some series, all tables, NetCDF."""
    out = tmp_path_factory.mktemp("exports") / "open"
    chosen = [word for name in VARIABLES for word in ("--variable", name)]
    assert command(str(folder), "--csv", "--parquet", "--netcdf", *chosen, "--out", str(out)) == 0
    return out


def test_the_folder_as_it_is_with_xarray_and_pandas(folder: Path, known: Any) -> None:
    import pandas
    import xarray

    with xarray.open_zarr(folder / "series.zarr", chunks=None) as series:
        assert series["crowd"].dims == ("run", "time", "place", "role")
        assert series["run"].values.tolist() == list(SEEDS)
        assert int(series["crowd"].sum()) == int(known.places["crowd"].sum()) > 0
        assert set(series["outcome"].values) == set(known.runs["outcome"])
    runs = pandas.read_parquet(folder / "runs.parquet")
    assert runs["seed"].tolist() == list(SEEDS)
    assert pandas.read_parquet(folder / "events.parquet")["seed"].nunique() == len(SEEDS)
    assert json.loads((folder / "ensemble.json").read_text())["n_runs"] == len(SEEDS)


def test_exported_csv_with_pandas(exported: Path, known: Any) -> None:
    import pandas

    for name in VARIABLES:
        dtypes = {name: known.places[name].dtype.name}
        read = pandas.read_csv(exported / f"{name}.csv", dtype=dtypes, parse_dates=["time"])
        values = known.places[name]
        assert list(read.columns) == [*values.dims, name]
        again = read.set_index([*values.dims])[name].to_xarray().reindex_like(values)
        assert np.array_equal(again.values, values.values), name
    runs = pandas.read_csv(exported / "runs.csv")
    assert runs["outcome"].tolist() == known.runs["outcome"].tolist()
    assert pandas.read_csv(exported / "events.csv")["kind"].tolist() == known.events["kind"].to_pylist()
    assert len(pandas.read_csv(exported / "sessions.csv")) == known.sessions.num_rows


def test_exported_parquet_with_duckdb(folder: Path, exported: Path, known: Any) -> None:
    duckdb = pytest.importorskip("duckdb")
    crowds = known.places["crowd"].sum(["place", "role"]).max("time").values
    found = duckdb.sql(
        f"""
        select run, max(people) from (
            select run, time, sum(crowd) as people from '{exported}/crowd.parquet' group by run, time
        ) group by run order by run
        """
    ).fetchall()
    assert found == list(zip(SEEDS, crowds.tolist(), strict=True))
    joined = duckdb.sql(
        f"select count(*) from '{folder}/runs.parquet' r join '{folder}/events.parquet' e on r.seed = e.seed"
    ).fetchall()
    assert joined == [(known.events.num_rows,)]


def test_exported_parquet_with_polars(folder: Path, exported: Path, known: Any) -> None:
    polars = pytest.importorskip("polars")
    table = polars.read_parquet(exported / "step_digest.parquet")
    assert table["step_digest"].to_list() == known.places["step_digest"].values.reshape(-1).tolist()
    assert table["time"][0] == known.places["time"].values[0].astype("M8[s]").item()
    runs = polars.read_parquet(folder / "runs.parquet")
    assert runs["outcome"].to_list() == known.runs["outcome"].tolist()


def test_exported_netcdf_with_xarray(exported: Path, known: Any) -> None:
    import xarray

    for seed in SEEDS:
        with xarray.open_dataset(exported / f"series-{seed}.nc") as series:
            assert series["run"].values.tolist() == [seed]
            assert np.array_equal(series["crowd"].values[0], known.places["crowd"].sel(run=seed).values)
            assert np.array_equal(series["time"].values, known.places["time"].values)


def test_all_series_are_exported_where_none_is_chosen(folder: Path, tmp_path: Path, known: Any) -> None:
    assert command(str(folder), "--parquet", "--out", str(tmp_path)) == 0
    names = {file.stem for file in tmp_path.iterdir()}
    assert names == {*map(str, known.places.data_vars), "runs", "events", "sessions"}


def test_what_is_not_there_is_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(folder), "--csv", "--variable", "crowds", "--out", str(tmp_path)) == 2
    assert "there is no series 'crowds'" in capsys.readouterr().err
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    (unfinished / "plan.json").write_bytes((folder / "plan.json").read_bytes())
    assert command(str(unfinished), "--csv") == 2
    assert "isn't finished" in capsys.readouterr().err
