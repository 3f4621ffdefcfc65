"""The state of a crisis: blocks by place, town, site, unit and country, the people, and what happens in a step.

Lasting blocks are the whole state between steps: a snapshot is their fields and nothing else (crisis.snapshot). The
blocks of a step are filled anew in every step before anybody reads them. Axes: p places, g towns, s sites, u units,
c counties, k members of the council.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.actors import outside
from uprising.actors.council import Council
from uprising.actors.government import Government
from uprising.actors.units import Units, start_units
from uprising.crisis.deployment import Deployment
from uprising.crisis.influence import Influence, find_felt_teams
from uprising.crisis.population import Population
from uprising.crisis.setting import Setting
from uprising.kernel.confrontation import clash
from uprising.state import HELD_BY_GOVERNMENT, SIDES, SITE_KINDS, Event, Groups, People

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LONG_AGO = -(10**6)
"""the step of something that never happened"""
NO_CALL = LONG_AGO


@dataclass(slots=True)
class Places:
    """What is kept of each place."""

    own_belief: Floats
    """[p] belief that protest works, beside what events outside make of it"""
    news: Floats
    """[p] news of others' streets, 0 to 1"""
    heard_outrage: Floats
    """[p] outrage at killings that people have heard of"""
    danger: Floats
    """[p] danger that recent killings in the town mean, 0 to 1"""
    dead: Floats
    """[p, side] people"""
    wounded: Floats
    """[p] people"""
    fled_rows: NDArray[np.int64]
    """[p] rows of people who have left the country"""
    insurgents_home: Floats
    """[p] insurgents by home, people"""
    private_discontent: Floats
    """[p] share of people who privately reject the government, as last worked out for the output"""


@dataclass(slots=True)
class Towns:
    """What is kept of each town."""

    arms_loose: Floats
    """[g] weapons in people's hands that nobody uses"""
    control: Floats
    """[g] the government's control, 0 to 1"""
    mood: Floats
    """[g] mood of the day, in units of utility"""
    has_marched: Flags
    """[g] whether a march has been noticed"""
    mass_noticed: Flags
    """[g] whether the present crowd has been noticed as a mass"""
    called: NDArray[np.int64]
    """[g] step in which the demonstration that was called last begins"""
    expected: Floats
    """[g] people who are expected in the streets because of a call"""
    waiting: Floats
    """[g] cost of going out before the hour of a call"""


@dataclass(slots=True)
class Sites:
    """What is kept of each site."""

    arms: Floats
    """[s] weapons in store"""
    prisoners: Floats
    """[s] people"""
    holder: NDArray[np.int64]
    """[s] who holds it"""
    attraction: Floats
    """[s] logarithm of how much more strongly than usual a site attracts demonstrators"""
    unarmed: Floats
    """[s] unarmed people in the streets who have arrived"""
    insurgents: Floats
    """[s] insurgents who have arrived"""


@dataclass(slots=True)
class Country:
    """What is kept of the whole country and of powers outside."""

    tick: int = 0
    """steps that are finished"""
    readiness_shift: float = 0.0
    """what events of the crisis have added to the readiness to use force; halves in two days"""
    national_control: float = 1.0
    killings: float = 0.0
    """killings of political police that the council remembers, people"""
    hegemon_losses: float = 0.0
    """dead of the hegemon that the council remembers, men"""
    alarm: bool = False
    """whether the government has a reason to meet at once"""
    council_alarm: bool = False
    """whether the council has a reason to meet soon"""
    last_fighting: int = -1
    """the last step in which anybody died in a fight; -1 for none"""
    attention: float = 0.0
    """attention of the powers that is free for this crisis"""
    answer: float = 0.0
    """the strongest likely answer of a power"""
    spread: float = 0.0
    """unrest among neighbours"""
    seen_once: set[str] = field(default_factory=set)
    """keys of what is told only the first time"""
    county_has_risen: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """[c] whether a county has been noticed to be out of the government's hands"""
    carry: Floats = field(default_factory=lambda: np.zeros(8))
    """[activity] losses that no row of the table bears yet, people"""


@dataclass(slots=True)
class Log:
    """What a run has to tell and hasn't told yet."""

    events: list[Event] = field(default_factory=list)
    sessions: list[tuple[int, list[float]]] = field(default_factory=list)
    """step of a session of the council and the position of each member after it"""
    person_steps: int = 0
    """how often anybody has reconsidered"""


class Moment(NamedTuple):
    """The time of the present step."""

    tick: int
    hour: float
    """since the start of the run"""
    hour_of_day: float
    is_workday: bool
    is_light: bool


@dataclass(slots=True)
class Perceived:
    """What people and leaders see at the start of a step, and what weighs on a decision. Shares are in [0, 1]."""

    out: Floats
    """[p] people in the streets by home"""
    stopped: Floats
    """[p] workers who are not at work"""
    workers: Floats
    """[p]"""
    belief: Floats
    """[p] belief that protest works"""
    pull: Floats
    """[p] pull of the streets: the town's and the news of others"""
    strike_pull: Floats
    """[p] pull of strikes in the town, or the news of others"""
    felt_belief: Floats
    """[p] belief with the mood of the day"""
    outrage: Floats
    """[p] outrage at what has been heard"""
    risk_out: Floats
    """[p] believed risk of going out"""
    risk_strike: Floats
    """[p] believed risk of a strike"""
    risk_fight: Floats
    """[p] believed risk of fighting"""
    curfew: Floats
    """[p] cost of a curfew, of coming before a call, and of a cause that is won"""
    can_fight: Flags
    """[p] whether anybody there thinks of taking up arms"""
    town_out: Floats
    """[g] people in the streets"""
    town_insurgents: Floats
    """[g] insurgents by home"""
    share_out: Floats
    """[g] of the town in the streets"""
    share_stopped: Floats
    """[g] of the town's workers"""
    salience: Floats
    """[s] salience of sites as assemblies make them"""
    route_attraction: Floats
    """[s] logarithm of the attraction of squares to which a call leads"""
    readiness: float = 0.0
    """of the state to use force, 0.02 to 1.5"""
    legitimacy: float = 0.0
    mean_belief: float = 0.0
    national_strike: float = 0.0
    """share of the country's workers"""
    is_marching: bool = False
    """whether a crowd may be the first march or mass of its town"""
    grievance: float = 0.0
    """(1 - legitimacy) x share of demands not met"""
    anger: Floats | None = None
    """[role] discontent of those who have lost income; None where nobody has"""
    fading: float = 1.0
    """what is left of own outrage that was noted at the start of the run"""
    foreseen: outside.Felt = field(default_factory=outside.nothing_felt)
    """how outside events are felt in the steps from `foreseen_from` on"""
    foreseen_from: int = 0


@dataclass(slots=True)
class Incidents:
    """What happens at sites in a step."""

    outcome: NDArray[np.int64]
    """[s, kind of kernel.confrontation.clash] losses, people"""
    sites: NDArray[np.int64]
    """sites where anything happened"""
    under_fire: Flags
    """[u] whether a unit lost men"""


LASTING = ("places", "towns", "sites", "units", "country", "government", "council", "log")
"""blocks that are the state between steps, beside the people"""
OF_A_STEP = ("perceived", "incidents")


class Crisis:
    """A crisis between two steps and within one; stages read and write its blocks (see crisis.order).

    Parameters
    ----------
    setting
        What never changes.
    people, groups
        The synthesised population; read-only.
    executor, threads
        Where kernels run; None for the calling thread.
    """

    def __init__(
        self,
        setting: Setting,
        people: People,
        groups: Groups,
        executor: Executor | None = None,
        threads: int = 1,
    ) -> None:
        world = setting.world
        p, s, g, u = world.n_places, world.n_sites, len(world.group_ids), len(world.unit_ids)
        self.setting = setting
        felt_teams = find_felt_teams(world, people, groups)  # before the people's columns are let go
        self.population = Population(setting, people, groups, executor, threads)
        self.influence = Influence(setting, self.population, felt_teams)
        self.places = Places(
            **{name: np.zeros(p) for name in ("own_belief", "news", "heard_outrage", "danger", "wounded")},
            dead=np.zeros((p, len(SIDES))),
            fled_rows=np.zeros(p, np.int64),
            insurgents_home=np.zeros(p),
            private_discontent=np.zeros(p),
        )
        self.towns = Towns(
            arms_loose=np.zeros(g),
            control=np.ones(g),
            mood=np.zeros(g),
            has_marched=np.zeros(g, np.bool_),
            mass_noticed=np.zeros(g, np.bool_),
            called=np.full(g, NO_CALL),
            expected=np.zeros(g),
            waiting=np.zeros(g),
        )
        self.sites = Sites(
            arms=world.arms.copy(),
            prisoners=world.prisoners.copy(),
            holder=np.full(s, HELD_BY_GOVERNMENT, np.int64),
            attraction=np.zeros(s),
            unarmed=np.zeros(s),
            insurgents=np.zeros(s),
        )
        self.units: Units = start_units(world, setting.seed)
        self._settle_units()
        self.deployment = Deployment(world, self.units)
        self.country = Country(county_has_risen=np.zeros(len(world.county_ids), np.bool_))
        posture = clash.POSTURES.index(setting.eve.rules_of_engagement)
        self.government = Government(
            leader=next(i for i, row in enumerate(setting.leaders) if row["in_office"]),
            legitimacy=float(setting.eve.legitimacy),
            posture=posture,
            standing_orders=posture,
        )
        ideology = np.array([float(m["ideology"]) for m in setting.members])
        self.council = Council(view=ideology.copy(), positions=ideology.copy())
        self.log = Log()
        by_place = ("out", "stopped", "workers", "belief", "pull", "strike_pull", "felt_belief", "outrage",
                    "risk_out", "risk_strike", "risk_fight", "curfew")
        by_town = ("town_out", "town_insurgents", "share_out", "share_stopped")
        zeros: dict[str, Any] = {name: np.zeros(p) for name in by_place} | {name: np.zeros(g) for name in by_town}
        self.perceived = Perceived(
            **zeros,
            can_fight=np.zeros(p, np.bool_),
            salience=world.salience.copy(),
            route_attraction=np.zeros(s),
        )
        self.incidents = Incidents(
            outcome=np.zeros((s, clash.N_OUTCOMES), np.int64),
            sites=np.zeros(0, np.int64),
            under_fire=np.zeros(u, np.bool_),
        )
        self.now = Moment(0, 0.0, 0.0, False, False)

    def _settle_units(self) -> None:
        """Let units whose base is a town or district stand at one of its sites: barracks first, then the square."""
        world = self.setting.world
        rank = {
            SITE_KINDS.index("barracks"): 0,
            SITE_KINDS.index("police_station"): 1,
            SITE_KINDS.index("square"): 2,
        }
        for u in range(len(world.unit_ids)):
            base = int(world.unit_base[u])
            if base >= world.n_places:
                continue
            sites = np.flatnonzero(world.site_place == base)
            if len(sites):
                best = min(sites, key=lambda s: (rank.get(int(world.site_kind[s]), 9), s))
                self.units.origin[u] = world.n_places + best
                if self.units.node[u] == base:
                    self.units.node[u] = world.n_places + best

    def say(self, kind: str, place: str, actor: str, quantity: float, text: str) -> None:
        """Note something that emerged in this step."""
        self.log.events.append(Event(self.country.tick, kind, place, actor, float(quantity), text))

    def say_once(self, key: str, kind: str, place: str, actor: str, quantity: float, text: str) -> bool:
        """Note it the first time only, and return whether it was the first time."""
        if key in self.country.seen_once:
            return False
        self.country.seen_once.add(key)
        self.say(kind, place, actor, quantity, text)
        return True

    def take_events(self) -> list[Event]:
        """Return the events since the last call."""
        events, self.log.events = self.log.events, []
        return events

    def insult(self) -> None:
        """Let the whole country hear something that enrages it."""
        outrage, most = self.places.heard_outrage, self.setting.parameters["outrage_most"]
        outrage += min(self.setting.parameters["insult_outrage"], most) * (1.0 - outrage / most)

    def embolden(self, town: int | None = None) -> None:
        """Let people of a town, or of the whole country, believe more in protest: it has had a success."""
        world = self.setting.world
        where = slice(None) if town is None else world.place_group == town
        self.places.own_belief[where] += self.setting.parameters["embolden"]


def blocks_of(crisis: Crisis, names: tuple[str, ...] = LASTING + OF_A_STEP) -> dict[str, Any]:
    """Return blocks by name."""
    return {name: getattr(crisis, name) for name in names}
