"""The government (ODD: government): a leader, a ladder of demands, rules of engagement, calls for help.

It meets every six hours, or at once on an alarm but not within an hour of the last meeting. Pressure from
streets, strikes and lost control is set against the leader's resistance; what comes out is an act.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from uprising.kernel.confrontation.clash import DISPERSE, FIRE_AT_WILL, FIRE_IF_THREATENED, OBSERVE
from uprising.schema import constant

MEETING_HOURS, ALARM_HOURS = constant("meeting_hours"), constant("government_alarm_hours")
INSURGENTS_HALF, STRIKE_PRESSURE = constant("insurgents_half"), constant("strike_pressure")
FRONTIER_BASE, FRONTIER_BELIEF = constant("frontier_base"), constant("frontier_belief")
BREAKING_BASE, BREAKING_RESISTANCE = constant("breaking_base"), constant("breaking_resistance")
BAN_STREETS, REFUSAL_LINE, REFUSAL_HOURS = constant("ban_streets"), constant("refusal_line"), constant("refusal_hours")
HARD_LINE, GUARDS_PER_INSURGENT = constant("hard_line"), constant("guards_per_insurgent")
OUTMATCHED_LOST, HELP_PRESSURE = constant("outmatched_lost"), constant("help_pressure")
HASTE, STRETCH, CHOICE_BASE = constant("haste"), constant("stretch"), constant("choice_base")
WEAK_LOYALTY, CONFIDENT_BELIEF = constant("weak_loyalty"), constant("confident_belief")
INSTALLED_FIRES_FROM = constant("installed_fires_from")


@dataclass
class Government:
    """State of the government. Ranks of rungs and leaders are those of the case's tables."""

    leader: int
    legitimacy: float
    posture: int
    standing_orders: int
    """rules of engagement of the eve, which a leader of the old line leaves in force"""
    conceded: list[int] = field(default_factory=list)
    """rungs (0-based) granted, in order"""
    worth: list[float] = field(default_factory=list)
    """of each of them what it was worth to people when it was granted: less the more outraged they were"""
    banned: bool = False
    has_banned: bool = False
    """a ban that has been lifted is not tried again"""
    ban_pressure: float = 0.0
    asked_tick: int = -1
    """when it called the hegemon for help; -1 for never"""
    is_truce: bool = False
    has_left_alliance: bool = False
    has_appealed: bool = False
    is_installed: bool = False
    """true when the hegemon has put it there"""
    fallen: list[int] = field(default_factory=list)
    leader_since: int = -(10**6)
    """when the leader took office; whoever was there on the eve has been for long"""
    last_meeting: int = -(10**6)
    last_concession: int = 0
    """the first step counts as if something had just been granted: a government takes its time"""
    last_refusal: int = -(10**6)


@dataclass
class Situation:
    """What the government sees, all in [0, 1] unless told otherwise."""

    streets: float
    """share of the capital's people in the streets"""
    people_out: float
    """real people in the capital's streets"""
    strikes: float
    lost: float
    """1 - control"""
    insurgents: float
    """real people under arms"""
    loyal_force: float
    """loyal men in the capital, the hegemon's included"""
    hegemon_inflow: float
    """men of the hegemon who entered since its last promise to leave, relative to its garrison"""
    hegemon_bargains: bool
    belief: float
    discontent: float
    """share of people whose private discontent is high, shown or not"""
    outrage: float = 0.0
    """the country's mean outrage relative to the most that is possible"""
    is_called: bool = False
    """do people set out in the capital because a demonstration was called"""


def pressure_of(seen: Situation, half_share: float) -> float:
    """1 - product of (1 - each pressure): any alone can be enough; half_share in the streets press by half."""
    streets = seen.streets / (seen.streets + half_share)
    arms = seen.insurgents / (seen.insurgents + INSURGENTS_HALF)
    return 1.0 - (1.0 - streets) * (1.0 - STRIKE_PRESSURE * seen.strikes) * (1.0 - seen.lost) * (1.0 - arms)


def frontier(demands: list[dict[str, Any]], belief: float) -> int:
    """Count the rungs that the street asks for: the more it believes, the more (ODD: government)."""
    asked = sum(1 for row in demands if float(row["cost"]) <= FRONTIER_BASE + FRONTIER_BELIEF * belief)
    return max(1, asked)


def unmet(
    government: Government,
    demands: list[dict[str, Any]],
    leaders: list[dict[str, Any]],
    belief: float,
    appeasement: float,
) -> float:
    """Share of discontent that is left: 1 - appeasement x credibility x worth of demands met / asked."""
    if government.is_installed:  # what the fallen government granted is void
        return 1.0
    asked = frontier(demands, belief)
    granted = zip(government.conceded, government.worth, strict=True)
    met = math.fsum(worth for rung, worth in granted if rung < asked) / asked
    return 1.0 - appeasement * float(leaders[government.leader]["credibility"]) * met


def meet(
    government: Government,
    seen: Situation,
    demands: list[dict[str, Any]],
    leaders: list[dict[str, Any]],
    parameters: dict[str, float],
    step_hours: float,
    tick: int,
) -> list[tuple[str, float]]:
    """One meeting: changes the government's state and returns its acts as (kind, quantity).

    Kinds: ban, ban_lifted, concession (rung), leader_changed (leader), help_requested, repression, truce,
    alliance_left, appeal.
    """  # fmt: skip
    government.last_meeting = tick
    acts: list[tuple[str, float]] = []
    if government.is_installed:
        government.posture = FIRE_AT_WILL if seen.insurgents > INSTALLED_FIRES_FROM else FIRE_IF_THREATENED
        return acts
    leader = leaders[government.leader]
    line, resistance = float(leader["line"]), float(leader["resistance"])
    pressure = pressure_of(seen, parameters["pressure_half_share"])
    resolve = parameters["resolve"]
    yields_at, breaks_at = resolve * resistance, resolve * (BREAKING_BASE + BREAKING_RESISTANCE * resistance)
    if (
        (seen.streets > BAN_STREETS or seen.is_called)
        and not government.has_banned
        and not government.conceded
        and seen.insurgents == 0.0
    ):
        if pressure < yields_at:
            government.banned = government.has_banned = True
            government.ban_pressure = pressure
            acts.append(("ban", pressure))
    elif government.banned and pressure > parameters["ban_patience"] * government.ban_pressure:
        government.banned = False
        acts.append(("ban_lifted", pressure))

    # a leader of the old line answers a mass that presses him with a refusal that insults it (P3)
    if pressure > yields_at and line < REFUSAL_LINE and (tick - government.last_refusal) * step_hours >= REFUSAL_HOURS:
        government.last_refusal = tick
        acts.append(("refusal", pressure))

    # force: own, then borrowed; who is about to fall calls for help first
    needed = parameters["outmatched_ratio"] * seen.people_out + GUARDS_PER_INSURGENT * seen.insurgents
    if line < HARD_LINE:
        outmatched = seen.loyal_force < needed or seen.lost > OUTMATCHED_LOST or pressure >= breaks_at
        government.posture = government.standing_orders
        if seen.insurgents > 0.0:
            acts.append(("repression", pressure))
        if outmatched and pressure > HELP_PRESSURE and government.asked_tick < 0:
            government.asked_tick = tick
            acts.append(("help_requested", pressure))
    else:
        government.posture = OBSERVE if seen.hegemon_bargains or government.is_truce else DISPERSE
        if not government.is_truce and pressure > yields_at and seen.hegemon_bargains:
            government.is_truce = True
            acts.append(("truce", pressure))

    # who is not pressed yet by what he sees is pressed by what he expects (P14)
    pressure = max(pressure, parameters["foresight"] * seen.discontent * seen.belief)

    # the next rung, when this leader can grant it and has had time to think; a blocked leader falls at once
    hours = (tick - government.last_concession) * step_hours
    asked = range(min(frontier(demands, seen.belief), len(demands)))
    rung = next((rung for rung in asked if rung not in government.conceded), -1)
    if rung >= 0 and pressure > yields_at:
        kind = demands[rung]["kind"]
        granted = hours >= parameters["deliberation_hours"] * (HASTE - pressure)
        if kind == "alliance":
            granted = granted and _leaves_alliance(leader, seen)
        else:
            is_blocked = float(demands[rung]["cost"]) > line + STRETCH * pressure
            successor = _successor(government, leaders, line)
            if is_blocked:
                granted = False
            if successor >= 0 and (pressure >= breaks_at if is_blocked else granted and kind == "leadership"):
                government.fallen.append(government.leader)
                government.leader = successor
                government.leader_since = tick
                acts.append(("leader_changed", successor))
                granted = kind == "leadership"
        if granted:
            government.last_concession = tick
            acts += concede(government, demands, rung, seen.outrage)

    # a broken promise of the hegemon is answered with a break, whatever the street has got so far
    leader = leaders[government.leader]
    if seen.hegemon_inflow > float(leader["alliance_loyalty"]) and not government.has_left_alliance:
        for rung in asked:
            if demands[rung]["kind"] == "alliance":
                acts += concede(government, demands, rung, seen.outrage)

    if government.has_left_alliance and not government.has_appealed:
        government.has_appealed = True
        acts.append(("appeal", 1.0))
    return acts


def concede(
    government: Government, demands: list[dict[str, Any]], rung: int, outrage: float
) -> list[tuple[str, float]]:
    """Grant a rung; returns the acts. What is granted after blood has flowed is worth less (pattern P7)."""
    government.conceded.append(rung)
    government.worth.append(1.0 - outrage)
    acts: list[tuple[str, float]] = [("concession", rung)]
    if demands[rung]["kind"] == "alliance":
        government.has_left_alliance = True
        acts.append(("alliance_left", rung))
    return acts


def _leaves_alliance(leader: dict[str, Any], seen: Situation) -> bool:
    """A leader breaks with the alliance when the hegemon's promise is seen to be broken."""
    return seen.hegemon_inflow > float(leader["alliance_loyalty"]) or (
        float(leader["alliance_loyalty"]) < WEAK_LOYALTY and seen.belief > CONFIDENT_BELIEF
    )


def _successor(government: Government, leaders: list[dict[str, Any]], line: float) -> int:
    """The most credible person closer to the street who has not fallen before; -1 where there is none."""
    candidates = [
        (float(row["credibility"]), i)
        for i, row in enumerate(leaders)
        if i not in government.fallen and i != government.leader and float(row["line"]) > line
    ]
    return max(candidates)[1] if candidates else -1


def hegemons_choice(government: Government, leaders: list[dict[str, Any]]) -> int:
    """Whom the hegemon installs: trust times credibility, nobody who leads or has fallen."""
    candidates = [
        (float(row["hegemon_trust"]) * (CHOICE_BASE + float(row["credibility"])), i)
        for i, row in enumerate(leaders)
        if i not in government.fallen and i != government.leader
    ]
    return max(candidates)[1] if candidates else government.leader
