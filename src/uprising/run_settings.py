"""Settings of one run: what was asked for, checked in one place; what a snapshot repeats."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprising import arguments
from uprising.errors import UserError

if TYPE_CHECKING:
    from uprising.case import Case

SCALE = 1.0
CLOCKS = ("crisis",)
SNAPSHOT_MINUTES = 10.0


@dataclass(frozen=True)
class Asked:
    """What the caller of a run gave, as plain values of Python; None where nothing was given.

    Parameters
    ----------
    case : case, or name of a shipped case or folder
    what_if : name or file of an overlay
    seed, scale, start, until, threads, parameters, rules, out, resume, keep_people, clocks, snapshot_minutes : as
        for `run`
    """

    case: Case | str | None = None
    what_if: str | None = None
    seed: int | None = None
    scale: float | None = None
    start: str | None = None
    until: str | None = None
    threads: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, Callable[..., int]] = field(default_factory=dict)
    out: Path | None = None
    resume: Path | None = None
    keep_people: bool | None = None
    clocks: str | None = None
    snapshot_minutes: float | None = None

    @classmethod
    def checked(cls, case: Case | str | None, **given: Any) -> Asked:
        """Turn what was given into plain values, which every file and digest can hold.

        Raises
        ------
        UserError
            Values that no run can have; all faults at once.
        """
        found: dict[str, Any] = {}
        faults: list[str] = []
        for name, value in given.items():
            if value is not None:
                try:
                    found[name] = _READERS[name](value)
                except UserError as error:
                    faults += error.faults
        asked = cls(case or None, **found)
        if asked.resume and asked.out and asked.resume.resolve() != asked.out.resolve():
            faults.append(f"a resumed run goes on in its own folder, {asked.resume}; leave out the folder {asked.out}")
        if faults:
            raise UserError(*faults)
        return asked

    @property
    def folder(self) -> Path | None:
        """The run folder; None for a run in memory."""
        return self.resume or self.out


@dataclass(frozen=True)
class RunSettings:
    """Settings of a run, checked and complete; plain values, so that a snapshot can repeat them.

    Parameters
    ----------
    case : id of the case
    case_digest : digest of its inputs with the what-if; this, and no path, is its identity
    case_folder : absolute path of where it was read
    what_if : name or absolute path of the overlay, or None
    seed, scale, start, until, parameters, keep_people, clocks, snapshot_minutes : as for `run`
    rules : digests of the source of the caller's own rules, by name; the rules themselves can't be saved
    """

    case: str
    case_digest: str
    case_folder: str
    what_if: str | None
    seed: int
    scale: float
    start: str | None
    until: str | None
    parameters: dict[str, float]
    rules: dict[str, str]
    keep_people: bool
    clocks: str
    snapshot_minutes: float


def new_settings(asked: Asked) -> tuple[RunSettings, Case]:
    """Check what was asked for and complete it with the defaults.

    Returns
    -------
    settings, case
        The case has its what-if laid over it and its whole calendar.

    Raises
    ------
    CaseError, UserError
        For wrong input, with what to do about it.
    """
    from uprising.case.calendar import cut_calendar

    if not asked.case:
        raise UserError("which case? For example: uprising.run('hungary-1956')")
    case = _with_what_if(_load(asked.case), asked.what_if)
    parameters_in_force(case, asked.parameters)
    cut_calendar(case, asked.start, asked.until)
    settings = RunSettings(
        case=case.id,
        case_digest=case.digest,
        case_folder=str(Path(case.folder).resolve()),
        what_if=_portable(asked.what_if),
        seed=arguments.DEFAULT_SEED if asked.seed is None else asked.seed,
        scale=SCALE if asked.scale is None else asked.scale,
        start=asked.start,
        until=asked.until,
        parameters=dict(asked.parameters),
        rules=_digests(asked.rules),
        keep_people=bool(asked.keep_people),
        clocks=asked.clocks or CLOCKS[0],
        snapshot_minutes=SNAPSHOT_MINUTES if asked.snapshot_minutes is None else asked.snapshot_minutes,
    )
    return settings, case


def resumed_settings(saved: RunSettings, asked: Asked, folder: Path) -> tuple[RunSettings, Case]:
    """Find the case of an unfinished run, and refuse whatever contradicts its settings.

    Parameters
    ----------
    saved
        The settings in the snapshot.
    asked
        What the caller gave beside the folder: accepted where it is equal. A case or overlay may be given that
        has moved since.
    folder
        The run folder, for messages.

    Returns
    -------
    settings, case
        The saved settings, with the places where case and overlay lie now.

    Raises
    ------
    CaseError, UserError
        The case is not to be found or was changed, or a setting contradicts; all contradictions at once.
    """
    case = _find_case(saved, asked, folder)
    faults = _contradictions(saved, asked, case)
    if faults:
        raise UserError(
            *(f"{folder} can't be resumed so: {fault}" for fault in faults),
            "leave such settings out, or start a new run in another folder",
        )
    minutes = saved.snapshot_minutes if asked.snapshot_minutes is None else asked.snapshot_minutes
    found = {
        "case_folder": str(Path(case.folder).resolve()),
        "what_if": saved.what_if if asked.what_if is None else _portable(asked.what_if),
        "snapshot_minutes": minutes,
    }
    return RunSettings(**{**vars(saved), **found}), case


def parameters_in_force(case: Case, overrides: Mapping[str, float] | None = None) -> dict[str, float]:
    """Combine the defaults of schema/parameters.csv, the case's overlays and overrides, in this order.

    Raises
    ------
    UserError
        A name is unknown, or a value is no number or out of range.
    """
    from uprising.schema import nearest_name, parameters

    table = {row.name: row for row in parameters()}
    values = {name: row.default for name, row in table.items()}
    for source in (case.parameters, overrides or {}):
        for name, value in source.items():
            if name not in table:
                near = nearest_name(name, table)
                hint = f"; did you mean {near}?" if near else ""
                raise UserError(f"there is no parameter {name!r}{hint} (`uprising parameters` lists them)")
            row = table[name]
            number = arguments.number(value)
            if number is None:
                raise UserError(f"{name} in parameters is {value!r}; it must be a number")
            if not row.low <= number <= row.high:
                raise UserError(
                    f"{name} is {number:.12g}; it must lie between {row.low:g} and {row.high:g} {row.unit}"
                )
            values[name] = number
    return values


def _contradictions(saved: RunSettings, asked: Asked, case: Case) -> list[str]:
    from uprising.case.calendar import cut_calendar

    found = []
    for name in ("seed", "scale", "keep_people", "clocks"):
        given = getattr(asked, name)
        if given is not None and given != getattr(saved, name):
            found.append(f"{name} is {given}, but the run was started with {getattr(saved, name)}")
    whole = cut_calendar(case, saved.start, saved.until).settings.calendar
    for name, moment in (("start", whole.start), ("until", whole.end)):
        given = getattr(asked, name)
        if given is None:
            continue
        cut = cut_calendar(case, **{name: given, "until" if name == "start" else "start": None})
        if moment != (cut.settings.calendar.start if name == "start" else cut.settings.calendar.end):
            option = "start (--from)" if name == "start" else name
            found.append(
                f"{option} is {given}, but the run was started with {getattr(saved, name) or moment}"
            )
    before = parameters_in_force(case, saved.parameters)
    now = parameters_in_force(case, {**saved.parameters, **asked.parameters})
    found += [
        f"{name} is {now[name]:g}, but the run was started with {before[name]:g}"
        for name in asked.parameters
        if now[name] != before[name]
    ]
    rules = _digests(asked.rules)
    for name in sorted(set(rules) | set(saved.rules)):
        if rules.get(name) != saved.rules.get(name):
            remedy = "give the same one again" if name in saved.rules else "give none"
            found.append(f"the rule for {name} is not the one with which the run was started; {remedy}")
    return found


def _find_case(saved: RunSettings, asked: Asked, folder: Path) -> Case:
    """The case of an unfinished run, wherever it lies now."""
    from uprising.case import shipped_cases

    given = asked.case
    if not given:
        if Path(saved.case_folder).is_dir():
            given = saved.case_folder
        elif saved.case in shipped_cases():
            given = saved.case
        else:
            raise UserError(
                f"the case of {folder} is no longer in {saved.case_folder}; give its new place: "
                f"uprising run CASE --resume {folder}"
            )
    case = _load(given)
    if case.digest == saved.case_digest and asked.what_if is None:
        return case  # a case that was handed over with its what-if
    if case.id != saved.case:
        raise UserError(f"{folder} was started with the case {saved.case}, not {case.id}; leave the case out")
    plain = case.digest
    case = _with_what_if(case, asked.what_if or saved.what_if)
    if case.digest == saved.case_digest:
        return case
    if asked.what_if is not None and asked.what_if != saved.what_if:
        before = f"with the what-if {saved.what_if}" if saved.what_if else "without a what-if"
        raise UserError(f"what_if is {asked.what_if}, but {folder} was started {before}; leave it out")
    changed = "its what-if" if plain == saved.case_digest else "its inputs"
    raise UserError(
        f"{folder} was started with another version of the case {case.id}: {changed} changed since, so the run "
        "can't be resumed; put the old files back, or start a new run"
    )


def _load(given: Case | str) -> Case:
    from uprising.case import Case, load_case

    return given if isinstance(given, Case) else load_case(given)


def _with_what_if(case: Case, what_if: str | None) -> Case:
    return case if what_if is None else case.what_if(what_if)


def _portable(what_if: str | None) -> str | None:
    """An overlay so that it is found from any folder: a file by its absolute path, a name as it is."""
    if what_if is None:
        return None
    return str(Path(what_if).resolve()) if Path(what_if).is_file() else str(what_if)


def _rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    from uprising.kernel.decision.utility import arguments_of_a_rule

    expected = arguments_of_a_rule()
    faults = []
    for name, rule in rules.items():
        if name != "reconsider":
            faults.append(f"there is no rule {name!r}; a rule can be given for: reconsider")
            continue
        try:
            given = tuple(inspect.signature(rule).parameters)
        except (TypeError, ValueError):
            given = ()
        if len(given) != len(expected):
            faults.append(
                f"the rule for {name} must be a function of {len(expected)} arguments: {', '.join(expected)} "
                f"(see uprising.kernel.decision.utility.decide)"
            )
    if faults:
        raise UserError(*faults)
    return dict(rules)


def _digests(rules: Mapping[str, Any]) -> dict[str, str]:
    """Digests of the source of rules, or of their byte code where there is no source; by name."""
    found = {}
    for name, rule in rules.items():
        plain = getattr(rule, "py_func", rule)
        try:
            text = inspect.getsource(plain)
        except (OSError, TypeError):
            code = getattr(plain, "__code__", None)
            text = repr(plain) if code is None else repr((code.co_code, code.co_names, code.co_varnames))
        found[name] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _clocks(value: Any) -> str:
    if value not in CLOCKS:
        raise UserError(f"clocks {value!r} is unknown; this version has: {', '.join(CLOCKS)}")
    return str(value)


def _minutes(value: Any) -> float:
    found = arguments.number(value)
    if found is None or not found >= 0.0:
        raise UserError(f"snapshot_minutes is {value!r}; it must be at least 0 (0: only when interrupted)")
    return found


_READERS: dict[str, Callable[[Any], Any]] = {
    "what_if": partial(arguments.text, "what_if"),
    "seed": arguments.seed,
    "scale": arguments.scale,
    "start": partial(arguments.moment, "start"),
    "until": partial(arguments.moment, "until"),
    "threads": partial(arguments.cores, "threads"),
    "parameters": partial(arguments.numbers, "parameters"),
    "rules": _rules,
    "out": partial(arguments.path, "out"),
    "resume": partial(arguments.path, "resume"),
    "keep_people": partial(arguments.truth, "keep_people"),
    "clocks": _clocks,
    "snapshot_minutes": _minutes,
}
"""what checks each setting and makes it plain"""
