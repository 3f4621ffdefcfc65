"""Base maps as SVG definitions, drawn once and used by every moment: country, capital, its centre."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from uprising.result.geometry import Frame, Projection, frame_around
from uprising.result.report.facts import Facts
from uprising.result.report.words import escape

COUNTRY_WIDTH, CITY_WIDTH, CENTRE_WIDTH = 480.0, 340.0, 400.0
LARGE_TOWNS = 7


class BaseMap(NamedTuple):
    """A map to draw on."""

    key: str
    """country, city or centre; also the id of its definition"""
    title: str
    projection: Projection
    labels: list[tuple[float, float, str, str, bool]]
    """x, y, words, side (left, right, above or below), is it a minor one"""

    @property
    def box(self) -> str:
        """viewBox of a drawing."""
        return f"0 0 {self.projection.width:g} {self.projection.height:.0f}"


def base_maps(facts: Facts) -> list[BaseMap]:
    """The maps that the case's coordinates and its map folder allow: centre, city, country."""
    found = []
    capital = facts.map.capital
    for key, title, name, width in (
        ("centre", f"{facts.capital_name}, the centre", "centre", CENTRE_WIDTH),
        ("city", facts.capital_name, "frame", CITY_WIDTH),
    ):
        frame = (
            Frame(**capital[name])
            if name in capital
            else (_frame_of_capital(facts) if key == "city" else None)
        )
        if frame is not None:
            projection = Projection(frame, width)
            labels = (
                _capital_labels(facts, projection) if key == "centre" else _district_labels(facts, projection)
            )
            found.append(BaseMap(key, title, projection, labels))
    frame = facts.map.frame or _frame_of_rows(facts, list(facts.rows))
    if frame is not None:
        wide = frame_around([np.array([[frame.west, frame.south], [frame.east, frame.north]])], 0.02)
        assert wide is not None
        projection = Projection(wide, COUNTRY_WIDTH)
        found.append(BaseMap("country", "The country", projection, _town_labels(facts, projection)))
    return found


def write_definitions(facts: Facts, maps: list[BaseMap]) -> str:
    """Hidden SVG with what every moment shows again."""
    parts = []
    for one in maps:
        if one.key == "country":
            parts.append(_country(facts, one.projection))
        else:
            parts.append(f'<g id="base-{one.key}">{_capital(facts, one.projection)}</g>')
    return (
        '<svg class="definitions" aria-hidden="true" width="0" height="0">'
        f"<defs>{''.join(parts)}</defs></svg>"
    )


def county_ids(facts: Facts) -> list[str]:
    """Ids of the counties that have an outline."""
    return list(facts.map.counties)


def _frame_of_rows(facts: Facts, ids: list[str]) -> Frame | None:
    rows = [facts.rows[name] for name in ids if facts.rows[name].get("longitude") is not None]
    points = np.array([[float(row["longitude"]), float(row["latitude"])] for row in rows], np.float64)
    frame = frame_around([points], 0.1) if len(points) else None
    return _as_wide_as_high(frame) if frame is not None else None


def _as_wide_as_high(frame: Frame) -> Frame:
    """The frame with room added on its shorter side, so that no drawing becomes a tower or a strip."""
    shrink = np.cos(np.radians((frame.south + frame.north) / 2.0))
    wide, high = (frame.east - frame.west) * shrink, frame.north - frame.south
    more_wide, more_high = max(high - wide, 0.0) / shrink / 2.0, max(0.6 * wide - high, 0.0) / 2.0
    return Frame(
        float(frame.west - more_wide),
        frame.south - more_high,
        float(frame.east + more_wide),
        frame.north + more_high,
    )


def _frame_of_capital(facts: Facts) -> Frame | None:
    """Around the capital's districts and sites, for a case without a map of its own."""
    inside = {name for name, here in zip(facts.place_ids, facts.is_capital, strict=True) if here}
    ids = [name for name, row in facts.rows.items() if name in inside or row.get("place") in inside]
    return _frame_of_rows(facts, ids)


def _country(facts: Facts, projection: Projection) -> str:
    shapes = "".join(
        f'<path id="county-{escape(name)}" fill-rule="evenodd" '
        f'd="{"".join(projection.path(r, close=True) for r in rings)}"/>'
        for name, rings in facts.map.counties.items()
    )
    waters = facts.map.waters
    lakes = "".join(
        f'<path class="lake" d="{projection.path(lake["ring"], close=True)}"/>'
        for lake in waters.get("lakes", [])
    )
    rivers = "".join(
        f'<path class="river" d="{projection.path(river["line"])}"/>' for river in waters.get("rivers", [])
    )
    return f'{shapes}<g id="base-country">{rivers}{lakes}</g>'


def _capital(facts: Facts, projection: Projection) -> str:
    """Water, streets and bridges; the drawing's own box cuts them off."""
    capital = facts.map.capital
    parts = []
    for road in capital.get("roads", []):
        parts.append(f'<path class="road rank{int(road["rank"])}" d="{projection.path(road["line"])}"/>')
    for water in capital.get("water", []):
        wide = max(projection.length(float(water["width_metres"])), 1.5)
        parts.append(
            f'<path class="water" style="stroke-width:{wide:.1f}" d="{projection.path(water["line"])}"/>'
        )
    for bridge in capital.get("bridges", []):
        kind = escape(bridge.get("kind", "road"))
        parts.append(f'<path class="bridge {kind}" d="{projection.path(bridge["line"])}"/>')
    return "".join(parts)


def _capital_labels(facts: Facts, projection: Projection) -> list[tuple[float, float, str, str, bool]]:
    found = []
    for label in facts.map.capital.get("labels", []):
        row = facts.rows.get(label["id"])
        if row is not None and label.get("in_centre", False):
            x, y = projection.point(float(row["longitude"]), float(row["latitude"]))
            found.append((x, y, str(label["text"]), str(label.get("side", "right")), False))
    return found


def _district_labels(facts: Facts, projection: Projection) -> list[tuple[float, float, str, str, bool]]:
    """Districts by the last part of their id (D_VIII: VIII)."""
    found = []
    for name, here in zip(facts.place_ids, facts.is_capital, strict=True):
        row: dict[str, Any] | None = facts.rows.get(name)
        if here and row is not None:
            x, y = projection.point(float(row["longitude"]), float(row["latitude"]))
            found.append((x, y + 4.0, name.rpartition("_")[2], "middle", True))
    return found


def _town_labels(facts: Facts, projection: Projection) -> list[tuple[float, float, str, str, bool]]:
    """The capital and the largest towns."""
    people = {
        name: float(facts.rows[name].get("population") or 0)
        for name, here in zip(facts.place_ids, facts.is_capital, strict=True)
        if not here and facts.rows.get(name, {}).get("kind") == "town"
    }
    largest = sorted(people, key=lambda name: -people[name])[:LARGE_TOWNS]
    ids = [facts.case.settings.case.capital, *largest] if facts.case is not None else largest
    found = []
    for name in ids:
        row = facts.rows.get(name)
        if row is not None:
            x, y = projection.point(float(row["longitude"]), float(row["latitude"]))
            found.append((x, y + 16.0, str(row["name"]), "middle", name in largest[3:]))
    return found
