"""Person-steps per second of Epstein's Model I on AMBER's vectorised lane. Runs in AMBER's own environment.

Usage: python ambr_model.py SIDE STEPS. AMBER ships no such model; this one is written the way its vectorised lane asks
for: everybody at the same time. All try a free site in sight, one of those who want the same gets it; all decide on
box sums of cops and actives; every cop that sees actives picks one of them. The example is thus not the sequential
model, and does less work a person.
"""

import json
import os
import sys
import time

os.environ["AMBER_SUPPRESS_DEPRECATIONS"] = "1"
os.environ["POLARS_MAX_THREADS"] = "1"
import ambr
import numpy as np

VISION = 7
TRIES = 4


class Rebellion(ambr.Model):
    """Columns: site, cop, active, until (first step out of prison), hardship, aversion."""

    def setup(self):
        """People on sites drawn at random."""
        side = self.side = int(self.p["side"])
        sites = side * side
        n_cops, n_agents = round(0.04 * sites), round(0.7 * sites)
        n = n_cops + n_agents
        self.add_agents(
            n,
            site=self.rng.permutation(sites)[:n],
            cop=np.arange(n) < n_cops,
            active=np.zeros(n, bool),
            until=np.zeros(n, np.int64),
            hardship=self.rng.random(n),
            aversion=self.rng.random(n),
        )
        self.cops = np.arange(n_cops)
        self.now = 0

    def in_sight(self, sites):
        """How many of these sites lie in the window around each site, [side, side]."""
        marked = np.zeros((self.side, self.side), np.int32)
        marked.ravel()[sites] = 1
        padded = np.pad(marked, VISION, mode="wrap")
        sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        width = 2 * VISION + 1
        return sums[width:, width:] - sums[:-width, width:] - sums[width:, :-width] + sums[:-width, :-width]

    def step_vectorized(self):
        """Move, decide, arrest."""
        side, rng = self.side, self.rng
        table = self.agents_df
        site, until = table["site"].to_numpy().copy(), table["until"].to_numpy().copy()
        cop, active = table["cop"].to_numpy(), table["active"].to_numpy().copy()
        hardship, aversion = table["hardship"].to_numpy(), table["aversion"].to_numpy()
        free_people = until <= self.now
        taken = np.zeros(side * side, bool)
        taken[site[free_people]] = True
        waiting = np.flatnonzero(free_people)
        for _ in range(TRIES):
            there = (
                site[waiting] // side + rng.integers(-VISION, VISION + 1, len(waiting))
            ) % side * side + (site[waiting] % side + rng.integers(-VISION, VISION + 1, len(waiting))) % side
            open_ = np.flatnonzero(~taken[there])
            _, first = np.unique(there[open_], return_index=True)
            winners = open_[first]
            taken[site[waiting[winners]]] = False
            site[waiting[winners]] = there[winners]
            taken[there[winners]] = True
            waiting = np.delete(waiting, winners)
        cops_seen = self.in_sight(site[cop]).ravel()[site]
        actives_seen = self.in_sight(site[active & free_people]).ravel()[site] - active + 1
        grievance = hardship * (1 - 0.82)
        risk = aversion * (1 - np.exp(-2.3 * (cops_seen // np.maximum(actives_seen, 1))))
        active = ~cop & free_people & (grievance - risk > 0.1)

        holder = np.full(side * side, -1)
        rebels = np.flatnonzero(active)
        holder[site[rebels]] = rebels
        offsets = np.arange(-VISION, VISION + 1)
        where = site[self.cops]
        rows = (where[:, None] // side + offsets) % side
        columns = (where[:, None] % side + offsets) % side
        seen = holder[(rows[:, :, None] * side + columns[:, None, :]).reshape(len(where), -1)]
        chance = np.where(seen >= 0, rng.random(seen.shape, np.float32), -1)
        best = chance.argmax(1)
        prisoners = seen[np.arange(len(where)), best]
        prisoners = np.unique(prisoners[prisoners >= 0])
        until[prisoners] = self.now + 1 + rng.integers(0, 30, len(prisoners))
        active[prisoners] = False
        self.agents.set(site=site, until=until, active=active)
        self.now += 1


side, steps = int(sys.argv[1]), int(sys.argv[2])


def seconds(n_steps):
    """Processor time of a run of so many steps."""
    model = Rebellion({"side": side, "steps": n_steps, "seed": 1, "show_progress": False})
    started = time.process_time()
    model.cpu(mode="vectorized").run()
    return time.process_time() - started, model


setting_up, _ = seconds(1)
took, model = seconds(1 + steps)
people = len(model.agents_df)
print(
    json.dumps(
        {
            "name": f"AMBER {ambr.__version__}",
            "speed": people * steps / (took - setting_up),
            "actives": int(model.agents_df["active"].sum()),
            "jailed": int((model.agents_df["until"] > model.now).sum()),
        }
    )
)
