"""A variant of Epstein's rule in a few lines: each other rebel in sight gives courage for two. 100 seeds, one figure.

Takes seconds. Needs matplotlib to plot (without it, the table is printed alone).
"""

import math

from uprising import models


def courage_for_two(grievance, risk_aversion, cops, actives, threshold, k, ratio):
    """Rule A of the paper, but the others among the actives (actives counts oneself) count double."""
    arrest_probability = 1.0 - math.exp(-k * (cops // (2 * actives - 1)))
    return grievance - risk_aversion * arrest_probability > threshold


settings = {"experiment": "run_2", "steps": 500, "seeds": range(100), "parameters": {"legitimacy": 0.82}}
paper = models.run("epstein", **settings)
variant = models.run("epstein", **settings, rules={"decide": courage_for_two})

for label, result in (("paper", paper), ("variant", variant)):
    peaks = result.values("peak_actives")
    print(f"{label:8} peak of actives {peaks.mean():6.1f} +- {peaks.std():.1f} over {len(peaks)} seeds")

try:
    import matplotlib.pyplot as plt
except ImportError:
    raise SystemExit from None
for label, result in (("paper", paper), ("variant", variant)):
    actives = result.series("actives")
    plt.plot(actives.mean(axis=0), label=label)
    plt.fill_between(range(500), actives.min(axis=0), actives.max(axis=0), alpha=0.2)
plt.xlabel("period")
plt.ylabel("active agents")
plt.legend()
plt.savefig("epstein_variant.png")
