"""The series of a run as plain arrays: what the end of a run reads, without the time that xarray takes to start."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = "_ARRAY_DIMENSIONS"
MINUTES = "minutes since "


class Variable:
    """One array of a store, read when its values are first asked for.

    Parameters
    ----------
    array
        The Zarr array.
    """

    def __init__(self, array: Any) -> None:
        self._array = array
        self.attrs: dict[str, Any] = dict(array.attrs)
        self.dims: tuple[str, ...] = tuple(self.attrs.pop(DIMENSIONS))

    @cached_property
    def values(self) -> NDArray[Any]:
        """The array; moments as datetime64."""
        values = np.asarray(self._array[...])
        units = str(self.attrs.get("units", ""))
        if not units.startswith(MINUTES):
            return values
        first = np.datetime64(units.removeprefix(MINUTES).replace(" ", "T"), "m")
        return np.asarray((first + values * np.timedelta64(1, "m")).astype("datetime64[ns]"))


class Recorded:
    """Series by leaf place as recorded; names, dims, attrs and values as in `Result.places`.

    Parameters
    ----------
    store
        `series.zarr` of a run folder, or a Zarr store in memory.

    Raises
    ------
    OSError, KeyError, ValueError
        There is no such store, or it is not whole.
    """

    def __init__(self, store: Any) -> None:
        import zarr

        root = zarr.open_group(store, mode="r", zarr_format=2)
        self.attrs: dict[str, Any] = dict(root.attrs)
        beside = str(self.attrs.pop("coordinates", "")).split()
        self._variables = {name: Variable(array) for name, array in root.arrays()}
        self.coords = {
            name: variable
            for name, variable in self._variables.items()
            if name in beside or variable.dims == (name,)
        }

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __getitem__(self, name: str) -> Variable:
        return self._variables[name]
