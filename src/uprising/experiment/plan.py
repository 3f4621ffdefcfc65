"""What an ensemble was asked to do: written first, read by a resumed one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from uprising.errors import UserError
from uprising.result import folder as folders
from uprising.result.checksums import Checksums
from uprising.result.documents import EnsemblePlan, read_document

PLAN = "plan.json"


@dataclass(frozen=True)
class Plan:
    """Settings of an ensemble; two drivers with the same plan make the same bits.

    Parameters
    ----------
    case, case_digest, case_folder, what_if
        The case as run, and where it was read.
    seeds
        One run a seed, in this order along the dimension `run`.
    scale, parameters, start, until
        As for a single run.
    n_steps, version
        Length of each run; version of the program.
    token
        Names this folder, so that a worker knows it when it sees it.
    """

    case: str
    case_digest: str
    case_folder: str
    what_if: str | None
    seeds: tuple[int, ...]
    scale: float
    parameters: dict[str, float]
    start: str | None
    until: str | None
    n_steps: int
    version: str
    token: str

    def write(self, folder: Path) -> None:
        """Write plan.json."""
        folders.write_json(folder / PLAN, asdict(self))


def read_plan(folder: Path, sums: Checksums | None = None) -> Plan:
    """Read the plan in an ensemble's folder.

    Parameters
    ----------
    folder
        The ensemble's folder.
    sums
        Its checksums, when it is finished.

    Raises
    ------
    UserError
        There is none.
    DamagedError
        It is damaged.
    """
    if not (folder / PLAN).exists():
        raise UserError(f"{folder} holds no ensemble (no {PLAN} in it)")
    content = read_document(sums or Checksums(folder, None), PLAN, EnsemblePlan)
    known = {field.name: content[field.name] for field in fields(Plan)}
    return Plan(**(known | {"seeds": tuple(content["seeds"])}))


def differences(plan: Plan, wanted: Plan) -> list[str]:
    """What keeps an ensemble from being resumed with other settings, one text a fault."""
    found = []
    for name, value in asdict(plan).items():
        asked = getattr(wanted, name)
        if name in ("token", "case_folder") or value == asked:
            continue
        if name == "seeds":
            value, asked = (f"{len(s)} from {s[0]} to {s[-1]}" for s in (plan.seeds, wanted.seeds))
        if name == "case_digest":
            found.append("the case's inputs have changed since the ensemble was begun")
        else:
            found.append(f"the ensemble was begun with {name} {value}, not {asked}")
    return found
