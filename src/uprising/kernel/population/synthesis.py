"""Kernels that make the people: margins, households, blocks, teams, traits.

All draws use one fixed key, so the people are the same for every run seed. Axes: p leaf places, r roles,
n persons, h households, b blocks.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.engine.draws import normal, uniform
from uprising.kernel.engine.jit import compiled
from uprising.schema import constant, whole_constant

KEY = 1949
HARDSHIP, RISK_AVERSION, THRESHOLD = 100, 101, 102
ROUNDING, LODGING, KIN, PARENT, NEIGHBOURS, COLLEAGUES = 103, 104, 105, 106, 107, 108
OLDEST, ADULT = whole_constant("oldest"), whole_constant("adult_age")
ROOM = whole_constant("lodging_size")
SOLDIER_LODGES_BELOW = whole_constant("soldier_lodges_below")
POLICE_LODGES_BELOW = whole_constant("police_lodges_below")
POLICE_LODGING, STUDENT_LODGING = constant("police_lodging"), constant("student_lodging")
HOUSEHOLD_MOST, KIN_SHARE = whole_constant("household_most"), constant("kin_share")
PARENT_YEARS, FARTHEST = whole_constant("parent_years"), constant("threshold_farthest")
STUDENT, SOLDIER, POLICE, POLITICAL_POLICE, DEPENDENT = 0, 6, 7, 8, 9


@numba.njit(inline="always", nogil=True)
def _broken_neighbour(part, unit, node, previous):
    """Another end of a broken cell of this row (or column), or -1; columns count on after the rows."""
    rows, columns = part.shape
    if node < rows:
        for c in range(columns):
            if rows + c != previous and 0 < part[node, c] < unit:
                return rows + c
    else:
        for r in range(rows):
            if r != previous and 0 < part[r, node - rows] < unit:
                return r
    return -1


@compiled
def round_controlled(part, unit, asker):
    """Round part[i, j] / unit up or down so that all sums of rows and columns stay (Cox 1987, unbiased).

    part holds integers from 0 to unit whose rows and columns add up to multiples of unit; 0 and unit alone
    are left. Cells that are broken join rows and columns into a graph without dead ends; along a cycle of it
    every second cell is raised and the others lowered until one is whole, in a direction drawn so that every
    cell keeps its mean. Draws are numbered from `asker`; returns the next number.
    """
    rows, columns = part.shape
    path = np.empty(rows + columns + 1, np.int64)
    seen_at = np.full(rows + columns, -1, np.int64)
    for row in range(rows):
        while _broken_neighbour(part, unit, row, -1) >= 0:
            length, node, previous = 0, row, -1
            while seen_at[node] < 0:
                seen_at[node] = length
                path[length] = node
                length += 1
                following = _broken_neighbour(part, unit, node, previous)
                previous, node = node, following
            path[length] = node
            up, down = unit, unit
            for k in range(seen_at[node], length):
                if path[k] < rows:
                    value = part[path[k], path[k + 1] - rows]
                else:
                    value = unit - part[path[k + 1], path[k] - rows]
                up = min(up, unit - value)
                down = min(down, value)
            shift = up if uniform(KEY, ROUNDING, asker, 0) * (up + down) < down else -down
            asker += 1
            for k in range(seen_at[node], length):
                if path[k] < rows:
                    part[path[k], path[k + 1] - rows] += shift
                else:
                    part[path[k + 1], path[k] - rows] -= shift
            for k in range(length):
                seen_at[path[k]] = -1
    return asker


@compiled
def _shuffle(items, first, last, purpose, asker):
    """Shuffle items[first:last] (Fisher and Yates) with one draw an item."""
    for k in range(last - first - 1, 0, -1):
        other = int(uniform(KEY, purpose, asker + k, 0) * (k + 1))
        kept = items[first + k]
        items[first + k] = items[first + other]
        items[first + other] = kept


@compiled
def house(counts, household_size, offset, role, age, sex, household, sizes):
    """People of one place into households; returns how many households.

    counts[r, sex, age] people; role, age, sex, household [n] and sizes [n] are filled, sorted by household.

    Adults (18 and older) of both sexes are lined up by age, so that neighbours in the line are couples, and
    cut into n / household_size households, each with its head; a fourth of the others moves one household on
    or back (singles, three generations). A child goes to a random household whose head is 18 to 42 years
    older. Young soldiers, some of the young police and some grown students live in rooms of eight of their
    own. Households (not rooms) are shuffled, so that neighbours differ in age. Touches 40 bytes a person.
    """
    n = len(role)
    most = max(HOUSEHOLD_MOST, int(2.0 * household_size))
    kind_role = np.empty(n, np.uint8)
    kind_age = np.empty(n, np.uint8)
    kind_sex = np.empty(n, np.uint8)
    home = np.empty(n, np.int32)
    women = np.empty(n, np.int32)
    men = np.empty(n, np.int32)
    children = np.empty(n, np.int32)
    lodgers = np.empty(n, np.int32)
    n_women, n_men, n_children, n_lodgers = 0, 0, 0, 0
    i = 0
    for a in range(OLDEST + 1):
        for r in range(counts.shape[0]):
            for s in range(2):
                for _ in range(counts[r, s, a]):
                    kind_role[i], kind_age[i], kind_sex[i] = r, a, s
                    chance = 0.0
                    if r == SOLDIER and a < SOLDIER_LODGES_BELOW:
                        chance = 1.0
                    elif (r == POLICE or r == POLITICAL_POLICE) and a < POLICE_LODGES_BELOW:
                        chance = POLICE_LODGING
                    elif r == STUDENT and a >= ADULT:
                        chance = STUDENT_LODGING
                    if chance > 0.0 and uniform(KEY, LODGING, offset + i, 0) < chance:
                        lodgers[n_lodgers] = i
                        n_lodgers += 1
                    elif a < ADULT:
                        children[n_children] = i
                        n_children += 1
                    elif s == 0:
                        women[n_women] = i
                        n_women += 1
                    else:
                        men[n_men] = i
                        n_men += 1
                    i += 1

    adults = n_women + n_men
    n_households = min(adults, max(1, int((adults + n_children) / household_size + 0.5)))
    head_age = np.empty(n_households, np.uint8)
    size = np.zeros(n + 1, np.int32)
    woman, man, before = 0, 0, -1
    for k in range(adults):
        if man >= n_men or (woman < n_women and (2 * woman + 1) * n_men <= (2 * man + 1) * n_women):
            i = women[woman]
            woman += 1
        else:
            i = men[man]
            man += 1
        h = k * n_households // adults
        if h != before:
            head_age[h] = kind_age[i]
            before = h
        else:
            u = uniform(KEY, KIN, offset + k, 0)
            if u < KIN_SHARE and h > 0 and size[h - 1] < most:
                h -= 1
            elif u > 1.0 - KIN_SHARE and h + 1 < n_households and size[h + 1] < most - household_size - 1:
                h += 1
        home[i] = h
        size[h] += 1

    first_of_age = np.full(OLDEST + ADULT + PARENT_YEARS + 1, n_households, np.int64)
    for h in range(n_households - 1, -1, -1):
        first_of_age[head_age[h]] = h
    for a in range(OLDEST + ADULT + PARENT_YEARS - 1, -1, -1):
        first_of_age[a] = min(first_of_age[a], first_of_age[a + 1])
    room_left = most * n_households - adults
    for k in range(n_children):
        i = children[k]
        if room_left <= 0:  # more children than families take in: they live together
            lodgers[n_lodgers] = i
            n_lodgers += 1
            continue
        low, high = first_of_age[kind_age[i] + ADULT], first_of_age[kind_age[i] + ADULT + PARENT_YEARS]
        if low >= high:
            low, high = 0, n_households
        h = low + int(uniform(KEY, PARENT, offset + k, 0) * (high - low))
        while size[h] >= most:
            h = h + 1 if h + 1 < n_households else 0
        home[i] = h
        size[h] += 1
        room_left -= 1

    n_total = n_households
    previous, inside = -1, 0
    for r in range(counts.shape[0]):
        for k in range(n_lodgers):
            i = lodgers[k]
            if kind_role[i] != r:
                continue
            if r != previous or inside == ROOM:
                previous, inside = r, 0
                n_total += 1
            home[i] = n_total - 1
            size[n_total - 1] += 1
            inside += 1

    new_of_old = np.empty(n_total, np.int32)
    for h in range(n_total):
        new_of_old[h] = h
    _shuffle(new_of_old, 0, n_households, NEIGHBOURS, offset)
    start = np.zeros(n_total + 1, np.int64)
    for h in range(n_total):
        sizes[new_of_old[h]] = size[h]
    for h in range(n_total):
        start[h + 1] = start[h] + sizes[h]
    for i in range(n):
        h = new_of_old[home[i]]
        at = start[h]
        start[h] += 1
        role[at], age[at], sex[at], household[at] = kind_role[i], kind_age[i], kind_sex[i], h
    return n_total


@compiled
def settle(
    n_stripes, place_start, household_start, sizes, from_role, from_age, from_sex, block_start,
    home, role, age, sex, household, block, block_size, segment_start,
):
    """Write people, sorted by (place, household) so far, in the order (stripe, place, household).

    place_start[p + 1], household_start[p + 1] and block_start[p + 1] are first persons, households and blocks
    of places; a household of a place that has m people before it is in the block m * blocks / people of the
    place. Fills segment_start[stripe * places + p]. Writes 17 bytes a person.
    """
    n_places = len(place_start) - 1
    for p in range(n_places):
        for h in range(household_start[p], household_start[p + 1]):
            segment_start[(h % n_stripes) * n_places + p + 1] += sizes[h]
    for k in range(n_stripes * n_places):
        segment_start[k + 1] += segment_start[k]
    cursor = segment_start.copy()
    for p in range(n_places):
        at = place_start[p]
        people = place_start[p + 1] - at
        blocks = block_start[p + 1] - block_start[p]
        for h in range(household_start[p], household_start[p + 1]):
            b = block_start[p] + (at - place_start[p]) * blocks // people
            block_size[b] += sizes[h]
            segment = (h % n_stripes) * n_places + p
            for _ in range(sizes[h]):
                to = cursor[segment]
                cursor[segment] += 1
                home[to], household[to], block[to] = p, h, b
                role[to], age[to], sex[to] = from_role[at], from_age[at], from_sex[at]
                at += 1


@compiled
def endow(quantiles, hardship, risk_aversion, threshold):
    """Traits: hardship by inversion of its table of quantiles, risk aversion uniform, threshold normal within FARTHEST.

    quantiles[k] is the quantile of k / (len - 1). Writes 12 bytes a person.
    """
    last = len(quantiles) - 1
    # of one type with what asks for normal numbers elsewhere: literals are types of their own
    key, purpose, none = np.int64(KEY), np.int64(THRESHOLD), np.int64(0)
    for i in range(len(hardship)):
        u = uniform(KEY, HARDSHIP, i, 0) * last
        k = int(u)
        hardship[i] = np.float32(quantiles[k] + (u - k) * (quantiles[k + 1] - quantiles[k]))
        risk_aversion[i] = np.float32(uniform(KEY, RISK_AVERSION, i, 0))
        z = normal(key, purpose, i, none)
        attempt = none
        while abs(z) > FARTHEST:
            attempt += 1
            z = normal(key, purpose, i, attempt)
        threshold[i] = np.float32(z)


@compiled
def line_up(home, role, bucket_start, worker):
    """List who works by (place, role), each bucket shuffled: worker[bucket_start[p * 9 + r] ...] are rows.

    Colleagues thus come from all over their place. Reads 3 bytes a person, writes 4 for each who works.
    """
    cursor = bucket_start.copy()
    for i in range(len(home)):
        if role[i] != DEPENDENT:
            bucket = np.int64(home[i]) * DEPENDENT + role[i]
            worker[cursor[bucket]] = i
            cursor[bucket] += 1
    for bucket in range(len(bucket_start) - 1):
        _shuffle(worker, bucket_start[bucket], bucket_start[bucket + 1], COLLEAGUES, bucket_start[bucket])


@compiled
def team_up(worker, first, count, workplace, position, workplace_size, team_first, n_teams, team, team_size):
    """Give runs of the list of workers to workplaces: run k is worker[first[k] : first[k] + count[k]].

    position[k] is the place of the run's first worker inside its workplace; the j-th of S people there is in
    team j * T / S of the workplace's T teams, so teams differ by at most one person.
    """
    for k in range(len(first)):
        w = workplace[k]
        for j in range(count[k]):
            t = team_first[w] + (position[k] + j) * n_teams[w] // workplace_size[w]
            team[worker[first[k] + j]] = t
            team_size[t] += 1
