"""Maps of a case: reads its `map/` folder and projects it to the plane of a drawing.

Every file of the folder is optional. A country is a TopoJSON of its counties (ids are those of the case's
places); the capital and the waters are plain JSON with [longitude, latitude] in degrees. A drawing uses a
local equirectangular projection: at the size of a country its error is far below a line's width.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.errors import UserError

COUNTRY, CAPITAL, WATERS = "country.topo.json", "capital.json", "waters.json"
METRES_PER_DEGREE = 111_195.0
"""length of a degree of latitude on a sphere of 6,371 km"""

Ring = NDArray[np.float64]
"""[n, 2] longitude and latitude in degrees; the first point is also the last"""


class Frame(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """Is a point inside.

        Examples
        --------
        >>> Frame(16.0, 45.0, 23.0, 49.0).holds(19.0, 47.5)
        True
        """
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


class CaseMap(NamedTuple):
    """What a map folder holds; empty where a file is missing."""

    counties: dict[str, list[Ring]]
    """closed rings by place id, the outer one first, then holes"""
    capital: dict[str, Any]
    waters: dict[str, Any]

    @property
    def frame(self) -> Frame | None:
        """The box around all counties."""
        return frame_around(ring for rings in self.counties.values() for ring in rings)


class Projection:
    """Local equirectangular projection of a frame onto a drawing `width` wide; y grows downward.

    Parameters
    ----------
    frame
        The part of the earth to draw, in degrees.
    width
        Width of the drawing in its own units; the height follows from the frame.

    Examples
    --------
    >>> flat = Projection(Frame(0.0, -1.0, 2.0, 1.0), 200.0)
    >>> flat.point(1.0, 1.0)
    (100.0, 0.0)
    >>> round(flat.height)
    200
    """

    def __init__(self, frame: Frame, width: float) -> None:
        self.frame = frame
        self.width = width
        self._x_scale = width / (frame.east - frame.west)
        self._y_scale = self._x_scale / math.cos(math.radians((frame.south + frame.north) / 2.0))
        self.height = (frame.north - frame.south) * self._y_scale

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Position (x, y) in the drawing."""
        return (longitude - self.frame.west) * self._x_scale, (self.frame.north - latitude) * self._y_scale

    def length(self, metres: float) -> float:
        """Length in the drawing of a length on the ground."""
        return metres / METRES_PER_DEGREE * self._y_scale

    def path(self, line: Iterable[Sequence[float]] | Ring, close: bool = False) -> str:
        """SVG path of a line of (longitude, latitude), to a tenth of a unit; repeated points are left out."""
        words: list[str] = []
        for longitude, latitude in line:
            x, y = self.point(float(longitude), float(latitude))
            word = f"{x:.1f} {y:.1f}"
            if not words or words[-1] != word:
                words.append(word)
        return "M" + "L".join(words) + ("Z" if close else "")


def frame_around(lines: Iterable[Ring], margin: float = 0.0) -> Frame | None:
    """The box around lines, widened on each side by a share `margin` of its size; None without a line."""
    points = [np.asarray(line, np.float64).reshape(-1, 2) for line in lines]
    if not points:
        return None
    every = np.concatenate(points)
    west, south = (float(x) for x in every.min(axis=0))
    east, north = (float(x) for x in every.max(axis=0))
    wide, high = max(east - west, 1e-3) * margin, max(north - south, 1e-3) * margin
    return Frame(west - wide, south - high, max(east, west + 1e-3) + wide, max(north, south + 1e-3) + high)


def read_map(folder: Path) -> CaseMap:
    """Read a case's map folder; a case without one gets an empty map.

    Raises
    ------
    UserError
        A file is no JSON, or not of the expected form.
    """
    topology = folder / COUNTRY
    return CaseMap(
        counties=read_topology(topology) if topology.is_file() else {},
        capital=_read_json(folder / CAPITAL),
        waters=_read_json(folder / WATERS),
    )


def read_topology(path: Path) -> dict[str, list[Ring]]:
    """Closed rings of every polygon of a TopoJSON file, by the geometry's id.

    Quantised arcs (delta-encoded, with a transform) and plain arcs are read; rings of a MultiPolygon follow
    one another.

    Raises
    ------
    UserError
        The file is no TopoJSON, a geometry has no id, or a ring does not close.
    """
    topology = _read_json(path)
    if topology.get("type") != "Topology":
        kind = topology.get("type")
        raise UserError(f"{path}: the type of a TopoJSON file is 'Topology'; this one has {kind!r}")
    try:
        arcs = [_decode(arc, topology.get("transform")) for arc in topology["arcs"]]
        geometries = [g for thing in topology["objects"].values() for g in thing.get("geometries", [thing])]
        found: dict[str, list[Ring]] = {}
        for geometry in geometries:
            if "id" not in geometry:
                raise UserError(f"{path}: a geometry has no id; give it the id of its place")
            polygons = {"Polygon": [geometry["arcs"]], "MultiPolygon": geometry["arcs"]}[geometry["type"]]
            rings = [_join(arcs, ring) for polygon in polygons for ring in polygon]
            found.setdefault(str(geometry["id"]), []).extend(rings)
    except (KeyError, IndexError, TypeError, AttributeError) as fault:
        what = f"{type(fault).__name__}: {fault}"
        raise UserError(f"{path}: not the TopoJSON of counties that was expected ({what})") from fault
    except _GapError as fault:
        raise UserError(f"{path}: a ring of {geometry['id']} does not close: its arcs leave a gap") from fault
    return found


def signed_area(ring: Ring) -> float:
    """Area in square degrees: positive where the ring runs counter-clockwise (north up), negative clockwise.

    Examples
    --------
    >>> signed_area(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]))
    0.5
    """
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2.0)


class _GapError(ValueError):
    """Two arcs of a ring do not meet."""


def _decode(arc: Sequence[Sequence[float]], transform: dict[str, Any] | None) -> Ring:
    """Positions of an arc in degrees."""
    points = np.asarray(arc, np.float64)[:, :2]
    if transform is None:
        return points
    scale, translate = (np.asarray(transform[name], np.float64) for name in ("scale", "translate"))
    return np.asarray(np.cumsum(points, axis=0) * scale + translate)


def _join(arcs: list[Ring], ring: Sequence[int]) -> Ring:
    """One ring from its arcs; ~i is arc i walked backwards. The shared point of two arcs is kept once."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    for part, following in zip(parts, parts[1:] + parts[:1], strict=True):
        if not np.array_equal(part[-1], following[0]):
            raise _GapError
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise UserError(f"{path}: not readable as JSON ({fault})") from fault
    if not isinstance(content, dict):
        raise UserError(f"{path}: a JSON object was expected, not a {type(content).__name__}")
    return content
