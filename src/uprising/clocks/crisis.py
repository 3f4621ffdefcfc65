"""The crisis clock: half-hour steps from the eve to the end (MODEL 5 and 6.1 to 6.11).

`STEPS` is the order of a step; `explain()` prints it. All people read the same old state; levels are plain
Python over small arrays. Nothing here knows a date or a name of any case.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np

from uprising import purposes
from uprising.case.reading import Case
from uprising.case.world import PRIZES, World
from uprising.clocks.crowd import Crowd
from uprising.clocks.outcome import outcome_of
from uprising.clocks.siege import Siege
from uprising.kernel import confront as fight
from uprising.kernel import hear, muster
from uprising.kernel.draws import normal
from uprising.levels import government as governing
from uprising.levels import hegemon as council_level
from uprising.levels import outside
from uprising.levels import units as units_level
from uprising.state import (
    DEAD,
    DETAINED,
    DISSOLVED,
    HEGEMON,
    HELD_BY_GOVERNMENT,
    HELD_BY_HEGEMON,
    HELD_BY_INSURGENTS,
    JOINED,
    LOYAL,
    NEUTRAL,
    POLITICAL_POLICE,
    ROLES,
    SITE_KINDS,
    WOUNDED,
    Groups,
    People,
)

MASS, MASS_SHARE = 10_000, 0.02
"""people in the streets of one town that the record would call a mass protest; in small towns a share"""
MARCH, MARCH_SHARE = 1_000, 0.005
ARMS_AT_HOME = 0.3
"""share of the weapons in people's hands that others count on"""
STEPS = (
    ("signals", "events and news reach people; belief, fear and outrage of each place", "6.1, 6.3"),
    ("people reconsider", "one stripe of the people weighs staying, striking, going out, fighting", "6.2"),
    ("people travel", "who goes out chooses a site, walks there, is counted", "6.4"),
    ("confrontation", "arrests, shots, fights, bystanders and captures at sites", "6.5"),
    ("consequences", "losses fall on individuals; arms, sites and outrage change", "6.5"),
    ("units", "columns march; loyalty changes; troops are directed", "6.6, 6.10"),
    ("government", "the leader bans, concedes, represses, asks for help, or falls", "6.7"),
    ("hegemon", "the council meets, decides, orders", "6.8"),
    ("outside world", "powers and neighbours respond", "6.9"),
    ("flight", "households decide once a day whether to leave", "6.11"),
    ("record", "series and events of the step are written", "9"),
)


def explain() -> list[tuple[str, str, str]]:
    """The order of a crisis step: (name, what happens, section of the model)."""
    return list(STEPS)


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
    rule : a user's own `decide` (see uprising.kernel.reconsider)
    """

    def __init__(
        self, case: Case, world: World, people: People, groups: Groups, parameters: dict[str, float],
        seed: int, scale: float, executor: Executor | None = None, threads: int = 1,
        rule: Callable[..., int] | None = None,
    ) -> None:  # fmt: skip
        self.case, self.world, self.parameters, self.seed = case, world, parameters, seed
        calendar = case.settings.calendar
        self.step_minutes = calendar.step_minutes
        self.step_hours = calendar.step_minutes / 60.0
        self.start = np.datetime64(calendar.start)
        self.eve = case.settings.eve
        self.weight = 1.0 / scale
        self.crowd = Crowd(
            world, people, groups, parameters, seed, self.weight, calendar.step_minutes, executor, threads, rule
        )
        tables = case.tables
        self.demands = sorted(tables["demands"].rows, key=lambda row: float(row["rung"]))
        self.leaders, self.members = tables["leaders"].rows, tables["council"].rows
        self.powers, self.neighbours = tables["powers"].rows, tables["neighbours"].rows
        self.event_rows = tables["events"].rows
        self.outside = outside.read_events(self.event_rows, self.powers, self.start)
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
        self.killings = 0.0
        self.hegemon_losses = 0.0
        self.seen_once: set[str] = set()
        self.units = units_level.start_units(world, seed)
        self._settle_units()
        self.government = governing.Government(
            leader=next(i for i, row in enumerate(self.leaders) if row["in_office"]),
            legitimacy=float(self.eve.legitimacy),
            posture=fight.POSTURES.index(self.eve.rules_of_engagement),
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

    # ---- fixed things -------------------------------------------------------------------------------

    def _fix_geography(self) -> None:
        world, parameters = self.world, self.parameters
        reach = max([float(row["broadcast_reach"]) for row in self.powers], default=0.0)
        self.group_population = np.bincount(world.place_group, weights=world.population)
        self.mass_size = np.minimum(MASS, MASS_SHARE * self.group_population)
        self.march_size = np.minimum(MARCH, MARCH_SHARE * self.group_population)
        pull = (np.exp(-world.place_distance / parameters["news_km"]) + reach) * world.population[None, :]
        other = world.place_group[:, None] != world.place_group[None, :]
        pull = np.where(other, pull, 0.0)
        self.closeness = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1.0)
        near = np.exp(-world.place_distance / parameters["news_km"])
        self.outrage_closeness = (near + reach) / (1.0 + reach)
        self.same_town = (~other).astype(np.float64)
        self.site_group = world.place_group[world.site_place]
        self.prize = np.array([parameters.get(PRIZES.get(SITE_KINDS[k], ""), 0.0) for k in world.site_kind])
        self.is_voice = np.isin(world.site_kind, [SITE_KINDS.index("broadcaster"), SITE_KINDS.index("exchange")])
        self.is_power = np.isin(
            world.site_kind, [SITE_KINDS.index(k) for k in ("party_house", "government_house", "police_station")]
        )
        self.is_crossing = world.site_kind == SITE_KINDS.index("crossing")
        self.workers = np.array([ROLES.index(r) for r in ("industrial_worker", "other_worker")])

    def _settle_units(self) -> None:
        """Units whose base is a town or district stand at one of its sites: barracks first, then the square."""
        world = self.world
        rank = {SITE_KINDS.index("barracks"): 0, SITE_KINDS.index("police_station"): 1, SITE_KINDS.index("square"): 2}
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

    def _say(self, kind: str, place: str, actor: str, quantity: float, text: str) -> None:
        self.events.append(Event(self.tick, kind, place, actor, float(quantity), text))

    def _say_once(self, key: str, kind: str, place: str, actor: str, quantity: float, text: str) -> bool:
        if key in self.seen_once:
            return False
        self.seen_once.add(key)
        self._say(kind, place, actor, quantity, text)
        return True

    # ---- one step -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance by one step, in the order of STEPS."""
        self.hour = self.tick * self.step_hours
        moment = self.start + np.timedelta64(self.tick * self.step_minutes, "m")
        self.hour_of_day = float((moment - moment.astype("datetime64[D]")) / np.timedelta64(1, "m")) / 60.0
        self.is_workday = (moment.astype("datetime64[D]").astype(np.int64) + 3) % 7 != 6
        self.is_light = 6.0 <= self.hour_of_day < 18.0
        self._signals()
        self._people_reconsider()
        self._people_travel()
        self._confrontation()
        self._consequences()
        self._units()
        self._government()
        self._hegemon()
        self._outside_world()
        self._flight()
        self.tick += 1

    def _signals(self) -> None:
        world, parameters, crowd = self.world, self.parameters, self.crowd
        felt = outside.strength(self.outside, self.hour, parameters["news_hours"])
        self.felt = felt
        for e, row in enumerate(self.event_rows):
            at = self.outside.hours[e]
            if self.hour <= at < self.hour + self.step_hours:
                self._say("external", world.place_ids[0], row["power"] or "", 0.0, row["text"])
                self.council_alarm = self.council_alarm or float(row["hegemon_alarm"]) != 0.0
        eve = self.eve
        self.readiness_shift *= 0.5 ** (self.step_hours / 48.0)
        readiness = eve.readiness * (1.0 + float((self.outside.fear * felt).sum())) + self.readiness_shift
        self.readiness = min(1.5, max(0.02, readiness))
        self.legitimacy = min(1.0, max(0.0, self.government.legitimacy + float((self.outside.legitimacy * felt).sum())))
        outer_belief = eve.belief + float((self.outside.belief * felt).sum())

        rows_out = crowd.rows_in(2, 3).sum(axis=1)
        self.out_by_place = rows_out * self.weight
        self.out_by_group = np.bincount(world.place_group, weights=self.out_by_place)
        self.fighters_by_group = np.bincount(world.place_group, weights=crowd.fighters_home)
        self.share_out = self.out_by_group / self.group_population
        stopped = crowd.rows_in(1, 2, 3)[:, self.workers].sum(axis=1) * self.weight
        workers = np.maximum(crowd.counters.place_role[:, self.workers, :].sum(axis=(1, 2)) * self.weight, 1.0)
        self.stopped, self.worker_count = stopped, workers
        by_group = np.bincount(world.place_group, weights=stopped)
        share_stopped = by_group / np.bincount(world.place_group, weights=workers)
        self.share_stopped = share_stopped
        self.national_strike = float(stopped.sum() / workers.sum())

        # force believed ready to act, and what it makes of risk
        self.siege.muster(self.units)
        force = self.siege.in_towns(muster.VISIBLE)
        self.force_by_group = force
        ratio = force / (1.0 + self.out_by_group)
        risk = min(1.0, self.readiness) * (1.0 - np.exp(-parameters["deterrence"] * ratio))
        # people know how many weapons are about: a part of those at home counts as ready
        armed = self.fighters_by_group + ARMS_AT_HOME * self.arms_loose
        against = self.force_by_group / (parameters["ambush_advantage"] * (1.0 + armed))
        risk_fight = 1.0 - np.exp(-parameters["deterrence"] * against)
        place = world.place_group
        share_seen = self.share_out / (self.share_out + 0.1)

        # belief: fed by streets that go unpunished and by news of others, starved by overwhelming troops
        dt = self.step_hours
        hear.spread_news(share_seen[place], self.closeness, self.news, np.exp(-dt / parameters["news_hours"]))
        unpunished = (share_seen * (1.0 - risk))[place] * (1.0 - self.danger)
        belief = np.clip(outer_belief + self.own_belief, 0.0, 1.0)
        growth = parameters["learning_per_hour"] * dt * 4.0 * np.maximum(unpunished, 0.5 * self.news) * (1.0 - belief)
        storm_group = self.siege.in_towns(muster.STORMING)
        beaten = storm_group / (storm_group + 10.0 * self.fighters_by_group + 0.02 * self.out_by_group + 1.0)
        national = float(storm_group.sum() / (storm_group.sum() + 10.0 * self.fighters_by_group.sum() + 1.0))
        despair = parameters["despair_per_hour"] * dt * np.maximum(beaten[place], 0.5 * national)
        fade = 0.5 ** (dt / (24.0 * parameters["belief_half_life_days"]))
        self.own_belief = np.clip((self.own_belief + growth) * fade - despair * belief, -outer_belief, 1.0)
        belief = np.clip(outer_belief + self.own_belief, 0.0, 1.0)
        self.belief = belief
        self.mean_belief = float(np.average(belief, weights=world.population))
        patrols = self.siege.in_towns(muster.PATROLLING)
        curfew = parameters["cost_curfew"] * patrols / (patrols + 0.005 * self.group_population)
        left = governing.unmet(
            self.government, self.demands, self.leaders, self.mean_belief, parameters["appeasement"]
        )
        half_life = 24.0 * parameters["outrage_half_life_days"]
        if self.tick == 0 or self.hour_of_day < self.step_hours:
            self.mood = self._mood_of_the_day()
        pull_town = parameters["pull_town"]
        self.seen: dict[str, Any] = {
            "pull": pull_town * np.maximum(share_seen[place], self.news),
            "strike_pull": pull_town * np.maximum(share_stopped[place], self.news),
            "belief": belief + self.mood[place] / parameters["weight_belief"],
            "outrage": self.heard_outrage.copy(),
            "risk_out": 1.0 - (1.0 - risk[place]) * (1.0 - self.danger),
            "risk_strike": 0.4 * risk[place],
            "risk_fight": risk_fight[place],
            # people take up arms where there are arms and blood has been shed (P4)
            "can_fight": (self.arms_loose >= self.weight)[place] & ((self.danger > 0.2) | (storm_group > 0.0)[place]),
            "curfew": curfew[place],
            "grievance": (1.0 - self.legitimacy) * left,
            "fading": 0.5 ** (self.hour / half_life),
        }
        crowd.look_around()

    def _mood_of_the_day(self) -> Any:
        """[g] weather, rumours and what else makes a day: half of its variance is the country's, half the town's."""
        day, spread = int(self.hour // 24.0), self.parameters["mood_spread"] * np.sqrt(0.5)
        nation = normal(self.seed, purposes.MOOD, 0, day)
        return np.array([spread * (nation + normal(self.seed, purposes.MOOD, g + 1, day)) for g in range(len(self.control))])

    def _people_reconsider(self) -> None:
        self.person_steps += self.crowd.reconsider(self.tick, self.hour_of_day, self.is_workday, self.seen)

    def _people_travel(self) -> None:
        world, parameters, crowd = self.world, self.parameters, self.crowd
        room = np.clip(1.0 - crowd.crowd / np.maximum(world.capacity, 1.0), 0.0, 1.0)
        draw = np.maximum(world.salience + self.attraction, 0.0) * 1000.0 + crowd.crowd
        weight = np.power(draw, parameters["crowd_attraction"])
        shelter = 1000.0 * world.cover**2 + 5.0 * crowd.fighters
        fight_weight = np.where(self.is_crossing, 0.0, np.power(shelter, parameters["crowd_attraction"]))
        crowd.choose_sites(weight, fight_weight, self.tick)
        chance = np.clip(10.0 * self.arms_loose / (1.0 + self.out_by_group), 0.0, 0.5)
        crowd.act_and_travel(self.tick, room, self.arms_loose, chance)
        self.attraction *= 0.5 ** (self.step_hours / 12.0)

    def _confrontation(self) -> None:
        world, parameters, crowd = self.world, self.parameters, self.crowd
        present = self.siege.at_sites
        guards, troops, allied = present(muster.GUARDS), present(muster.TROOPS), present(muster.ALLIED)
        self.outcome = np.zeros((world.n_sites, fight.N_OUTCOMES), np.int64)
        if not crowd.n_out[0]:
            return
        fighters = crowd.fighters + np.where(crowd.fighters > 0.0, allied, 0.0)
        line = float(self.leaders[self.government.leader]["line"])
        refused = np.where(self.is_voice, 1.0 - 0.7 * line, 1.0)
        outraged = self.heard_outrage[world.site_place] / parameters["outrage_most"]
        eager = np.where(self.is_voice | (self.prize == parameters["prize_symbol"]), 1.0, 0.1 + 0.9 * outraged)
        posture = np.full(world.n_sites, self.government.posture, np.int64)
        fight.confront(
            np.int64(self.seed), np.int64(self.tick), self.step_hours, 1.0 if self.is_light else 0.4,
            crowd.crowd, fighters, guards, present(muster.POLITICAL), troops,
            present(muster.ON_FOOT) / np.maximum(troops, 1.0), posture, self.siege.postures(),
            self.prize * refused * eager, np.maximum(outraged, 0.3 * self.belief[world.site_place]),
            np.maximum(0.0, 1.0 - outraged), world.cover, world.residents_per_hectare,
            self.holder == HELD_BY_INSURGENTS,
            *(parameters[name] for name in (
                "arrest_per_man_hour", "shots_per_hour", "pressed_ratio", "kills_per_man_hour",
                "wounded_per_dead", "ambush_per_hour", "area_fire_per_hour", "heavy_weapons",
                "exposure_armour", "bystanders", "capture_ratio",
            )),
            purposes.ARREST, purposes.SHOTS, purposes.SHOTS_DEAD, purposes.FIGHT_TROOPS,
            purposes.FIGHT_INSURGENTS, purposes.FIGHT_BYSTANDERS, purposes.CAPTURE, self.outcome,
        )  # fmt: skip

    def _consequences(self) -> None:
        world, parameters, crowd, outcome = self.world, self.parameters, self.crowd, self.outcome
        killed = np.zeros(world.n_places)
        self.under_fire = np.zeros(len(world.unit_ids), np.bool_)
        touched = np.flatnonzero(outcome.any(axis=1))
        if len(touched):
            present = crowd.order_by_site(self.tick)
            jump = 2.0 * parameters["witness_outrage"] / self.seen["fading"]
            for s in touched:
                place = int(world.site_place[s])
                row = outcome[s]
                for slot, column, kind in (
                    (2 * s, fight.DEAD_CROWD, DEAD),
                    (2 * s, fight.WOUNDED_CROWD, WOUNDED),
                    (2 * s, fight.ARRESTED, DETAINED),
                    (2 * s + 1, fight.DEAD_FIGHTERS, DEAD),
                    (2 * s + 1, fight.WOUNDED_FIGHTERS, WOUNDED),
                ):
                    if row[column]:
                        crowd.strike_down(self.tick, int(slot), row[column], kind, present, jump)
                for column, kind in ((fight.DEAD_BYSTANDERS, DEAD), (fight.WOUNDED_BYSTANDERS, WOUNDED)):
                    if row[column]:
                        crowd.strike_down_residents(self.tick, place, row[column], kind, jump)
                civilians = row[fight.DEAD_CROWD] + row[fight.DEAD_FIGHTERS] + row[fight.DEAD_BYSTANDERS]
                self.dead[place, 0] += civilians
                self.wounded[place] += (
                    row[fight.WOUNDED_CROWD] + row[fight.WOUNDED_FIGHTERS] + row[fight.WOUNDED_BYSTANDERS]
                )
                killed[place] += row[fight.DEAD_CROWD] + 0.5 * row[fight.DEAD_BYSTANDERS] + 0.1 * row[fight.DEAD_FIGHTERS]
                if row[fight.DEAD_GUARDS]:
                    self.dead[place, 1] += self._take_men(s, row[fight.DEAD_GUARDS], False)
                if row[fight.DEAD_TROOPS]:
                    lost = self._take_men(s, row[fight.DEAD_TROOPS], True)
                    self.dead[place, 2] += lost
                    self.hegemon_losses += lost
                if row[fight.SHOTS]:
                    self._shots(s, int(row[fight.DEAD_CROWD]))
                if row[fight.DEAD_FIGHTERS] + row[fight.DEAD_GUARDS] + row[fight.DEAD_TROOPS]:
                    self.last_fighting = self.tick
                if row[fight.CAPTURED]:
                    self._capture(s)
            saw = (outcome[:, fight.DEAD_CROWD] > 0) | (outcome[:, fight.DEAD_BYSTANDERS] > 0)
            if saw.any():
                fading = self.seen["fading"]
                crowd.outrage_witnesses(
                    self.tick, parameters["witness_outrage"] / fading, 1.5 * parameters["outrage_most"] / fading, saw
                )
        fade = 0.5 ** (self.step_hours / (24.0 * parameters["outrage_half_life_days"]))
        hear.spread_outrage(
            killed, self.outrage_closeness, parameters["outrage_half_dead"], parameters["outrage_most"], fade,
            self.heard_outrage,
        )  # fmt: skip
        fade = 0.5 ** (self.step_hours / (24.0 * parameters["danger_half_life_days"]))
        hear.spread_outrage(killed, self.same_town, parameters["danger_half_dead"], 1.0, fade, self.danger)
        self.killings *= 0.5 ** (self.step_hours / 72.0)
        self.hegemon_losses *= 0.5 ** (self.step_hours / 72.0)
        self._notice_crowds()

    def _take_men(self, s: int, losses: int, hegemon: bool) -> float:
        """Take dead from the units at a site, largest first; returns how many were taken."""
        units, world = self.units, self.world
        there = (units.node == world.n_places + s) & (units.stance == LOYAL) & ((world.unit_side == HEGEMON) == hegemon)
        left = float(losses)
        for u in sorted(np.flatnonzero(there), key=lambda u: -units.men[u]):
            taken = min(left, float(np.floor(units.men[u])))
            units.men[u] -= taken
            units.lost[u] += taken
            self.under_fire[u] = True
            left -= taken
        return losses - left

    def _shots(self, s: int, dead: int) -> None:
        world = self.world
        place = world.site_ids[s]
        self.alarm = True
        self.attraction[s] -= 0.5 * world.salience[s]
        self._say("shots", place, "guards", dead, f"Shots at {world.site_names[s]}: {dead} dead" if dead else f"Shots at {world.site_names[s]}")

    def _capture(self, s: int) -> None:
        world, units = self.world, self.units
        group = int(self.site_group[s])
        name = world.site_names[s]
        self.holder[s] = HELD_BY_INSURGENTS
        there = (units.node == world.n_places + s) & (world.unit_side != HEGEMON) & (units.stance <= NEUTRAL)
        men = float(units.men[there].sum())
        political = there & (world.unit_side == POLITICAL_POLICE)
        if political.any():
            killed = np.floor(0.02 * units.men[political])
            units.men[political] -= killed
            units.lost[political] += killed
            self.dead[world.site_place[s], 1] += killed.sum()
            self.killings += float(killed.sum())
        units.stance[there] = DISSOLVED
        arms = float(self.site_arms[s]) + 0.5 * men
        self.arms_loose[group] += arms
        self.site_arms[s] = 0.0
        mine = world.place_group == group
        self.own_belief[mine] += self.parameters["embolden"]
        self.attraction[s] += 1.0
        self._say("site_captured", world.site_ids[s], "insurgents", men, f"{name} is taken")
        if arms >= 50.0:
            self._say("arms_seized", world.site_ids[s], "insurgents", arms, f"{arms:,.0f} weapons taken at {name}")
        if self.site_prisoners[s] > 0.0:
            freed = float(self.site_prisoners[s])
            self.site_prisoners[s] = 0.0
            self._say("prisoners_freed", world.site_ids[s], "insurgents", freed, f"{freed:,.0f} prisoners freed from {name}")
        if self.is_power[s]:
            self.council_alarm = True
        self.alarm = True

    def _notice_crowds(self) -> None:
        world = self.world
        for g in np.flatnonzero((self.out_by_group >= self.march_size) & ~self.mass_noticed):
            name, key = world.group_names[g], world.group_ids[g]
            size = self.out_by_group[g]
            if self._say_once(f"march {key}", "march", key, "demonstrators", size, f"{size:,.0f} people march in {name}"):
                self.alarm = True
            if size >= self.mass_size[g] and self._say_once(
                f"mass {key}", "mass_protest", key, "demonstrators", size, f"{size:,.0f} people in the streets of {name}"
            ):
                self.alarm = True
            self.mass_noticed[g] = size >= self.mass_size[g]
        if self.national_strike > 0.5:
            self._say_once("strike", "general_strike", world.group_ids[world.capital], "workers",
                           self.national_strike, "Half of the country's workers have stopped work")  # fmt: skip

    def _units(self) -> None:
        world, parameters, units = self.world, self.parameters, self.units
        crowd = self.crowd.crowd + self.crowd.fighters
        outrage = self.heard_outrage / parameters["outrage_most"]
        place = self.siege.place_of(units)
        feeling = np.maximum(outrage, self.share_stopped[world.place_group])[place] * (self.share_out.max() > 0.003)
        changes = units_level.change_loyalty(
            units, world, crowd, feeling, parameters["contact_per_hour"], parameters["cascade_per_hour"],
            self.step_hours, self.under_fire,
        )  # fmt: skip
        for u, old, new in changes:
            self._unit_changed(u, old, new)
        for u in units_level.march(units, world, self.tick, parameters["march_km_per_hour"] * self.step_hours):
            self._unit_arrived(u)
        self.siege.muster(units)
        self._occupy()
        if self.tick % int(3.0 / self.step_hours) == 0:
            self.siege.direct(units, self.crowd.fighters, self.holder, self.tick)
        self._control()

    def _unit_changed(self, u: int, old: int, new: int) -> None:
        world, units = self.world, self.units
        name, site = world.unit_names[u], int(units.node[u])
        place = world.node_ids[site] if site >= 0 else ""
        men = float(units.men[u])
        group = int(world.place_group[self.siege.place_of(units)[u]])
        if new == JOINED:
            self.arms_loose[group] += 0.5 * men
            self.own_belief[world.place_group == group] += self.parameters["embolden"]
            self._say("unit_joined", place, world.unit_ids[u], men, f"{name} goes over to the insurgents")
        elif new == NEUTRAL and world.unit_side[u] == HEGEMON:
            self._say("fraternisation", place, world.unit_ids[u], men, f"Men of {name} fraternise")
        elif new == NEUTRAL:
            self._say("unit_neutral", place, world.unit_ids[u], men, f"{name} stands aside")
        elif new == DISSOLVED:
            self._say("unit_dissolved", place, world.unit_ids[u], men, f"{name} breaks up")

    def _unit_arrived(self, u: int) -> None:
        world, units = self.world, self.units
        if world.unit_side[u] != HEGEMON:
            return
        group = int(world.place_group[self.siege.place_of(units)[u]])
        capital = world.group_ids[world.capital]
        if units.order[u] == units_level.FIGHT and group == world.capital:
            men = float(units.men[u])
            if self._say_once("intervention", "intervention", capital, "hegemon", men,
                              f"{self.case.settings.case.hegemon}'s troops enter {world.group_names[world.capital]}"):  # fmt: skip
                self.alarm = True
                self.readiness_shift += 0.2
        if units.order[u] == units_level.SEAL:
            self._say_once("sealed", "border_sealed", world.node_ids[int(units.node[u])], "hegemon", float(units.men[u]),
                           "The border is sealed")  # fmt: skip
        if units.order[u] == units_level.RING:
            self._say_once("ringed", "capital_ringed", capital, "hegemon", float(units.men[u]), "The capital is being ringed")

    def _occupy(self) -> None:
        """Troops without opponents take over sites; insurgents hold what they took until then."""
        troops = self.siege.at_sites(muster.TROOPS)
        weak = self.crowd.fighters < troops / 20.0
        acting = self.siege.at_sites(muster.ACTING) > 0.0
        taken = (troops >= 50.0) & weak & (self.holder != HELD_BY_HEGEMON) & acting
        for s in np.flatnonzero(taken):
            if self.holder[s] == HELD_BY_INSURGENTS:
                self._say("site_cleared", self.world.site_ids[s], "hegemon", troops[s],
                          f"{self.world.site_names[s]} is cleared")  # fmt: skip
            self.holder[s] = HELD_BY_HEGEMON

    def _control(self) -> None:
        """Control of each town moves toward loyal force against streets, strikes and insurgents, in half a day."""
        world = self.world
        force = self.siege.in_towns(muster.LOYAL_ON_DUTY)
        routine = 0.004 * self.group_population
        against = 0.05 * self.out_by_group + 2.0 * self.fighters_by_group + 0.008 * self.group_population * self.share_stopped
        seized = np.bincount(
            self.site_group, weights=(self.is_power & (self.holder == HELD_BY_INSURGENTS)).astype(float),
            minlength=len(self.group_population),
        )  # fmt: skip
        target = (force + routine * (seized == 0.0)) / (force + routine * (seized == 0.0) + against + 1.0)
        self.control += (target - self.control) * (1.0 - np.exp(-self.step_hours / 12.0))
        by_place = self.control[world.place_group] * world.population
        self.national_control = float(by_place.sum() / world.population.sum())
        by_county = np.bincount(world.place_county, weights=by_place) / np.bincount(
            world.place_county, weights=world.population
        )
        for c in np.flatnonzero(by_county < 0.5):
            key = world.county_ids[c]
            self._say_once(f"rises {key}", "county_rises", key, "councils", 1.0 - by_county[c],
                           f"{world.county_names[c]} is out of the government's hands")  # fmt: skip

    def _government(self) -> None:
        state = self.government
        hours = (self.tick - state.last_meeting) * self.step_hours
        quiet = not (self.out_by_group >= self.march_size).any() and self.national_strike < 0.02 and not self.events
        if quiet or not (hours >= governing.MEETING_HOURS or (self.alarm and hours >= governing.ALARM_HOURS)):
            return
        self.alarm = False
        world = self.world
        capital = world.capital
        loyal = self.siege.in_towns(muster.LOYAL_ON_DUTY)
        seen = governing.Situation(
            streets=float(self.share_out[capital]),
            people_out=float(self.out_by_group[capital]),
            strikes=self.national_strike,
            lost=1.0 - 0.5 * (self.national_control + float(self.control[capital])),
            insurgents=float(self.fighters_by_group.sum()),
            loyal_force=float(loyal[capital]),
            hegemon_inflow=self.siege.inflow(self.units, self.council.promised_tick),
            hegemon_fights=self.council.option == council_level.HELP,
            hegemon_bargains=self.council.option == council_level.BARGAIN,
            belief=self.mean_belief,
        )
        acts = governing.meet(
            state, seen, self.demands, self.leaders, self.parameters["resolve"],
            self.parameters["deliberation_hours"], self.step_hours, self.tick,
        )  # fmt: skip
        for kind, quantity in acts:
            self._carry_out(kind, quantity)

    def _carry_out(self, kind: str, quantity: float) -> None:
        """Effects of the government's acts on belief, fear, legitimacy and the hegemon's council."""
        world, parameters, state = self.world, self.parameters, self.government
        capital = world.group_ids[world.capital]
        leader = self.leaders[state.leader]
        name = leader["name"]
        if kind == "ban":
            self.readiness_shift += 0.2
            self._say(kind, capital, name, quantity, "Demonstrations are banned")
        elif kind == "ban_lifted":
            self.readiness_shift -= parameters["restraint"] * self.readiness
            self.own_belief += parameters["embolden"]
            self._say(kind, capital, name, quantity, "The ban is lifted")
        elif kind == "refusal":
            self._insult()
            self.attraction[self.is_voice & (self.site_group == world.capital)] += 2.0
            self._say(kind, capital, name, quantity, f"{name} refuses the demands on the radio")
        elif kind == "concession":
            rung = self.demands[int(quantity)]
            self.own_belief += parameters["embolden"]
            state.legitimacy = min(1.0, state.legitimacy + 0.03 * float(leader["credibility"]) * float(rung["share_wanting"]))
            self._say(kind, capital, name, quantity + 1, f"Conceded: {rung['text']}")
            if rung["kind"] == "security_police":
                units_level.dissolve(self.units, world, POLITICAL_POLICE)
                self._say("unit_dissolved", capital, "political police", 0.0, "The political police is dissolved")
            if rung["kind"] in ("troops", "plurality", "alliance"):
                self.council_alarm = True
        elif kind == "leader_changed":
            self.council_alarm = True
            state.has_asked_for_help = False
            self._say(kind, capital, name, 0.0, f"{name} takes over the government")
        elif kind == "help_requested":
            self.council_alarm = True
            self._say(kind, capital, name, quantity, f"The government asks {self.case.settings.case.hegemon} for help")
        elif kind == "repression":
            self.siege.call_army(self.units, self.tick, self.control)
        elif kind == "truce":
            self.readiness_shift -= parameters["restraint"] * self.readiness
            self._say(kind, capital, name, quantity, "A cease-fire is announced")
        elif kind == "alliance_left":
            self._say(kind, capital, name, quantity, "The government leaves the alliance")
        elif kind == "appeal":
            self._say(kind, capital, name, quantity, "The government appeals to the outside world")

    def _insult(self) -> None:
        """The whole country hears something that enrages it."""
        most = self.parameters["outrage_most"]
        self.heard_outrage += self.parameters["insult_outrage"] * (1.0 - self.heard_outrage / most)

    def _signals_to_council(self) -> council_level.Signals:
        world, state = self.world, self.government
        kinds = [self.demands[rung]["kind"] for rung in state.conceded]
        leader = self.leaders[state.leader]
        party = 1.0 if "plurality" in kinds else 0.3 * float("security_police" in kinds)
        alliance = 1.0 if "alliance" in kinds else 0.4 * float("troops" in kinds)
        losses = self.hegemon_losses / (self.hegemon_losses + 100.0)
        weak = 1.0 if self.council.option == council_level.BARGAIN else losses
        return council_level.Signals(
            control=1.0 - 0.5 * (self.national_control + float(self.control[world.capital])),
            party=party,
            alliance=alliance,
            killings=self.killings / (self.killings + 50.0),
            prestige=(1.0 - self.attention) * weak,
            spread=self.spread,
            request=1.0 if state.has_asked_for_help and not state.is_truce else 0.0,
            west=self.answer,
            cost=losses,
            trust=float(leader["hegemon_trust"]) * float(leader["credibility"]) * (1.0 - 0.5 * party - 0.5 * alliance),
        )

    def _hegemon(self) -> None:
        council, parameters, world = self.council, self.parameters, self.world
        self._advance_invasion()
        if len(self.members) == 0:
            return
        hours = (self.tick - council.last_session) * self.step_hours
        aware = self.government.has_asked_for_help or self.national_control < 0.9 or council.sessions
        due = hours >= parameters["council_inertia_hours"] or (
            self.council_alarm and hours >= council_level.ALARM_HOURS
        )
        if not aware or not due:
            return
        self.council_alarm = False
        signals = self._signals_to_council()
        noise = np.array(
            [0.04 * normal(self.seed, purposes.COUNCIL, k, self.tick) for k in range(len(self.members))]
        )
        alarm = float((self.outside.hegemon_alarm * self.felt).sum())
        insurgents = float(self.fighters_by_group.sum())
        needed = (
            parameters["force_per_thousand_insurgents"] * insurgents / 1000.0
            + 0.02 * float(self.out_by_group.sum())
            + 2000.0
        )
        before = council.option
        option, mean = council_level.session(
            council, self.members, signals, parameters, alarm, min(hours, 48.0), self.siege.at_hand(self.units),
            needed, self.tick, noise,
        )  # fmt: skip
        self.sessions.append((self.tick, council.positions.copy()))
        capital, hegemon = world.group_ids[world.capital], self.case.settings.case.hegemon
        self._say("council_session", capital, "council", mean,
                  f"The council of {hegemon} leans to {council_level.OPTIONS[option]} ({mean:.2f})")  # fmt: skip
        if option != before:
            self._order(before, option)

    def _order(self, before: int, option: int) -> None:
        """A decision becomes orders to units."""
        world, council, parameters = self.world, self.council, self.parameters
        per_hour = 1.0 / self.step_hours
        capital, hegemon = world.group_ids[world.capital], self.case.settings.case.hegemon
        if before == council_level.BARGAIN:
            self._say("reversal", capital, hegemon, 0.0, f"{hegemon} reverses its course: {council_level.OPTIONS[option]}")
        if option == council_level.HELP:
            self.siege.help(self.units, self.tick, per_hour, self.control)
            self._say("orders", capital, hegemon, 0.0, f"{hegemon} orders its garrison to help")
        elif option == council_level.BARGAIN:
            council.promised_tick = self.tick
            self.siege.withdraw(self.units, self.tick, per_hour)
            self.own_belief += parameters["embolden"]
            self._say("withdrawal", capital, hegemon, 0.0, f"{hegemon} agrees to withdraw from the capital and to talk")
        elif option == council_level.INVADE:
            self._say("orders", capital, hegemon, 0.0, f"{hegemon} prepares a full invasion")
            self.siege.invade(self.units, self.tick, per_hour, parameters["staff_hours"], self.control)

    def _advance_invasion(self) -> None:
        """When most of the called force stands ready the assault begins before the next dawn."""
        council, world = self.council, self.world
        if council.option != council_level.INVADE:
            return
        hegemon = self.case.settings.case.hegemon
        capital = world.group_ids[world.capital]
        if council.assault_tick < 0 and self.siege.is_ready(self.units) and 4.0 <= self.hour_of_day < 4.0 + self.step_hours:
            council.assault_tick = self.tick
            self.siege.storm(self.units, self.tick)
            self.readiness_shift += 0.5
            self.heard_outrage[:] = self.parameters["outrage_most"]
            self._say("assault", capital, hegemon, self.siege.men_in_country(self.units), f"{hegemon}'s assault begins")
        houses = world.site_kind == SITE_KINDS.index("government_house")
        held = houses & (self.holder == HELD_BY_HEGEMON) & (self.site_group == world.capital)
        if council.assault_tick >= 0 and not self.government.is_installed and (held.any() or not houses.any()):
            state = self.government
            state.fallen.append(state.leader)
            state.leader = governing.hegemons_choice(state, self.leaders)
            state.is_installed = True
            state.is_truce = False
            state.legitimacy = float(self.eve.legitimacy) * 0.7
            name = self.leaders[state.leader]["name"]
            self._say("government_installed", capital, name, 0.0, f"{hegemon} installs {name}")

    def _outside_world(self) -> None:
        if self.tick % max(1, int(1.0 / self.step_hours)):  # the world reads the news once an hour
            return
        self.attention, self.answer = outside.likely_answer(self.powers, self.outside, self.felt)
        success = 0.0 if self.council.assault_tick >= 0 else 1.0 - self.national_control
        hazards = outside.spread_to_neighbours(self.neighbours, success)
        self.spread = float(min(1.0, 3.0 * hazards.max(initial=0.0)))
        if self.spread > 0.4 and len(hazards):
            name = self.neighbours[int(np.argmax(hazards))]["name"]
            self._say_once("neighbour", "neighbour_protest", "", name, self.spread, f"Unrest spreads to {name}")

    def _flight(self) -> None:
        world, parameters = self.world, self.parameters
        steps_per_day = int(24.0 / self.step_hours)
        phase = self.tick % steps_per_day
        # each stripe decides once a day, in the evening hours
        stripe = phase - int(18.0 / self.step_hours)
        if not 0 <= stripe < 4:
            return
        crossings = np.flatnonzero(self.is_crossing)
        if len(crossings) == 0:
            return
        passable = self.siege.openness(self.units, crossings)
        if not passable.max() > 0.0:
            return
        if passable.max() > 0.3:
            best = int(crossings[int(np.argmax(passable))])
            self._say_once("open border", "border_opened", world.site_ids[best], "border guard", float(passable.max()),
                           f"The border can be crossed at {world.site_names[best]}")  # fmt: skip
        n = world.n_places
        way = world.road_km[:n, n + crossings]
        reach = (passable[None, :] * np.exp(-way / parameters["flight_km"])).max(axis=1)
        fear = np.maximum(self.seen["risk_out"], 0.3)
        lost_hope = 1.0 - self.belief
        hazard = parameters["flight_per_day"] * reach * fear * lost_hope
        day = self.tick // steps_per_day
        self.crowd.flee(self.tick, day, stripe, hazard)

    # ---- what the step shows ------------------------------------------------------------------------

    def series(self) -> dict[str, Any]:
        """Values of this step for every output variable of schema/outputs.csv, without the time axis."""
        world, crowd, weight = self.world, self.crowd, self.weight
        states = crowd.counters.place_role
        units = self.units

        def whole(people: Any) -> Any:
            return np.rint(people).astype(np.int32)

        def people(*activities: int) -> Any:
            return whole(crowd.rows_in(*activities).sum(axis=1) * weight)

        dead = self.dead
        if self.tick % 12 == 1:  # the step just finished was at a quarter of the day
            self.private_discontent = crowd.private_discontent(self.seen["grievance"], self.heard_outrage)
        return {
            "crowd": whole(states[:, :, 2] * weight),
            "fighting": people(3),
            "striking": whole(states[:, self.workers, 1:4].sum(axis=(1, 2)) * weight),
            "detained": people(DETAINED),
            "wounded": whole(self.wounded),
            "dead": whole(dead),
            "fled": whole(crowd.fled_rows * weight),
            "private_discontent": self.private_discontent,
            "belief": self.belief,
            "outrage": self.heard_outrage,
            "fear": self.seen["risk_out"],
            "site_crowd": whole(crowd.crowd),
            "site_fighting": whole(crowd.fighters),
            "site_holder": self.holder.astype(np.uint8),
            "unit_site": units.node.astype(np.int16),
            "unit_men": whole(units.men),
            "unit_stance": units.stance.astype(np.uint8),
            "unit_loyalty": units.loyalty,
            "legitimacy": self.legitimacy,
            "government_line": float(self.leaders[self.government.leader]["line"]),
            "conceded": len(self.government.conceded),
            "control": self.national_control,
            "hegemon_mean": self._council_mean(),
            "attention": self.attention,
        }

    def count_workers(self) -> Any:
        """[p] real people of working role, the base of strike shares."""
        return self.crowd.counters.place_role[:, self.workers, :].sum(axis=(1, 2)) * self.weight

    def _council_mean(self) -> float:
        weight = np.array([float(m["weight"]) for m in self.members])
        return float(self.council.positions @ weight / weight.sum()) if len(weight) else 0.0

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
        )
