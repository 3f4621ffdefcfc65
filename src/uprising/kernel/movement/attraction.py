"""What draws people to sites in a step (ODD: movement), and what they find there.

Axes: s sites, g towns.
"""

from __future__ import annotations

from uprising.kernel.engine.jit import compiled
from uprising.kernel.movement.travel import ARMS, BAND, CROWD
from uprising.schema import constant
from uprising.state import HELD_BY_HEGEMON

INSURGENT_ATTRACTION = constant("insurgent_attraction")
ARMS_PER_HEAD, MOST_ARMED = constant("arms_per_head"), constant("most_armed")
"""chance of a weapon: so many times the weapons that there are for each person out, at most"""


@compiled(error_model="numpy")
def weigh_sites(
    crowd, fighters, capacity, salience, empty_square, shelter, is_crossing, holder, site_arms, arms_loose,
    out_by_group, draw, is_filled, room, arms_chance,
):
    """Fill draw[aim, s], room[s] and arms_chance[g]; running sums of draws hold no longer: is_filled is cleared.

    A crowd draws by its size, an empty square by its salience (how strongly both do is up to the caller); a band by
    shelter and other insurgents, but not at the border; weapons where they are kept, but for those under the guns of
    the hegemon's troops. room is the share of those arriving who still find a place.
    """
    is_filled[:] = False
    for s in range(len(crowd)):
        draw[CROWD, s] = empty_square * salience[s] + crowd[s]
        draw[BAND, s] = 0.0 if is_crossing[s] else shelter[s] + INSURGENT_ATTRACTION * fighters[s]
        draw[ARMS, s] = 0.0 if holder[s] == HELD_BY_HEGEMON else site_arms[s]
        room[s] = min(max(1.0 - crowd[s] / capacity[s], 0.0), 1.0)
    for g in range(len(arms_loose)):
        arms_chance[g] = min(ARMS_PER_HEAD * arms_loose[g] / (1.0 + out_by_group[g]), MOST_ARMED)
