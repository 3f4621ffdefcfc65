"""One run as the queries of targets see it: series, events, and where places, sites and forces belong."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.schema import nearest_name
from uprising.state import DISSOLVED, UNIT_SIDES

if TYPE_CHECKING:
    import xarray

    from uprising.case import Case
    from uprising.record.targets import Target
    from uprising.result.recorded import Recorded

STATES = ("loyal", "neutral", "joined", "dissolved")
CONTAINERS = ("country", "county", "city")


class UnansweredError(ValueError):
    """A run does not tell what a target asks for; the message says why."""


class Happening(NamedTuple):
    """An event of a run, as queries need it."""

    time: np.datetime64
    kind: str
    place: str
    quantity: float


class Geography:
    """Which leaf places and sites lie in which place of a case, and the sizes that naive guesses need.

    Parameters
    ----------
    case
        The case that was run, with its what-ifs.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        places = case.tables["places"].rows
        self.parent = {row["id"]: row["parent"] for row in places}
        self.country = case.settings.case.country
        self.capital = case.settings.case.capital
        self.site_place = {row["id"]: row["place"] for row in case.tables["sites"].rows}
        self.start = np.datetime64(case.settings.calendar.start, "m")
        self.end = np.datetime64(case.settings.calendar.end, "m")
        self.step_days = case.settings.calendar.step_minutes / 1440.0
        self.demands = len(case.tables["demands"].rows)
        self.counties = sum(row["kind"] in ("county", "city") for row in places)
        men: dict[str, float] = {}
        for row in case.tables["forces"].rows:
            men[row["side"]] = men.get(row["side"], 0.0) + float(row["men"] or 0.0)
        self.men = men

    @property
    def days(self) -> float:
        """Length of the crisis calendar."""
        return float((self.end - self.start) / np.timedelta64(1, "D"))

    def is_inside(self, identifier: str, wanted: Iterable[str]) -> bool:
        """Whether a place or site is, or lies in, one of the wanted places or sites."""
        return self.country in wanted or not self._around(identifier).isdisjoint(wanted)

    @functools.cached_property
    def _known_around(self) -> dict[str, frozenset[str]]:
        return {}

    def _around(self, identifier: str) -> frozenset[str]:
        """A place or site and all places that it lies in."""
        if identifier not in self._known_around:
            above = {identifier}
            here: str | None = identifier
            if identifier in self.site_place and identifier not in self.parent:
                here = self.site_place[identifier]
            while here is not None and here not in above - {identifier}:
                above.add(here)
                here = self.parent.get(here)
            self._known_around[identifier] = frozenset(above)
        return self._known_around[identifier]

    @functools.cached_property
    def unit_sides(self) -> tuple[str, ...]:
        """Side of each unit in the order of the series."""
        from uprising.case.world import units_of

        return tuple(row["side"] for row in units_of(self.case))

    @functools.cached_property
    def nodes(self) -> tuple[str, ...]:
        """Place or site of each node of the travel graph."""
        from uprising.case.world import nodes_of

        return tuple(nodes_of(self.case))


class View:
    """Series and events of one run.

    Parameters
    ----------
    series
        Series by leaf place, as recorded.
    events
        Rows of the events, each with time, kind, place and quantity.
    geography
        Of the case.
    """

    def __init__(
        self, series: xarray.Dataset | Recorded, events: Sequence[dict[str, Any]], geography: Geography
    ) -> None:
        self.series = series
        self.geography = geography
        self.events = sorted(
            (
                Happening(
                    np.datetime64(row["time"], "m"), row["kind"], row["place"] or "", float(row["quantity"])
                )
                for row in events
            ),
            key=lambda event: event.time,
        )
        self.times: NDArray[np.datetime64] = series["time"].values.astype("datetime64[m]")
        self._arrays: dict[str, NDArray[Any]] = {}
        minutes = series.attrs.get("step_minutes")
        if minutes is None:
            minutes = (self.times[1] - self.times[0]).astype(int) if len(self.times) > 1 else 0
        self.step = np.timedelta64(int(minutes), "m")

    @property
    def ends(self) -> NDArray[np.datetime64]:
        """[time] moment that each step's values describe: the end of the step."""
        return self.times + self.step

    def array(self, name: str) -> NDArray[Any]:
        """A variable's values, read once."""
        if name not in self._arrays:
            if name not in self.series:
                raise UnansweredError(f"the run did not record {name}")
            self._arrays[name] = np.asarray(self.series[name].values)
        return self._arrays[name]

    def values(self, target: Target) -> NDArray[np.float64]:
        """[time] what a target asks for: the variable of the places, sides and states wanted, or its share.

        Raises
        ------
        UnansweredError
            The run did not record it, or knows no such place, site or side.
        """
        top = self._total(target.variable, target.place, target.side, target.state)
        if target.share_of is None:
            return top
        if target.share_of in ("workers", "population"):
            sizes, here = self._sizes(target.share_of), self._members("place", target.place)
            bottom: Any = sizes[here].sum()
        elif target.share_of == "country":
            bottom = self._total(target.variable, (), target.side, target.state)
        elif target.share_of == "all_sides":
            bottom = self._total(target.variable, target.place, (), target.state)
        else:
            bottom = self._total(target.variable, target.place, target.side, STATES)
        empty = np.broadcast_to(np.asarray(bottom) <= 0, top.shape)
        return np.asarray(np.divide(top, bottom, out=np.zeros_like(top), where=~empty))

    def population(self, target: Target) -> float:
        """How many there could be at most of whom a target counts: the naive guess knows this."""
        if target.variable == "unit_men":
            return max(sum(self.geography.men.get(s, 0.0) for s in target.side or UNIT_SIDES), 1.0)
        sites = [name for name in target.place if name in self.geography.site_place]
        # who stands at a site may come from the whole town around it
        around = [self._town(self.geography.site_place[name]) for name in sites]
        wanted = (*around, *(name for name in target.place if name not in sites))
        return max(float(self._sizes("population")[self._members("place", wanted)].sum()), 1.0)

    def _town(self, place: str) -> str:
        parent = self.geography.parent.get(place)
        return parent if parent is not None and parent == self.geography.capital else place

    def _sizes(self, name: str) -> NDArray[np.float64]:
        if name not in self.series.coords:
            raise UnansweredError(f"the run did not record the {name} of places")
        return np.asarray(self.series[name].values, np.float64)

    def _members(self, dimension: str, wanted: Sequence[str]) -> NDArray[np.intp]:
        names = [str(name) for name in self.series[dimension].values]
        if not wanted:
            return np.arange(len(names))
        found = [i for i, name in enumerate(names) if self.geography.is_inside(name, wanted)]
        if not found:
            raise UnansweredError(f"the run has no {dimension} in {', '.join(wanted)}")
        return np.array(found, np.intp)

    def _total(
        self, variable: str, place: Sequence[str], side: Sequence[str], state: Sequence[str]
    ) -> NDArray[np.float64]:
        values = self.array(variable)
        dims = list(self.series[variable].dims)
        if dims == ["time", "unit"]:
            return self._force(variable, place, side, state)
        if dims == ["time"]:
            if place or side or state:
                raise UnansweredError(f"{variable} is one value for the whole country")
            return values.astype(np.float64)
        here = self._members(str(dims[1]), place)
        values = values[:, here] if place else values
        for dimension in ("role", "side"):
            if dimension in dims:
                axis = dims.index(dimension)
                values = (values.take(self._named(dimension, side), axis) if side else values).sum(axis=axis)
                dims.remove(dimension)
                side = ()
        if side or state:
            raise UnansweredError(f"{variable} is not told apart by {'side' if side else 'state'}")
        values = values.astype(np.float64)
        if self.series[variable].attrs.get("unit") == "person":
            return np.asarray(values.sum(axis=1))
        weight = self._sizes("population")[here] if dims[1] == "place" else np.ones(len(here))
        # no product of matrices: a library sums in an order that depends on the processor
        return np.asarray((values * weight).sum(axis=1) / weight.sum())

    def _named(self, dimension: str, wanted: Sequence[str]) -> list[int]:
        names = [str(name) for name in self.series[dimension].values]
        for name in wanted:
            if name not in names:
                near = nearest_name(name, names)
                hint = f"; did you mean {near}?" if near else ""
                raise UnansweredError(f"there is no {dimension} {name!r} in the run{hint}")
        return [i for i, name in enumerate(names) if not wanted or name in wanted]

    def _force(
        self, variable: str, place: Sequence[str], side: Sequence[str], state: Sequence[str]
    ) -> NDArray[np.float64]:
        """[time] men of units in the country who are where, of which side and in which state is wanted."""
        if variable != "unit_men":
            raise UnansweredError(f"of units only unit_men can be asked for, not {variable}")
        sides, nodes = self.geography.unit_sides, self.geography.nodes
        men, node = self.array("unit_men"), self.array("unit_site").astype(np.int64)
        if men.shape[1] != len(sides):
            raise UnansweredError("the forces of the case are not those that the run had")
        for name in side:
            if name not in UNIT_SIDES:
                raise UnansweredError(f"there is no side {name!r} of forces; known: {', '.join(UNIT_SIDES)}")
        wanted = np.array([not side or name in side for name in sides])
        inside = np.array([not place or self.geography.is_inside(name, place) for name in nodes])
        is_there = (node >= 0) & inside[np.clip(node, 0, len(nodes) - 1)] & wanted
        stance = self.array("unit_stance")
        if state:
            for name in state:
                if name not in STATES:
                    raise UnansweredError(f"there is no state {name!r}; known: {', '.join(STATES)}")
            is_there &= np.isin(stance, [STATES.index(name) for name in state])
        else:
            is_there &= stance != DISSOLVED
        return np.asarray((men * is_there).sum(axis=1), np.float64)
