"""Your own rule: what if people didn't look at each other?

A rule is a plain function. It is compiled at first use and called for each person who reconsiders, so it may use
numbers, comparisons and `math`, and nothing of the outside. Its arguments are the weighted terms of the model's own
rule (`uprising.kernel.decision.sweep.decide`); it returns one of four acts.

Run it with: python examples/own_rule.py
"""

import uprising

QUIET, STRIKING, DEMONSTRATING, FIGHTING = 0, 1, 2, 3


def everybody_alone(
    activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
    cost_out, cost_strike, cost_fight, hysteresis, commitment, solidarity,
):  # fmt: skip
    """The model's rule without what the others do: each weighs discontent, belief, risk and cost alone."""
    if can_fight and drive - risk_fight - cost_fight > (-commitment if activity == FIGHTING else 0.0):
        return FIGHTING
    # whoever is out already goes home only when it is clearly not worth it any more
    if drive - risk_out - cost_out > (-hysteresis if activity == DEMONSTRATING else 0.0):
        return DEMONSTRATING
    if drive - risk_strike - cost_strike > (-solidarity if activity == STRIKING else 0.0):
        return STRIKING
    return QUIET


def compare(case="hungary-1956", scale=0.01, start="1956-10-22", until="1956-10-24"):
    """(name, largest crowd, most workers on strike) of three days with the model's rule and with ours."""
    # the same seed asks the same random questions: the difference of the two runs is the rule alone
    settings = {"seed": 1956, "scale": scale, "start": start, "until": until}
    usual = uprising.run(case, **settings)
    own = uprising.run(case, rules={"reconsider": everybody_alone}, **settings)
    rows = []
    for name, result in (("the model's rule", usual), ("everybody alone", own)):
        # sums over places and roles; one value a step
        crowd = result.series["crowd"].sum(["place", "role"]).max()
        striking = result.series["striking"].sum("place").max()
        rows.append((name, int(crowd), int(striking)))
    return rows


if __name__ == "__main__":
    print(f"{'':20}{'largest crowd':>15}{'most on strike':>16}")
    for name, crowd, striking in compare():
        print(f"{name:20}{crowd:15,}{striking:16,}")
