"""Council, government and loyalty as re-implemented from the ODD alone (tests/odd) agree with the program."""

import dataclasses
import random

import numpy as np

from odd import council as mc
from odd import government as mg
from odd import loyalty as ml
from odd import philox as draws_b
from odd.numbers import C, Names, P
from uprising import purposes
from uprising.actors import council as pc
from uprising.actors import government as pg
from uprising.kernel.engine import draws as pdraws
from uprising.kernel.forces.loyalty import take_sides, wear

close = lambda a, b, tol=1e-11: np.testing.assert_allclose(a, b, rtol=tol, atol=tol)
KINDS = ["ordinary", "leadership", "alliance", "security_police", "troops", "plurality"]
OPT = ("hold", "help", "bargain", "invade")
ORDERS = ("stay", "guard", "fight", "seal", "ring", "storm", "withdraw")


def vary(r):
    p = Names(P)
    for k in p:
        p[k] *= r.choice([1, 1, r.uniform(0.5, 1.6)])
    return p


def test_draws():
    r = random.Random(1)
    for _ in range(500):
        q = (
            r.getrandbits(r.choice([3, 32, 63])),
            r.randrange(1, 26),
            r.getrandbits(r.choice([5, 32, 40])),
            r.getrandbits(r.choice([10, 32])),
        )
        assert draws_b.U(*q) == pdraws.uniform(*q)
        close(draws_b.Z(*q), pdraws.normal(*q), 1e-14)
    assert draws_b.PURPOSE["COUNCIL"] == purposes.COUNCIL


# ---------------------------------------------------------------- government
def both_states(r, leaders, demands):
    n = len(demands)
    granted = [
        (j, r.choice([1.0, r.random()])) for j in r.sample(range(n), r.choice([0, 0, r.randrange(n + 1)]))
    ]
    st = {"leader": r.randrange(len(leaders)), "legitimacy": r.random(), "posture": r.randrange(4)}
    orders = r.randrange(4)
    flags = {
        "banned": r.random() < 0.4,
        "has_banned": r.random() < 0.5,
        "truce": r.random() < 0.3,
        "left": r.random() < 0.2,
        "app": r.random() < 0.3,
        "inst": r.random() < 0.08,
    }
    bp = r.random() * 0.6
    asked = r.choice([None, r.randrange(100)])
    fallen = [k for k in range(len(leaders)) if k != st["leader"] and r.random() < 0.25]
    since, lm, lc, lr = (
        r.choice([-(10**6), r.randrange(150)]),
        r.choice([-(10**6), r.randrange(150)]),
        r.choice([0, r.randrange(150)]),
        r.choice([-(10**6), r.randrange(150)]),
    )
    a = mg.State(
        **st,
        standing=orders,
        granted=list(granted),
        banned=flags["banned"],
        has_banned=flags["has_banned"],
        ban_pressure=bp,
        asked=asked,
        truce=flags["truce"],
        left_alliance=flags["left"],
        appealed=flags["app"],
        installed=flags["inst"],
        fallen=list(fallen),
        leader_since=since,
        last_meeting=lm,
        last_concession=lc,
        last_refusal=lr,
    )
    return a, mine_to_program(a)


def mine_to_program(a):
    return pg.Government(
        leader=a.leader,
        legitimacy=a.legitimacy,
        posture=a.posture,
        standing_orders=a.standing,
        conceded=[j for j, _ in a.granted],
        worth=[v for _, v in a.granted],
        banned=a.banned,
        has_banned=a.has_banned,
        ban_pressure=a.ban_pressure,
        asked_tick=-1 if a.asked is None else a.asked,
        is_truce=a.truce,
        has_left_alliance=a.left_alliance,
        has_appealed=a.appealed,
        is_installed=a.installed,
        fallen=list(a.fallen),
        leader_since=a.leader_since,
        last_meeting=a.last_meeting,
        last_concession=a.last_concession,
        last_refusal=a.last_refusal,
    )


def program_to_mine(g):
    return mg.State(
        leader=g.leader,
        legitimacy=g.legitimacy,
        posture=g.posture,
        standing=g.standing_orders,
        granted=list(zip(g.conceded, g.worth)),
        banned=g.banned,
        has_banned=g.has_banned,
        ban_pressure=g.ban_pressure,
        asked=None if g.asked_tick < 0 else g.asked_tick,
        truce=g.is_truce,
        left_alliance=g.has_left_alliance,
        appealed=g.has_appealed,
        installed=g.is_installed,
        fallen=list(g.fallen),
        leader_since=g.leader_since,
        last_meeting=g.last_meeting,
        last_concession=g.last_concession,
        last_refusal=g.last_refusal,
    )


def same_government(a, g):
    b = program_to_mine(g)
    for f in dataclasses.fields(a):
        x, y = getattr(a, f.name), getattr(b, f.name)
        if f.name == "granted":
            assert [j for j, _ in x] == [j for j, _ in y]
            close([v for _, v in x], [v for _, v in y])
        elif isinstance(x, float):
            close(x, y)
        else:
            assert x == y, f.name


def leaders_demands(r):
    L = [
        {
            "line": round(r.random(), r.choice([1, 3])),
            "resistance": r.random(),
            "credibility": round(r.random(), r.choice([1, 3])),
            "alliance_loyalty": r.choice([0.0, 0.1, r.random()]),
            "hegemon_trust": round(r.random(), 1),
        }
        for _ in range(r.randrange(1, 7))
    ]
    D = sorted(
        [
            {"cost": r.random(), "share_wanting": r.random(), "kind": r.choice(KINDS)}
            for _ in range(r.randrange(1, 9))
        ],
        key=lambda d: d["cost"] if r.random() < 0.9 else 0,
    )
    return L, D


mine_L = lambda L: [
    mg.Leader(
        **{k: float(l[k]) for k in ("line", "resistance", "credibility", "alliance_loyalty", "hegemon_trust")}
    )
    for l in L
]
mine_D = lambda D: [mg.Demand(float(d["cost"]), float(d["share_wanting"]), d["kind"]) for d in D]


def test_government_random():
    r = random.Random(2)
    seen_acts = {}
    for _ in range(6000):
        L, D = leaders_demands(r)
        p = vary(r)
        a, g = both_states(r, L, D)
        t, delta = r.randrange(150, 700), r.choice([0.5, 0.25, 1.0])
        I = r.choice([0.0, 0.0, 80.0, 100.0, r.random() * 10000])
        z = lambda: r.choice([0.0, r.random(), 1.0, r.random() * 0.05])
        x = mg.Seen(
            z(),
            r.choice([0.0, r.random() * 2e5]),
            z(),
            z(),
            I,
            r.random() * 20000,
            z(),
            r.random() < 0.3,
            z(),
            z(),
            z(),
            r.random() < 0.3,
        )
        s = pg.Situation(
            x.s, x.A, x.x, x.lost, x.I, x.loyal, x.inflow, x.bargains, x.B, x.disc, x.O, x.called
        )
        close(mg.unmet(a, mine_L(L), mine_D(D), x.B, p), pg.unmet(g, D, L, x.B, p["appeasement"]))
        acts = mg.meeting(a, x, t, delta, mine_L(L), mine_D(D), p)
        theirs = pg.meet(g, s, D, L, p, delta, t)
        assert [k for k, _ in acts] == [k for k, _ in theirs]
        assert [q for k, q in acts if k == "concession"] == [q for k, q in theirs if k == "concession"]
        same_government(a, g)
        for k, _ in acts:
            seen_acts[k] = seen_acts.get(k, 0) + 1
    print(seen_acts)
    assert len(seen_acts) == 10


# ---------------------------------------------------------------- council
def test_council_random():
    r = random.Random(3)
    taken = {}
    for i in range(2000):
        p = vary(r)
        n = r.randrange(1, 12)
        rule = "bargaining" if i % 4 == 0 else "influence"
        M = [
            {
                "ideology": r.choice([0.0, 1.0, r.random(), round(r.random(), 1)]),
                "stubbornness": r.choice([0.0, 1.0, r.random()]),
                "weight": r.choice([1.0, r.random() + 0.05]),
            }
            for _ in range(n)
        ]
        w = [r.random() for _ in M]
        last = r.choice([-(10**6), r.randrange(100)])
        opt = r.randrange(4)
        t, delta, seed = r.randrange(100, 700), r.choice([0.5, 1.0]), r.getrandbits(40)
        sig = {k: r.choice([0.0, r.random(), r.random() * 0.4]) for k in mc.FOR + mc.AGAINST}
        alarm, hand, need = r.uniform(-0.3, 0.6), r.random() * 30000, r.random() * 30000
        c = mc.State(list(w), [m["ideology"] for m in M], OPT[opt], last)
        situ = mc.situation(sig, alarm, p)
        mean = mc.session(c, [mc.Member(**m) for m in M], situ, t, delta, seed, rule, p)
        option = mc.decision(c.option, mean, sig, hand, need, p)
        k = pc.Council(np.array(w), np.array([m["ideology"] for m in M]), opt, last)
        noise = np.array([C.mishearing * pdraws.normal(seed, purposes.COUNCIL, j, t) for j in range(n)])
        close(situ, pc.situation(pc.Signals(**sig), p, alarm))
        o2, m2 = pc.session(
            k,
            M,
            pc.Signals(**sig),
            p,
            alarm,
            min((t - last) * delta, C.longest_memory_hours),
            hand,
            need,
            t,
            noise,
            rule,
        )
        close(c.w, k.view)
        close(c.xi, k.positions, 1e-9)
        close(mean, m2, 1e-9)
        assert option == OPT[o2]
        assert c.last_session == k.last_session
        taken[(OPT[opt], option)] = taken.get((OPT[opt], option), 0) + 1
    print(taken)


# ---------------------------------------------------------------- loyalty
def test_loyalty_random():
    r = np.random.default_rng(4)
    for _ in range(150):
        n, S, npl = int(r.integers(1, 40)), 9, 5
        pp = Names(P)
        pp.contact_per_hour *= r.uniform(0.2, 4)
        pp.cascade_per_hour *= r.uniform(0.2, 4)
        Lam = r.uniform(-0.2, 1, n)
        stance = r.integers(0, 4, n)
        men0 = np.floor(r.uniform(0, 3000, n))
        men = np.floor(men0 * r.choice([1, 0.9, 0.29, 0.3, 0], n))
        side = r.integers(0, 4, n)
        aff, coh = r.random(n), r.random(n)
        crowd = r.choice([0.0, 40, 3000, 90000], S)
        node = r.integers(-1, npl + S + 3, n)
        mu = r.random(n)
        fire = r.random(n) < 0.2
        th1, th2 = ml.thresholds(int(r.integers(1, 2**40)), n)
        dt = float(r.choice([0.5, 1.0]))
        at = lambda u: crowd[node[u] - npl] if npl <= node[u] < npl + S else 0.0
        mine = ml.loyalty(Lam, stance, men, side, aff, coh, [at(u) for u in range(n)], mu, fire, dt, pp)
        new = np.zeros(n, np.int64)
        theirs = Lam.copy()
        wear(
            step_hours=dt,
            contact_per_hour=pp.contact_per_hour,
            cascade_per_hour=pp.cascade_per_hour,
            node=node,
            n_places=npl,
            crowd=crowd,
            men=men,
            side=side,
            stance=stance,
            mood=mu,
            came_under_fire=fire,
            cohesion=coh,
            affinity=aff,
            n_sides=4,
            loyalty=theirs,
        )
        close(mine, theirs)
        take_sides(
            loyalty=theirs,
            neutral_below=th1,
            joins_below=th2,
            men=men,
            first_men=men0,
            side=side,
            stance=stance,
            new=new,
        )
        assert ml.stance_after(mine, stance, men, men0, side, th1, th2) == new.tolist()
