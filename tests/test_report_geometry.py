"""Maps of a case: the topology decodes to closed rings that cover the country once."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from uprising.errors import UserError
from uprising.result.geometry import CAPITAL, COUNTRY, Frame, Projection, read_map, read_topology, signed_area

CASE = Path(__file__).parents[1] / "cases" / "hungary-1956"


def inside(point: tuple[float, float], ring: np.ndarray) -> bool:
    """Is a point inside a ring (crossings of a ray to the east)."""
    x, y = point
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return bool((crosses & (at > x)).sum() % 2)


def table(name: str) -> list[dict[str, str]]:
    with open(CASE / "inputs" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_county_and_the_capital_has_closed_rings_of_the_right_direction() -> None:
    counties = read_map(CASE / "map").counties
    expected = {row["id"] for row in table("places") if row["kind"] == "county"} | {"T_BUDAPEST"}
    assert set(counties) == expected
    assert len(counties) == 20
    for name, rings in counties.items():
        assert len(rings) == (2 if name == "CO_PES" else 1), name
        for k, ring in enumerate(rings):
            assert np.array_equal(ring[0], ring[-1]), name
            assert (signed_area(ring) < 0) == (k == 0), f"{name}: outer rings run clockwise"


def test_counties_cover_the_country_without_gap_or_overlap() -> None:
    counties = read_map(CASE / "map").counties
    square_km = {
        name: -sum(signed_area(r) * 111.2**2 * np.cos(np.radians(r[:, 1].mean())) for r in rings)
        for name, rings in counties.items()
    }
    assert sum(square_km.values()) == pytest.approx(93_030, rel=0.01)
    assert square_km["T_BUDAPEST"] == pytest.approx(525, rel=0.1)
    # every border inside the country is walked once in each direction: its edges cancel
    edges: dict[tuple[float, ...], int] = {}
    for rings in counties.values():
        for ring in rings:
            points = [tuple(point) for point in ring.round(6)]
            for a, b in itertools.pairwise(points):
                key = (*min(a, b), *max(a, b))
                edges[key] = edges.get(key, 0) + (1 if a < b else -1)
    outer = [key for key, sign in edges.items() if sign]
    assert all(abs(sign) <= 1 for sign in edges.values())
    # what is left is one closed outline: every point has two edges
    ends: dict[tuple[float, ...], int] = {}
    for key in outer:
        for end in (key[:2], key[2:]):
            ends[end] = ends.get(end, 0) + 1
    assert set(ends.values()) == {2}


def test_towns_lie_in_their_counties() -> None:
    counties = read_map(CASE / "map").counties
    towns = [row for row in table("places") if row["kind"] == "town"]
    outside = [
        row["id"]
        for row in towns
        if not inside((float(row["longitude"]), float(row["latitude"])), counties[row["parent"]][0])
    ]
    # towns on the Danube may fall just outside a border generalised to about a kilometre
    assert len(outside) <= 0.1 * len(towns), outside


def test_the_map_of_the_capital_fits_its_sites() -> None:
    capital = read_map(CASE / "map").capital
    sites = {row["id"]: (float(row["longitude"]), float(row["latitude"])) for row in table("sites")}
    frame, centre = Frame(**capital["frame"]), Frame(**capital["centre"])
    assert {label["id"] for label in capital["labels"]} <= set(sites)
    for label in capital["labels"]:
        assert (centre if label["in_centre"] else frame).holds(*sites[label["id"]]), label
    km = np.array([111.2 * np.cos(np.radians(47.5)), 111.2])
    for bridge in capital["bridges"]:
        middle = np.mean(bridge["line"], axis=0)
        if bridge["id"] in sites:
            assert np.linalg.norm((middle - np.array(sites[bridge["id"]])) * km) < 0.5, bridge["name"]
        to_water = min(
            np.linalg.norm((middle - np.array(point)) * km)
            for water in capital["water"]
            for point in np.concatenate([np.linspace(a, b, 20) for a, b in itertools.pairwise(water["line"])])
        )
        assert to_water < 0.3, bridge["name"]


def test_the_map_stays_small() -> None:
    assert sum(file.stat().st_size for file in (CASE / "map").glob("*.json")) < 60_000


def test_a_case_without_a_map_has_an_empty_one(tmp_path: Path) -> None:
    empty = read_map(tmp_path / "map")
    assert empty.counties == {}
    assert empty.frame is None


SQUARE = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.25], "translate": [10.0, 20.0]},
    "objects": {"counties": {"geometries": [{"type": "Polygon", "id": "A", "arcs": [[0, -2]]}]}},
    "arcs": [[[0, 0], [0, 4], [4, 0]], [[0, 0], [4, 0], [0, 4]]],
}


def test_quantised_arcs_decode_forwards_and_backwards(tmp_path: Path) -> None:
    path = tmp_path / COUNTRY
    path.write_text(json.dumps(SQUARE), encoding="utf-8")
    assert read_topology(path)["A"][0].tolist() == [[10, 20], [10, 21], [12, 21], [12, 20], [10, 20]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "FeatureCollection"}, "Topology"),
        ({"arcs": [[[0, 0], [0, 4], [4, 0]], [[0, 0], [4, 0], [0, 3]]]}, "does not close"),
        ({"arcs": []}, "TopoJSON of counties"),
        ({"objects": {"a": {"type": "Polygon", "arcs": [[0, -2]]}}}, "no id"),
    ],
)
def test_a_broken_map_is_refused_with_its_file(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / COUNTRY
    path.write_text(json.dumps({**SQUARE, **change}), encoding="utf-8")
    with pytest.raises(UserError, match=message) as fault:
        read_topology(path)
    assert str(path) in str(fault.value)


def test_broken_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / CAPITAL).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="JSON"):
        read_map(tmp_path)


def test_projection_keeps_shape_and_direction() -> None:
    flat = Projection(Frame(18.0, 47.0, 20.0, 48.0), 1000.0)
    west, north = flat.point(18.0, 48.0)
    east, south = flat.point(20.0, 47.0)
    assert (west, north) == (0.0, 0.0)
    assert east == pytest.approx(1000.0)
    assert south == pytest.approx(flat.height)
    # a kilometre north and a kilometre east are equally long
    assert flat.length(111_195.0) == pytest.approx(south - north, rel=1e-6)
    assert flat.length(1_000.0) == pytest.approx(1000.0 / (2 * 111.195 * np.cos(np.radians(47.5))), rel=1e-6)
    assert flat.path([(18.0, 48.0), (18.00001, 48.0), (20.0, 47.0)], close=True).count("L") == 1
