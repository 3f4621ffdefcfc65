"""What-ifs among the runs that were given: each with its counterpart on the same draws, compared as they lie there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uprising.errors import DamagedError
from uprising.server.effects import compare, made_of
from uprising.server.shelf import GIVEN

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.result import Result
    from uprising.server.shelf import Shelf


def comparisons(shelf: Shelf, case: Case) -> list[dict[str, Any]]:
    """What-ifs of a case with their effects over the seeds that were run both with and without them.

    The two runs of a pair have the same scale, days and, but for the what-if's own, parameters.
    """
    overlays = {what_if.name: case.what_if(what_if.name).parameters for what_if in case.what_ifs()}
    given = [head for head in shelf.heads() if head["origin"] == GIVEN and head["case"] == case.id]
    results = _sound(shelf, [head["id"] for head in given])
    given = [head for head in given if head["id"] in results]
    plain = [(head, results[head["id"]]) for head in given if head["what_if"] is None]
    pairs: dict[tuple[str, float], dict[int, tuple[Result, Result]]] = {}
    for head in given:
        name, scale, seed = head["what_if"], head["scale"], head["seed"]
        if name not in overlays:
            continue
        changed = results[head["id"]]
        for other, result in plain:
            if (other["scale"], other["seed"]) == (scale, seed) and _differ_by(
                overlays[name], result, changed
            ):
                pairs.setdefault((name, scale), {}).setdefault(seed, (result, changed))
    compared = []
    for (name, scale), by_seed in pairs.items():
        seeds = sorted(by_seed)
        effect = compare([(made_of(by_seed[seed][0]), made_of(by_seed[seed][1])) for seed in seeds])
        compared.append({"what_if": name, "scale": scale, "seeds": seeds, "comparison": effect})
    return compared


def _sound(shelf: Shelf, names: list[str]) -> dict[str, Result]:
    """Open the runs that can be opened; the shelf lists the others as damaged."""
    found = {}
    for name in names:
        with suppress(DamagedError):
            found[name] = shelf.result(name)
    return found


def _differ_by(overlay: dict[str, float], plain: Result, changed: Result) -> bool:
    """Whether two runs are of the same days, and of the same parameters but for those of the overlay."""
    one, other = plain.provenance, changed.provenance
    same_days = (one["start"], one["steps"]) == (other["start"], other["steps"])
    return same_days and {**one["parameters"], **overlay} == other["parameters"]
