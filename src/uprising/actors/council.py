"""The hegemon's council (ODD: council): members, signals, mutual persuasion, a decision, orders.

Each member pools ideology with what the signals ask for (in log-odds, the more of the first the more stubborn:
Genest and Zidek 1986, doi:10.1214/ss/1177013825), comes to terms with
colleagues (see `confer`), and the weighted mean is set against two bars. The council chooses the least
force that its staff thinks sufficient; a decision becomes orders after staff work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.actors import group_decision
from uprising.kernel.engine import elementary
from uprising.schema import constant

HOLD, HELP, BARGAIN, INVADE = range(4)
OPTIONS = ("hold", "limited help", "withdraw and bargain", "full invasion")
RULES = ("influence", "bargaining")
"""how members come to terms; a case's [council] or a what-if chooses"""
ALARM_HOURS = constant("council_alarm_hours")
REMEMBERED_HOURS = constant("remembered_hours")
CERTAIN, STUBBORN_BASE, STUBBORN_SLOPE = constant("certain"), constant("stubborn_base"), constant("stubborn_slope")
FAILED_CONTROL, HELP_SIGNAL = constant("failed_control"), constant("help_signal")


@dataclass
class Council:
    """State of the council."""

    view: NDArray[np.float64]
    """[k] what each member takes from the situation so far, with memory"""
    positions: NDArray[np.float64]
    option: int = HOLD
    last_session: int = -(10**6)
    promised_tick: int = -1
    """when it promised to leave; men who enter after that break the promise"""
    assault_tick: int = -1
    sessions: list[int] = field(default_factory=list)


@dataclass
class Signals:
    """What reaches the council, each in [0, 1]; the first seven speak for force, the last three against."""

    control: float
    party: float
    alliance: float
    killings: float
    prestige: float
    spread: float
    request: float
    west: float
    cost: float
    trust: float


def situation(signals: Signals, parameters: dict[str, float], alarm: float = 0.0) -> float:
    """Position that the situation asks for, in [0, 1]; alarm is what outside events add."""
    # exact sums: Python 3.12 adds floats with another rounding than 3.11
    for_force = math.fsum(
        parameters[f"signal_{name}"] * getattr(signals, name)
        for name in ("control", "party", "alliance", "killings", "prestige", "spread", "request")
    )
    against = math.fsum(
        parameters[f"signal_{name}"] * getattr(signals, name) for name in ("west", "cost", "trust")
    )
    return min(1.0, max(0.0, 0.5 + parameters["alarm_weight"] * (for_force - against) + alarm))


def pool(
    first: NDArray[np.float64], second: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-linear pool of two opinions in [0, 1], `weight` that of the first; nobody is ever quite certain."""
    a, b = (np.minimum(np.maximum(opinion, CERTAIN), 1.0 - CERTAIN) for opinion in (first, second))
    log_odds = weight * elementary.log(a / (1.0 - a)) + (1.0 - weight) * elementary.log(b / (1.0 - b))
    return np.asarray(1.0 / (1.0 + elementary.exp(-log_odds)))


def confer(
    own: NDArray[np.float64], stubbornness: NDArray[np.float64], weight: NDArray[np.float64], rule: str
) -> NDArray[np.float64]:
    """Positions [k] after members have spoken with each other, by one of RULES; own[k] is what each came with.

    influence: where persuasion ends (Friedkin and Johnsen 1990). bargaining: a round of offers and concessions by
    expected utility (Bueno de Mesquita; Scholz, Calbert and Smith 2011), everybody caring fully.
    """
    if rule == "bargaining":
        offered = group_decision.expected_utility(own, weight, np.ones(len(own)), span=1.0).positions[-1]
        return np.asarray(np.clip(offered, 0.0, 1.0))
    return group_decision.friedkin_johnsen_limit(own, STUBBORN_BASE + STUBBORN_SLOPE * stubbornness, weight)


def session(
    council: Council, members: list[dict[str, Any]], signals: Signals, parameters: dict[str, float],
    alarm: float, hours_since: float, force_at_hand: float, force_needed: float, tick: int,
    noise: NDArray[np.float64], rule: str = "influence",
) -> tuple[int, float]:  # fmt: skip
    """One session: updates positions and option, returns (option, weighted mean).

    alarm is the lasting effect of outside events on readiness for force; noise[k] how each member
    mishears; rule is one of RULES. A decision stands until the mean crosses the other bar (hysteresis).
    """
    ideology = np.array([float(m["ideology"]) for m in members])
    stubbornness = np.array([float(m["stubbornness"]) for m in members])
    weight = np.array([float(m["weight"]) for m in members])
    asked = np.minimum(np.maximum(situation(signals, parameters, alarm) + noise, 0.0), 1.0)
    fresh = 1.0 - math.exp(-hours_since / parameters["council_memory_hours"])
    council.view = council.view + fresh * (asked - council.view)
    own = pool(ideology, council.view, stubbornness)
    council.positions = confer(own, stubbornness, weight, rule)
    mean = math.fsum(council.positions * weight) / math.fsum(weight)
    council.last_session = tick
    council.sessions.append(tick)
    if council.option == INVADE:
        return council.option, mean
    # help with what is at hand needs less conviction than a war; war is for what help can't or did not mend: streets,
    # the rule of one party, the alliance
    lost = max(signals.control, signals.party, signals.alliance)
    failed = council.option in (HELP, BARGAIN) and lost > FAILED_CONTROL
    if mean > parameters["invade_bar"] and (failed or force_at_hand < force_needed):
        option = INVADE
    elif (
        council.option == HOLD
        and mean > 0.5 * (parameters["invade_bar"] + parameters["bargain_bar"])
        and signals.control + signals.request > HELP_SIGNAL
    ):
        option = HELP
    elif council.option == HELP and mean < parameters["bargain_bar"]:
        option = BARGAIN
    else:
        option = council.option
    if option != council.option:
        council.option = option
    return option, mean
