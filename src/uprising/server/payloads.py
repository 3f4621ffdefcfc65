"""What the page is told, as plain values: one function an answer, shared by the routes and the static export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import xarray

    from uprising.case import Case
    from uprising.record.turns import Turn
    from uprising.result import Result


DRAWN = (
    "place", "site", "node", "unit", "role", "side", "workers", "crowd", "fighting", "striking", "site_crowd",
    "site_fighting", "site_holder", "unit_site", "unit_men", "unit_stance", "government_line", "control",
    "hegemon_mean", "conceded",
)  # fmt: skip
"""variables and names that the pictures are made of, beside those that every run has"""


class Frames(NamedTuple):
    """All steps of a run for drawing: where each array lies, and the bytes."""

    manifest: dict[str, Any]
    content: bytes


def case_head(case: Case) -> dict[str, Any]:
    """A line in the list of cases."""
    about, calendar = case.settings.case, case.settings.calendar
    return {
        "id": case.id,
        "title": about.title,
        "about": about.about.strip(),
        "language": about.language,
        "start": calendar.start.isoformat(timespec="minutes"),
        "end": calendar.end.isoformat(timespec="minutes"),
        "step_minutes": calendar.step_minutes,
        "runnable": True,
    }


def case_whole(case: Case) -> dict[str, Any]:
    """A case with its places, sites, demands, members, what-ifs, sources and documented totals."""
    from uprising.server.on_record import on_record

    tables, about = case.tables, case.settings.case

    def rows(table: str, *columns: str) -> list[dict[str, Any]]:
        return [{column: row.get(column) for column in columns} for row in tables[table].rows]

    people = [row for row in tables["places"].rows if row.get("population")]
    parents = {row["parent"] for row in tables["places"].rows}
    return {
        **case_head(case),
        "capital": about.capital,
        "government": about.government,
        "hegemon": about.hegemon,
        "population": sum(int(row["population"]) for row in people if row["id"] not in parents),
        "places": rows("places", "id", "name", "kind", "parent", "longitude", "latitude", "population"),
        "sites": rows("sites", "id", "name", "kind", "place", "longitude", "latitude", "capacity"),
        "forces": rows("forces", "id", "name", "side", "kind", "men"),
        "demands": [
            {"id": row["id"], "text": row["text"], "order": int(row["rung"])}
            for row in tables["demands"].rows
        ],
        "members": rows("council", "id", "name"),
        "whatifs": [
            {"name": what.name, "title": what.title, "question": what.question, "literature": what.literature}
            for what in case.what_ifs()
        ],
        "sources": [
            {
                "id": row["id"],
                "text": row.get("citation") or row.get("text") or row.get("title") or row["id"],
                "url": row.get("url"),
            }
            for row in tables["sources"].rows
        ],
        "documented": on_record(case),
    }


def case_map(case: Case) -> dict[str, Any]:
    """The case's own map as GeoJSON layers: the country and the capital, either of them None where there is none."""
    from uprising.result.geometry import read_map

    drawn = read_map(case.folder / "map")
    named = {row["id"]: row for table in ("places", "sites") for row in case.tables[table].rows}
    country = capital = None
    if drawn.frame is not None:
        counties = [
            _feature(
                "Polygon",
                [ring.tolist() for ring in rings],
                {"name": named.get(key, {}).get("name", key)},
                key,
            )
            for key, rings in drawn.counties.items()
        ]
        lakes = [
            _feature("Polygon", [lake["ring"]], {"name": lake["name"]})
            for lake in drawn.waters.get("lakes", [])
        ]
        rivers = [
            _feature("LineString", one["line"], {"name": one["name"]})
            for one in drawn.waters.get("rivers", [])
        ]
        country = {
            "extent": list(drawn.frame),
            "layers": {"counties": _layer(counties), "rivers": _layer(rivers), "lakes": _layer(lakes)},
        }
    city = drawn.capital
    if city:

        def lines(name: str) -> dict[str, Any]:
            return _layer(
                _feature("LineString", one["line"], {k: v for k, v in one.items() if k != "line"})
                for one in city.get(name, [])
            )

        labels = [
            _feature("Point", [named[one["id"]]["longitude"], named[one["id"]]["latitude"]], dict(one))
            for one in city.get("labels", [])
            if one["id"] in named
        ]
        islands = [_feature("Point", one["at"], {"name": one["name"]}) for one in city.get("islands", [])]
        capital = {
            "extent": _box(city["frame"]),
            "centre": _box(city.get("centre", city["frame"])),
            "layers": {
                "water": lines("water"),
                "roads": lines("roads"),
                "bridges": lines("bridges"),
                "islands": _layer(islands),
                "labels": _layer(labels),
            },
        }
    return {"country": country, "capital": capital}


def _feature(
    kind: str, coordinates: Any, properties: dict[str, Any], key: str | None = None
) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": properties}


def _layer(features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _box(frame: dict[str, float]) -> list[float]:
    return [frame["west"], frame["south"], frame["east"], frame["north"]]


def parameter_rows() -> list[dict[str, Any]]:
    """The typed table of behavioural parameters."""
    from uprising.schema import parameters

    columns = ("name", "unit", "low", "high", "default", "prior", "source", "text", "group", "status")
    return [{column: getattr(row, column) for column in columns} for row in parameters()]


def summary(result: Result) -> dict[str, Any]:
    """summary.json of a run, and what it was made with."""
    made = {key: result.provenance[key] for key in ("parameters", "start", "steps", "step_minutes")}
    return {**result.summary, "settings": made}


def story(result: Result, case: Case | None) -> list[dict[str, Any]]:
    """The turns that emerged, the documented ones beside them (see `uprising.result.story`)."""
    from uprising.result.story import story_of

    happened = sorted(result.events.to_pylist(), key=lambda row: row["time"])
    told = []
    for line in story_of(result, case).lines:
        event = happened[line.event]
        told.append(
            {
                "time": str(line.time)[:16],
                "kind": line.kind,
                "side": line.side,
                "place": event["place"],
                "actor": event["actor"],
                "quantity": event["quantity"],
                "text": line.text,
                "more": line.more,
                "documented": None if line.documented is None else _turn(line.documented),
            }
        )
    return told


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "time": str(turn.time)[:16],
        "is_day": bool(turn.is_day),
        "text": turn.text,
        "source": turn.source,
    }


def events(result: Result) -> list[dict[str, Any]]:
    """Everything that emerged, in order."""
    return [{**row, "time": row["time"].isoformat(timespec="minutes")} for row in result.events.to_pylist()]


def score(result: Result) -> list[dict[str, Any]]:
    """The scorecard of a run; empty for a what-if or without a record."""
    from uprising.score.runs import scorecard_of

    return [dict(row) for row in scorecard_of(result) or []]


class _Tables:
    """Little-endian arrays of a row a step, one after the other, each beginning at a multiple of eight bytes."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.content = bytearray()
        self.entries: list[dict[str, Any]] = []

    def add(self, name: str, values: Any, dtype: str, unit: str = "person", scale: float = 1.0) -> None:
        import numpy as np

        self.content.extend(b"\0" * (-len(self.content) % 8))
        table = np.ascontiguousarray(np.asarray(values).reshape(self.steps, -1).astype("<" + dtype))
        self.entries.append(
            {
                "name": name,
                "dtype": dtype,
                "shape": list(table.shape),
                "offset": len(self.content),
                "unit": unit,
                "scale": scale,
            }
        )
        self.content.extend(table.tobytes())


def frames(result: Result, case: Case | None) -> Frames:
    """Every step for drawing: people, units and holders by place, and what the counters and curves show."""
    import numpy as np

    from uprising.result.holding import holders_shown
    from uprising.result.reading import require

    series = result.places.load()
    require(series, DRAWN, result.folder)
    tables = _Tables(series.sizes["time"])
    add = tables.add
    workers = series["workers"].values
    add("site_crowd", series["site_crowd"], "u4")
    add("site_fighting", series["site_fighting"], "u4")
    there, armed = series["site_crowd"].values, series["site_fighting"].values
    minutes = int(result.provenance["step_minutes"])
    add("site_holder", holders_shown(series["site_holder"].values, there, armed, minutes), "u1", "code")
    add("place_crowd", series["crowd"].sum("role"), "u4")
    add("place_fighting", series["fighting"], "u4")
    share = series["striking"].values / np.maximum(workers, 1.0)
    add("place_striking", np.clip(255.0 * share, 0.0, 255.0), "u1", "1", 1.0 / 255.0)
    add("unit_node", series["unit_site"], "i2", "index")
    add("unit_men", series["unit_men"], "u4")
    add("unit_stance", series["unit_stance"], "u1", "code")
    for name in ("dead", "wounded", "detained", "fled"):
        add(name, series[name].sum("place"), "u4")
    add("crowd_total", series["crowd"].sum(["place", "role"]), "u4")
    add("fighting_total", series["fighting"].sum("place"), "u4")
    add("strike_share", series["striking"].values.sum(axis=1) / max(workers.sum(), 1.0), "f4", "1")
    for name in ("government_line", "control", "hegemon_mean"):
        add(name, series[name], "f4", "1")
    add("conceded", series["conceded"], "i2", "rung")
    if "hegemon_position" in series and "session_time" in series:
        positions = series["hegemon_position"].transpose("session", "member").values
        latest = np.searchsorted(series["session_time"].values, series["time"].values, side="right") - 1
        held = np.full((tables.steps, positions.shape[1]), np.nan)
        held[latest >= 0] = positions[latest[latest >= 0]]
        add("council", held, "f4", "1")
    return Frames(_manifest(result, series, case, tables), bytes(tables.content))


def _manifest(result: Result, series: xarray.Dataset, case: Case | None, tables: _Tables) -> dict[str, Any]:
    """What the rows and columns of the arrays are."""
    from uprising.result.forces import units_in
    from uprising.result.holding import void_since

    known = _names(case)

    def listed(name: str, *columns: str) -> list[dict[str, Any]]:
        return [
            {"id": str(key), **{column: known.get(str(key), {}).get(column) for column in columns}}
            for key in series[name].values
        ]

    places = [str(key) for key in series["place"].values]
    capital = None if case is None else case.settings.case.capital
    return {
        "times": [str(time)[:16] for time in series["time"].values],
        "n_steps": tables.steps,
        "places": places,
        "sites": [str(key) for key in series["site"].values],
        "nodes": listed("node", "longitude", "latitude"),
        "units": [unit._asdict() for unit in units_in(series, case)],
        "members": listed("member", "name") if "member" in series.coords else [],
        "capital_places": [
            key
            for key in places
            if capital is not None and capital in (key, known.get(key, {}).get("parent"))
        ],
        "void_since": void_since(result.events),
        "arrays": tables.entries,
    }


def _names(case: Case | None) -> dict[str, dict[str, Any]]:
    if case is None:
        return {}
    tables = ("places", "sites", "council")
    return {row["id"]: row for table in tables for row in case.tables[table].rows}
