"""A step of all units (ODD: forces): what they feel, whom they obey, where they march, what they hold.

Axes: u units, s sites, g towns, p places, c counties, m nodes of the travel graph.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.kernel.engine.sums import pairwise_sum
from uprising.kernel.forces.control import govern_counties, occupy, shift_control
from uprising.kernel.forces.loyalty import feel, take_sides, wear
from uprising.kernel.forces.march import march
from uprising.kernel.forces.presence import ACTING, muster_towns, stand


@compiled
def move(
    tick, came_under_fire,
    node, origin, n_places, site_place, site_group, side, stance, order, men, armour, infantry_share, is_border_guard,
    loyal, joined, political_police, army, hegemon, stay, fight, storm, withdraw,
    known, known_men, unit_site, unit_place, present, in_towns, in_country,
    step_hours, contact_per_hour, cascade_per_hour, km_per_step, outrage_most, stirred, pace,
    cohesion, affinity, n_sides, loyalty, neutral_below, joins_below, first_men, new_stance,
    road_km, predecessor, depart, destination, abroad_km, entered,
    place_group, population, place_county, group_population, county_population,
    outrage, share_stopped, share_out, out_by_group, fighters_by_group, unarmed, armed, is_power, holder,
    control, has_risen, changed, arrived, cleared, governed, share_of_county,
):
    """Loyalty, marches, sites taken over, control; returns what of it there is to tell, and the people governed.

    Listed are units that take another stance with the node and place of each, changed[:, n_changed], those that
    arrive, arrived[:n_arrived], and sites from which troops drive insurgents, cleared[:n_cleared]. Returns
    (n_changed, n_arrived, n_cleared, whether a county rises anew, people whom the government governs).
    """
    mood, around = np.empty(len(men)), np.empty(len(unarmed))
    stand(node, origin, n_places, site_place, unit_site, unit_place)
    feel(
        place_group=place_group, outrage=outrage, outrage_most=outrage_most, share_stopped=share_stopped,
        share_out=share_out, stirred=stirred, unit_place=unit_place, unarmed=unarmed, armed=armed, mood=mood,
        around=around,
    )
    wear(
        step_hours=step_hours, contact_per_hour=contact_per_hour, cascade_per_hour=cascade_per_hour, node=node,
        n_places=n_places, crowd=around, men=men, side=side, stance=stance, mood=mood,
        came_under_fire=came_under_fire, cohesion=cohesion, affinity=affinity, n_sides=n_sides, loyalty=loyalty,
    )
    take_sides(
        loyalty=loyalty, neutral_below=neutral_below, joins_below=joins_below, men=men, first_men=first_men,
        side=side, stance=stance, new=new_stance,
    )
    n_changed = 0
    for u in range(len(stance)):
        if new_stance[u] != stance[u]:
            stance[u] = new_stance[u]
            changed[0, n_changed], changed[1, n_changed], changed[2, n_changed] = u, node[u], unit_place[u]
            n_changed += 1
    n_arrived = march(
        tick=tick, km_per_step=km_per_step, road_km=road_km, predecessor=predecessor, depart=depart, node=node,
        origin=origin, destination=destination, abroad_km=abroad_km, entered=entered, arrived=arrived,
    )
    muster_towns(
        node=node, origin=origin, n_places=n_places, site_place=site_place, site_group=site_group, side=side,
        stance=stance, order=order, men=men, armour=armour, infantry_share=infantry_share,
        is_border_guard=is_border_guard, loyal=loyal, joined=joined, political_police=political_police, army=army,
        hegemon=hegemon, stay=stay, fight=fight, storm=storm, withdraw=withdraw, known=known, known_men=known_men,
        site=unit_site, place=unit_place, present=present, in_towns=in_towns, in_country=in_country,
    )
    n_cleared = occupy(present, armed, holder, cleared) if in_country[ACTING] > 0.0 else 0
    shift_control(
        pace=pace, site_group=site_group, in_towns=in_towns, is_power=is_power, holder=holder,
        group_population=group_population, out_by_group=out_by_group, fighters_by_group=fighters_by_group,
        share_stopped=share_stopped, control=control,
    )
    rises = govern_counties(
        control=control, place_group=place_group, population=population, place_county=place_county,
        county_population=county_population, has_risen=has_risen, governed=governed, share=share_of_county,
    )
    return n_changed, n_arrived, n_cleared, rises, pairwise_sum(governed)
