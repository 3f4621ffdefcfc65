"""Name and side of each unit in a run's series: part of a large formation has those of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import xarray

    from uprising.case import Case
    from uprising.result.recorded import Recorded

UNKNOWN = "unknown"
"""side of a unit of which neither the run nor its case tells"""


class Unit(NamedTuple):
    """One unit: its id along the series, its name, and its side as in `uprising.state.UNIT_SIDES`."""

    id: str
    name: str
    side: str


def units_in(series: xarray.Dataset | Recorded, case: Case | None) -> list[Unit]:
    """List the units along a run's series.

    Parameters
    ----------
    series
        Series as recorded. Runs of this version carry name and side beside the unit.
    case
        The case of the run: it tells of the units of runs that older versions made.

    Returns
    -------
    list of Unit
        In the order of the series; empty where the run records no units.
    """
    if "unit" not in series:
        return []
    ids = [str(key) for key in series["unit"].values]
    if "unit_side" in series and "unit_name" in series:
        names, sides = series["unit_name"].values, series["unit_side"].values
        return [Unit(key, str(name), str(side)) for key, name, side in zip(ids, names, sides, strict=True)]
    known: dict[str, dict[str, Any]] = {}
    if case is not None:
        from uprising.case.world import units_of

        known = {str(row["id"]): row for row in units_of(case)}
    return [
        Unit(key, str(known[key]["name"]), str(known[key]["side"]))
        if key in known
        else Unit(key, key, UNKNOWN)
        for key in ids
    ]
