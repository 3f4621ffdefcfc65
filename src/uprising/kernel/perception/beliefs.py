"""What each place sees and believes at the start of a step (ODD: perception).

Axes: p places, g towns (groups of places), r roles, a acts. All shares are in [0, 1]; forces in men.
"""

from __future__ import annotations

import math

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.kernel.engine.sums import pairwise_sum
from uprising.kernel.forces.presence import PATROLLING, STORMING, VISIBLE
from uprising.kernel.perception.news import spread_news
from uprising.schema import constant
from uprising.state import DEMONSTRATING, FIGHTING, HELD_BY_HEGEMON, STRIKING

ARMS_AT_HOME, STRIKE_RISK, BLOODSHED = constant("arms_at_home"), constant("strike_risk"), constant("bloodshed")
SEEN_BY_HALF, CURFEW_HALF_SHARE = constant("seen_by_half"), constant("curfew_half_share")
STORM_PER_INSURGENT, STORM_PER_DEMONSTRATOR = constant("storm_per_insurgent"), constant("storm_per_demonstrator")
LEARNING_SCALE, NEWS_TEACHES = constant("learning_scale"), constant("news_teaches")
DEFEAT_ELSEWHERE = constant("defeat_elsewhere")


@compiled(error_model="numpy")
def count_towns(
    place_group, place_role, weight, first_worker, second_worker, fighters_home,
    out_by_place, out_by_group, fighters_by_group, stopped, workers, stopped_by_group, workers_by_group,
):
    """Real people in the streets and under arms, and workers who have stopped, by place and by town."""
    out_by_group[:] = 0.0
    fighters_by_group[:] = 0.0
    stopped_by_group[:] = 0.0
    workers_by_group[:] = 0.0
    for p in range(len(place_group)):
        out = 0
        for r in range(place_role.shape[1]):
            out += place_role[p, r, DEMONSTRATING] + place_role[p, r, FIGHTING]
        idle = 0
        employed = 0
        for r in (first_worker, second_worker):
            idle += place_role[p, r, STRIKING] + place_role[p, r, DEMONSTRATING] + place_role[p, r, FIGHTING]
            for a in range(place_role.shape[2]):
                employed += place_role[p, r, a]
        out_by_place[p] = out * weight
        stopped[p] = idle * weight
        workers[p] = max(employed * weight, 1.0)
        g = place_group[p]
        out_by_group[g] += out_by_place[p]
        fighters_by_group[g] += fighters_home[p]
        stopped_by_group[g] += stopped[p]
        workers_by_group[g] += workers[p]


@compiled(error_model="numpy")
def weigh_force(
    force, storm, patrols, expected, group_population, out_by_group, fighters_by_group, arms_loose,
    readiness, deterrence, ambush_advantage, cost_curfew,
    share_out, share_seen, share_expected, risk, risk_fight, beaten, curfew,
):
    """Risk of going out and of fighting, how beaten a town feels, and its curfew; returns the nation's defeat.

    risk = readiness (1 - exp(-kappa F / (1 + A))), A who is out or expected[g] to be. People know how many
    weapons are about: a part of those at home counts as ready against force.
    """
    storms = 0.0
    insurgents = 0.0
    for g in range(len(force)):
        people, armed = out_by_group[g], fighters_by_group[g]
        share_out[g] = people / group_population[g]
        share_seen[g] = share_out[g] / (share_out[g] + SEEN_BY_HALF)
        others = max(people, expected[g])
        share_expected[g] = others / (others + SEEN_BY_HALF * group_population[g])
        risk[g] = min(1.0, readiness) * (1.0 - math.exp(-deterrence * force[g] / (1.0 + others)))
        ready = 1.0 + armed + ARMS_AT_HOME * arms_loose[g]
        risk_fight[g] = 1.0 - math.exp(-deterrence * force[g] / (ambush_advantage * ready))
        beaten[g] = storm[g] / (storm[g] + STORM_PER_INSURGENT * armed + STORM_PER_DEMONSTRATOR * people + 1.0)
        curfew[g] = cost_curfew * patrols[g] / (patrols[g] + CURFEW_HALF_SHARE * group_population[g])
        storms += storm[g]
        insurgents += armed
    return storms / (storms + STORM_PER_INSURGENT * insurgents + 1.0)


@compiled(error_model="numpy")
def learn(
    place_group, share_of_population, share_seen, risk, beaten, news, danger,
    outer_belief, learning, despair, fade, defeat, own_belief, belief,
):
    """Belief that protest works: fed by streets that go unpunished and by news of others, starved by defeat.

    learning and despair are per step; own_belief[p] in place, belief[p] = outer + own within [0, 1]. Returns the
    nation's mean.
    """
    mean = 0.0
    for p in range(len(place_group)):
        g = place_group[p]
        held = min(max(outer_belief + own_belief[p], 0.0), 1.0)
        unpunished = share_seen[g] * (1.0 - risk[g]) * (1.0 - danger[p])
        growth = learning * LEARNING_SCALE * max(unpunished, NEWS_TEACHES * news[p]) * (1.0 - held)
        lost = despair * max(beaten[g], DEFEAT_ELSEWHERE * defeat) * held
        own_belief[p] = min(max((own_belief[p] + growth) * fade - lost, -outer_belief), 1.0)
        belief[p] = min(max(outer_belief + own_belief[p], 0.0), 1.0)
        mean += belief[p] * share_of_population[p]
    return mean


@compiled(error_model="numpy")
def see(
    place_group, share_expected, stopped_by_group, workers_by_group, risk, risk_fight, curfew, storm, patrols,
    mood, news, danger, belief, arms, weight, waiting, pull_town, weight_belief, cost_won, control,
    pull, strike_pull, seen_belief, risk_out, risk_strike, fight_risk, can_fight, seen_curfew,
):
    """What the people of each place weigh (see kernel.decision.sweep).

    People want arms where blood has been shed or foreign troops are in the streets (P4, P8), and where the town has
    any: arms[g] in people's hands or in store; the least that anybody can take is `weight`, a row's. Where the
    government has lost control[g], going out costs cost_won more of what is lost.
    """
    for p in range(len(place_group)):
        g = place_group[p]
        pull[p] = pull_town * max(share_expected[g], news[p])
        strike_pull[p] = pull_town * max(stopped_by_group[g] / workers_by_group[g], news[p])
        seen_belief[p] = belief[p] + mood[g] / weight_belief
        risk_out[p] = 1.0 - (1.0 - risk[g]) * (1.0 - danger[p])
        risk_strike[p] = STRIKE_RISK * risk[g]
        fight_risk[p] = risk_fight[g]
        can_fight[p] = arms[g] >= weight and (danger[p] > BLOODSHED or storm[g] + patrols[g] > 0.0)
        seen_curfew[p] = curfew[g] + waiting[g] + cost_won * (1.0 - control[g])


@compiled(error_model="numpy")
def add_store(arms_loose, site_group, holder, site_arms, arms):
    """arms[g] of a town: in people's hands and at sites, but for those under the guns of the hegemon's troops."""
    arms[:] = 0.0
    for s in range(len(site_group)):
        if holder[s] != HELD_BY_HEGEMON:
            arms[site_group[s]] += site_arms[s]
    for g in range(len(arms)):
        arms[g] += arms_loose[g]


@compiled(error_model="numpy")
def is_marching(out_by_group, march_size, mass_size, has_marched, is_mass):
    """Are there for the first time so many people out in a town that they make a march or a mass."""
    found = False
    for g in range(len(out_by_group)):
        found |= (out_by_group[g] >= march_size[g]) & (not has_marched[g])
        found |= (out_by_group[g] >= mass_size[g]) & (not is_mass[g])
    return found


@compiled(error_model="numpy")
def look(
    readiness, outer_belief, mood,
    place_group, place_role, weight, first_worker, second_worker, fighters_home, in_towns, expected, waiting,
    group_population, arms_loose,
    deterrence, ambush_advantage, cost_curfew, closeness, news_fade, news, share_of_population, danger,
    learning, despair, belief_fade, own_belief, site_group, holder, site_arms, pull_town,
    weight_belief, cost_won, control, march_size, mass_size, has_marched, is_mass, heard_outrage,
    out_by_place, stopped, workers, belief, pull, strike_pull, seen_belief, seen_outrage, risk_out, risk_strike,
    fight_risk, seen_curfew, can_fight,
    out_by_group, fighters_by_group, stopped_by_group, workers_by_group, share_out, share_seen, share_expected,
    share_stopped, risk, risk_fight, beaten, curfew, arms,
):
    """All of this module in its order, for one step.

    Returns the nation's mean belief, its workers' share on strike, and whether a march or a mass may be new.
    in_towns[g, :] are the men of kernel.forces.presence by town. What is filled begins with out_by_place [p] and
    out_by_group [g].
    """
    count_towns(
        place_group=place_group, place_role=place_role, weight=weight, first_worker=first_worker,
        second_worker=second_worker, fighters_home=fighters_home, out_by_place=out_by_place,
        out_by_group=out_by_group, fighters_by_group=fighters_by_group, stopped=stopped, workers=workers,
        stopped_by_group=stopped_by_group, workers_by_group=workers_by_group,
    )
    for g in range(len(share_stopped)):
        share_stopped[g] = stopped_by_group[g] / workers_by_group[g]
    storm, patrols = in_towns[:, STORMING], in_towns[:, PATROLLING]
    defeat = weigh_force(
        force=in_towns[:, VISIBLE], storm=storm, patrols=patrols, expected=expected,
        group_population=group_population, out_by_group=out_by_group, fighters_by_group=fighters_by_group,
        arms_loose=arms_loose, readiness=readiness, deterrence=deterrence, ambush_advantage=ambush_advantage,
        cost_curfew=cost_curfew, share_out=share_out, share_seen=share_seen, share_expected=share_expected, risk=risk,
        risk_fight=risk_fight, beaten=beaten, curfew=curfew,
    )
    streets = np.empty(len(place_group))
    for p in range(len(place_group)):
        streets[p] = share_seen[place_group[p]]
    spread_news(streets, closeness, news, news_fade)
    mean_belief = learn(
        place_group=place_group, share_of_population=share_of_population, share_seen=share_seen, risk=risk,
        beaten=beaten, news=news, danger=danger, outer_belief=outer_belief, learning=learning, despair=despair,
        fade=belief_fade, defeat=defeat, own_belief=own_belief, belief=belief,
    )
    add_store(arms_loose, site_group, holder, site_arms, arms)
    see(
        place_group=place_group, share_expected=share_seen, stopped_by_group=stopped_by_group,
        workers_by_group=workers_by_group, risk=risk, risk_fight=risk_fight, curfew=curfew, storm=storm,
        patrols=patrols, mood=mood, news=news, danger=danger, belief=belief, arms=arms, weight=weight,
        waiting=waiting, pull_town=pull_town, weight_belief=weight_belief, cost_won=cost_won, control=control,
        pull=pull, strike_pull=strike_pull, seen_belief=seen_belief, risk_out=risk_out, risk_strike=risk_strike,
        fight_risk=fight_risk, can_fight=can_fight, seen_curfew=seen_curfew,
    )
    for p in range(len(seen_outrage)):
        seen_outrage[p] = heard_outrage[p]
    national_strike = pairwise_sum(stopped) / pairwise_sum(workers)
    may_be_new = is_marching(out_by_group, march_size, mass_size, has_marched, is_mass)
    return mean_belief, national_strike, may_be_new
