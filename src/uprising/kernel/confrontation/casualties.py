"""Who bears the losses (ODD: casualties): losses of a site fall on individuals who are there.

Losses are counted in real people; a row of the table stands for `weight` of them. A remainder per kind is
carried from loss to loss, so that at full scale every loss is a person and at any scale rows and count
never differ by more than one row.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.confrontation.clash import (
    ARRESTED,
    DEAD_BYSTANDERS,
    DEAD_CROWD,
    DEAD_FIGHTERS,
    WOUNDED_BYSTANDERS,
    WOUNDED_CROWD,
    WOUNDED_FIGHTERS,
)
from uprising.kernel.decision.candidates import BLOCK_BITS
from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled
from uprising.kernel.movement.travel import GONE
from uprising.kernel.population.counters import recount
from uprising.schema import constant
from uprising.state import DEAD, DETAINED, STRIKING, WOUNDED

BYSTANDER_HEARD, INSURGENT_HEARD = constant("bystander_heard"), constant("insurgent_heard")
CIVILIAN, SECURITY = range(2)
"""sides of the dead, in the order of uprising.state.SIDES"""


@compiled
def order_by_site(first_out, n_out, slot, is_touched, n_present, start, order):
    """Counting sort of the people present at the sites touched: slot 2s holds the unarmed of site s, 2s + 1 insurgents.

    Those in the streets are listed in parts, from first_out[r] on n_out[r]; slot[k] says where (see movement.travel),
    n_present[slot] how many are there. order[start[slot] : start[slot + 1]] are the k of those in a slot.
    """
    start[0] = 0
    for at in range(2 * len(is_touched)):
        start[at + 1] = start[at] + (n_present[at] if is_touched[at >> 1] else 0)
    fill = start[:-1].copy()
    for r in range(len(n_out)):
        for k in range(first_out[r], first_out[r] + n_out[r]):
            at = slot[k]
            if at >= 0 and is_touched[at >> 1]:
                order[fill[at]] = k
                fill[at] += 1


@compiled
def strike_down(
    seed, tick, purpose, slot, losses, kind, weight, carry, start, taken, order, out, out_slot, n_present,
    home, role, household, team, block, activity, site, since, outrage, outrage_jump, touched,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    team_moved, block_moved,
):
    """Turn `losses` real people of a slot into rows that become `kind` (DEAD, WOUNDED or DETAINED).

    start and order are those of order_by_site; taken[slot] counts those struck, who are GONE.
    carry[kind] keeps the remainder. The household of the dead is outraged, and noted in touched.
    Returns the number of rows struck.
    """
    carry[kind] += losses
    rows = 0
    present = start[slot + 1] - start[slot]
    while carry[kind] >= weight and taken[slot] < present:
        first = start[slot] + taken[slot]
        left = present - taken[slot]
        pick = first + int(uniform(seed, purpose, (slot << 24) + rows, tick * 8 + kind) * left)
        k = order[pick]
        order[pick] = order[first]
        order[first] = k
        out_slot[k] = GONE
        n_present[slot] -= 1
        i = out[k]
        taken[slot] += 1
        carry[kind] -= weight
        rows += 1
        before = activity[i]
        recount(
            i=i, before=before, after=kind, home=home, role=role, household=household, team=team, block=block,
            team_workplace=team_workplace, household_out=household_out, team_out=team_out, team_stopped=team_stopped,
            workplace_out=workplace_out, workplace_stopped=workplace_stopped, block_out=block_out,
            place_role=place_role, team_moved=team_moved, block_moved=block_moved,
        )
        activity[i] = kind
        site[i] = -1
        since[i] = tick
        if kind == DEAD:
            outrage_household(i, household, outrage, outrage_jump, tick, touched)
    return rows


@compiled
def strike_down_residents(
    seed, tick, purpose, place, losses, kind, weight, carry, segment_start, n_places, n_stripes,
    home, role, household, team, block, activity, since, outrage, outrage_jump, touched,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    team_moved, block_moved,
):
    """Bystanders: rows of people at home in the place who become `kind`; as strike_down, carry is shared."""
    carry[kind] += losses
    rows = 0
    tries = 0
    while carry[kind] >= weight and tries < 1000:
        question = (place << 24) + tries
        stripe = int(uniform(seed, purpose, question, tick * 16 + kind) * n_stripes)
        first = segment_start[stripe * n_places + place]
        length = segment_start[stripe * n_places + place + 1] - first
        tries += 1
        if length == 0:
            continue
        i = first + int(uniform(seed, purpose, question, tick * 16 + 8 + kind) * length)
        before = activity[i]
        if before > STRIKING:
            continue
        carry[kind] -= weight
        rows += 1
        recount(
            i=i, before=before, after=kind, home=home, role=role, household=household, team=team, block=block,
            team_workplace=team_workplace, household_out=household_out, team_out=team_out, team_stopped=team_stopped,
            workplace_out=workplace_out, workplace_stopped=workplace_stopped, block_out=block_out,
            place_role=place_role, team_moved=team_moved, block_moved=block_moved,
        )
        activity[i] = kind
        since[i] = tick
        if kind == DEAD:
            outrage_household(i, household, outrage, outrage_jump, tick, touched)
    return rows


@compiled
def outrage_household(i, household, outrage, jump, tick, touched):
    """Add jump to the outrage of everybody of i's household (who lie side by side); note the tick of their rows."""
    own = household[i]
    j = i
    while j > 0 and household[j - 1] == own:
        j -= 1
    while j < len(household) and household[j] == own:
        outrage[j] = np.float32(np.float64(outrage[j]) + jump)
        touched[j >> BLOCK_BITS] = tick
        j += 1


@compiled
def outrage_witnesses(tick, jump, most, saw_killing, outrage, witnessed, first_out, n_out, out, slot):
    """Those present at sites where people were killed are outraged, up to `most`.

    Those in the streets are listed in parts, from first_out[r] on n_out[r]: out[k] are rows, slot[k] says where (see
    kernel.movement.travel); who has been struck down since is GONE. The tick is noted in witnessed, by block of rows.
    """
    for r in range(len(n_out)):
        for k in range(first_out[r], first_out[r] + n_out[r]):
            if slot[k] >= 0 and saw_killing[slot[k] >> 1]:
                i = out[k]
                outrage[i] = np.float32(min(most, np.float64(outrage[i]) + jump))
                witnessed[i >> BLOCK_BITS] = tick


@compiled
def bear_losses(
    seed, tick, purpose_present, purpose_residents, sites, fallen, outcome, household_jump, witness_jump, most,
    weight, carry, first_out, n_out, out, slot, n_present, fighters, site_place, segment_start, n_places, n_stripes,
    home, role, household, team, block, activity, site, since, outrage, touched, witnessed,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    team_moved, block_moved, dead, wounded, killed,
):
    """All of this module for one step: the losses outcome[s, :] of kernel.confrontation.clash at each of `sites`.

    first_out to n_present are those of order_by_site; out[k] are rows.
    fallen[k] of the insurgents' dead at sites[k] are people, the others soldiers who have joined them. Added up in
    dead[p, side] and wounded[p]; killed[p] is how many dead of a place its people hear of, the unarmed above all.
    """
    n_sites = len(site_place)
    is_touched, saw_killing = np.zeros(n_sites, np.bool_), np.zeros(n_sites, np.bool_)
    start, taken = np.empty(2 * n_sites + 1, np.int64), np.zeros(2 * n_sites, np.int64)
    order = np.empty(max(1, n_out.sum()), np.int32)
    is_touched[sites] = True
    order_by_site(
        first_out=first_out, n_out=n_out, slot=slot, is_touched=is_touched, n_present=n_present, start=start,
        order=order,
    )
    is_seen = False
    for k in range(len(sites)):
        s = sites[k]
        p = site_place[s]
        of = outcome[s]
        hurt = min(float(of[WOUNDED_FIGHTERS]), fighters[s] - fallen[k])
        for at, losses, kind in (
            (2 * s, float(of[DEAD_CROWD]), DEAD),
            (2 * s, float(of[WOUNDED_CROWD]), WOUNDED),
            (2 * s, float(of[ARRESTED]), DETAINED),
            (2 * s + 1, float(fallen[k]), DEAD),
            (2 * s + 1, hurt, WOUNDED),
        ):
            if losses > 0.0:
                strike_down(
                    seed=seed, tick=tick, purpose=purpose_present, slot=at, losses=losses, kind=kind, weight=weight,
                    carry=carry, start=start, taken=taken, order=order, out=out, out_slot=slot, n_present=n_present,
                    home=home, role=role, household=household, team=team, block=block, activity=activity, site=site,
                    since=since, outrage=outrage, outrage_jump=household_jump, touched=touched,
                    team_workplace=team_workplace, household_out=household_out, team_out=team_out,
                    team_stopped=team_stopped, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
                    block_out=block_out, place_role=place_role, team_moved=team_moved, block_moved=block_moved,
                )
        for losses, kind in ((of[DEAD_BYSTANDERS], DEAD), (of[WOUNDED_BYSTANDERS], WOUNDED)):
            if losses > 0:
                strike_down_residents(
                    seed=seed, tick=tick, purpose=purpose_residents, place=p, losses=float(losses), kind=kind,
                    weight=weight, carry=carry, segment_start=segment_start, n_places=n_places, n_stripes=n_stripes,
                    home=home, role=role, household=household, team=team, block=block, activity=activity,
                    since=since, outrage=outrage, outrage_jump=household_jump, touched=touched,
                    team_workplace=team_workplace, household_out=household_out, team_out=team_out,
                    team_stopped=team_stopped, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
                    block_out=block_out, place_role=place_role, team_moved=team_moved, block_moved=block_moved,
                )
        dead[p, CIVILIAN] += of[DEAD_CROWD] + fallen[k] + of[DEAD_BYSTANDERS]
        dead[p, SECURITY] += of[DEAD_FIGHTERS] - fallen[k]
        wounded[p] += of[WOUNDED_CROWD] + of[WOUNDED_FIGHTERS] + of[WOUNDED_BYSTANDERS]
        killed[p] += (
            of[DEAD_CROWD] + BYSTANDER_HEARD * of[DEAD_BYSTANDERS] + INSURGENT_HEARD * of[DEAD_FIGHTERS]
        )
        saw_killing[s] = of[DEAD_CROWD] + of[DEAD_BYSTANDERS] > 0
        is_seen |= saw_killing[s]
    if is_seen:
        outrage_witnesses(
            tick=tick, jump=witness_jump, most=most, saw_killing=saw_killing, outrage=outrage, witnessed=witnessed,
            first_out=first_out, n_out=n_out, out=out, slot=slot,
        )
