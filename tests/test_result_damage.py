"""Folders that are damaged, or made by a stranger: a clear error that names the file, never another result."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import xarray

from recorded_runs import finished
from uprising.errors import DamagedError, FolderWarning
from uprising.experiment import verify
from uprising.result import open_result
from uprising.result.checksums import SUMS, Checksums, add, replace, seal
from uprising.result.folder import json_bytes


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    finished(folder)
    return folder


def read_all(folder: Path) -> None:
    """Open a run and read all of it, both ways."""
    result = open_result(folder)
    for variable in (*result.recorded.data_vars.values(), *result.recorded.coords.values()):
        variable.values  # noqa: B018 - read
    result.places.load()


def unsealed(folder: Path) -> Path:
    """A folder that says nothing of its files: what is in them must be refused for what it is."""
    (folder / SUMS).unlink(missing_ok=True)
    return folder


def change_metadata(folder: Path, name: str, **change: Any) -> None:
    """Say something else of an array than was written."""
    path = folder / "series.zarr" / ".zmetadata"
    document = json.loads(path.read_text())
    document["metadata"][name].update(change)
    path.write_text(json.dumps(document))


def change_json(folder: Path, file: str, **change: Any) -> None:
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def files_of(folder: Path) -> list[str]:
    return [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file()]


def test_every_result_file_is_listed_and_other_tools_agree(run: Path) -> None:
    listed = set(Checksums.of(run))
    assert set(files_of(run)) - listed == {SUMS, "log.txt"}
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=run, check=True)


def test_what_is_added_later_does_no_harm(run: Path) -> None:
    (run / "report.html").write_text("x")
    (run / "export").mkdir()
    (run / "export" / "crowd.csv").write_text("x")
    (run / ".events.parquet.77.part").write_text("half")
    with (run / "log.txt").open("a") as log:
        log.write("later\n")
    read_all(run)
    assert verify(run).is_sound


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone", "exchanged", "pipe", "folder"])
def test_a_damaged_file_is_named_whatever_it_is(run: Path, damage: str) -> None:
    shutil.copytree(run, whole := run.with_name("whole"))
    listed = [*Checksums.of(whole), SUMS]
    for name in listed:
        file, content = run / name, (run / name).read_bytes()
        file.unlink()
        if damage == "flip":
            middle = len(content) // 2
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :])
        elif damage == "cut":
            file.write_bytes(content[: len(content) * 2 // 3])
        elif damage == "empty":
            file.write_bytes(b"")
        elif damage == "exchanged":
            file.write_bytes((whole / listed[listed.index(name) - 1]).read_bytes())
        elif damage == "pipe":
            os.mkfifo(file)
        elif damage == "folder":
            file.mkdir()
        found = verify(run)
        if damage == "gone" and name == SUMS:
            assert not found.has_checksums
        else:
            assert name in [error.file for error in found.damaged]
        # not read by the program: zarr's own readers want them
        if name.split("/")[-1] not in (".zarray", ".zattrs", ".zgroup") and not (damage == "gone" and name == SUMS):
            with pytest.raises(DamagedError) as told:
                read_all(run)
            assert told.value.file == name
            assert str(run) in str(told.value)
        shutil.rmtree(run)
        shutil.copytree(whole, run)
    read_all(run)


def test_a_missing_chunk_is_never_zeros(run: Path) -> None:
    (unsealed(run) / "series.zarr" / "crowd" / "0.0.0").unlink()
    with pytest.warns(FolderWarning, match="no checksums"):
        result = open_result(run)
    for read in (lambda: result.recorded["crowd"].values, lambda: result.places["crowd"].values):
        with pytest.raises(DamagedError, match=r"series\.zarr/crowd.*(missing|expected)"):
            read()
    assert result.places["fled"].values.any()


HOSTILE_METADATA: list[tuple[str, dict[str, Any]]] = [
    ("crowd/.zarray", {"compressor": {"id": "pickle"}}),
    ("crowd/.zarray", {"compressor": {"id": "lzma"}}),
    ("crowd/.zarray", {"filters": [{"id": "pickle"}]}),
    ("time/.zarray", {"compressor": {"id": "pickle"}}),
    ("crowd/.zarray", {"dtype": "|O"}),
    ("crowd/.zarray", {"dtype": ">i4"}),
    ("crowd/.zarray", {"dtype": [["a", "<i4"]]}),
    ("crowd/.zarray", {"dtype": "<f4"}),
    ("crowd/.zarray", {"shape": [10**12, 3, 2]}),
    ("crowd/.zarray", {"shape": [-1, 3, 2]}),
    ("crowd/.zarray", {"shape": [400.0, 3, 2]}),
    ("crowd/.zarray", {"shape": "many"}),
    ("crowd/.zarray", {"chunks": [0, 3, 2]}),
    ("crowd/.zarray", {"chunks": [400, 1, 2]}),
    ("crowd/.zarray", {"chunks": [10**9, 3, 2]}),
    ("crowd/.zarray", {"chunks": [400]}),
    ("crowd/.zarray", {"order": "F"}),
    ("crowd/.zarray", {"dimension_separator": "/../../"}),
    ("crowd/.zarray", {"fill_value": 7}),
    ("crowd/.zarray", {"zarr_format": 3}),
    ("crowd/.zattrs", {"_ARRAY_DIMENSIONS": ["time", "place"]}),
    ("crowd/.zattrs", {"_ARRAY_DIMENSIONS": ["time", "time", "role"]}),
    ("crowd/.zattrs", {"_ARRAY_DIMENSIONS": 3}),
    ("crowd/.zattrs", {"scale_factor": 2.0}),
    ("time/.zattrs", {"units": "days since the flood"}),
    ("time/.zattrs", {"units": "minutes since 9999-99-99 00:00"}),
    ("time/.zattrs", {"calendar": "noleap"}),
    (".zattrs", {"step_minutes": 0}),
    (".zattrs", {"start": None}),
    (".zattrs", {"coordinates": ["place"]}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::uprising.errors.FolderWarning")
@pytest.mark.parametrize(("name", "change"), HOSTILE_METADATA, ids=[f"{n}:{c}"[:60] for n, c in HOSTILE_METADATA])
def test_metadata_that_the_program_does_not_write_are_refused(run: Path, name: str, change: dict[str, Any]) -> None:
    change_metadata(unsealed(run), name, **change)
    with pytest.raises(DamagedError):
        read_all(run)


HOSTILE_DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("summary.json", {"totals": None}),
    ("summary.json", {"totals": {"dead_civilian": float("nan")}}),
    ("summary.json", {"dates": {"truce": "soon"}}),
    ("summary.json", {"dates": {"truce": "9999-01-01T00:00"}}),
    ("summary.json", {"seed": "1"}),
    ("summary.json", {"seed": -1}),
    ("summary.json", {"case": "../../etc/passwd"}),
    ("summary.json", {"case": "a\x1b[31m"}),
    ("summary.json", {"scale": 0}),
    ("summary.json", {"result_digest": "x"}),
    ("summary.json", {"outcome": 7}),
    ("provenance.json", {"parameters": [1]}),
    ("provenance.json", {"case_folder": None}),
    ("provenance.json", {"command": "uprising"}),
    ("provenance.json", {"start": "then"}),
    ("provenance.json", {"step_minutes": 0}),
]


@pytest.mark.filterwarnings("ignore::uprising.errors.FolderWarning")
@pytest.mark.parametrize(("file", "change"), HOSTILE_DOCUMENTS, ids=[f"{n}:{c}"[:60] for n, c in HOSTILE_DOCUMENTS])
def test_documents_of_another_form_are_refused(run: Path, file: str, change: dict[str, Any]) -> None:
    change_json(unsealed(run), file, **change)
    with pytest.raises(DamagedError) as told:
        open_result(run)
    assert told.value.file == file


@pytest.mark.filterwarnings("ignore::uprising.errors.FolderWarning")
@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"\xff\xfe", b"7", b"[" * 100_000, b"\0" * 100])
def test_documents_that_are_none_are_refused(run: Path, content: bytes) -> None:
    for file in ("summary.json", "provenance.json", "series.zarr/.zmetadata"):
        before = (unsealed(run) / file).read_bytes()
        (run / file).write_bytes(content)
        with pytest.raises(DamagedError):
            open_result(run)
        (run / file).write_bytes(before)


@pytest.mark.filterwarnings("ignore::uprising.errors.FolderWarning")
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("time", pyarrow.array(["then", "now"])),
        ("time", pyarrow.array([10**15, 0], pyarrow.timestamp("ms"))),
        ("time", pyarrow.array([None, 0], pyarrow.timestamp("ms"))),
        ("kind", pyarrow.array([1, 2])),
        ("kind", pyarrow.array([None, "shots"])),
        ("quantity", pyarrow.array([float("nan"), 1.0])),
        ("text", pyarrow.array([b"\xff", b"a"])),
        ("text", None),
    ],
)
def test_events_of_another_form_are_refused(run: Path, column: str, values: Any) -> None:
    table = pyarrow.parquet.read_table(run / "events.parquet")
    at = table.column_names.index(column)
    table = table.remove_column(at) if values is None else table.set_column(at, column, values)
    pyarrow.parquet.write_table(table, unsealed(run) / "events.parquet")
    with pytest.raises(DamagedError) as told:
        open_result(run)
    assert told.value.file == "events.parquet"


@pytest.mark.filterwarnings("ignore::uprising.errors.FolderWarning")
def test_values_that_cannot_be_are_refused(run: Path) -> None:
    from uprising.result.zarr_format import Files, Group

    group = Group.open(Files(unsealed(run) / "series.zarr"))
    for name, value in (("crowd", -1), ("belief", np.nan), ("control", np.inf), ("place", "\ud800")):
        before = group.read(name)
        spoilt = before.copy()
        spoilt[(0,) * spoilt.ndim] = value
        group.write(name, 0, spoilt[: group.layout(name).chunks[0]])
        with pytest.raises(DamagedError):
            read_all(run)
        group.write(name, 0, before[: group.layout(name).chunks[0]])
    read_all(run)


def test_the_digest_is_computed_again_from_the_series(run: Path) -> None:
    """Whoever changes series, events or summary and writes new checksums is still found out."""
    from uprising.result.zarr_format import Files, Group

    def sealed_again() -> list[str]:
        seal(run, ("series.zarr", "events.parquet", "provenance.json", "summary.json"))
        return [str(error) for error in verify(run).damaged]

    assert sealed_again() == []
    group = Group.open(Files(run / "series.zarr"))
    fled = group.read("fled")
    spoilt = fled.copy()
    spoilt[123, 1] += 1
    group.write("fled", 0, spoilt)
    assert "from step 123 of 400" in sealed_again()[0]
    group.write("fled", 0, fled)
    events = pyarrow.parquet.read_table(run / "events.parquet")
    pyarrow.parquet.write_table(events.slice(0, 1), run / "events.parquet")
    assert "from step 90 of 400" in sealed_again()[0]
    pyarrow.parquet.write_table(events, run / "events.parquet")
    summary = json.loads((run / "summary.json").read_text())
    summary["totals"]["wounded"] += 1
    (run / "summary.json").write_bytes(json_bytes(summary))
    assert "totals.wounded 401; the series give 400" in sealed_again()[0]


def test_a_listed_file_is_replaced_without_a_moment_of_damage(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The score goes into summary.json after the run was finished."""
    score = {"inside": 1, "all": 2}
    summary = json.loads((run / "summary.json").read_text()) | {"score": score}
    states = []
    really = os.replace

    def watched(source: Any, target: Any) -> None:
        really(source, target)
        states.append(open_result(run).summary["score"])

    monkeypatch.setattr("os.replace", watched)
    replace(run, "summary.json", json_bytes(summary))
    assert states == [None, score, score]
    assert Checksums.of(run).known["summary.json"] == {
        line.split()[0] for line in (run / SUMS).read_text().splitlines() if line.endswith("summary.json")
    }
    (run / "people.parquet").write_bytes(b"people")
    add(run, "people.parquet")
    assert "people.parquet" in Checksums.of(run)


def test_checksums_name_no_file_elsewhere(run: Path) -> None:
    from uprising.result.checksums import checksum

    for name in ("../elsewhere", "/etc/passwd", "a/../../b", "a\\b"):
        body = f"{checksum(b'')}  {name}\n"
        (run / SUMS).write_text(f"# uprising, checksum of the lines below: {checksum(body.encode())}\n{body}")
        with pytest.raises(DamagedError, match="no checksum of a file"):
            Checksums.of(run)


def test_lazy_reading_is_plain_reading(run: Path) -> None:
    result = open_result(run)
    whole = {name: variable.values for name, variable in result.recorded.data_vars.items()}
    for key in ({"time": 5}, {"time": slice(300, 40, -7)}, {"time": slice(3, 3)}, {"time": [2, 399, 7]},
                {"time": -1}, {"place": 1}, {"time": slice(None, None, 3), "place": slice(0, 2)}):  # fmt: skip
        lazy = open_result(run).places["crowd"].isel(key)
        expected = xarray.DataArray(whole["crowd"], dims=("time", "place", "role")).isel(key)
        np.testing.assert_array_equal(lazy.values, expected.values)


def test_series_are_written_by_xarray_as_they_are(run: Path) -> None:
    series = open_result(run).series
    series[["crowd", "belief"]].to_zarr(run / "copy.zarr", zarr_format=2)
    copied = xarray.open_zarr(run / "copy.zarr", chunks=None)
    np.testing.assert_array_equal(copied["crowd"].values, series["crowd"].values)
    np.testing.assert_array_equal(copied["time"].values, series["time"].values)


def test_the_command_names_what_is_damaged(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from uprising.cli import main

    def told(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["verify", str(run), *arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    code, out, _ = told()
    assert code == 0
    assert "as they were written" in out
    (run / "series.zarr" / "fled" / "0.0").unlink()
    code, out, err = told("--json")
    assert code == 2
    assert "series.zarr/fled/0.0 is missing" in err
    assert [one["file"] for one in json.loads(out)["damaged"]] == ["series.zarr/fled/0.0"]
