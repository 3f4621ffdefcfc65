"""The series of a run as plain arrays: what the end of a run reads, without the time that xarray takes to start."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.result.reading import MINUTES, OTHER_VERSION, open_group
from uprising.result.zarr_format import DIMENSIONS, METADATA, Group, Store


class Variable:
    """One array of a store, read when its values are first asked for.

    Parameters
    ----------
    group, name
        Where it is.
    """

    def __init__(self, group: Group, name: str) -> None:
        self._group, self._name = group, name
        self.attrs: dict[str, Any] = group.attributes_of(name)
        self.dims: tuple[str, ...] = tuple(self.attrs.pop(DIMENSIONS))
        self.shape, self.dtype = group.layout(name).shape, group.layout(name).dtype

    @cached_property
    def values(self) -> NDArray[Any]:
        """The array; moments as datetime64."""
        values = self._group.read(self._name)
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
        The files of `series.zarr` in a run folder, or what would be in them.

    Raises
    ------
    DamagedError
        There is no such store, or it is not whole.
    """

    def __init__(self, store: Store) -> None:
        group = open_group(store)
        self.group = group
        self.attrs: dict[str, Any] = group.attributes
        beside = str(self.attrs.pop("coordinates", "")).split()
        self._variables = {name: Variable(group, name) for name in group.names}
        self.coords = {
            name: variable
            for name, variable in self._variables.items()
            if name in beside or variable.dims == (name,)
        }
        self.data_vars = {
            name: variable for name, variable in self._variables.items() if name not in self.coords
        }

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __getitem__(self, name: str) -> Variable:
        if name not in self._variables:
            raise self.group.damaged(METADATA, f"describes no {name}: {OTHER_VERSION}")
        return self._variables[name]
