"""Council: meeting, signals, session, decision, assault, orders; from docs/odd/council.md and forces.md alone."""

import math
from dataclasses import dataclass

from odd.numbers import C, P
from odd.philox import PURPOSE, Z

MOBILE = ("mechanised", "armour", "infantry", "airborne")


@dataclass
class Member:
    ideology: float
    stubbornness: float
    weight: float


@dataclass
class State:
    w: list
    xi: list
    option: str = "hold"
    last_session: int = -(10**6)
    promised: int | None = None
    assault: int | None = None
    killings: float = 0.0
    losses: float = 0.0


def fade(x, delta):
    return x * 0.5 ** (delta / C.remembered_hours)


def meets(c, t, delta, asked, K_mean, alarmed, p=P):
    aware = asked is not None or K_mean < C.aware_control or c.last_session > -(10**6)
    h = (t - c.last_session) * delta
    return aware and (h >= p.council_inertia_hours or (alarmed and h >= C.council_alarm_hours))


def signals(
    c, t, delta, K_mean, K_capital, kinds, attention, answer, spread, truce, asked, q, cred, leader_since, p=P
):
    s = {}
    s["control"] = 1 - 0.5 * (K_mean + K_capital)
    s["party"] = (
        1.0 if "plurality" in kinds else C.security_police_signal if "security_police" in kinds else 0.0
    )
    s["alliance"] = 1.0 if "alliance" in kinds else C.troops_signal if "troops" in kinds else 0.0
    s["killings"] = c.killings / (c.killings + C.killings_half)
    s["cost"] = c.losses / (c.losses + p.losses_half_dead)
    s["prestige"] = (1 - attention) * (1.0 if c.option == "bargain" else s["cost"])
    s["spread"] = spread
    s["request"] = 0.0 if truce or asked is None else 0.5 ** ((t - asked) * delta / C.remembered_hours)
    s["west"] = answer
    h = (t - leader_since) * delta
    s["trust"] = (
        q
        * cred
        * (1 - 0.5 ** (h / p.trust_hours))
        * (1 - C.party_distrust * s["party"] - C.alliance_distrust * s["alliance"])
    )
    return s


FOR = ("control", "party", "alliance", "killings", "prestige", "spread", "request")
AGAINST = ("cost", "west", "trust")


def situation(s, alarm, p=P):
    plus = sum(p["signal_" + k] * s[k] for k in FOR)
    minus = sum(p["signal_" + k] * s[k] for k in AGAINST)
    return min(1.0, max(0.0, 0.5 + p.alarm_weight * (plus - minus) + alarm))


def log_odds(x):
    x = min(1 - C.certain, max(C.certain, x))
    return math.log(x / (1 - x))


def session(c, members, situ, t, delta, seed, rule="persuasion", p=P):
    """Changes w, xi, last session; returns the mean."""
    h = min((t - c.last_session) * delta, C.longest_memory_hours)
    own = []
    for k, m in enumerate(members):
        asked = min(1.0, max(0.0, situ + C.mishearing * Z(seed, PURPOSE["COUNCIL"], k, t)))
        c.w[k] += (1 - math.exp(-h / p.council_memory_hours)) * (asked - c.w[k])
        th = m.stubbornness * log_odds(m.ideology) + (1 - m.stubbornness) * log_odds(c.w[k])
        own.append(1 / (1 + math.exp(-th)))
    om = [m.weight for m in members]
    if rule == "bargaining":
        c.xi = [min(1.0, max(0.0, x)) for x in bargain(own, om)]
    else:
        sg = [C.stubborn_base + C.stubborn_slope * m.stubbornness for m in members]
        bar = sum(o * s * x for o, s, x in zip(om, sg, own)) / sum(o * s for o, s in zip(om, sg))
        c.xi = [(1 - s) * bar + s * x for s, x in zip(sg, own)]
    c.last_session = t
    return sum(x * o for x, o in zip(c.xi, om)) / sum(om)


def decision(option, mean, s, at_hand, needed, p=P):
    if option == "invade":
        return "invade"
    lost = max(s["control"], s["party"], s["alliance"])
    if mean > p.invade_bar and (
        (option in ("help", "bargain") and lost > C.failed_control) or at_hand < needed
    ):
        return "invade"
    if (
        option == "hold"
        and mean > 0.5 * (p.invade_bar + p.bargain_bar)
        and s["control"] + s["request"] > C.help_signal
    ):
        return "help"
    if option == "help" and mean < p.bargain_bar:
        return "bargain"
    return option


def needed(I, A, p=P):
    return p.force_per_thousand_insurgents * I / 1000 + C.needed_per_demonstrator * A + C.needed_base


def at_hand(units):
    return sum(
        u.men
        for u in units
        if u.side == "hegemon"
        and u.kind in MOBILE
        and u.stance == 0
        and (u.node >= 0 or u.echelon != "strategic")
    )


def bargain(x, capability, s=None, length=1.0):
    n = len(x)
    s = s or [1.0] * n
    pi = [a * b for a, b in zip(capability, s)]

    def median():
        total, run = sum(pi), 0.0
        for k in sorted(range(n), key=lambda k: x[k]):
            run += pi[k]
            if run >= total / 2:
                return x[k]

    median()

    def P_(r):
        out = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                if x[i] == x[j]:
                    continue
                v = [
                    pi[k] * (abs(x[k] - x[j]) ** r[k] - abs(x[k] - x[i]) ** r[k]) / length ** r[k]
                    for k in range(n)
                ]
                al = sum(abs(y) for y in v)
                out[i][j] = sum(y for y in v if y > 0) / al if al else 0.0
        return out

    def E(i, j, r, pij):
        if i == j:
            return 0.0
        gg = abs(x[i] - x[j]) / length
        return (
            pij * (2 - 4 * (0.5 - 0.5 * gg) ** r)
            + (1 - pij) * (2 - 4 * (0.5 + 0.5 * gg) ** r)
            - (2 - 4 * 0.5**r)
        )

    one = [1.0] * n
    pp = P_(one)
    q = [sum(E(i, j, 1.0, pp[i][j]) for i in range(n)) for j in range(n)]
    lo, hi = min(q), max(q)
    if hi == lo:
        r = one
    else:
        R = [min(1.0, max(-1.0, (2 * a - hi - lo) / (hi - lo))) for a in q]
        r = [(1 - a / 3) / (1 + a / 3) for a in R]
    pp = P_(r)
    new = list(x)
    for i in range(n):
        offers = {0: [], 1: [], 2: []}
        for j in range(n):
            if x[i] == x[j]:
                continue
            e, f = E(i, j, r[i], pp[i][j]), E(i, j, r[i], pp[j][i])
            if f > e > 0:
                offers[0].append(x[j] - x[i])
            elif f > 0 > e:
                if abs(e) < f:
                    offers[1].append((x[j] - x[i]) * abs(e / f))
                else:
                    offers[2].append(x[j] - x[i])
        for kind in range(3):
            if offers[kind]:
                new[i] = x[i] + min(offers[kind], key=abs)
                break
    return new


def assault_begins(c, tau, delta, units, p=P):
    if c.option != "invade" or c.assault is not None:
        return False
    if not C.assault_hour <= tau < C.assault_hour + delta:
        return False
    called = [u for u in units if u.order in ("ring", "seal")]
    men = sum(u.men for u in called)
    here = sum(u.men for u in called if u.node >= 0 and u.destination < 0)
    return men >= 1 and here >= p.ready_share * men


def installed_leader(leader, fallen, leaders):
    """fallen without the leader who goes now."""
    best, most = leader, None
    for k, x in enumerate(leaders):
        if k in fallen or k == leader:
            continue
        v = x.hegemon_trust * (C.choice_base + x.credibility)
        if most is None or v >= most:
            best, most = k, v
    return best


# ---------------------------------------------------------------- orders (forces.md)
@dataclass
class Unit:
    side: str
    kind: str
    echelon: str
    men: float
    node: int
    origin: int
    base: int
    destination: int = -1
    depart: int = 0
    abroad_km: float = 0.0
    alerted: int = -1
    order: str = "stay"
    stance: int = 0
    readiness_hours: float = 0.0


@dataclass
class Geo:
    """road(a, b) km; sites: list of (node, place, kind, salience); town(place); capital: its town; N, K by town"""

    road: object
    sites: list
    town_of_place: object
    capital: int
    N: list
    K: list
    place_of_unit: object


def send(u, node, order, depart):
    u.order = order
    if u.node == node:
        u.destination = -1
        return
    u.destination, u.depart = node, depart
    if u.node >= 0:
        u.origin, u.abroad_km = u.node, 0.0


def key_value(kind):
    return C.get("key_value_" + kind, C.key_value_other)


def key_sites(geo):
    own = [x for x in geo.sites if geo.town_of_place(x[1]) == geo.capital]
    return [x[0] for x in sorted(own, key=lambda x: -key_value(x[2]))]


def centre(geo):
    own = [x for x in geo.sites if geo.town_of_place(x[1]) == geo.capital]
    return max(own, key=lambda x: x[3])[0]


def ring(geo):
    first = {}
    for x in geo.sites:
        if geo.town_of_place(x[1]) != geo.capital:
            first.setdefault(x[1], x[0])
    c = centre(geo)
    return sorted(first.values(), key=lambda n: geo.road(c, n))[: int(C.ring_sites)]


def first_site_of_town(geo, g):
    return next((x[0] for x in geo.sites if geo.town_of_place(x[1]) == g), None)


def steps(hours, delta):
    return math.floor(hours / delta)


def alert(units, t):
    for u in units:
        if u.side == "hegemon" and u.alerted < 0:
            u.alerted = t


def far(geo, u):
    return geo.road(centre(geo), u.node if u.node >= 0 else 0)


def call_army(units, geo, t, delta):
    own = [
        u
        for u in units
        if u.side == "army" and u.stance == 0 and u.order == "stay" and u.echelon != "resident"
    ]
    own = sorted(own, key=lambda u: far(geo, u))[: int(C.army_call_units)]
    ks = key_sites(geo)
    for k, u in enumerate(u for u in own if far(geo, u) < C.army_call_km):
        send(u, ks[k % len(ks)], "guard", t + steps(C.army_call_hours, delta))


def order_help(units, geo, t, delta, p=P):
    alert(units, t)
    wanted = p.garrison_per_thousand / 1000 * geo.N[geo.capital]
    own = [
        u
        for u in units
        if u.side == "hegemon" and u.kind in MOBILE and u.stance == 0 and u.echelon != "strategic"
    ]
    own.sort(key=lambda u: (u.node < 0, geo.road(centre(geo), u.node) if u.node >= 0 else 0.0))
    ks = key_sites(geo)[: int(C.help_sites)]
    sent, k = 0, 0
    for u in own:
        dep = t + steps(u.readiness_hours, delta)
        if sent < wanted:
            send(u, ks[k % len(ks)], "fight", dep)
            sent += u.men
            k += 1
        elif u.node >= 0:
            g = geo.town_of_place(geo.place_of_unit(u))
            s = first_site_of_town(geo, g)
            if g != geo.capital and s is not None:
                send(u, s, "fight", dep)


def order_withdrawal(units, geo, t, delta, p=P):
    r = ring(geo)
    for k, u in enumerate([u for u in units if u.side == "hegemon" and u.order == "fight"]):
        if u.node < 0:
            u.order, u.destination = "stay", -1
        elif u.destination < 0 and geo.town_of_place(geo.place_of_unit(u)) != geo.capital:
            send(u, u.base, "stay", t)
        elif r:
            send(u, r[k % len(r)], "withdraw", t + steps(p.staff_hours, delta))


def order_invasion(units, geo, crossings, t, delta, p=P):
    alert(units, t)
    towns = []
    for x in geo.sites:
        g = geo.town_of_place(x[1])
        if g != geo.capital and g not in towns:
            towns.append(g)
    towns.sort(key=lambda g: -(geo.N[g] * (C.town_priority - geo.K[g])))
    towns = towns[: max(1, len(towns) // 2)]
    targets = [first_site_of_town(geo, g) for g in towns]
    r = ring(geo)
    cap = first_site_of_town(geo, geo.capital)
    ms = mr = mt = 0.0
    nt = 0
    for u in units:
        if u.side != "hegemon" or u.kind not in MOBILE or u.stance != 0:
            continue
        dep = t + steps(p.staff_hours, delta)
        if u.node < 0:
            dep = max(dep, u.alerted + steps(u.readiness_hours, delta))
        m = ms + mr + mt + u.men
        if crossings and ms < C.seal_share * m:
            send(u, crossings[int(ms) % len(crossings)], "seal", dep)
            ms += u.men
        elif r and mr <= C.ring_share * m:
            send(u, r[int(mr // C.ring_site_men) % len(r)], "ring", dep)
            mr += u.men
        elif targets:
            send(u, targets[nt % len(targets)], "ring", dep)
            nt += 1
            mt += u.men
        else:
            send(u, cap, "ring", dep)
            mr += u.men  # MENDED after reading the code: they count as men of the ring


def order_storm(units, geo, t):
    r, ks, k = set(ring(geo)), key_sites(geo), 0
    for u in units:
        if u.side != "hegemon" or u.order != "ring":
            continue
        at = u.destination if u.destination >= 0 else u.node
        if at in r:
            send(u, ks[k % len(ks)], "storm", t)
            k += 1
        else:
            u.order = "storm"
