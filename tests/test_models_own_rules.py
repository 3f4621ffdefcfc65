"""Rules of a user's own: each model with people takes them, the model's own gives the same bits, another differs."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from uprising import models
from uprising.cli.models import app
from uprising.models.gallery import OWN_RULES, rules_section
from uprising.models.own_rules import plain, signatures

# rules written out anew, as a user would who starts from a model's description


def epstein(grievance, risk_aversion, cops, actives, threshold, k, ratio):
    outnumbered = cops / actives
    if ratio == 1:
        outnumbered = math.floor(outnumbered)
    elif ratio == 2:
        outnumbered = np.rint(outnumbered)
    return grievance - risk_aversion * (1.0 - math.exp(-k * outnumbered)) > threshold


def who_sees_many(grievance, risk_aversion, cops, actives, threshold, k, ratio):
    # even without a grievance: nothing may be left out because the model's rule would not ask for it
    return actives > cops


def citizen(income, risk_aversion, police, actives, legitimacy, threshold, k):
    arrest = 1.0 - math.exp(-k * math.floor(police / (1.0 + actives)))
    net = (1.0 - income) * (1.0 - legitimacy) - arrest * (0.5 * risk_aversion + 0.5 * income)
    return net > threshold


def answer(heard, form, contagion, ceiling, hearing_threshold):
    if form == 0:
        return contagion * heard
    return ceiling * (1.0 - math.exp(-contagion / ceiling * max(heard - hearing_threshold, 0.0)))


def reply(private, central, local, seen, by_centre, by_place, by_others):
    weights = 1.0 + by_centre + by_place + by_others
    return (private + by_centre * central + by_place * local + by_others * seen) / weights


def teach(log_odds, turnout, expected_extremists, moderates, informativeness):
    return log_odds + informativeness * (turnout - expected_extremists) / moderates


LATTICE: dict[str, Any] = {"parameters": {"side": 24, "legitimacy": 0.7}, "steps": 30, "seeds": [1, 2]}
CLEAR = {**LATTICE, "parameters": {**LATTICE["parameters"], "kernel": "clear"}}
CROWD = {"parameters": {"society": "drawn"}, "steps": 40, "seeds": [1, 2]}
AFTER_SHOCK = {"experiment": "shock", "parameters": {"side": 20}, "steps": 5, "seeds": [1]}

CASES: list[tuple[str, str, dict[str, Any], Any, Any]] = [
    ("epstein", "decide", CLEAR, epstein, who_sees_many),
    ("epstein_ii", "decide", LATTICE, epstein, who_sees_many),
    ("rebellion", "decide", LATTICE, epstein, who_sees_many),
    ("moro", "decide", {"parameters": {"side": 30}, "steps": 30, "seeds": [1, 2]}, citizen,
     lambda income, risk_aversion, police, actives, legitimacy, threshold, k: actives > police),
    ("moro", "attack", {"parameters": {"side": 30}, "steps": 30, "seeds": [1, 2]},
     lambda rebels, police, favourable: rebels + 1 >= favourable * police,
     lambda rebels, police, favourable: False),
    ("siegel", "decide", {"experiment": "small_world", "seeds": [1, 2]},
     lambda motivation, external: motivation + external > 0.0,
     lambda motivation, external: motivation > 0.7),
    ("siegel", "feel", {"experiment": "small_world", "seeds": [1, 2]},
     lambda external, rate, persistence: persistence * external - (1.0 - persistence) * (1.0 - rate),
     lambda external, rate, persistence: rate - 1.0 if rate > 0.3 else -1.0),
    ("granovetter", "join", {"experiment": "drawn", "seeds": [1, 2]},
     lambda threshold, out, population: threshold <= out,
     lambda threshold, out, population: threshold <= out + 0.1 * population),
    ("kuran", "oppose", CROWD,
     lambda threshold, opposition: threshold <= opposition + 1e-12,
     lambda threshold, opposition: threshold <= 0.5 * opposition),
    ("kuran", "threshold", CROWD,
     lambda antipathy, base, fear: min(max(base + fear - antipathy, 0.0), 1.0),
     lambda antipathy, base, fear: 0.0 if antipathy > base else 1.0),
    ("bonnasse_gahot", "respond", {"experiment": "wave", "steps": 20, "seeds": [1]}, answer,
     lambda heard, form, contagion, ceiling, hearing_threshold: 0.5 * contagion * heard),
    ("lohmann", "protest", {"experiment": "cycle", "seeds": [1, 2]},
     lambda is_extremist, is_moderate, saw_bad, cost, benefit, influence:
         is_extremist | (is_moderate & saw_bad & (benefit * influence >= cost)),
     lambda is_extremist, is_moderate, saw_bad, cost, benefit, influence: is_extremist | is_moderate),
    ("lohmann", "learn", {"experiment": "cycle", "seeds": [1, 2]}, teach,
     lambda log_odds, turnout, expected_extremists, moderates, informativeness: log_odds + 0.1),
    ("makowsky_rubin", "express", AFTER_SHOCK, reply,
     lambda private, central, local, seen, by_centre, by_place, by_others: 0.5 * private + 0.5 * seen),
    ("makowsky_rubin", "dare", AFTER_SHOCK,
     lambda dissent_seen, courage: dissent_seen > courage,
     lambda dissent_seen, courage: True),
    ("friedkin_johnsen", "revise", {"experiment": "stubborn", "seeds": [1, 2]},
     lambda heard, start, stubbornness: (1.0 - stubbornness) * heard + stubbornness * start,
     lambda heard, start, stubbornness: max(heard, start)),
]  # fmt: skip
IDS = [f"{name}-{rule}" for name, rule, *_ in CASES]


@pytest.mark.parametrize(("name", "rule", "settings", "same", "other"), CASES, ids=IDS)
def test_the_models_own_rule_gives_the_same_bits_and_another_differs(
    name: str, rule: str, settings: dict[str, Any], same: Any, other: Any
) -> None:
    without = models.run(name, **settings).document()["runs"]
    assert models.run(name, rules={rule: same}, **settings).document()["runs"] == without
    assert models.run(name, rules={rule: other}, **settings).document()["runs"] != without


def test_every_rule_of_every_model_is_tried_here() -> None:
    known = {(name, rule) for name in models.names() for rule in models.rules_of(name)}
    assert known == {(name, rule) for name, rule, *_ in CASES}


@pytest.mark.parametrize("name", models.names())
def test_a_model_says_which_rules_it_has(name: str) -> None:
    rules = models.rules_of(name)
    with pytest.raises(models.ModelError, match="no_such_rule") as caught:
        models.run(name, steps=1, rules={"no_such_rule": lambda *values: 0})
    shown = CliRunner().invoke(app, ["show", name]).stdout
    told = json.loads(CliRunner().invoke(app, ["show", name, "--json"]).stdout)["rules"]
    section = "\n".join(rules_section(rules))
    for rule, call in signatures(rules).items():
        assert call == f"{rule}({', '.join(inspect.signature(plain(rules[rule])).parameters)})"
        assert call in str(caught.value) and call in shown and f"- `{call}`: " in section
        assert told[rule]["call"] == call and told[rule]["meaning"]
    if not rules:
        assert "(known: none)" in str(caught.value) and told == {} and section == ""


def test_the_documentation_lists_the_rules() -> None:
    page = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
    assert OWN_RULES in page
    for name in models.names():
        card = models.card(name)
        section = page.split(f"## {card.title}\n")[1].split("\n## ")[0]
        assert "\n".join(rules_section(models.rules_of(name))) in section
        assert ("function of your own can replace" in section) == bool(models.rules_of(name))


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (lambda motivation: True, "arguments of decide\\(motivation, external\\)"),
        ("motivation", "arguments of decide\\(motivation, external\\)"),
        (lambda motivation, external: print({motivation}, file="x"), "could not be compiled"),
    ],
)
def test_a_rule_that_cannot_be_one_is_refused(rule: Any, hint: str) -> None:
    with pytest.raises(models.ModelError, match=hint):
        models.run("siegel", steps=3, rules={"decide": rule})


def test_rules_that_could_change_nothing_are_refused() -> None:
    with pytest.raises(models.ModelError, match="no persons"):
        models.run("granovetter", experiment="normal", rules={"join": lambda threshold, out, population: True})
    with pytest.raises(models.ModelError, match="given"):
        models.run("kuran", rules={"threshold": lambda antipathy, base, fear: 0.0})


def test_a_rule_under_which_a_crowd_never_settles_ends_all_the_same() -> None:
    def contrary(threshold, opposition):
        return opposition < 0.5

    result = models.run("kuran", steps=4, parameters={"society": "drawn"}, rules={"oppose": contrary})
    assert set(result.runs[0].series["opposition"]) <= {0.0, 100.0}
