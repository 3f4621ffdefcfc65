"""Series of a run or an ensemble as a lazy xarray Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uprising.result.reading import open_group
from uprising.result.zarr_format import Store

if TYPE_CHECKING:
    import xarray


def open_series(store: Store) -> xarray.Dataset:
    """Open the series of a run or an ensemble with their coordinates.

    Parameters
    ----------
    store
        The files of `series.zarr`, or what would be in them.

    Returns
    -------
    xarray.Dataset
        Values are read, and checked, when they are used.

    Raises
    ------
    DamagedError
        There is no such store, or it is not whole.
    """
    import xarray

    from uprising.result.lazy import Backend

    opened: xarray.Dataset = xarray.open_dataset(open_group(store), engine=Backend)  # type: ignore[arg-type]
    return opened
