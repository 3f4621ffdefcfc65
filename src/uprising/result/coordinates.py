"""Names along the dimensions of a run's series, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from uprising.schema import Output

ALONG_PLACE = ("population", "workers")

Coordinate = Sequence[Any] | tuple[str, Sequence[Any]]


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
