"""Zarr format 2 by hand: zarr reads what is written here, and what zarr writes is read here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from uprising.errors import DamagedError
from uprising.result.zarr_format import Files, Group


def test_zarr_reads_what_is_written(tmp_path: Path) -> None:
    group = Group(Files(tmp_path / "it.zarr"))
    values = np.arange(70).reshape(7, 5, 2).astype("i4")
    group.create("counts", ("time", "place", "side"), values.shape, (3, 5, 2), "i4", {"unit": "person"})
    for number in range(3):
        group.write("counts", number, values[3 * number : 3 * number + 3])
    group.put("place", ("place",), np.array(["Győr", "Pécs"]), {})
    group.put("nothing", ("session", "member"), np.zeros((0, 3), "f4"), {})
    group.set_attributes({"start": "then"})
    group.consolidate()
    for use_consolidated in (True, False):
        root = zarr.open_group(
            tmp_path / "it.zarr", mode="r", zarr_format=2, use_consolidated=use_consolidated
        )
        assert dict(root.attrs) == {"start": "then"}
        np.testing.assert_array_equal(root["counts"][...], values)
        assert dict(root["counts"].attrs)["unit"] == "person"
        assert root["place"][...].tolist() == ["Győr", "Pécs"]
        assert root["nothing"].shape == (0, 3)


def test_what_is_cut_off_is_gone(tmp_path: Path) -> None:
    group = Group(Files(tmp_path))
    group.create("fled", ("time",), (6,), (2,), "i4", {})
    for number in range(3):
        group.write("fled", number, np.full(2, number, "i4"))
    group.resize("fled", 3)
    assert sorted(name for name in group.store if not name.split("/")[-1].startswith(".")) == ["fled/0", "fled/1"]
    group.resize("fled", 6)
    assert group.read("fled", 1, 4).tolist() == [0, 1, 1]
    with pytest.raises(DamagedError, match=r"fled/2 is missing"):
        group.read("fled")
    with pytest.raises(DamagedError, match=r"fled/2 is missing"):
        group.read("fled", 3)


def test_what_zarr_writes_in_the_same_layout_is_read(tmp_path: Path) -> None:
    """Ensembles were once written by zarr itself."""
    root = zarr.create_group(str(tmp_path), zarr_format=2)
    values = np.arange(35.0).reshape(5, 7)
    for name, compressors in (("plain", None), ("light", "auto")):
        made = root.create_array(
            name, shape=(5, 7), chunks=(2, 7), dtype="f8", compressors=compressors, fill_value=None,
            attributes={"_ARRAY_DIMENSIONS": ["time", "place"]},
        )  # fmt: skip
        made[...] = values
    zarr.consolidate_metadata(str(tmp_path), zarr_format=2)
    group = Group.open(Files(tmp_path))
    assert sorted(group.names) == ["light", "plain"]
    for name in group.names:
        np.testing.assert_array_equal(group.read(name), values)
        np.testing.assert_array_equal(group.read(name, 1, 4), values[1:4])


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"\.zmetadata is missing"):
        Group.open(Files(tmp_path / "nowhere"))
