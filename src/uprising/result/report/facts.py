"""What the sections of a report read: a run's arrays with its case, names, map and documented record."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.case import Case, CaseError, load_case
from uprising.result.forces import Unit, units_in
from uprising.result.geometry import CaseMap, read_map
from uprising.result.holding import holders_shown
from uprising.result.report.documented import Documented, read_documented
from uprising.state import DISSOLVED, UNIT_SIDES


class Facts:
    """A run and what belongs to it. Missing variables, case, map or record leave parts of the report out.

    Parameters
    ----------
    result
        A run with `recorded` (or arrays with `values`, `dims` and `attrs` by name), `events`, `summary`, and
        `provenance` if it has one.
    """

    def __init__(self, result: Any) -> None:
        self.summary: dict[str, Any] = result.summary
        self.provenance: dict[str, Any] = dict(getattr(result, "provenance", None) or {})
        self.data: Any = result.recorded
        self.events: list[dict[str, Any]] = sorted(result.events.to_pylist(), key=lambda row: row["time"])
        self.run: Any = result
        self.times: NDArray[np.datetime64] = self.data["time"].values.astype("datetime64[m]")
        self._arrays: dict[str, NDArray[Any]] = {}
        self._by_place: dict[str, NDArray[np.float64]] = {}
        self._totals: dict[str, NDArray[np.float64]] = {}
        known: Case | None = getattr(result, "case", None)
        self.case, self.case_fault = (
            (known, "") if known is not None else _case_of(self.summary, self.provenance)
        )

    # ---- arrays ---------------------------------------------------------------------------------------

    def has(self, *names: str) -> bool:
        """Are there such variables or coordinates."""
        return all(name in self.data or name in self.data.coords for name in names)

    def array(self, name: str) -> NDArray[Any]:
        """Values of a variable, time first; dimensions as in schema/outputs.csv."""
        if name not in self._arrays:
            self._arrays[name] = np.asarray(self.data[name].values)
        return self._arrays[name]

    def by_place(self, name: str) -> NDArray[np.float64]:
        """[time, place] values of a variable, summed over role or side."""
        if name not in self._by_place:
            values = self.array(name).astype(np.float64)
            self._by_place[name] = values.sum(axis=2) if values.ndim == 3 else values
        return self._by_place[name]

    def total(self, name: str) -> NDArray[np.float64]:
        """[time] sum over all places."""
        if name not in self._totals:
            self._totals[name] = np.asarray(self.by_place(name).sum(axis=1))
        return self._totals[name]

    def in_capital(self, name: str) -> NDArray[np.float64]:
        """[time] sum over the districts of the capital."""
        return np.asarray(self.by_place(name)[:, self.is_capital].sum(axis=1))

    def index_of(self, time: np.datetime64) -> int:
        """The step that holds a time."""
        found = int((self.times <= time).sum()) - 1
        return min(max(found, 0), len(self.times) - 1)

    # ---- names ----------------------------------------------------------------------------------------

    @functools.cached_property
    def place_ids(self) -> list[str]:
        """Ids of the leaf places, in the order of the arrays."""
        return [str(name) for name in self.data["place"].values]

    @functools.cached_property
    def site_ids(self) -> list[str]:
        """Ids of the sites, in the order of the arrays."""
        return [str(name) for name in self.data["site"].values] if self.has("site") else []

    @functools.cached_property
    def is_capital(self) -> NDArray[np.bool_]:
        """[place] belongs to the capital (without a case: to the town of most people)."""
        if not self.has("place_group"):
            return np.zeros(len(self.place_ids), np.bool_)
        group = self.data["place_group"].values.astype(str)
        if self.case is not None:
            return np.asarray(group == self.case.settings.case.capital)
        people = self.data["population"].values if self.has("population") else np.ones(len(group))
        largest = max(dict.fromkeys(group), key=lambda name: float(people[group == name].sum()))
        return np.asarray(group == largest)

    @functools.cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Rows of the case's places and sites by id."""
        if self.case is None:
            return {}
        return {str(row["id"]): row for name in ("places", "sites") for row in self.case.tables[name].rows}

    def name(self, identifier: str) -> str:
        """The name of a place, site, unit or council member; the id where the case does not say."""
        row = self.rows.get(identifier) or self._others.get(identifier)
        return str(row["name"]) if row else identifier

    @functools.cached_property
    def _others(self) -> dict[str, dict[str, Any]]:
        if self.case is None:
            return {}
        members = {str(row["id"]): row for row in self.case.tables["council"].rows}
        return {unit.id: unit._asdict() for unit in self.units} | members

    @property
    def title(self) -> str:
        """Title of the case."""
        return self.case.title if self.case is not None else str(self.summary.get("case", "A run"))

    @property
    def capital_name(self) -> str:
        """Name of the capital."""
        return self.name(self.case.settings.case.capital) if self.case is not None else "the capital"

    @property
    def hegemon(self) -> str:
        """Name of the hegemon."""
        return self.case.settings.case.hegemon if self.case is not None else "the hegemon"

    # ---- forces ---------------------------------------------------------------------------------------

    @functools.cached_property
    def units(self) -> list[Unit]:
        """Units in the order of the arrays."""
        return units_in(self.data, self.case)

    @functools.cached_property
    def is_hegemon_unit(self) -> NDArray[np.bool_]:
        """[unit] is it the hegemon's."""
        return np.array([unit.side == UNIT_SIDES[-1] for unit in self.units], np.bool_)

    @functools.cached_property
    def holders(self) -> NDArray[np.uint8]:
        """[time, site] who holds a site, as shown (see `uprising.result.holding`)."""
        minutes = int((self.times[1] - self.times[0]) / np.timedelta64(1, "m")) if len(self.times) > 1 else 30
        nobody = np.zeros_like(self.array("site_holder"))
        there, armed = (
            self.array(name) if self.has(name) else nobody for name in ("site_crowd", "site_fighting")
        )
        return holders_shown(self.array("site_holder"), there, armed, minutes)

    @functools.cached_property
    def nodes(self) -> list[str]:
        """Ids of the nodes at which units stand; empty where nothing tells."""
        if self.has("node"):
            return [str(name) for name in self.data["node"].values]
        if "node" in self.data.attrs:
            return [str(name) for name in self.data.attrs["node"]]
        if self.case is None or not self.has("unit_site"):
            return []
        from uprising.case.world import build_world

        return list(build_world(self.case).node_ids)

    @functools.cached_property
    def is_capital_node(self) -> NDArray[np.bool_]:
        """[node] lies in the capital."""
        inside = {name for name, here in zip(self.place_ids, self.is_capital, strict=True) if here}
        return np.array(
            [n in inside or self.rows.get(n, {}).get("place") in inside for n in self.nodes], np.bool_
        )

    @functools.cached_property
    def hegemon_men(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """[time] men of the hegemon in the country and in the capital; None where the run does not tell."""
        if not self.has("unit_site", "unit_men") or not self.nodes or not self.is_hegemon_unit.any():
            return None
        where = self.array("unit_site")[:, self.is_hegemon_unit].astype(np.int64)
        men = self.array("unit_men")[:, self.is_hegemon_unit].astype(np.float64)
        if self.has("unit_stance"):
            men = np.where(self.array("unit_stance")[:, self.is_hegemon_unit] == DISSOLVED, 0.0, men)
        inside = where >= 0
        capital = inside & self.is_capital_node[np.clip(where, 0, len(self.nodes) - 1)]
        return (men * inside).sum(axis=1), (men * capital).sum(axis=1)

    # ---- what lies beside the run -----------------------------------------------------------------------

    @functools.cached_property
    def map(self) -> CaseMap:
        """The case's map."""
        return read_map(self.case.folder / "map") if self.case is not None else CaseMap({}, {}, {})

    @property
    def is_baseline(self) -> bool:
        """The record is about what was, so it is shown beside a baseline only."""
        return (self.summary.get("what_if") or self.provenance.get("what_if")) is None

    @functools.cached_property
    def documented(self) -> list[Documented]:
        """Documented values within the time simulated; none for a what-if."""
        if self.case is None or not self.is_baseline:
            return []
        found = read_documented(self.case.folder)
        return [value for value in found if self.times[0] <= value.time <= self.times[-1]]


def _case_of(summary: dict[str, Any], provenance: dict[str, Any]) -> tuple[Case | None, str]:
    """The case of a run with its what-if, by folder or name; what could not be opened, in words."""
    folder = provenance.get("case_folder")
    fault = "the run does not say of which case it is"
    for name in (folder, summary.get("case")):
        if not name:
            continue
        try:
            case = load_case(Path(str(name)) if name == folder else str(name))
        except CaseError as error:
            fault = str(error).splitlines()[0]
            continue
        what_if = summary.get("what_if") or provenance.get("what_if")
        try:
            for part in str(what_if).split("+") if what_if else ():
                case = case.what_if(part)
        except CaseError:
            return case, f"the what-if {what_if!r} is not in the case's folder; the case is shown without it"
        return case, ""
    return None, fault
