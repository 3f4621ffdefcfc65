"""Series by town: districts of a city are added up, shares and beliefs averaged over their people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray


def town_label(identifier: str) -> str:
    """The short name by which a town is selected.

    Examples
    --------
    >>> town_label("T_BUDAPEST")
    'budapest'
    """
    return identifier.removeprefix("T_").removeprefix("CO_").lower()


def by_town(series: xarray.Dataset) -> xarray.Dataset:
    """Aggregate the leaf places of a run's series to towns and countrysides.

    Parameters
    ----------
    series
        Series as recorded, with the coordinates `place_group` and `population` [place].

    Returns
    -------
    xarray.Dataset
        The same variables with one `place` a town, labelled in lower case ("budapest"); coordinate
        `place_id` keeps the id. Persons are summed, everything else is averaged weighted by population.
        The series themselves where places have no groups.
    """
    if "place_group" not in series.coords:
        return series
    import xarray

    names = [str(name) for name in series["place_group"].values]
    groups = list(dict.fromkeys(names))
    labels = [town_label(group) for group in groups]
    if len(set(labels)) < len(labels):
        labels = [group.lower() for group in groups]
    member = np.array([groups.index(name) for name in names])
    weight = series["population"].values if "population" in series.coords else np.ones(len(names))
    variables: dict[str, Any] = {}
    for name, values in series.data_vars.items():
        if "place" not in values.dims:
            variables[str(name)] = values.drop_vars([c for c in values.coords if "place" in values[c].dims])
            continue
        axis = values.dims.index("place")
        array = np.moveaxis(values.values, axis, 0)
        if values.attrs.get("unit") == "person":
            taken = _added(array, member, len(groups))
        else:
            shares = weight.reshape(-1, *([1] * (array.ndim - 1)))
            total = _added(weight, member, len(groups)).reshape(-1, *([1] * (array.ndim - 1)))
            taken = (_added(array * shares, member, len(groups)) / np.maximum(total, 1e-300)).astype(
                array.dtype
            )
        variables[str(name)] = (values.dims, np.moveaxis(taken, 0, axis), values.attrs)
    beside = {name: c for name, c in series.coords.items() if "place" not in c.dims}
    beside |= {"place": labels, "place_id": ("place", groups)}
    for name in ("population", "workers"):
        if name in series.coords:
            beside[name] = ("place", _added(series[name].values, member, len(groups)))
    return xarray.Dataset(variables, beside, series.attrs)


def _added(array: NDArray[Any], member: NDArray[Any], n_groups: int) -> NDArray[Any]:
    """Sum of rows by group, in the order of rows; dtype kept."""
    added = np.zeros((n_groups, *array.shape[1:]), array.dtype)
    for row, group in enumerate(member):
        added[group] += array[row]
    return added
