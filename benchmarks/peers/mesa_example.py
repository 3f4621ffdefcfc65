"""Person-steps per second of the Epstein civil violence example that Mesa ships. Runs in Mesa's own environment.

Usage: python mesa_example.py SIDE STEPS [--sample N]. Moore grid, vision 7, Run 2's densities, legitimacy and term.
Each cell's neighbourhood is kept by Mesa after the first look: one step goes before the clock starts. With --sample
only N people are called, twice, and the second time counts: for sizes at which a step of everybody takes too long or
the neighbourhoods don't fit into memory. Counting and collecting data, which belong to a step, are then left out,
in Mesa's favour.
"""

import json
import sys
import time

import mesa
from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence, EpsteinScenario

side, steps = int(sys.argv[1]), int(sys.argv[2])
sample = int(sys.argv[4]) if "--sample" in sys.argv else 0
scenario = EpsteinScenario(
    citizen_density=0.7, cop_density=0.04, legitimacy=0.82, max_jail_term=30, grid_type="Moore", rng=1
)
model = EpsteinCivilViolence(width=side, height=side, scenario=scenario)
if sample:
    called = model.random.sample(list(model.agents), sample)
    for each in called:
        each.update_neighbors()
    started = time.process_time()
    for each in called:
        each.step()
    done = sample
else:
    model.step()
    started = time.process_time()
    for _ in range(steps):
        model.step()
    done = len(model.agents) * steps
speed = done / (time.process_time() - started)
print(json.dumps({"name": f"Mesa {mesa.__version__}", "speed": speed, "sampled": bool(sample)}))
