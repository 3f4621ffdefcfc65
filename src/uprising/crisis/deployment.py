"""Dispositions of forces: where units of each side are sent, what they do there, who guards the borders.

Plain Python over a few hundred units. Hegemon: help, withdrawal, ring, sealing, storm; government:
calling the army to the capital (ODD: forces).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.actors import units as orders
from uprising.actors.units import Units, send
from uprising.case.formations import MOBILE_KINDS
from uprising.case.world import World
from uprising.kernel.engine import elementary
from uprising.kernel.engine.bind import bind
from uprising.kernel.forces import presence
from uprising.schema import constant, whole_constant
from uprising.state import ARMY, HEGEMON, JOINED, LOYAL, POLITICAL_POLICE, SITE_KINDS

KEY_VALUE = {
    kind: constant(f"key_value_{kind}")
    for kind in (
        "government_house", "party_house", "broadcaster", "bridge", "exchange", "station", "airfield", "police_station",
    )
}
"""men that the staff wants at a site of a kind where nobody fights"""
KEY_VALUE_OTHER, TANK_VISIBLE = constant("key_value_other"), constant("tank_visible")
ARMY_CALL_KM, ARMY_CALL_UNITS = constant("army_call_km"), whole_constant("army_call_units")
ARMY_CALL_HOURS, HELP_SITES = constant("army_call_hours"), whole_constant("help_sites")
RING_SITES, RING_SITE_MEN = whole_constant("ring_sites"), constant("ring_site_men")
SEAL_SHARE, RING_SHARE, TOWN_PRIORITY = constant("seal_share"), constant("ring_share"), constant("town_priority")

CODES = {
    "loyal": LOYAL, "joined": JOINED, "political_police": POLITICAL_POLICE, "army": ARMY, "hegemon": HEGEMON,
    "stay": orders.STAY, "fight": orders.FIGHT, "storm": orders.STORM, "withdraw": orders.WITHDRAW,
}
"""stances, sides and orders as kernel.forces.presence names them"""
LEFT_CAPITAL, DIRECTED_KM = constant("left_capital"), constant("directed_km")


class Deployment:
    """Where forces go. Holds only what follows from the world; positions are in `Units`."""

    def __init__(self, world: World, units: Units) -> None:
        self.world = world
        n, s = world.n_places, world.n_sites
        self.site_group = world.place_group[world.site_place]
        self.key_value = np.array([KEY_VALUE.get(SITE_KINDS[k], KEY_VALUE_OTHER) for k in world.site_kind])
        self.mobile = np.array([kind in MOBILE_KINDS for kind in world.unit_kind])
        self.is_hegemon = world.unit_side == HEGEMON
        self.is_resident = np.array([e == "resident" for e in world.echelon])
        self.from_abroad = np.array([e in ("reserve", "strategic") for e in world.echelon])
        self.is_strategic = np.array([e == "strategic" for e in world.echelon])
        self.armour = np.where(
            world.unit_men > 0, 1.0 + TANK_VISIBLE * world.unit_tanks / np.maximum(world.unit_men, 1.0), 1.0
        )
        self.is_border_guard = np.array([kind == "border_guard" for kind in world.unit_kind])
        u = len(world.unit_ids)
        self.present = np.zeros((s, presence.N_ROLES))
        self.in_towns = np.zeros((len(world.group_ids), presence.N_ROLES))
        self.in_country = np.zeros(presence.N_ROLES)
        self.known, self.known_men = np.full((4, u), -2, np.int64), np.zeros(u)
        self.unit_site, self.unit_place = (np.zeros(u, np.int64) for _ in range(2))
        self._units = units
        self.muster = bind(presence.muster_towns, among=self.as_arguments())
        """counts who stands where, once for everybody who looks (see kernel.forces.presence)"""
        self.nearness = elementary.exp(-world.walk_km / DIRECTED_KM)
        capital_sites = np.flatnonzero(self.site_group == world.capital)
        self.capital_sites = capital_sites
        centre = capital_sites[np.argmax(world.salience[capital_sites])] if len(capital_sites) else 0
        self.centre = n + int(centre)
        first_site = [np.flatnonzero(world.site_place == p) for p in range(n)]
        outside = [
            int(found[0])
            for p, found in enumerate(first_site)
            if len(found) and world.place_group[p] != world.capital
        ]
        by_distance = sorted(outside, key=lambda site: world.road_km[self.centre, n + site])
        self.ring = by_distance[:RING_SITES]
        self.crossing_sites = np.flatnonzero(world.site_kind == SITE_KINDS.index("crossing"))
        guards = np.flatnonzero(self.is_border_guard)
        way = world.road_km[:, world.unit_base[guards]]
        self.guards_of = np.full((len(self.crossing_sites), 2), -1, np.int64)
        """the two units of border guards nearest to a crossing"""
        for k, crossing in enumerate(self.crossing_sites):
            nearest = guards[np.argsort(way[n + crossing], kind="stable")[:2]]
            self.guards_of[k, : len(nearest)] = nearest
        squares = {}
        for site in range(s):
            group = int(self.site_group[site])
            if group != world.capital and group not in squares:
                squares[group] = site
        self.town_site = squares

    # ---- what is where ----------------------------------------------------------------------------

    def look(self, units: Units) -> NDArray[np.int64]:
        """Note at which site units stand; returns the place [u] in or near which (see kernel.forces.presence)."""
        world = self.world
        presence.stand(
            node=units.node, origin=units.origin, n_places=world.n_places, site_place=world.site_place,
            site=self.unit_site, place=self.unit_place,
        )
        return self.unit_place

    def as_arguments(self) -> dict[str, Any]:
        """Return what kernels of forces ask for: arrays are those of the units, which change in place."""
        world, units = self.world, self._units
        return {
            **CODES, "node": units.node, "origin": units.origin, "stance": units.stance, "order": units.order,
            "men": units.men, "n_places": world.n_places, "site_place": world.site_place,
            "site_group": self.site_group, "side": world.unit_side, "armour": self.armour,
            "infantry_share": world.infantry_share, "is_border_guard": self.is_border_guard,
            "known": self.known, "known_men": self.known_men, "site": self.unit_site, "place": self.unit_place,
            "unit_site": self.unit_site, "unit_place": self.unit_place, "present": self.present,
            "in_towns": self.in_towns, "in_country": self.in_country,
        }

    def at_sites(self, what: int) -> NDArray[np.float64]:
        """[s] men of one kind of kernel.forces.presence at the last muster."""
        return np.ascontiguousarray(self.present[:, what])

    def men_in_country(self, units: Units) -> float:
        """The hegemon's men in the country."""
        return float(units.men[self.is_hegemon & (units.node >= 0)].sum())

    def at_hand(self, units: Units) -> float:
        """Loyal men whom the hegemon can use without strategic reserves: garrison and those already called."""
        usable = (
            self.is_hegemon & self.mobile & (units.stance == LOYAL) & ((units.node >= 0) | ~self.is_strategic)
        )
        return float(units.men[usable].sum())

    def inflow(self, units: Units, since: int) -> float:
        """Men who entered after tick `since` relative to those there on the eve, at most 1; 0 without a promise."""
        if since < 0:
            return 0.0
        garrison = float(self.world.unit_men[self.is_hegemon & ~self.from_abroad].sum())
        return min(
            1.0, float(units.men[self.is_hegemon & (units.entered > since)].sum()) / max(garrison, 1.0)
        )

    # ---- orders -----------------------------------------------------------------------------------

    def _node(self, site: int) -> int:
        return self.world.n_places + int(site)

    def call_army(self, units: Units, tick: int, steps_per_hour: float) -> None:
        """The government calls the nearest mobile army units that still obey to guard the capital's key sites."""
        world = self.world
        ready = (
            (world.unit_side == ARMY)
            & (units.stance == LOYAL)
            & (units.order == orders.STAY)
            & ~self.is_resident
        )
        distance = world.road_km[self.centre, np.maximum(units.node, 0)]
        near = [u for u in np.argsort(distance, kind="stable") if ready[u] and distance[u] < ARMY_CALL_KM]
        if not len(self.capital_sites):
            return
        targets = self.capital_sites[np.argsort(-self.key_value[self.capital_sites], kind="stable")]
        for k, u in enumerate(near[:ARMY_CALL_UNITS]):
            send(
                units,
                int(u),
                self._node(targets[k % len(targets)]),
                orders.GUARD,
                tick + int(ARMY_CALL_HOURS * steps_per_hour),
            )

    def help(self, units: Units, tick: int, steps_per_hour: float, men_per_thousand: float) -> None:
        """Limited help by a standing plan: the nearest garrisons drive to the capital, the others act at home.

        The plan wants `men_per_thousand` residents in the capital; garrisons and reserves go there, the nearest
        first, until they are enough. Garrisons that are not needed act in their own towns, reserves stay abroad.
        All forces of the hegemon are alerted, so that a later invasion finds them ready.
        """
        world = self.world
        orders.alert(units, self.is_hegemon, tick)
        if not len(self.capital_sites):
            return
        targets = self.capital_sites[np.argsort(-self.key_value[self.capital_sites], kind="stable")][:HELP_SITES]
        needed = men_per_thousand / 1000.0 * float(world.population[world.place_group == world.capital].sum())
        usable = self.is_hegemon & self.mobile & ~self.is_strategic & (units.stance == LOYAL)
        way = np.where(units.node >= 0, world.road_km[self.centre, np.maximum(units.node, 0)], np.inf)
        group = world.place_group[self.look(units)]
        sent, men = 0, 0.0
        for u in np.argsort(way, kind="stable"):
            if not usable[u]:
                continue
            ready = tick + int(world.readiness_hours[u] * steps_per_hour)
            if men < needed:
                send(units, int(u), self._node(targets[sent % len(targets)]), orders.FIGHT, ready)
                sent += 1
                men += float(units.men[u])
            elif units.node[u] >= 0:
                site = self.town_site.get(int(group[u]))
                if site is not None:
                    send(units, int(u), self._node(site), orders.FIGHT, ready)

    def withdraw(self, units: Units, tick: int, steps_per_hour: float, staff_hours: float) -> None:
        """From the capital to the towns around it, elsewhere to barracks; reserves abroad stay there."""
        group = self.world.place_group[self.look(units)]
        for k, u in enumerate(np.flatnonzero(self.is_hegemon & (units.order == orders.FIGHT))):
            if units.node[u] >= 0 and units.destination[u] < 0 and group[u] != self.world.capital:
                send(units, int(u), int(self.world.unit_base[u]), orders.STAY, tick)
            elif self.ring and units.node[u] >= 0:
                send(
                    units,
                    int(u),
                    self._node(self.ring[k % len(self.ring)]),
                    orders.WITHDRAW,
                    tick + int(staff_hours * steps_per_hour),
                )
            elif units.node[u] < 0:
                units.destination[u] = -1
                units.order[u] = orders.STAY

    def has_withdrawn(self, units: Units) -> bool:
        """Have most of the men who were ordered to leave the capital left it."""
        leaving = self.is_hegemon & (units.order == orders.WITHDRAW)
        still_there = leaving & (self.world.place_group[self.look(units)] == self.world.capital)
        return bool(units.men[still_there].sum() <= (1.0 - LEFT_CAPITAL) * units.men[leaving].sum())

    def invade(
        self, units: Units, tick: int, steps_per_hour: float, staff_hours: float, control: NDArray[np.float64]
    ) -> None:
        """Call everything: half rings the capital, some seal the crossings, the rest goes to towns out of control."""
        world = self.world
        orders.alert(units, self.is_hegemon, tick)
        population = np.bincount(world.place_group, weights=world.population)
        towns = sorted(self.town_site, key=lambda g: -population[g] * (TOWN_PRIORITY - control[g]))
        towns = towns[: max(1, len(towns) // 2)]
        ring_men = seal_men = town_men = 0.0
        town = 0
        for u in np.flatnonzero(self.is_hegemon & self.mobile & (units.stance == LOYAL)):
            men = float(units.men[u])
            depart = tick + int(staff_hours * steps_per_hour)
            if units.node[u] < 0:
                depart = max(depart, int(units.alerted[u] + world.readiness_hours[u] * steps_per_hour))
            total = ring_men + seal_men + town_men + men
            if len(self.crossing_sites) and seal_men < SEAL_SHARE * total:
                site, order = int(self.crossing_sites[int(seal_men) % len(self.crossing_sites)]), orders.SEAL
                seal_men += men
            elif self.ring and ring_men <= RING_SHARE * total:
                site, order = self.ring[int(ring_men / RING_SITE_MEN) % len(self.ring)], orders.RING
                ring_men += men
            elif towns:
                site, order = self.town_site[towns[town % len(towns)]], orders.RING
                town += 1
                town_men += men
            else:
                site, order = int(self.capital_sites[0]), orders.RING
                ring_men += men
            send(units, int(u), self._node(site), order, depart)

    def is_ready(self, units: Units, share: float) -> bool:
        """Has this share of the men of the called force arrived."""
        called = self.is_hegemon & ((units.order == orders.RING) | (units.order == orders.SEAL))
        men = units.men[called].sum()
        there = units.men[called & (units.destination < 0) & (units.node >= 0)].sum()
        return bool(men > 0.0 and there >= share * men)

    def storm(self, units: Units, tick: int) -> None:
        """The ring closes on the capital; troops before other towns enter them."""
        ring = {self._node(site) for site in self.ring}
        targets = self.capital_sites[np.argsort(-self.key_value[self.capital_sites], kind="stable")]
        sent = 0
        for u in np.flatnonzero(self.is_hegemon & (units.order == orders.RING)):
            heading = int(units.destination[u]) if units.destination[u] >= 0 else int(units.node[u])
            if heading in ring and len(targets):
                send(units, int(u), self._node(targets[sent % len(targets)]), orders.STORM, tick)
                sent += 1
            else:
                units.order[u] = orders.STORM

    def direct(
        self, units: Units, fighters: NDArray[np.float64], holder: NDArray[np.int64], tick: int
    ) -> None:
        """Troops in action go where insurgents are, or to key sites, within their town; the strongest band first."""
        chosen, post = np.empty((2, len(units.men)), np.int64)
        n = presence.choose_posts(
            is_hegemon=self.is_hegemon, order=units.order, fight=orders.FIGHT, storm=orders.STORM,
            stance=units.stance, loyal=LOYAL, destination=units.destination, node=units.node, men=units.men,
            key_value=self.key_value, fighters=fighters, holder=holder, nearness=self.nearness,
            n_places=self.world.n_places, site_group=self.site_group, chosen=chosen, post=post,
        )
        for u, site in zip(chosen[:n].tolist(), post[:n].tolist(), strict=True):
            send(units, u, self._node(site), int(units.order[u]), tick)

    # ---- borders ----------------------------------------------------------------------------------

    def openness(self, units: Units) -> NDArray[np.float64]:
        """[crossing] how passable: open by treaty, or because its guards no longer obey; less where sealed."""
        world, passable = self.world, np.zeros(len(self.crossing_sites))
        presence.find_openness(
            crossing=self.crossing_sites, is_open=world.is_open, guards=self.guards_of, first_men=world.unit_men,
            men=units.men, stance=units.stance, node=units.node, is_hegemon=self.is_hegemon,
            n_places=world.n_places, loyal=LOYAL, passable=passable,
        )
        return passable
