"""What xarray asks of a format that it does not know: arrays that are read when they are used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import xarray
from numpy.typing import NDArray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from uprising.result.zarr_format import DIMENSIONS, Group


class StoredArray(BackendArray):
    """An array of a store.

    Parameters
    ----------
    group, name
        Where it is.
    """

    def __init__(self, group: Group, name: str) -> None:
        self._group, self._name = group, name
        self.shape, self.dtype = group.layout(name).shape, group.layout(name).dtype

    def __getitem__(self, key: Any) -> Any:
        """Read what an indexer of xarray selects."""
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """Read the rows that are asked for, and no others: a run of an ensemble is a row."""
        if not self.shape:
            return np.asarray(self._group.read(self._name)[key])
        rows, rest = key[0], key[1:]
        if not isinstance(rows, slice):
            row = int(rows) % self.shape[0]
            return np.asarray(self._group.read(self._name, row, row + 1)[(0, *rest)])
        wanted = range(self.shape[0])[rows]
        if not wanted:
            return np.asarray(self._group.read(self._name, 0, 0)[(slice(0, 0), *rest)])
        first = min(wanted[0], wanted[-1])
        values = self._group.read(self._name, first, max(wanted[0], wanted[-1]) + 1)
        return np.asarray(values[wanted[0] - first :: wanted.step][: len(wanted)][(slice(None), *rest)])


class Backend(BackendEntrypoint):
    """Opens a `Group`; variables carry their units, and no encoding of this format."""

    open_dataset_parameters: ClassVar[Any] = ("filename_or_obj", "drop_variables")

    def open_dataset(
        self, filename_or_obj: Any, *, drop_variables: str | Iterable[str] | None = None
    ) -> xarray.Dataset:
        """Make the Dataset of a group's arrays, with times and coordinates decoded."""
        group: Group = filename_or_obj
        variables = {}
        for name in group.names:
            attributes = group.attributes_of(name)
            dims = attributes.pop(DIMENSIONS)
            data = indexing.LazilyIndexedArray(StoredArray(group, name))
            variables[name] = xarray.Variable(dims, data, attributes)
        return xarray.decode_cf(
            xarray.Dataset(variables, attrs=group.attributes), drop_variables=drop_variables
        )
