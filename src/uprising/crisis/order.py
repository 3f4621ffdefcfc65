"""The crisis clock: half-hour steps from the eve to the end (MODEL 5 and 6.1 to 6.11).

`STEPS` is the order of a step: `Crisis.step` runs it, `explain()` prints it. All people read the same old
state; levels are plain Python over small arrays. Nothing here knows a date or a name of any case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.actors import council as council_level
from uprising.actors import government as governing
from uprising.actors import outside
from uprising.actors import units as units_level
from uprising.case.reading import Case
from uprising.case.world import PRIZES, World
from uprising.crisis import confrontation, forces, institutions, movement, perception
from uprising.crisis.assembly import Assembly
from uprising.crisis.deployment import Siege
from uprising.crisis.outcome import outcome_of
from uprising.crisis.population import DAY_BEGINS, NIGHT_BEGINS, Crowd
from uprising.kernel.confrontation import clash as fight
from uprising.kernel.engine import elementary
from uprising.kernel.forces import presence
from uprising.kernel.movement.attraction import weigh_sites
from uprising.kernel.movement.travel import CROWD
from uprising.kernel.output import write_row
from uprising.schema import outputs
from uprising.state import (
    HELD_BY_GOVERNMENT,
    ROLES,
    SIDES,
    SITE_KINDS,
    Groups,
    People,
)

Array = NDArray[np.float64]
MASS, MASS_SHARE = 10_000, 0.05
"""people in the streets of one town that the record would call a mass protest; in small towns a share"""
MARCH, MARCH_SHARE = 1_000, 0.005
TRAMS_STOP = 0.25
"""share of a town's workers on strike or in the streets from which trams and buses stand still"""
BY_KERNEL = (
    "crowd", "fighting", "striking", "detained", "wounded", "dead", "fled", "private_discontent", "belief", "outrage",
    "fear", "site_crowd", "site_fighting", "site_holder", "unit_site", "unit_men", "unit_stance", "unit_loyalty",
)  # fmt: skip
"""output variables in the order in which kernel.output.write_row takes their columns"""


def explain() -> list[tuple[str, str, str]]:
    """The order of a crisis step: (name, what happens, submodels of the ODD)."""
    return [(stage.name, stage.text, stage.section) for stage in STEPS]


class Event(NamedTuple):
    """Something that emerged."""

    step: int
    kind: str
    place: str
    actor: str
    quantity: float
    text: str


class Crisis:
    """One run of the crisis clock. `step()` advances half an hour; everything that changes is in `snapshot()`.

    Parameters
    ----------
    case, world : the case and its arrays
    people, groups : the synthesised population
    parameters : behavioural parameters by name
    seed, scale : of the run; a row of people stands for 1 / scale
    executor, threads : where kernels run; None for the calling thread
    rule : a user's own `decide` (see uprising.kernel.decision.sweep)
    """

    # seen anew in each step (crisis.perception, crisis.confrontation, crisis.forces)
    hour: float
    hour_of_day: float
    is_workday: bool
    is_light: bool
    foreseen: outside.Felt
    """how events are felt in the steps from `foreseen_from`"""
    felt: Array
    """[e] how much of each outside event is felt"""
    readiness: float
    legitimacy: float
    out_by_place: Array
    out_by_group: Array
    fighters_by_group: Array
    share_out: Array
    stopped: Array
    worker_count: Array
    share_stopped: Array
    national_strike: float
    belief: Array
    mean_belief: float
    seen: dict[str, Any]
    """what people weigh, by place (see kernel.decision.sweep)"""
    is_marching: bool
    """is there a crowd in some town that may have to be told"""
    outcome: NDArray[np.int64]

    def __init__(
        self, case: Case, world: World, people: People, groups: Groups, parameters: dict[str, float],
        seed: int, scale: float, executor: Executor | None = None, threads: int = 1,
        rule: Callable[..., int] | None = None,
    ) -> None:  # fmt: skip
        self.case, self.world, self.parameters, self.seed = case, world, parameters, seed
        calendar = case.settings.calendar
        self.step_minutes = calendar.step_minutes
        self.step_hours = calendar.step_minutes / 60.0
        self.steps_per_hour = max(1, int(1.0 / self.step_hours))
        self.start = np.datetime64(calendar.start)
        self.first_minute = int(self.start.astype("datetime64[m]").astype(np.int64))
        """of the first step, since 1970"""
        self.eve = case.settings.eve
        self.weight = 1.0 / scale
        self.crowd = Crowd(
            world,
            people,
            groups,
            parameters,
            seed,
            self.weight,
            calendar.step_minutes,
            executor,
            threads,
            rule,
        )
        tables = case.tables
        self.demands = sorted(tables["demands"].rows, key=lambda row: float(row["rung"]))
        self.leaders, self.members = tables["leaders"].rows, tables["council"].rows
        self.member_weight = np.array([float(m["weight"]) for m in self.members])
        self.powers, self.neighbours = tables["powers"].rows, tables["neighbours"].rows
        self.event_rows = tables["events"].rows
        self.outside = outside.read_events(self.event_rows, self.powers, self.start)
        self.events_at = outside.events_by_step(self.outside, self.step_hours)
        self._fix_geography()

        p, s, g = world.n_places, world.n_sites, len(world.group_ids)
        self.tick = 0
        self.own_belief = np.zeros(p)
        self.news = np.zeros(p)
        self.heard_outrage = np.zeros(p)
        self.danger = np.zeros(p)
        self.dead = np.zeros((p, 3))
        self.wounded = np.zeros(p)
        self.arms_loose = np.zeros(g)
        self.site_arms = world.arms.copy()
        self.site_prisoners = world.prisoners.copy()
        self.holder = np.full(s, HELD_BY_GOVERNMENT, np.int64)
        self.attraction = np.zeros(s)
        self.readiness_shift = 0.0
        self.control = np.ones(g)
        self.national_control = 1.0
        self.killings = 0.0
        self.hegemon_losses = 0.0
        self.seen_once: set[str] = set()
        self.units = units_level.start_units(world, seed)
        self._settle_units()
        self.government = governing.Government(
            leader=next(i for i, row in enumerate(self.leaders) if row["in_office"]),
            legitimacy=float(self.eve.legitimacy),
            posture=fight.POSTURES.index(self.eve.rules_of_engagement),
            standing_orders=fight.POSTURES.index(self.eve.rules_of_engagement),
        )
        ideology = np.array([float(m["ideology"]) for m in self.members])
        self.council = council_level.Council(view=ideology.copy(), positions=ideology.copy())
        self.siege = Siege(world, self.units)
        self.alarm = False
        self.council_alarm = False
        self.last_fighting = -1
        self.attention = 0.0
        self.answer = 0.0
        self.spread = 0.0
        self.mood = np.zeros(g)
        self.mass_noticed = np.zeros(g, np.bool_)
        self.events: list[Event] = []
        self.sessions: list[tuple[int, Any]] = []
        self.person_steps = 0
        self.private_discontent = np.zeros(p)
        self._make_room()
        self.lap: Callable[[str], None] = lambda stage: None
        """called at the end of each stage of a step, for whoever measures time"""

    def _make_room(self) -> None:
        """Arrays that each step fills anew; nothing in them outlives it but what speeds up the next."""
        p, s, g = self.world.n_places, self.world.n_sites, len(self.world.group_ids)
        pull, strike_pull, seen_belief, outrage, risk_out, risk_strike, risk_fight, curfew = np.zeros((8, p))
        can_fight = np.zeros(p, np.bool_)
        self.seen = {
            "pull": pull, "strike_pull": strike_pull, "belief": seen_belief, "outrage": outrage, "risk_out": risk_out,
            "risk_strike": risk_strike, "risk_fight": risk_fight, "can_fight": can_fight, "curfew": curfew,
        }  # fmt: skip
        self.out_by_place, self.stopped, self.worker_count, self.belief = np.zeros((4, p))
        self.of_places = (
            self.out_by_place, self.stopped, self.worker_count, self.belief, pull, strike_pull, seen_belief, outrage,
            risk_out, risk_strike, risk_fight, curfew, can_fight,
        )  # fmt: skip
        """what kernel.perception.beliefs.look fills by place, in its order"""
        self.of_towns = tuple(np.zeros((13, g)))
        self.out_by_group, self.fighters_by_group = self.of_towns[0:2]
        self.share_out, self.share_stopped = self.of_towns[4], self.of_towns[7]
        self.outcome = np.zeros((self.world.n_sites, fight.N_OUTCOMES), np.int64)
        self.sites = np.zeros(self.world.n_sites, np.int64)
        self.touched = self.sites[:0]
        """sites where anything happened"""
        self.none, self.nobody = np.zeros(p), np.zeros(len(self.world.unit_ids), np.bool_)
        self.under_fire = self.nobody
        self.new_stance = np.zeros_like(self.units.stance)
        self.changed = np.zeros((3, len(self.units.stance)), np.int64)
        self.arrived, self.cleared = np.zeros(len(self.units.stance), np.int64), np.zeros(s, np.int64)
        """units that change sides, arrive; sites that are taken from insurgents (see kernel.forces.step)"""
        self.governed, self.share_of_county = np.zeros(p), np.zeros(len(self.county_population))
        self.place_left, self.arms_chance = np.zeros(s), np.zeros(g)
        self.foreseen, self.foreseen_from = outside.foresee(self.outside, [], np.zeros(0), 1, 1.0), 0
        self._written_to: tuple[Any, tuple[Any, ...]] = None, ()
        self._mean_of: tuple[Any, float] = None, 0.0
        self.has_risen, self.has_marched = np.zeros(len(self.county_population), np.bool_), np.zeros(g, np.bool_)
        """counties and towns that `seen_once` is known to hold"""
        self.assembly = Assembly(self)
        self.for_look, self.for_move = perception.arguments(self), forces.arguments(self)
        self.for_clash, self.for_word = confrontation.arguments(self), confrontation.what_word_takes(self)
        self.for_sites = (
            self.crowd.crowd, self.crowd.fighters, self.room, self.assembly.salience, self.parameters["empty_square"],
            self.shelter, self.is_crossing, self.holder, self.site_arms, self.arms_loose, self.out_by_group,
            self.crowd.draw, self.crowd.is_filled, self.place_left, self.arms_chance,
        )  # fmt: skip

    # ---- fixed things -------------------------------------------------------------------------------

    def _fix_geography(self) -> None:
        world, parameters = self.world, self.parameters
        reach = max([float(row["broadcast_reach"]) for row in self.powers], default=0.0)
        self.group_population = np.bincount(world.place_group, weights=world.population)
        self.county_population = np.bincount(world.place_county, weights=world.population)
        self.population = float(world.population.sum())
        self.share_of_population = world.population / self.population
        self.mass_size = np.minimum(MASS, MASS_SHARE * self.group_population)
        self.march_size = np.minimum(MARCH, MARCH_SHARE * self.group_population)
        near = elementary.exp(-world.place_distance / parameters["news_km"])
        pull = (near + reach) * world.population[None, :]
        other = world.place_group[:, None] != world.place_group[None, :]
        pull = np.where(other, pull, 0.0)
        self.closeness = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1.0)
        self.outrage_closeness = (near + reach) / (1.0 + reach)
        self.same_town = (~other).astype(np.float64)
        self.site_group = world.place_group[world.site_place]
        self.prize = np.array([parameters.get(PRIZES.get(SITE_KINDS[k], ""), 0.0) for k in world.site_kind])
        self.is_voice = np.isin(
            world.site_kind, [SITE_KINDS.index("broadcaster"), SITE_KINDS.index("exchange")]
        )
        self.is_power = np.isin(
            world.site_kind,
            [SITE_KINDS.index(k) for k in ("party_house", "government_house", "police_station")],
        )
        self.is_crossing = world.site_kind == SITE_KINDS.index("crossing")
        crossings = world.n_places + np.flatnonzero(self.is_crossing)
        self.near_crossings = elementary.exp(-world.road_km[: world.n_places, crossings] / parameters["flight_km"])
        self.room = np.maximum(world.capacity, 1.0)
        self.shelter = 1000.0 * world.cover**2
        self.worker_roles = (ROLES.index("industrial_worker"), ROLES.index("other_worker"))

    def _settle_units(self) -> None:
        """Units whose base is a town or district stand at one of its sites: barracks first, then the square."""
        world = self.world
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
        self.events.append(Event(self.tick, kind, place, actor, float(quantity), text))

    def say_once(self, key: str, kind: str, place: str, actor: str, quantity: float, text: str) -> bool:
        """Note it the first time only; was it the first time?"""
        if key in self.seen_once:
            return False
        self.seen_once.add(key)
        self.say(kind, place, actor, quantity, text)
        return True

    # ---- one step -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance by one step, in the order of STEPS."""
        self.begin_step()
        for stage in STEPS:
            if stage.act is not None:
                stage.act(self)
                self.lap(stage.name)
        self.tick += 1

    def begin_step(self) -> None:
        """What time it is."""
        self.hour = self.tick * self.step_hours
        day, minute = divmod(self.first_minute + self.tick * self.step_minutes, 24 * 60)
        self.hour_of_day = minute / 60.0
        self.is_workday = (day + 3) % 7 != 6
        self.is_light = 6.0 <= self.hour_of_day < 18.0

    def people_reconsider(self) -> None:
        """One stripe of the people weighs what to do."""
        self.person_steps += self.crowd.reconsider(self.tick, self.hour_of_day, self.is_workday, self.seen)

    def people_travel(self) -> None:
        """Who goes out chooses a site, walks there, is counted."""
        parameters, crowd = self.parameters, self.crowd
        weigh_sites(*self.for_sites)
        is_day = DAY_BEGINS <= self.hour_of_day < NIGHT_BEGINS + 1.0
        crowd.let_trams_run((self.share_stopped < TRAMS_STOP) & is_day)
        to_crowd = crowd.draw[CROWD]
        if parameters["crowd_attraction"] != 1.0:
            to_crowd[:] = elementary.power(to_crowd, parameters["crowd_attraction"])
        to_crowd *= elementary.exp(self.attraction + self.assembly.route_draw)
        movement.act_and_travel(crowd, self.tick, self.place_left, self.arms_loose, self.arms_chance)
        self.attraction *= 0.5 ** (self.step_hours / 12.0)

    def series(self) -> dict[str, Any]:
        """Values of this step for every output variable of schema/outputs.csv, without the time axis."""
        world = self.world
        sizes = {
            "place": world.n_places, "role": len(ROLES), "side": len(SIDES), "site": world.n_sites,
            "unit": len(world.unit_ids),
        }  # fmt: skip
        columns = {v.name: np.zeros((1, *(sizes[d] for d in v.dims[1:])), v.dtype) for v in outputs()}
        self.write_row(columns, 0)
        return {name: column[0] for name, column in columns.items()}

    def write_row(self, columns: Mapping[str, NDArray[Any]], row: int) -> None:
        """Write the values of this step into a row of the columns, one for every variable of schema/outputs.csv."""
        government = self.government
        if self.tick % 12 == 1:  # the step just finished was at a quarter of the day
            self.private_discontent = self.crowd.private_discontent(self.seen["grievance"], self.heard_outrage)
        write_row(row, self.private_discontent, *self._for_row(columns))
        columns["legitimacy"][row] = self.legitimacy
        columns["government_line"][row] = self.leaders[government.leader]["line"]
        columns["conceded"][row] = len(government.conceded)
        columns["control"][row] = self.national_control
        columns["hegemon_mean"][row] = self._council_mean()
        columns["attention"][row] = self.attention

    def count_workers(self) -> Any:
        """[p] real people of working role, the base of strike shares."""
        return self.crowd.counters.place_role[:, self.worker_roles, :].sum(axis=(1, 2)) * self.weight

    def _for_row(self, columns: Mapping[str, NDArray[Any]]) -> tuple[Any, ...]:
        """What kernel.output.write_row takes in every step, put together once."""
        if columns is not self._written_to[0]:
            crowd, units = self.crowd, self.units
            taken = (
                crowd.counters.place_role, self.weight, *self.worker_roles, self.wounded, self.dead, crowd.fled_rows,
                self.belief, self.heard_outrage, self.seen["risk_out"], crowd.crowd, crowd.fighters, self.holder,
                units.node, units.men, units.stance, units.loyalty, *[columns[name] for name in BY_KERNEL],
            )  # fmt: skip
            self._written_to = columns, taken
        return self._written_to[1]

    def _council_mean(self) -> float:
        """Weighted mean position, worked out once after each session."""
        positions, weight = self.council.positions, self.member_weight
        if positions is not self._mean_of[0]:
            mean = math.fsum(positions * weight) / math.fsum(weight) if len(weight) else 0.0
            self._mean_of = positions, mean
        return self._mean_of[1]

    def take_events(self) -> list[Event]:
        """Events since the last call."""
        events, self.events = self.events, []
        return events

    def outcome_so_far(self) -> str:
        """One of the outcomes of the interface, judged at the present step."""
        return outcome_of(
            mass_protest=any(key.startswith("mass ") for key in self.seen_once),
            intervened="intervention" in self.seen_once,
            assaulted=self.council.assault_tick >= 0,
            control=0.5 * (self.national_control + float(self.control[self.world.capital])),
            conceded=len(self.government.conceded),
            leader_changed=len(self.government.fallen) > 0,
            alliance_left=self.government.has_left_alliance,
            troops_acting=bool(self.siege.at_sites(presence.ACTING).sum() > 0.0),
        )


class Stage(NamedTuple):
    """A part of a step: its name, what happens, the section of the model, and what does it."""

    name: str
    text: str
    section: str
    act: Callable[[Crisis], None] | None
    """None for what the run does with a finished step"""


STEPS = (
    Stage(
        "signals", "events and news reach people; belief, fear and outrage of each place", "perception, assembly",
        perception.read_signals,
    ),
    Stage(
        "people reconsider", "one stripe of the people weighs staying, striking, going out, fighting", "decision",
        Crisis.people_reconsider,
    ),
    Stage("people travel", "who goes out chooses a site, walks there, is counted", "movement", Crisis.people_travel),
    Stage(
        "confrontation", "arrests, shots, fights, bystanders and captures at sites", "confrontation",
        confrontation.confront,
    ),
    Stage(
        "consequences", "losses fall on individuals; arms, sites and outrage change", "casualties",
        confrontation.bear_consequences,
    ),
    Stage("units", "columns march; loyalty changes; troops are directed", "forces", forces.move_units),
    Stage(
        "government", "the leader bans, concedes, represses, asks for help, or falls", "government",
        institutions.govern,
    ),
    Stage("hegemon", "the council meets, decides, orders", "council", institutions.convene_council),
    Stage("outside world", "powers and neighbours respond", "outside", institutions.watch_the_world),
    Stage("flight", "households decide once a day whether to leave", "flight", institutions.let_flee),
    Stage("record", "series and events of the step are written", "", None),
)  # fmt: skip
