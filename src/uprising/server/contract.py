"""What each route answers and takes, typed: the OpenAPI is made of these, and every answer is checked by them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""form of the name of a case, a what-if, a run or a job"""

Name = Annotated[str, Field(pattern=NAME)]


class Answer(BaseModel):
    """Base of what is answered: nothing but what is stated here."""

    model_config = ConfigDict(extra="forbid")


class Fault(Answer):
    """Why a request was not answered, in words."""

    detail: str


class Health(Answer):
    version: str


# ---- cases --------------------------------------------------------------------------------------------


class CaseHead(Answer):
    id: str
    title: str
    about: str
    language: str
    start: str
    end: str
    step_minutes: int
    runnable: bool


class Place(Answer):
    id: str
    name: str
    kind: str
    parent: str | None
    longitude: float | None
    latitude: float | None
    population: float | None


class Site(Answer):
    id: str
    name: str
    kind: str
    place: str
    longitude: float | None
    latitude: float | None
    capacity: float | None


class Force(Answer):
    id: str
    name: str
    side: str
    kind: str
    men: float


class Demand(Answer):
    id: str
    text: str
    order: int


class Named(Answer):
    id: str
    name: str


class WhatIf(Answer):
    name: str
    title: str
    question: str
    literature: str


class Source(Answer):
    id: str
    text: str
    url: str | None


class Mark(Answer):
    """A documented number with the moment that it is of, its range, and the sources' ids."""

    time: str
    documented: float
    low: float | None
    high: float | None
    source: str


class DocumentedDate(Answer):
    """A documented moment, and between when and when."""

    time: str | None
    low: str | None
    high: str | None
    source: str


class OnRecord(Answer):
    """What is on record of the page's counters, of totals of a run, and of its dates, by their names."""

    counters: dict[str, list[Mark]]
    totals: dict[str, Mark]
    dates: dict[str, DocumentedDate]


class WholeCase(CaseHead):
    capital: str
    government: str
    hegemon: str
    population: int
    places: list[Place]
    sites: list[Site]
    forces: list[Force]
    demands: list[Demand]
    members: list[Named]
    whatifs: list[WhatIf]
    sources: list[Source]
    documented: OnRecord


Position = tuple[float, float]
"""longitude and latitude in degrees"""


class Point(Answer):
    type: Literal["Point"]
    coordinates: Position


class LineString(Answer):
    type: Literal["LineString"]
    coordinates: list[Position]


class Polygon(Answer):
    type: Literal["Polygon"]
    coordinates: list[list[Position]]


class Feature(Answer):
    """GeoJSON."""

    type: Literal["Feature"]
    id: str | None
    geometry: Point | LineString | Polygon = Field(discriminator="type")
    properties: dict[str, Any]


class Layer(Answer):
    """GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


Extent = tuple[float, float, float, float]
"""west, south, east, north in degrees"""


class CountryMap(Answer):
    extent: Extent
    layers: dict[str, Layer]


class CapitalMap(CountryMap):
    centre: Extent


class CaseMap(Answer):
    country: CountryMap | None
    capital: CapitalMap | None


class Parameter(Answer):
    name: str
    unit: str
    low: float
    high: float
    default: float
    prior: str
    source: str
    text: str
    group: str
    status: str


# ---- runs ---------------------------------------------------------------------------------------------


class RunHead(Answer):
    id: str
    title: str
    case: str
    what_if: str | None
    seed: int
    scale: float
    outcome: str
    started: str
    finished: str
    origin: Literal["given", "job"]


class DamagedRun(Answer):
    """A run that can't be shown, and why."""

    title: str
    origin: Literal["given", "job"]
    reason: str


class Inside(Answer):
    """Targets of the record that the run met."""

    inside: int
    all: int


class Settings(Answer):
    """What the run was made with."""

    parameters: dict[str, float]
    start: str
    steps: int
    step_minutes: int


class Summary(BaseModel):
    """summary.json of the run folder, and its settings."""

    model_config = ConfigDict(extra="allow")
    case: str
    what_if: str | None
    version: str
    case_digest: str
    result_digest: str
    seed: int
    scale: float
    people: int
    outcome: str
    totals: dict[str, int | float | str | None]
    dates: dict[str, str | None]
    score: Inside | None
    settings: Settings


class Documented(Answer):
    """What is on record; `is_day` where only the day is known."""

    time: str
    is_day: bool
    text: str
    source: str


class StoryLine(Answer):
    """A turn that emerged; `more` like it happened the same day, `documented` is the one on record beside it."""

    time: str
    kind: str
    side: str
    place: str
    actor: str
    quantity: float
    text: str
    more: int
    documented: Documented | None


class Event(Answer):
    time: str
    kind: str
    place: str
    actor: str
    quantity: float
    text: str


class Node(Answer):
    id: str
    longitude: float | None
    latitude: float | None


class Unit(Answer):
    """A unit; part of a formation has the name and side of the whole."""

    id: str
    name: str
    side: Literal["political_police", "police", "army", "hegemon", "unknown"]


class Member(Answer):
    id: str
    name: str | None


class ArrayEntry(Answer):
    """An array of frames.bin, little-endian, row after row; the value is what is stored times `scale`."""

    name: str
    dtype: Literal["u4", "u2", "u1", "i2", "f4"]
    shape: tuple[int, int]
    offset: int
    unit: str
    scale: float


class Manifest(Answer):
    """Where each array lies; what was granted is void since the moment at which force installed a government."""

    times: list[str]
    n_steps: int
    places: list[str]
    sites: list[str]
    nodes: list[Node]
    units: list[Unit]
    members: list[Member]
    capital_places: list[str]
    void_since: str | None
    arrays: list[ArrayEntry]


class ScoreLine(Answer):
    """A line of the scorecard (see `uprising score`)."""

    target: str
    pattern: str
    text: str
    set: str
    unit: str
    is_lag: bool
    documented: float | None
    low: float | None
    high: float | None
    median: float | None
    q05: float | None
    q95: float | None
    inside: bool | None
    crps: float | None
    crps_naive: float | None
    crps_unit: str
    happened: float | None
    miss: float | None
    runs: int
    source: str
    note: str
    reason: str
    on_record: str
    simulated: str


# ---- jobs ---------------------------------------------------------------------------------------------


class JobRequest(BaseModel):
    """Runs with a change, each beside one without it on the same draws."""

    model_config = ConfigDict(extra="forbid")
    case: Name
    what_if: Name | None = None
    set: dict[str, float] = Field(default_factory=dict, max_length=100)
    seeds: tuple[int, int] = Field(default=(1, 4), description="first and last")
    scale: float = Field(default=0.1, gt=0.0, le=1.0)
    baseline: bool = True


class JobId(Answer):
    id: str


class Effect(Answer):
    """A difference over pairs of runs: quantiles of the pairs', their mean and its 90 % interval."""

    q05: float | None
    median: float | None
    q95: float | None
    mean: float | None
    interval: tuple[float, float] | None


class TotalEffect(Answer):
    """Medians and means of both worlds, and the difference; that of the means is the mean difference."""

    baseline: float | None
    what_if: float | None
    baseline_mean: float | None
    what_if_mean: float | None
    difference: Effect
    n: int


class DateEffect(Answer):
    """Medians of both worlds where it happened, in how many runs; the difference in hours where it did in both."""

    baseline: str | None
    what_if: str | None
    baseline_n: int
    what_if_n: int
    difference: Effect
    n: int


class Shares(Answer):
    baseline: float
    what_if: float


class Band(Answer):
    q05: list[float]
    median: list[float]
    q95: list[float]


class Bands(Answer):
    times: list[str]
    baseline: Band
    what_if: Band


class Comparison(Answer):
    """What a change does over `pairs` pairs of runs."""

    pairs: int
    totals: dict[str, TotalEffect]
    dates: dict[str, DateEffect]
    outcomes: dict[str, Shares]
    series: dict[str, Bands]


class Prepared(Answer):
    """A what-if among the given runs, over the seeds that were run both with and without it."""

    what_if: str
    scale: float
    seeds: list[int]
    comparison: Comparison


class JobRun(Answer):
    seed: int
    variant: Literal["baseline", "what_if"]
    id: str
    outcome: str


class Progress(Answer):
    """How far a job is; `share` counts what is done of the runs under way too.

    `stage` is what the run that is furthest does now, for `stage_seconds`: a first run compiles the program.
    """

    done: int
    total: int
    share: float
    stage: Literal["people", "compile", "crisis"] | None
    stage_seconds: float
    seconds_left: float | None
    simulated_time: str | None


class Job(Progress):
    id: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    error: str | None
    request: JobRequest
    runs: list[JobRun]
    comparison: Comparison | None
