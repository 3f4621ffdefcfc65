"""A step of all units (MODEL 6.6 and 6.10): what they feel, whom they obey, where they march, what they hold.

Axes: u units, s sites, g towns, p places, c counties, m nodes of the travel graph.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.control import govern_counties, occupy, shift_control
from uprising.kernel.loyalty import feel, take_sides, wear
from uprising.kernel.march import march
from uprising.kernel.muster import ACTING, muster_towns, stand

LOYALTY, MARCH, OCCUPATION, CONTROL, DONE = range(5)
"""parts of the step, in their order"""


@numba.njit(nogil=True, cache=True)
def move(
    begin, tick, came_under_fire,
    node, origin, n_places, site_place, site_group, side, stance, order, men, armour, infantry_share, is_border_guard,
    loyal, joined, political_police, army, hegemon, stay, fight, storm, withdraw,
    known, known_men, unit_site, unit_place, present, in_towns, in_country,
    step_hours, contact_per_hour, cascade_per_hour, km_per_step, outrage_most, stirred, pace,
    cohesion, affinity, n_sides, loyalty, neutral_below, joins_below, first_men, new_stance,
    road_km, predecessor, depart, destination, abroad_km, entered,
    place_group, population, place_county, group_population, county_population,
    outrage, share_stopped, share_out, out_by_group, fighters_by_group, unarmed, armed, is_power, holder,
    control, has_risen, listed, governed, share_of_county,
):  # fmt: skip
    """Go through the parts of the step from `begin` on, until one of them has something to tell.

    Returns (part, n): n units, in new_stance, that change theirs; n units, listed[:n], that arrive; n sites, listed,
    that troops take over. Who called tells it and goes on with the next part. (DONE, 1) where a county rises anew.
    """
    if begin <= LOYALTY:
        mood, around = np.empty(len(men)), np.empty(len(unarmed))
        stand(node, origin, n_places, site_place, unit_site, unit_place)
        feel(
            place_group, outrage, outrage_most, share_stopped, share_out, stirred, unit_place, unarmed, armed,
            mood, around,
        )  # fmt: skip
        wear(
            step_hours, contact_per_hour, cascade_per_hour, node, n_places, around, men, side, stance, mood,
            came_under_fire, cohesion, affinity, n_sides, loyalty,
        )  # fmt: skip
        n = take_sides(loyalty, neutral_below, joins_below, men, first_men, side, stance, new_stance)
        if n > 0:
            return LOYALTY, n
    if begin <= MARCH:
        n = march(
            tick, km_per_step, road_km, predecessor, depart, node, origin, destination, abroad_km, entered, listed
        )
        if n > 0:
            return MARCH, n
    if begin <= OCCUPATION:
        muster_towns(
            node, origin, n_places, site_place, site_group, side, stance, order, men, armour, infantry_share,
            is_border_guard, loyal, joined, political_police, army, hegemon, stay, fight, storm, withdraw,
            known, known_men, unit_site, unit_place, present, in_towns, in_country,
        )  # fmt: skip
        n = occupy(present, armed, holder, listed) if in_country[ACTING] > 0.0 else 0
        if n > 0:
            return OCCUPATION, n
    shift_control(
        pace, site_group, in_towns, is_power, holder, group_population, out_by_group, fighters_by_group, share_stopped,
        control,
    )  # fmt: skip
    rises = govern_counties(
        control, place_group, population, place_county, county_population, has_risen, governed, share_of_county
    )
    return DONE, 1 if rises else 0
