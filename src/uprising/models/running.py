"""Running published models: one run per seed, all from the same parameters."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import arguments, notebook
from uprising.models import own_rules
from uprising.models.cards import Card, ModelError, card

if TYPE_CHECKING:
    import xarray

Outcome = tuple[dict[str, Any], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Run:
    """One run: the summary (name to number) and the series (name to array, one value a step)."""

    seed: int
    summary: dict[str, Any]
    series: dict[str, np.ndarray]


@dataclass(frozen=True)
class StudyResult:
    """The runs of one model under one set of parameters."""

    model: str
    experiment: str | None
    parameters: dict[str, Any]
    steps: int
    runs: list[Run] = field(default_factory=list)

    def _repr_html_(self) -> str:
        names = list(self.runs[0].summary) if self.runs else []
        rows = [[str(run.seed), *(plain(run.summary[name]) for name in names)] for run in self.runs]
        return notebook.table(
            f"{self.model}, {self.experiment or 'defaults'}, {self.steps} steps",
            ("seed", *(name.replace("_", " ") for name in names)),
            rows,
        )

    def values(self, quantity: str) -> np.ndarray:
        """One number of the summary over all runs, in the order of the seeds."""
        return np.array([run.summary[quantity] for run in self.runs], dtype=float)

    def series(self, quantity: str) -> np.ndarray:
        """One series over all runs, [run, step]; shorter runs end in NaN."""
        rows = [np.asarray(run.series[quantity], dtype=float) for run in self.runs]
        longest = max(map(len, rows))
        return np.array([np.pad(row, (0, longest - len(row)), constant_values=np.nan) for row in rows])

    def document(self) -> dict[str, Any]:
        """The study as plain JSON values: {model, experiment, parameters, steps, runs: [{seed, summary, series}]}."""
        return {
            "model": self.model,
            "experiment": self.experiment,
            "parameters": {name: _told(self.model, name, value) for name, value in self.parameters.items()},
            "steps": self.steps,
            "runs": [
                {
                    "seed": run.seed,
                    "summary": {name: plain(value) for name, value in run.summary.items()},
                    "series": {name: plain(value) for name, value in run.series.items()},
                }
                for run in self.runs
            ],
        }

    def to_xarray(self) -> xarray.Dataset:
        """The series with dimensions run (coordinate seed) and step (or the series' own length)."""
        import xarray

        lengths = {name: self.series(name) for name in (self.runs[0].series if self.runs else ())}
        common = max((value.shape[1] for value in lengths.values()), default=0)
        data = {
            name: (("run", "step" if value.shape[1] == common else f"{name}_index"), value)
            for name, value in lengths.items()
        }
        return xarray.Dataset(
            data, coords={"seed": ("run", [run.seed for run in self.runs])}, attrs={"model": self.model}
        )

    def write(self, folder: str | Path) -> Path:
        """Write the run folder: summary.json, series.zarr and provenance.json.

        Raises
        ------
        ModelError
            The folder holds files already.
        """
        from importlib.metadata import PackageNotFoundError, version

        target = arguments.path("folder", folder)
        if target.exists() and any(target.iterdir()):
            raise ModelError(f"{target} is not empty: name a new folder")
        target.mkdir(parents=True, exist_ok=True)
        document = self.document()
        for each in document["runs"]:
            del each["series"]
        (target / "summary.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        try:
            release = version("uprising")
        except PackageNotFoundError:
            release = "not installed"
        seeds = [each.seed for each in self.runs]
        provenance = {
            "version": release,
            "model": self.model,
            "experiment": self.experiment,
            "parameters": document["parameters"],
            "steps": self.steps,
            "seeds": seeds,
            "citations": list(card(self.model).citations),
        }
        (target / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n", encoding="utf-8")
        self.to_xarray().to_zarr(target / "series.zarr", mode="w", consolidated=False)
        return target


def _told(model: str, name: str, value: Any) -> Any:
    if card(model).parameters[name].accepts and not isinstance(value, str):
        return f"given: {type(value).__name__}"
    return plain(value)


def plain(value: Any) -> Any:
    """The value as JSON can hold it; what is no number, text or list only by its kind."""
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if value is None or isinstance(value, str | int | bool):
        return value
    return f"given: {type(value).__name__}"


def module(name: str) -> ModuleType:
    """The module with a model's rules, imported now."""
    return importlib.import_module(f"uprising.models.{name}.model")


def rules_of(name: str) -> Mapping[str, Callable[..., Any]]:
    """The rules of a model that a user's own functions can replace, by name, with the functions it uses itself."""
    known: Mapping[str, Callable[..., Any]] = getattr(module(card(name).name), "RULES", {})
    return known


def run(
    name: str,
    *,
    experiment: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    steps: int | None = None,
    seeds: int | Iterable[int] = 1,
    rules: Mapping[str, Callable[..., Any]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StudyResult:
    """Run a published model once per seed.

    Parameters
    ----------
    name : the model, see `names()`
    experiment : a run of the paper, by its name on the card
    parameters : values that differ from the experiment's; one that takes a network takes a networkx or
        igraph graph or a SciPy sparse matrix
    steps : length, in the model's own periods; default the experiment's
    seeds : one seed or several; 0 is a seed
    rules : a user's own functions in place of the model's, by name; see `rules_of` and `uprising models show`.
        Each is about one person at a time and is compiled on first use
    progress : called with (runs done, runs in all)

    Raises
    ------
    ModelError
        A wrong name or value.

    Examples
    --------
    >>> run("granovetter", experiment="ladder").runs[0].summary["final"]
    100.0
    """
    known: Card = card(name)
    values = known.read(experiment, parameters)
    length = steps
    if length is None and experiment is not None:
        length = known.experiments[experiment].steps
    if length is None:
        length = known.steps
    length = arguments.whole_number(length)
    if length is None or length < 0:
        raise ModelError(f"steps = {steps!r}: expected a whole number, 0 or more")
    chosen = _seeds(seeds)
    rules_module = module(known.name)
    own_rules.check(known.name, rules_of(known.name), rules)
    more: dict[str, Any] = {"rules": rules} if rules else {}
    runs = []
    for number, seed in enumerate(chosen):
        summary, series = _simulate(rules_module, known.name, values, length, seed, more)
        runs.append(Run(seed, summary, series))
        if progress is not None:
            progress(number + 1, len(chosen))
    return StudyResult(known.name, experiment, values, length, runs)


def _simulate(
    rules_module: ModuleType, name: str, values: dict[str, Any], steps: int, seed: int, more: dict[str, Any]
) -> Outcome:
    """One run; rules that can't be compiled are refused."""
    from numba.core.errors import NumbaError

    try:
        outcome: Outcome = rules_module.simulate(values, steps, seed, **more)
    except NumbaError as error:
        if not more:
            raise
        raise own_rules.refusal(name, more["rules"], error) from error
    return outcome


def _seeds(given: Any) -> list[int]:
    """The seeds as plain numbers, from one or from several."""
    only = arguments.whole_number(given)
    if only is None and (isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable)):
        raise ModelError(f"seeds = {given!r}: expected a whole number or several")
    found = []
    for value in [only] if only is not None else given:
        seed = arguments.whole_number(value)
        if seed is None or not 0 <= seed < 2**64:
            raise ModelError(f"seed = {value!r}: expected a whole number from 0 to 2^64 - 1")
        found.append(seed)
    return found


class Study:
    """The runs that a model's checks share: each is made once while the checks last."""

    def __init__(self, name: str, n_seeds: int = 20) -> None:
        self.name = name
        self.n_seeds = n_seeds
        self._done: dict[Any, StudyResult] = {}

    def run(
        self,
        experiment: str | None = None,
        steps: int | None = None,
        n_seeds: int | None = None,
        **parameters: Any,
    ) -> StudyResult:
        """Seeds 1..n of one experiment with these parameters."""
        count = self.n_seeds if n_seeds is None else n_seeds
        key = (
            experiment,
            steps,
            count,
            tuple(sorted((name, repr(value)) for name, value in parameters.items())),
        )
        if key not in self._done:
            self._done[key] = run(
                self.name,
                experiment=experiment,
                parameters=parameters,
                steps=steps,
                seeds=range(1, count + 1),
            )
        return self._done[key]
