"""Muster: where units stand, what they amount to at each site, where they are needed (ODD: forces).

One pass over the u units fills arrays by site; every later step reads them.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.schema import constant
from uprising.state import HELD_BY_INSURGENTS

VISIBLE, LOYAL_ON_DUTY, STORMING, PATROLLING, GUARDS, POLITICAL, TROOPS, ON_FOOT, ALLIED, ACTING = range(10)
N_ROLES = 10
JOINED_WHO_FIGHT, ARMY_GUARDS = constant("joined_who_fight"), constant("army_guards")
HEGEMON_BARRACKS_VISIBLE, HEGEMON_LEAVING_VISIBLE = (
    constant("hegemon_barracks_visible"), constant("hegemon_leaving_visible"),
)
ARMY_BARRACKS_VISIBLE = constant("army_barracks_visible")
HEGEMON_BARRACKS_DUTY, ARMY_BARRACKS_DUTY = constant("hegemon_barracks_duty"), constant("army_barracks_duty")
NEED_PER_INSURGENT, NEED_WHERE_HELD = constant("need_per_insurgent"), constant("need_where_held")
SEAL_STRENGTH, SEAL_HALF = constant("seal_strength"), constant("seal_half")


@compiled
def stand(node, origin, n_places, site_place, site, place):
    """site[u] at which a unit stands, -1 for none; place[u] in or near which, on the road its origin's."""
    for u in range(len(node)):
        s = node[u] - n_places
        site[u] = s if 0 <= s < len(site_place) else -1
        at = node[u] if node[u] >= 0 else origin[u]
        place[u] = at if at < n_places else site_place[min(at - n_places, len(site_place) - 1)]


@compiled(error_model="numpy")
def choose_posts(
    is_hegemon, order, fight, storm, stance, loyal, destination, node, men, key_value, fighters, holder, nearness,
    n_places, site_group, chosen, post,
):
    """Where in its town a unit in action, of the hegemon, obeying and not under way, is needed most.

    worth_s = need_s / (men assigned to s so far + own men) x nearness[n_places + here, s]; need = value as a key site +
    3 x insurgents + 50 where they hold it. Returns how many should go elsewhere: chosen[k] units, to post[k].
    """
    need = np.empty(len(holder))
    for s in range(len(holder)):
        held = NEED_WHERE_HELD if holder[s] == HELD_BY_INSURGENTS else 0.0
        need[s] = key_value[s] + NEED_PER_INSURGENT * fighters[s] + held
    assigned = np.zeros(len(need))
    n = 0
    for u in range(len(men)):
        in_action = is_hegemon[u] and (order[u] == fight or order[u] == storm)
        here = node[u] - n_places
        if not in_action or destination[u] >= 0 or stance[u] != loyal or not 0 <= here < len(need):
            continue
        best = -1
        most = -1.0
        for s in range(len(need)):
            if site_group[s] == site_group[here]:
                worth = need[s] / (assigned[s] + men[u]) * nearness[n_places + here, s]
                if worth > most:
                    most = worth
                    best = s
        assigned[best] += men[u]
        if best != here:
            chosen[n], post[n] = u, best
            n += 1
    return n


@compiled
def muster(
    site, side, stance, order, men, armour, infantry_share, is_border_guard,
    loyal, joined, political_police, army, hegemon, stay, fight, storm, withdraw, present,
):
    """Fill present[s, N_ROLES] in real men.

    visible: what people see as ready to act; armour counts more, troops in barracks and on their way out little
    loyal on duty: what governs a town: police, soldiers and troops under orders
    storming, patrolling, acting: the hegemon's men in an assault; those and the infantry of those who only help; either
    guards: loyal men of the government at the site, a third of the army's; political: political police of them
    troops, on foot: the hegemon's loyal men; of them infantry.
    allied: those of a unit that has joined the insurgents who fight
    """
    present[:] = 0.0
    for u in range(len(men)):
        s = site[u]
        if s < 0:
            continue
        own = men[u]
        if stance[u] == joined:
            present[s, ALLIED] += JOINED_WHO_FIGHT * own
        if stance[u] != loyal:
            if side[u] == hegemon and order[u] == storm:
                present[s, STORMING] += own
            continue
        staying = order[u] == stay
        if side[u] == hegemon:
            weight = HEGEMON_BARRACKS_VISIBLE if staying else armour[u]
            if order[u] == withdraw:
                weight = HEGEMON_LEAVING_VISIBLE
            present[s, VISIBLE] += own * weight
            present[s, LOYAL_ON_DUTY] += own * (HEGEMON_BARRACKS_DUTY if staying else 1.0)
            present[s, TROOPS] += own
            present[s, ON_FOOT] += own * infantry_share[u]
            if order[u] == storm:
                present[s, STORMING] += own
                present[s, PATROLLING] += own
                present[s, ACTING] += own
            elif order[u] == fight:
                present[s, PATROLLING] += own * infantry_share[u]
                present[s, ACTING] += own
        else:
            in_barracks = side[u] == army and staying
            present[s, VISIBLE] += own * (ARMY_BARRACKS_VISIBLE if in_barracks else 1.0)
            present[s, LOYAL_ON_DUTY] += own * (ARMY_BARRACKS_DUTY if in_barracks else 1.0)
            if not is_border_guard[u]:
                present[s, GUARDS] += own * (ARMY_GUARDS if side[u] == army else 1.0)
                if side[u] == political_police:
                    present[s, POLITICAL] += own


@compiled
def has_moved(node, origin, stance, order, men, known, known_men):
    """Has anything of a unit changed since it was noted in known[:, u] and known_men[u]; it is noted now."""
    changed = False
    for u in range(len(men)):
        changed |= (node[u] != known[0, u]) | (origin[u] != known[1, u]) | (stance[u] != known[2, u])
        changed |= (order[u] != known[3, u]) | (men[u] != known_men[u])
    if changed:
        for u in range(len(men)):
            known[0, u], known[1, u], known[2, u], known[3, u] = node[u], origin[u], stance[u], order[u]
            known_men[u] = men[u]
    return changed


@compiled
def muster_towns(
    node, origin, n_places, site_place, site_group, side, stance, order, men, armour, infantry_share, is_border_guard,
    loyal, joined, political_police, army, hegemon, stay, fight, storm, withdraw,
    known, known_men, site, place, present, in_towns, in_country,
):
    """Where units stand, present[s, :], the same by town, in_towns[g, :], and in all, in_country[:].

    Nothing is done while no unit has changed since the last time.
    """
    if not has_moved(
        node=node, origin=origin, stance=stance, order=order, men=men, known=known, known_men=known_men,
    ):
        return
    stand(node, origin, n_places, site_place, site, place)
    muster(
        site=site, side=side, stance=stance, order=order, men=men, armour=armour, infantry_share=infantry_share,
        is_border_guard=is_border_guard, loyal=loyal, joined=joined, political_police=political_police, army=army,
        hegemon=hegemon, stay=stay, fight=fight, storm=storm, withdraw=withdraw, present=present,
    )
    in_towns[:] = 0.0
    for s in range(len(site_group)):
        for what in range(N_ROLES):
            in_towns[site_group[s], what] += present[s, what]
    in_country[:] = 0.0
    for g in range(len(in_towns)):
        for what in range(N_ROLES):
            in_country[what] += in_towns[g, what]


@compiled
def find_openness(crossing, is_open, guards, first_men, men, stance, node, is_hegemon, n_places, loyal, passable):
    """passable[k]: open by treaty, or because the nearest guards no longer obey; less where the hegemon's men seal it.

    crossing[k] sites; guards[k, :] the units of border guards nearest to each, -1 for none.
    """
    for k in range(len(crossing)):
        of_guards = 0.0
        obeying = 0.0
        is_guarded = False
        for u in guards[k]:
            if u >= 0:
                is_guarded = True
                of_guards += first_men[u]
                if stance[u] == loyal:
                    obeying += men[u]
        openness = 1.0 if is_open[crossing[k]] else 0.0
        if is_guarded:
            openness = max(openness, 1.0 - obeying / max(of_guards, 1.0))
        sealing = 0.0
        for u in range(len(men)):
            if is_hegemon[u] and node[u] == n_places + crossing[k]:
                sealing += men[u]
        passable[k] = openness * (1.0 - SEAL_STRENGTH * sealing / (sealing + SEAL_HALF))
