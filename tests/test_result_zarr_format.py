"""Zarr format 2 by hand: zarr reads what is written here, and what zarr writes is read here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from uprising.result.zarr_format import Files, Group, zarr_store


@pytest.mark.parametrize("is_on_disk", [True, False])
def test_zarr_reads_what_is_written(tmp_path: Path, is_on_disk: bool) -> None:
    group = Group(Files(tmp_path / "it.zarr") if is_on_disk else {})
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
            zarr_store(group.store), mode="r", zarr_format=2, use_consolidated=use_consolidated
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
    assert group.read("fled").tolist() == [0, 0, 1, 1, 0, 0]


def test_what_zarr_writes_is_read(tmp_path: Path) -> None:
    root = zarr.create_group(str(tmp_path), zarr_format=2)
    values = np.arange(35.0).reshape(5, 7)
    for order, separator in (("C", "."), ("F", "/")):
        root.create_array(
            f"numbers_{order}", shape=(5, 7), chunks=(2, 3), dtype="f8", order=order,
            chunk_key_encoding={"name": "v2", "separator": separator},
        )[...] = values  # fmt: skip
    root.create_array("plain", shape=(3,), chunks=(2,), dtype="u1", compressors=None, fill_value=7)[:2] = 1
    root.create_array("words", shape=(2,), chunks=(2,), dtype=str)[...] = np.array(["Győr", "a"], object)
    zarr.consolidate_metadata(str(tmp_path), zarr_format=2)
    group = Group.open(Files(tmp_path))
    assert group.names == ["numbers_C", "numbers_F", "plain", "words"]
    np.testing.assert_array_equal(group.read("numbers_C"), values)
    np.testing.assert_array_equal(group.read("numbers_F"), values)
    assert group.read("plain").tolist() == [1, 1, 7]
    assert group.read("words").tolist() == ["Győr", "a"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \.zmetadata"):
        Group.open(Files(tmp_path / "nowhere"))
