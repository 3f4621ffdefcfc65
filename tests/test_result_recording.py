"""The recorder: what goes in comes out, digests chain, a resumed record equals an unbroken one."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

from recorded_runs import COORDINATES, START, record, recorder, table, values
from uprising.errors import UserError
from uprising.result.recording import PIECE_DAYS, Recorder
from uprising.result.variables import output_variables, variables_from


@pytest.mark.parametrize("n_steps", [1, 336, 337, 800])
def test_every_step_comes_back(tmp_path: Path, n_steps: int) -> None:
    taken = record(recorder(tmp_path, n_steps), 0, n_steps)
    taken.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = xarray.open_zarr(tmp_path / "series.zarr")
    assert opened.sizes["time"] == n_steps
    for variable in table():
        expected = np.array([values(step)[variable.name] for step in range(n_steps)])
        assert opened[variable.name].dtype == variable.dtype
        assert opened[variable.name].dims == variable.dims
        assert opened[variable.name].attrs["unit"] == variable.unit
        np.testing.assert_array_equal(opened[variable.name].values, expected)


def test_coordinates_have_names_and_times() -> None:
    taken = record(recorder(n_steps=48), 0, 48)
    taken.close()
    series = taken.series()
    assert series["time"].values[0] == START
    assert series["time"].values[47] == START + np.timedelta64(47 * 30, "m")
    assert series["place"].values.tolist() == COORDINATES["place"]
    assert set(series.coords) >= {"place_group", "population", "workers", "session_time", "member"}
    assert int(series["crowd"].sel(place="D_WEST", role="industrial_worker", time="2001-03-01T05:00")) == 20


def test_sessions_have_their_own_times() -> None:
    taken = record(recorder(n_steps=400), 0, 400)
    taken.close()
    positions = taken.series()["hegemon_position"]
    assert positions.dims == ("session", "member")
    assert positions["session_time"].values[1] == START + np.timedelta64(110 * 30, "m")
    np.testing.assert_allclose(positions.sel(member="SECOND"), [0.025, 0.275, 0.525, 0.775])


def test_plain_arrays_are_those_of_the_dataset(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        taken = record(recorder(folder, n_steps=100), 0, 100)
        taken.close()
        plain, series = taken.recorded(), taken.series()
        assert set(plain.coords) == set(series.coords)
        assert plain.attrs == series.attrs
        for name in (*series.coords, *series.data_vars):
            assert name in plain
            assert plain[name].dims == series[name].dims
            assert plain[name].values.dtype.kind == series[name].values.dtype.kind
            np.testing.assert_array_equal(plain[name].values, series[name].values)
        assert "nothing" not in plain


def test_a_run_without_sessions_opens() -> None:
    taken = recorder(n_steps=3)
    for step in range(3):
        taken.append(values(step))
    taken.close()
    assert taken.series()["hegemon_position"].shape == (0, 2)
    assert taken.events_table().num_rows == 0


def test_the_digest_covers_values_events_and_sessions() -> None:
    def digest(change: str = "") -> str:
        taken = recorder(n_steps=100)
        for step in range(100):
            if step == 50 and change != "no event":
                taken.event(50, "march", "T_CITY", "students", 2.0 if change == "quantity" else 1.0, change)
            if step == 60 and change == "session":
                taken.session(60, [0.1, 0.2])
            given = values(step)
            if step == 70 and change == "value":
                given["fled"][0] += 1
            taken.append(given)
        taken.close()
        return taken.digest

    plain = digest()
    assert digest() == plain
    assert len({plain, digest("no event"), digest("quantity"), digest("session"), digest("value")}) == 5
    assert digest("other words") == plain, "words are no result"


def test_an_event_after_the_last_step_counts() -> None:
    def digest(late: bool) -> str:
        taken = record(recorder(n_steps=10), 0, 10)
        if late:
            taken.event(3, "last_fighting", "T_CITY", "", 0.0, "")
        taken.close()
        return taken.digest

    assert digest(True) != digest(False)


def test_step_digests_part_where_the_runs_part() -> None:
    one, other = recorder(n_steps=50), recorder(n_steps=50)
    for step in range(50):
        one.append(values(step))
        changed = values(step)
        changed["control"] = np.float32(0.5 if step >= 30 else 1.0)
        other.append(changed)
    one.close()
    other.close()
    same = one.series()["step_digest"].values == other.series()["step_digest"].values
    assert same.tolist() == [True] * 30 + [False] * 20


@pytest.mark.parametrize("broken_at", [1, 200, 336, 340, 500])
def test_a_resumed_record_equals_an_unbroken_one(tmp_path: Path, broken_at: int) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    unbroken = record(recorder(whole, 700), 0, 700)
    unbroken.close()
    saved = saved_state(record(recorder(broken, 700), 0, broken_at))

    second = recorder(broken, 700)
    second.restore(*saved)
    record(second, broken_at, 700).close()
    assert second.digest == unbroken.digest
    xarray.testing.assert_identical(second.series().load(), unbroken.series().load())
    assert second.events_table() == unbroken.events_table()


def saved_state(taken: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A recorder's state after a way through files."""
    arrays, values = taken.state()
    return {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(values))


@pytest.mark.parametrize(("saved_at", "killed_at"), [(380, 650), (380, 700), (672, 700), (100, 671), (0, 690)])
def test_what_was_written_after_the_saved_state_is_written_again(
    tmp_path: Path, saved_at: int, killed_at: int
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    record(recorder(whole, 700), 0, 700).close()
    first = record(recorder(broken, 700), 0, saved_at)
    saved = saved_state(first)
    record(first, saved_at, killed_at)
    if killed_at == 700:
        first.close()
    second = recorder(broken, 700)
    second.restore(*saved)
    record(second, saved_at, 700).close()
    assert contents(broken / "series.zarr") == contents(whole / "series.zarr")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_wrong_resumes_are_refused(tmp_path: Path) -> None:
    first = record(recorder(tmp_path, 50), 0, 20)
    arrays, values = first.state()
    with pytest.raises(ValueError, match="kept in memory"):
        recorder(n_steps=50).restore(arrays, values)
    for changes in ({"steps": 40}, {"steps": 19}, {"row": "another"}, {"pieces": {"crowd/0.0.0": "ab"}}):
        with pytest.raises(ValueError, match="to resume from"):
            recorder(tmp_path, 50).restore(arrays, values | changes)


def test_a_changed_or_missing_piece_is_named(tmp_path: Path) -> None:
    saved = saved_state(record(recorder(tmp_path, 1400), 0, 700))
    pieces = sorted(saved[1]["pieces"])
    assert "crowd/0.0.0" in pieces
    recorder(tmp_path, 1400).restore(*saved)
    for name in pieces:
        file = tmp_path / "series.zarr" / name
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(UserError, match=f"{name} is not as it was written"):
            recorder(tmp_path, 1400).restore(*saved)
        file.unlink()
        with pytest.raises(UserError, match=f"{name} is missing"):
            recorder(tmp_path, 1400).restore(*saved)
        file.write_bytes(content)


def test_a_step_must_be_whole_and_fit() -> None:
    taken = recorder(n_steps=5)
    with pytest.raises(ValueError, match=r"missing \['fled'\]"):
        taken.append({name: value for name, value in values(0).items() if name != "fled"})
    with pytest.raises(ValueError, match=r"unknown \['flead'\]"):
        taken.append(values(0) | {"flead": np.zeros(3)})
    with pytest.raises(ValueError, match=r"fled: shape \(2,\)"):
        taken.append(values(0) | {"fled": np.zeros(2, np.int32)})
    with pytest.raises(ValueError, match="do not fit int32"):
        taken.append(values(0) | {"fled": np.full(3, 2**31)})
    with pytest.raises(ValueError, match="whole numbers"):
        taken.append(values(0) | {"fled": np.full(3, 1.5)})
    with pytest.raises(ValueError, match="NaN"):
        taken.append(values(0) | {"fled": np.full(3, np.nan)})
    with pytest.raises(ValueError, match="do not fit int32"):
        taken.append(values(0) | {"fled": np.full(3, np.inf)})
    taken.append(values(0) | {"fled": np.full(3, 7.0)})
    assert taken.steps == 1


def test_coordinates_are_checked() -> None:
    with pytest.raises(ValueError, match=r"missing: \['side'\]"):
        Recorder(None, {k: v for k, v in COORDINATES.items() if k != "side"}, START, 30, 5, table())
    with pytest.raises(ValueError, match="workers: 2 values"):
        recorder(workers=[1.0, 2.0])


def test_memory_stays_bounded() -> None:
    taken = recorder(n_steps=48 * 365)
    held = taken._rows.nbytes + taken._step_digests.nbytes
    assert held <= PIECE_DAYS * 48 * 250


def test_the_schema_is_read_and_checked() -> None:
    variables = output_variables()
    assert {"crowd", "dead", "fled"} <= {v.name for v in variables}
    assert "step_digest" not in {v.name for v in variables}
    with pytest.raises(ValueError, match="first dimension must be time"):
        variables_from("name,dims,dtype,unit,text\ncrowd,place time,int32,person,x")
