"""ODD forces: loyalty and stance of units in a step. From docs/odd/forces.md only."""

import numpy as np

from odd.numbers import C, P
from odd.philox import PURPOSE, U

LOYAL, NEUTRAL, JOINED, DISSOLVED = 0, 1, 2, 3
POLITICAL, POLICE, ARMY, HEGEMON = 0, 1, 2, 3


def thresholds(seed, n):
    first = [
        C.first_breaking_least + C.first_breaking_spread * U(seed, PURPOSE["UNIT_NEUTRAL_BELOW"], u, 0)
        for u in range(n)
    ]
    second = [
        C.second_breaking_least + C.second_breaking_spread * U(seed, PURPOSE["UNIT_JOINS_BELOW"], u, 0)
        for u in range(n)
    ]
    return np.array(first), np.array(second)


def divide(men, tanks):
    """Formations of the hegemon of a mobile kind."""
    n = max(1, int(-(-men // C.battle_group)))
    return [(men * (k + 1) // n - men * k // n, tanks / n) for k in range(n)]


def place_of_unit(node, origin, place_of_node, last_site_place):
    """place_of_node: dict node -> place for nodes that are places or sites."""
    at = origin if node < 0 else node
    return place_of_node.get(at, last_site_place)


def defected(side, stance, men):
    out = np.zeros(4)
    for k in range(4):
        total = sum(m for s, m in zip(side, men) if s == k)
        gone = sum(m for s, t, m in zip(side, stance, men) if s == k and t != LOYAL)
        out[k] = gone / total if total else 0.0
    return out


def mood(O_p, S_g, W_g, s_max, p=P):
    return (s_max > C.stirred) * max(O_p / p.outrage_most, S_g / W_g)


def loyalty(Lam, stance, men, side, affinity, cohesion, crowd, mu, under_fire, delta, p=P):
    """crowd: people at the unit's site, 0 if none; mu: mood around the unit. All arrays over units."""
    de = defected(side, stance, men)
    out = np.empty(len(Lam))
    for u in range(len(Lam)):
        contact = crowd[u] / (crowd[u] + C.crowd_per_man * max(men[u], 1))
        soft = affinity[u] * (C.softness_base - cohesion[u])
        fall = soft * p.contact_per_hour * contact
        if stance[u] == LOYAL:
            fall += soft * (p.contact_per_hour * mu[u] + p.cascade_per_hour * de[side[u]])
        rise = C.cohesion_restores * cohesion[u] * (1 - Lam[u])
        if under_fire[u]:
            rise += C.fire_restores * (1 - affinity[u])
        out[u] = min(1.0, max(C.loyalty_least, Lam[u] + (rise - fall) * delta))
    return out


def stance_after(Lam, stance, men, men0, side, theta1, theta2):
    out = list(stance)
    for u in range(len(Lam)):
        if stance[u] in (JOINED, DISSOLVED):
            continue
        new = stance[u]
        if Lam[u] > theta1[u] + C.rallies:
            new = LOYAL
        if Lam[u] < theta1[u]:
            new = NEUTRAL
        if side[u] != HEGEMON and Lam[u] < theta2[u]:
            new = JOINED
        if side[u] != HEGEMON and men[u] < C.breaks_up * men0[u]:
            new = DISSOLVED
        out[u] = new
    return out


def gone_over(before, after, men, town_of_unit, town_of_place, a_g, b_p, p=P):
    a_g, b_p = a_g.copy(), b_p.copy()
    for u in range(len(men)):
        if after[u] == JOINED and before[u] != JOINED:
            a_g[town_of_unit[u]] += p.usable_arms * men[u]
            b_p[town_of_place == town_of_unit[u]] += p.embolden
    return a_g, b_p
