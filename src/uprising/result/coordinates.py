"""Names along the dimensions of a run's series, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.schema import Output
from uprising.state import ROLES, SIDES, UNIT_SIDES

ALONG_PLACE = ("population", "workers")

Coordinate = Sequence[Any] | tuple[str, Sequence[Any]]


def coordinates_of(
    world: Any, workers: NDArray[np.float64], members: Sequence[str]
) -> dict[str, Coordinate]:
    """Collect the names along each dimension of a run's series, and what lies beside them.

    Parameters
    ----------
    world
        The built world: places with their towns and population, sites, units, nodes.
    workers
        Employed people [place], in people of the real population.
    members
        Ids of the hegemon's council.
    """
    return {
        "place": world.place_ids,
        "place_name": world.place_names,
        "place_group": [world.group_ids[group] for group in world.place_group],
        "population": [float(people) for people in world.population],
        "workers": [float(people) for people in workers],
        "role": list(ROLES),
        "side": list(SIDES),
        "site": world.site_ids,
        "unit": world.unit_ids,
        "unit_name": world.unit_names,
        "unit_side": [UNIT_SIDES[side] for side in world.unit_side],
        "node": world.node_ids,
        "member": list(members),
    }


def sort_coordinates(
    coordinates: Mapping[str, Coordinate], variables: Sequence[Output]
) -> tuple[dict[str, list[str]], dict[str, tuple[str, list[Any]]]]:
    """Names along the dimensions, and what lies beside them as pairs of dimension and values.

    Raises
    ------
    ValueError
        A dimension of the variables has no names, or values beside one are more or fewer than its names.
    """
    dimensions = {d for v in variables for d in v.dims if d != "time"} | {"member"}
    names: dict[str, list[str]] = {}
    beside: dict[str, tuple[str, list[Any]]] = {}
    for key, given in coordinates.items():
        owners = [d for d in sorted(dimensions, key=len, reverse=True) if key.startswith(f"{d}_")]
        if (
            isinstance(given, tuple)
            and len(given) == 2
            and isinstance(given[0], str)
            and not isinstance(given[1], str)
        ):
            beside[key] = (given[0], list(given[1]))
        elif key in ALONG_PLACE:
            beside[key] = ("place", list(given))
        elif key not in dimensions and owners:
            beside[key] = (owners[0], list(given))
        else:
            names[key] = [str(name) for name in given]
    missing = {d for v in variables for d in v.dims[1:]} - set(names)
    if missing:
        raise ValueError(f"coordinates are missing: {sorted(missing)}")
    for key, (dimension, values) in beside.items():
        expected = len(names.get(dimension, []))
        if len(values) != expected:
            raise ValueError(
                f"coordinate {key}: {len(values)} values along {dimension}, which has {expected}"
            )
    return names, beside
