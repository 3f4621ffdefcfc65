"""ODD government. From docs/odd/government.md only."""

from dataclasses import dataclass, field

from odd.numbers import C, P

OBSERVE, DISPERSE, THREATENED, AT_WILL = 0, 1, 2, 3


@dataclass
class Leader:
    line: float
    resistance: float
    credibility: float
    alliance_loyalty: float
    hegemon_trust: float = 0.0


@dataclass
class Demand:
    cost: float
    share_wanting: float
    kind: str


@dataclass
class State:
    leader: int
    legitimacy: float
    posture: int
    standing: int
    granted: list = field(default_factory=list)  # (rung, worth)
    banned: bool = False
    has_banned: bool = False
    ban_pressure: float = 0.0
    asked: int | None = None
    truce: bool = False
    left_alliance: bool = False
    appealed: bool = False
    installed: bool = False
    fallen: list = field(default_factory=list)
    leader_since: int = -(10**6)
    last_meeting: int = -(10**6)
    last_concession: int = 0
    last_refusal: int = -(10**6)


@dataclass
class Seen:
    s: float
    A: float
    x: float
    lost: float
    I: float
    loyal: float
    inflow: float
    bargains: bool
    B: float
    disc: float
    O: float
    called: bool


def meets(g, t, delta, alarm):
    since = (t - g.last_meeting) * delta
    return since >= C.meeting_hours or (alarm and since >= C.government_alarm_hours)


def lost(K_mean, K_capital):
    return 1 - 0.5 * (K_mean + K_capital)


def inflow(men_after_promise, garrison_eve, promised):
    return min(1.0, men_after_promise / max(garrison_eve, 1)) if promised is not None else 0.0


def outrage_relative(O_p, N_p, p=P):
    return min(1.0, sum(o * n for o, n in zip(O_p, N_p)) / sum(N_p) / p.outrage_most)


def pressure(x, p=P):
    return 1 - (1 - x.s / (x.s + p.pressure_half_share)) * (1 - C.strike_pressure * x.x) * (1 - x.lost) * (
        1 - x.I / (x.I + C.insurgents_half)
    )


def yields(leader, p=P):
    return p.resolve * leader.resistance


def breaks(leader, p=P):
    return p.resolve * (C.breaking_base + C.breaking_resistance * leader.resistance)


def asked(demands, B):
    return max(1, sum(d.cost <= C.frontier_base + C.frontier_belief * B for d in demands))


def unmet(g, leaders, demands, B, p=P):
    if g.installed:
        return 1.0
    a = asked(demands, B)
    return 1 - p.appeasement * leaders[g.leader].credibility * (1 / a) * sum(v for j, v in g.granted if j < a)


def successor(g, leaders):
    l, best = leaders[g.leader].line, None
    for k, x in enumerate(leaders):
        if k in g.fallen or k == g.leader or not x.line > l:
            continue
        if best is None or x.credibility >= leaders[best].credibility:
            best = k
    return best


def grant(g, rung, x, demands, acts):
    g.granted.append((rung, 1 - x.O))
    acts.append(("concession", rung))
    if demands[rung].kind == "alliance":
        g.left_alliance = True
        acts.append(("alliance_left", None))


def meeting(g, x, t, delta, leaders, demands, p=P):
    """Changes g; returns the acts in order."""
    acts = []
    g.last_meeting = t
    if g.installed:
        g.posture = AT_WILL if C.installed_fires_from < x.I else THREATENED
        return acts
    L = leaders[g.leader]
    pr, yi, br = pressure(x, p), yields(L, p), breaks(L, p)
    hours = lambda step: (t - step) * delta
    # 1
    if (x.s > C.ban_streets or x.called) and not g.has_banned and not g.granted and x.I == 0:
        if pr < yi:
            acts.append(("ban", None))
            g.banned = g.has_banned = True
            g.ban_pressure = pr
    elif g.banned and pr > p.ban_patience * g.ban_pressure:
        acts.append(("ban_lifted", None))
        g.banned = False
    # 2
    if pr > yi and L.line < C.refusal_line and hours(g.last_refusal) >= C.refusal_hours:
        acts.append(("refusal", None))
        g.last_refusal = t
    # 3
    if L.line < C.hard_line:
        outmatched = (
            x.loyal < p.outmatched_ratio * x.A + C.guards_per_insurgent * x.I
            or x.lost > C.outmatched_lost
            or pr >= br
        )
        g.posture = g.standing
        if x.I > 0:
            acts.append(("repression", None))
        if outmatched and pr > C.help_pressure and g.asked is None:
            g.asked = t
            acts.append(("help_requested", None))
    else:
        g.posture = OBSERVE if x.bargains or g.truce else DISPERSE
        if not g.truce and pr > yi and x.bargains:
            g.truce = True
            acts.append(("truce", None))
    # 4
    pr = max(pr, p.foresight * x.disc * x.B)
    # 5
    n = min(asked(demands, x.B), len(demands))
    done = {j for j, _ in g.granted}
    nxt = next((j for j in range(n) if j not in done), None)
    if nxt is not None and pr > yi:
        d = demands[nxt]
        granted = hours(g.last_concession) >= p.deliberation_hours * (C.haste - pr)
        a = L.alliance_loyalty
        if d.kind == "alliance":
            granted = granted and (x.inflow > a or (a < C.weak_loyalty and C.confident_belief < x.B))
        else:
            blocked = d.cost > L.line + C.stretch * pr
            if blocked:
                granted_here = False
            else:
                granted_here = granted
            who = successor(g, leaders)
            if who is not None and ((pr >= br) if blocked else (granted and d.kind == "leadership")):
                g.fallen.append(g.leader)
                g.leader = who
                g.leader_since = t
                acts.append(("leader_changed", None))
                granted_here = d.kind == "leadership"
            granted = granted_here
        if granted:
            g.last_concession = t
            grant(g, nxt, x, demands, acts)
    # 6
    a = leaders[g.leader].alliance_loyalty
    if x.inflow > a and not g.left_alliance:
        for j in range(n):
            if demands[j].kind == "alliance":
                grant(g, j, x, demands, acts)
    # 7
    if g.left_alliance and not g.appealed:
        g.appealed = True
        acts.append(("appeal", None))
    return acts


def insult(O_p, p=P):
    return [o + min(p.insult_outrage, p.outrage_most) * (1 - o / p.outrage_most) for o in O_p]


@dataclass
class World:
    rho: float
    R: float
    b: list
    O: list
    attraction: list
    council_alarm: bool = False
    army_called: bool = False
    stance: list = field(default_factory=list)


def carry_out(g, acts, w, leaders, demands, voices_of_capital, political_not_border, p=P):
    """voices_of_capital: indices of broadcasters and exchanges; political_not_border: flags over units."""
    for act, rung in acts:
        if act == "ban":
            w.rho += C.ban_readiness
        elif act == "ban_lifted":
            w.rho -= p.restraint * w.R
            w.b = [b + p.embolden for b in w.b]
        elif act == "refusal":
            w.O = insult(w.O, p)
            for s in voices_of_capital:
                w.attraction[s] += p.refusal_draw
        elif act == "concession":
            w.b = [b + p.embolden for b in w.b]
            d = demands[rung]
            v = g.granted[-1][1]
            g.legitimacy = min(
                1.0, g.legitimacy + C.legitimacy_gain * leaders[g.leader].credibility * d.share_wanting * v
            )
            if d.kind == "security_police":
                w.stance = [
                    3 if pol and st in (0, 1) else st for st, pol in zip(w.stance, political_not_border)
                ]
            if d.kind in ("troops", "plurality", "alliance"):
                w.council_alarm = True
        elif act in ("leader_changed", "help_requested"):
            w.council_alarm = True
        elif act == "repression":
            w.army_called = True
        elif act == "truce":
            w.rho -= p.restraint * w.R
    return w
