"""One moment on one map: crowds, insurgents, the hegemon's troops, and who holds which site."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from uprising.result.report.basemap import BaseMap
from uprising.result.report.facts import Facts
from uprising.result.report.words import escape, number, percent
from uprising.state import DISSOLVED, HELD_BY_GOVERNMENT, HELD_BY_HEGEMON, HELD_BY_INSURGENTS

LARGEST_CROWD = 34.0
"""radius of the largest crowd's circle"""
LARGEST_FORCE = 24.0
"""side of the largest force's square"""
LEAST = 1.2
DARKEST_SHADE = 0.55
HOLDERS = {HELD_BY_GOVERNMENT: "government", HELD_BY_HEGEMON: "hegemon", HELD_BY_INSURGENTS: "rebel"}


class Mark(NamedTuple):
    """Something to draw at a point of the earth."""

    longitude: float
    latitude: float
    size: float
    """people"""
    words: str


class Content(NamedTuple):
    """What a map shows at a step."""

    crowds: list[Mark]
    fighters: list[Mark]
    troops: list[Mark]
    holders: list[tuple[float, float, int, str]]
    """longitude, latitude, holder, name"""
    shades: dict[str, float]
    """share by county, 0 to 1"""


class Sizes(NamedTuple):
    """Area of signs per person, one scale for all moments of a map."""

    crowd: float
    """people of the largest circle"""
    force: float
    """people of the largest square or triangle"""
    shrink: float = 1.0
    """where signs lie close together"""
    has_force: bool = True
    """does anybody under arms appear at all"""

    def radius(self, people: float) -> float:
        """Of a crowd's circle."""
        return max(self.shrink * LARGEST_CROWD * math.sqrt(people / self.crowd), LEAST) if people > 0 else 0.0

    def side(self, people: float) -> float:
        """Of a square of troops; a triangle of insurgents has the same area."""
        return (
            max(self.shrink * LARGEST_FORCE * math.sqrt(people / self.force), 2.0 * LEAST)
            if people > 0
            else 0.0
        )


def country_content(facts: Facts, step: int) -> Content:
    """Crowds and insurgents by town (the capital is one), troops by place, strikers by county."""
    homes = _homes(facts)
    crowd = _by_home(facts, "crowd", step, homes)
    fighters = _by_home(facts, "fighting", step, homes)
    return Content(
        _marks(facts, crowd, "in the streets"),
        _marks(facts, fighters, "insurgents"),
        _marks(facts, _troops(facts, step, is_capital_one=True), "men of the hegemon"),
        [],
        _shades(facts, step),
    )


def capital_content(facts: Facts, step: int) -> Content:
    """Who is at which site of the capital, and who holds it."""
    inside = _capital_sites(facts)
    at = {
        name: {facts.site_ids[k]: float(facts.array(name)[step, k]) for k in inside}
        if facts.has(name)
        else {}
        for name in ("site_crowd", "site_fighting")
    }
    unarmed = {name: people - at["site_fighting"].get(name, 0.0) for name, people in at["site_crowd"].items()}
    holders = []
    if facts.has("site_holder"):
        for k in inside:
            row = facts.rows[facts.site_ids[k]]
            holder = int(facts.holders[step, k])
            holders.append((float(row["longitude"]), float(row["latitude"]), holder, str(row["name"])))
    troops = _troops(facts, step, is_capital_one=False)
    return Content(
        _marks(facts, unarmed, "people"),
        _marks(facts, at["site_fighting"], "insurgents"),
        _marks(facts, troops, "men of the hegemon"),
        holders,
        {},
    )


def sizes_of(contents: Iterable[Content], shrink: float = 1.0) -> Sizes:
    """One scale for all moments: the largest crowd and the largest force fill their signs."""
    every = list(contents)
    crowd = max((mark.size for one in every for mark in one.crowds), default=0.0)
    force = max((mark.size for one in every for mark in (*one.fighters, *one.troops)), default=0.0)
    return Sizes(max(crowd, 1.0), max(force, 1.0), shrink, force > 0.0)


def draw_map(base: BaseMap, content: Content, sizes: Sizes, spoken: str) -> str:
    """The map as SVG."""
    kind = base.key if content.shades or base.key != "country" else "country bare"
    parts = [f'<svg class="map {kind}" viewBox="{base.box}" role="img" aria-label="{escape(spoken)}">']
    for county, share in content.shades.items():
        words = f"{percent(share)} of workers not at work"
        parts.append(
            f'<use class="county" href="#county-{escape(county)}" '
            f'style="fill-opacity:{DARKEST_SHADE * share:.2f}">'
            f"<title>{escape(words)}</title></use>"
        )
    parts.append(f'<use href="#base-{base.key}"/>')
    parts += [_holder(base, *one) for one in content.holders]
    parts += [_circle(base, mark, sizes) for mark in _large_first(content.crowds)]
    parts += [_square(base, mark, sizes) for mark in _large_first(content.troops)]
    parts += [_triangle(base, mark, sizes) for mark in _large_first(content.fighters)]
    parts += [_label(*label) for label in base.labels]
    return "".join([*parts, "</svg>"])


# ---- signs --------------------------------------------------------------------------------------------


def triangle(x: float, y: float, side: float) -> str:
    """Path of a triangle, point up, with the area of a square of that side."""
    edge = side * math.sqrt(4.0 / math.sqrt(3.0))
    high = edge * math.sqrt(3.0) / 2.0
    top, foot = y - high * 2 / 3, y + high / 3
    return f"M{x:.1f} {top:.1f}L{x + edge / 2:.1f} {foot:.1f}L{x - edge / 2:.1f} {foot:.1f}Z"


def _large_first(marks: list[Mark]) -> list[Mark]:
    return sorted((mark for mark in marks if mark.size > 0), key=lambda mark: -mark.size)


def _circle(base: BaseMap, mark: Mark, sizes: Sizes) -> str:
    x, y = base.projection.point(mark.longitude, mark.latitude)
    title = f"<title>{escape(mark.words)}</title>"
    return (
        f'<circle class="crowd" cx="{x:.1f}" cy="{y:.1f}" r="{sizes.radius(mark.size):.1f}">{title}</circle>'
    )


def _square(base: BaseMap, mark: Mark, sizes: Sizes) -> str:
    x, y = base.projection.point(mark.longitude, mark.latitude)
    side = sizes.side(mark.size)
    box = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"'
    return f'<rect class="troops" {box}><title>{escape(mark.words)}</title></rect>'


def _triangle(base: BaseMap, mark: Mark, sizes: Sizes) -> str:
    x, y = base.projection.point(mark.longitude, mark.latitude)
    kind = "fighters small" if sizes.side(mark.size) < 5.0 else "fighters"
    return (
        f'<path class="{kind}" d="{triangle(x, y, sizes.side(mark.size))}">'
        f"<title>{escape(mark.words)}</title></path>"
    )


def _holder(base: BaseMap, longitude: float, latitude: float, holder: int, name: str) -> str:
    kind = HOLDERS.get(holder, "nobody")
    x, y = base.projection.point(longitude, latitude)
    words = f"{name}: held by {'insurgents' if kind == 'rebel' else kind}"
    title = f"<title>{escape(words)}</title>"
    if kind == "rebel":
        return f'<circle class="holder rebel" cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>'
    return f'<circle class="holder {kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.2">{title}</circle>'


def _label(x: float, y: float, words: str, side: str, is_minor: bool) -> str:
    anchor = {"left": "end", "right": "start"}.get(side, "middle")
    shift = {"left": -7.0, "right": 7.0}.get(side, 0.0)
    down = {"left": 4.0, "right": 4.0, "above": -8.0, "below": 15.0}.get(side, 0.0)
    kind = "name minor" if is_minor else "name"
    return f'<text class="{kind} {anchor}" x="{x + shift:.1f}" y="{y + down:.1f}">{escape(words)}</text>'


# ---- what is where --------------------------------------------------------------------------------------


def _homes(facts: Facts) -> list[str]:
    """[place] id whose coordinates a leaf place is shown at: the capital for its districts, else its own."""
    capital = facts.case.settings.case.capital if facts.case is not None else ""
    return [capital if here else name for name, here in zip(facts.place_ids, facts.is_capital, strict=True)]


def _by_home(facts: Facts, name: str, step: int, homes: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    if facts.has(name):
        for home, people in zip(homes, facts.by_place(name)[step], strict=True):
            found[home] = found.get(home, 0.0) + float(people)
    return found


def _marks(facts: Facts, people: dict[str, float], words: str) -> list[Mark]:
    found = []
    for name, size in people.items():
        row = facts.rows.get(name)
        if row is not None and size > 0:
            said = f"{row['name']}: {number(size)} {words}"
            found.append(Mark(float(row["longitude"]), float(row["latitude"]), size, said))
    return found


def _capital_sites(facts: Facts) -> list[int]:
    inside = {name for name, here in zip(facts.place_ids, facts.is_capital, strict=True) if here}
    return [k for k, name in enumerate(facts.site_ids) if facts.rows.get(name, {}).get("place") in inside]


def _troops(facts: Facts, step: int, is_capital_one: bool) -> dict[str, float]:
    """Men of the hegemon by the node where they stand; in the capital only, or with the capital as one."""
    if facts.hegemon_men is None or facts.case is None:
        return {}
    found: dict[str, float] = {}
    units = np.flatnonzero(facts.is_hegemon_unit)
    for u in units:
        node = int(facts.array("unit_site")[step, u])
        if node < 0 or (facts.has("unit_stance") and int(facts.array("unit_stance")[step, u]) == DISSOLVED):
            continue
        here = bool(facts.is_capital_node[node])
        if not is_capital_one and not here:
            continue
        name = facts.case.settings.case.capital if is_capital_one and here else facts.nodes[node]
        found[name] = found.get(name, 0.0) + float(facts.array("unit_men")[step, u])
    return found


def _shades(facts: Facts, step: int) -> dict[str, float]:
    """Share of workers not at work, by county with an outline."""
    counties = dict.fromkeys(facts.map.counties, 0.0)
    if not counties or not facts.has("striking", "workers"):
        return counties
    workers = facts.data["workers"].values.astype(np.float64)
    striking = facts.by_place("striking")[step]
    of = [str(facts.rows.get(name, {}).get("parent")) for name in facts.place_ids]
    for county in counties:
        mine = np.array([parent == county for parent in of])
        if workers[mine].sum() > 0:
            counties[county] = min(float(striking[mine].sum() / workers[mine].sum()), 1.0)
    return counties
