"""The run folder: whole files, clear errors, what is needed to repeat a run, totals and dates."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import xarray

from recorded_runs import finished, record, recorder
from uprising.errors import OutputError, UserError
from uprising.result import folder as folders
from uprising.result import open_result
from uprising.result.snapshot import write_snapshot
from uprising.result.summary import dates, totals
from uprising.result.towns import by_town


def test_a_run_folder_holds_everything(tmp_path: Path) -> None:
    result = finished(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {
        "summary.json", "provenance.json", "events.parquet", "series.zarr", "log.txt", "SHA256SUMS"
    }  # fmt: skip
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance["parameters"] == {"weight_social": 0.6}
    assert provenance["seed"] == 7
    assert {"python", "numpy", "numba", "platform"} <= set(provenance["versions"])
    assert result.summary["result_digest"] in (tmp_path / "log.txt").read_text()
    opened = open_result(tmp_path)
    assert opened.summary == result.summary
    assert opened.events.to_pandas()["kind"].tolist() == ["mass_protest", "shots"]
    xarray.testing.assert_identical(opened.places.load(), result.places.load())


def test_the_end_of_a_run_loads_neither_pandas_nor_xarray(tmp_path: Path) -> None:
    """They take longer to load than the end of a run takes."""
    ending = (
        "import sys; from pathlib import Path; from recorded_runs import finished; "
        "from uprising.result.story import tell; tell(finished(Path(sys.argv[1])).events); "
        "print(*{'pandas', 'xarray'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ending, str(tmp_path)],
        cwd=Path(__file__).parent, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == []


def test_a_run_in_memory_is_the_same_run(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    on_disk, in_memory = finished(tmp_path / "a"), finished(None)
    assert in_memory.summary["result_digest"] == on_disk.summary["result_digest"]
    assert in_memory.summary["totals"] == on_disk.summary["totals"]
    in_memory.save(tmp_path / "b")
    again = open_result(tmp_path / "b")
    xarray.testing.assert_identical(again.places.load(), on_disk.places.load())
    assert again.events == on_disk.events
    open_result(on_disk.save(tmp_path / "c"))
    with pytest.raises(UserError, match="not empty"):
        in_memory.save(tmp_path / "b")


def test_totals_add_up_cities_and_scale_nothing() -> None:
    found = finished(None).summary["totals"]
    assert found["dead_civilian"] == 399 + 199
    assert found["dead_security"] == 4
    assert found["dead_hegemon"] == 2
    assert found["wounded"] == 400
    assert found["detained"] == 150, "those held at the worst moment"
    assert found["fled"] == 404
    assert found["peak_crowd"] == 4 * 150, "both districts of the city together"
    assert found["peak_crowd_place"] == "T_CITY"
    assert found["peak_crowd_time"] == "2001-03-04T03:00"
    assert found["peak_strike_share"] == pytest.approx(85 / 200)


def test_totals_of_nothing() -> None:
    taken = recorder(n_steps=2)
    nothing = {v.name: np.zeros(taken._columns[v.name].shape[1:], v.dtype) for v in taken.variables}
    taken.append(nothing)
    taken.close()
    found = totals(taken.series())
    assert found["peak_crowd"] == 0
    assert found["peak_crowd_place"] is None
    assert found["peak_strike_share"] == 0


def test_dates_are_of_the_first_event_of_their_kind() -> None:
    events = pyarrow.table(
        {
            "time": np.array(["2001-03-02T10:30", "2001-03-01T09:00", "2001-03-03T04:00"], "datetime64[s]"),
            "kind": ["shots", "shots", "assault"],
        }
    )
    found = dates(events)
    assert found["first_shots"] == "2001-03-01T09:00"
    assert found["second_intervention"] == "2001-03-03T04:00"
    assert found["truce"] is None
    assert len(found) == 9


def test_towns_sum_people_and_average_beliefs() -> None:
    result = finished(None)
    assert result.series["place"].values.tolist() == ["city", "mill"]
    dead = result.series["dead"].sel(place="city").sum("side")
    assert dead.dims == ("time",)
    assert int(dead[-1]) == 399 + 1 + 2 + 199
    np.testing.assert_allclose(result.series["belief"].sel(place="city"), 0.1 * 0.75 + 0.5 * 0.25, rtol=1e-6)
    assert int(result.series["crowd"].sum()) == int(result.places["crowd"].sum())
    assert result.series["control"].dims == ("time",)
    assert (result.series - result.series)["dead"].sum() == 0
    ungrouped = result.places.drop_vars("place_group")
    assert by_town(ungrouped) is ungrouped


def test_runs_with_other_numbers_of_sessions_can_be_subtracted() -> None:
    longer, shorter = finished(None), finished(None, n_steps=200)
    assert longer.series.sizes["session"] > shorter.series.sizes["session"] > 0
    difference = longer.series - shorter.series
    assert difference.sizes["session"] == shorter.series.sizes["session"]
    assert int(abs(difference["dead"]).sum()) == 0
    assert float(abs(difference["hegemon_position"]).sum()) == 0.0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program's own peak")
def test_peak_memory_is_the_programs_own() -> None:
    child = "from uprising.result.summary import peak_bytes; print(peak_bytes())"
    parent = (
        "import subprocess, sys; from uprising.result.summary import peak_bytes; held = b'x' * 300_000_000; del held; "
        f"print(peak_bytes()); subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    done = subprocess.run([sys.executable, "-uc", parent], capture_output=True, text=True, check=True)
    of_parent, of_child = map(int, done.stdout.split())
    assert of_parent > 300_000_000
    assert 0 < of_child < of_parent - 250_000_000


def test_output_folders_are_refused_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").write_text("x")
    with pytest.raises(UserError, match="there is a file of that name"):
        folders.prepare(tmp_path / "file")
    with pytest.raises(UserError, match="is not empty: give a new folder"):
        folders.prepare(tmp_path / "full")
    with pytest.raises(UserError, match="cannot be written"):
        folders.prepare(tmp_path / "file" / "below")
    assert folders.prepare(tmp_path / "new" / "deep").is_dir()


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "summary.json"
    folders.write_json(target, {"seed": 0})
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        folders.write_json(target, {"seed": 1})
    assert json.loads(target.read_text()) == {"seed": 0}
    assert [p.name for p in tmp_path.iterdir()] == ["summary.json"]


def test_a_name_that_is_too_long_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too long"):
        folders.write_json(tmp_path / ("x" * 300), {})


def test_a_full_disk_while_recording_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = record(recorder(tmp_path, 400), 0, 300)
    monkeypatch.setattr("pathlib.Path.write_bytes", full_disk)
    with pytest.raises(OutputError, match=r"could not write .*: No space left"):
        record(taken, 300, 400)
    assert not (tmp_path / "summary.json").exists()


def test_open_result_tells_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        open_result(tmp_path / "none")
    with pytest.raises(UserError, match="no finished run"):
        open_result(tmp_path)
    write_snapshot(tmp_path, {"step": 0})
    with pytest.raises(UserError, match=f"uprising run --resume {tmp_path}"):
        open_result(tmp_path)
    whole = tmp_path / "whole"
    whole.mkdir()
    finished(whole)
    (whole / "events.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(UserError, match=r"events\.parquet is not as it was written"):
        open_result(whole)
    (whole / "summary.json").write_text("{")
    with pytest.raises(UserError, match=r"summary\.json is not as it was written"):
        open_result(whole)


def test_people_are_written_by_name(tmp_path: Path) -> None:
    People = namedtuple("People", "home role sex activity site age")
    people = People(
        np.array([0, 1, 1], "u2"), np.array([0, 9, 4], "u1"), np.array([0, 1, 1], "u1"),
        np.array([0, 6, 2], "u1"), np.array([-1, -1, 0], "i2"), np.array([20, 70, 33], "u1"),
    )  # fmt: skip
    folders.write_people(tmp_path, people, SimpleNamespace(place_ids=["D_A", "T_B"], site_ids=["S_SQUARE"]))
    rows = pyarrow.parquet.read_table(tmp_path / "people.parquet").to_pylist()
    assert rows[1] == {
        "home": "T_B",
        "role": "dependent",
        "sex": "male",
        "activity": "dead",
        "site": None,
        "age": 70,
    }
    assert rows[2]["site"] == "S_SQUARE"


def test_score_of_a_run_whose_case_is_gone_is_a_clear_fault() -> None:
    with pytest.raises(UserError, match="testland"):
        finished(None).score()
