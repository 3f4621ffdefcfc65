"""Cases: finding, reading and checking their folders. Nothing else opens a case folder."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from uprising import notebook
from uprising.case.checking import check_tables
from uprising.case.faults import CaseError, Fault, shown
from uprising.case.overlays import WhatIf, apply_changes, apply_parameters, apply_settings, read_what_if
from uprising.case.plausibility import plausibility_faults
from uprising.case.settings import CaseSection, Settings, read_toml, section_from, settings_from
from uprising.case.tables import Table, parse_value, read_table, table_faults
from uprising.errors import FolderWarning
from uprising.schema import nearest_name, table_columns, tables

SETTINGS_FILE = "case.toml"
INPUTS = "inputs"
WHAT_IFS = "whatif"
SOURCES = "sources"
PROSE = ("title", "about")
"""keys of [case] that explain it and change nothing in a run"""


@dataclass(frozen=True)
class Case:
    """A case whose inputs were all found right.

    Parameters
    ----------
    folder : where it was read
    settings : content of case.toml
    tables : all tables by name (see schema/columns.csv)
    parameters : behavioural parameters that what-ifs put in place of their defaults
    what_if_name : name of the what-if laid over the case (several joined by +), or None
    """

    folder: Path
    settings: Settings
    tables: dict[str, Table]
    parameters: dict[str, float] = field(default_factory=dict)
    what_if_name: str | None = None

    def _repr_html_(self) -> str:
        calendar = self.settings.calendar
        return notebook.panel(
            self.title,
            {
                "case": self.id,
                "what-if": self.what_if_name,
                "from": calendar.start.isoformat(" ", "minutes"),
                "until": calendar.end.isoformat(" ", "minutes"),
                "people": int(sum(row["population"] or 0 for row in self.tables["places"].rows)),
                "folder": str(self.folder),
                "digest": self.digest[:12],
            },
        )

    @property
    def id(self) -> str:
        """Name of the case."""
        return self.settings.case.id

    @property
    def title(self) -> str:
        """Title of the case for readers."""
        return self.settings.case.title

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 (64 hex digits) of everything that can change a run.

        These are settings, typed tables and parameters after what-ifs. Form (order of columns, quotes, 1 or
        1.0), prose (title, sources, notes), record, maps and what-ifs that aren't in use don't touch it.
        """
        settings = self.settings.model_dump(mode="json")
        for key in PROSE:
            del settings["case"][key]
        content = {
            "settings": settings,
            "tables": {name: table.canonical() for name, table in self.tables.items() if name != SOURCES},
            "parameters": self.parameters,
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def what_ifs(self) -> list[WhatIf]:
        """All what-ifs in the case's folder, by name.

        Raises
        ------
        CaseError
            If one of them can't be read.
        """
        faults: list[Fault] = []
        found = [read_what_if(file, faults) for file in _what_if_files(self.folder)]
        if faults:
            raise CaseError(faults)
        return [what_if for what_if in found if what_if is not None]

    def what_if(self, name_or_path: str | os.PathLike[str]) -> Case:
        """The case with a what-if laid over it; it shares the case's draws.

        Parameters
        ----------
        name_or_path : name of a file in the case's whatif/ without .toml, or path of such a file

        Raises
        ------
        CaseError
            With all faults: an unknown what-if, table, column, row or parameter, or an unsound world.
        """
        faults: list[Fault] = []
        file = _what_if_file(self.folder, name_or_path, faults)
        what_if = read_what_if(file, faults) if file is not None else None
        if what_if is None:
            raise CaseError(faults)
        settings = apply_settings(what_if, self.settings, faults)
        parameters = apply_parameters(what_if, self.parameters, faults)
        changed = apply_changes(what_if, self.tables, faults)
        name = what_if.name if self.what_if_name is None else f"{self.what_if_name}+{what_if.name}"
        case = replace(self, settings=settings, tables=changed, parameters=parameters, what_if_name=name)
        if not faults:
            faults = [
                replace(fault, remedy=f"{fault.remedy} (after the what-if {what_if.file})")
                for fault in case.faults()
            ]
        if faults:
            raise CaseError(faults)
        return case

    def with_table(self, name: str, rows: Iterable[dict[str, Any]]) -> Case:
        """The case with other rows of typed values in one table; columns left out are unknown.

        Raises
        ------
        CaseError
            If the world is then not sound.
        """
        table = self.tables[name]
        columns = table_columns(name)
        faults: list[Fault] = []
        complete: list[dict[str, Any]] = []
        for number, row in enumerate(rows, 1):
            complete.append(dict.fromkeys(table.columns))
            for key in row.keys() - set(table.columns):
                near = nearest_name(key, table.columns)
                expected = f"one of the columns {', '.join(table.columns)}"
                faults.append(Fault(table.file, expected, "Rename it.", number, "column", key, near))
            for column in columns:
                try:
                    complete[-1][column.name] = parse_value(row.get(column.name), column)
                except ValueError as wrong:
                    expected, remedy, _ = wrong.args
                    where, value = f"column {column.name}", shown(row.get(column.name))
                    faults.append(Fault(table.file, expected, remedy, number, where, value))
        changed = table.with_rows(complete, list(range(1, len(complete) + 1)))
        faults.extend(table_faults(changed))
        case = replace(self, tables=self.tables | {name: changed})
        faults = faults or case.faults()
        if faults:
            raise CaseError(faults)
        return case

    def with_settings(self, section: str, **values: Any) -> Case:
        """The case with other values in one section of its settings.

        Raises
        ------
        CaseError
            If a name or value is wrong.
        """
        faults: list[Fault] = []
        content = self.settings.model_dump()
        content[section] |= values
        settings = settings_from(content, str(self.folder / SETTINGS_FILE), "", faults)
        if settings is None:
            raise CaseError(faults)
        return replace(self, settings=settings)

    def with_calendar(self, *, start: datetime, end: datetime) -> Case:
        """The case with its crisis clock cut to [start, end)."""
        return self.with_settings("calendar", start=start, end=end)

    def faults(self) -> list[Fault]:
        """Faults between tables; empty for every case that `load_case` returned."""
        return check_tables(
            self.settings.case,
            self.tables,
            (str(self.folder / SETTINGS_FILE), ""),
            documented=self.what_if_name is None,
            step_minutes=self.settings.calendar.step_minutes,
        )


def shipped_cases() -> dict[str, Path]:
    """Folders of the cases that come with the project, by name."""
    found: dict[str, Path] = {}
    for folder in _shipped_folders():
        for child in sorted(folder.iterdir()):
            if (child / SETTINGS_FILE).is_file():
                found.setdefault(child.name, child)
    return found


def load_case(name_or_path: str | os.PathLike[str]) -> Case:
    """Read a case and check all of it.

    Parameters
    ----------
    name_or_path : name of a shipped case (see `shipped_cases`) or path of a case's folder

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        With all faults that were found.

    Examples
    --------
    >>> import tempfile
    >>> from uprising.case import load_case, write_template
    >>> folder = write_template(tempfile.mkdtemp() + "/island")
    >>> load_case(folder).id
    'island'
    """
    folder = find_case(name_or_path)
    case, faults = _read(folder)
    if faults or case is None:
        raise CaseError(faults)
    return case


def check_case(name_or_path: str | os.PathLike[str]) -> Case:
    """Like `load_case`; what would run but can hardly be meant is a fault, and every what-if is tried too.

    Raises
    ------
    CaseError
        With all faults of the case, or of its what-ifs.
    """
    case = load_case(name_or_path)
    faults = plausibility_faults(case.settings, case.tables)
    for file in _what_if_files(case.folder):
        try:
            case.what_if(file)
        except CaseError as error:
            faults.extend(error.faults)
    if faults:
        raise CaseError(faults)
    return case


def find_case(name_or_path: str | os.PathLike[str]) -> Path:
    """Folder of a case by name or path.

    Raises
    ------
    CaseError
        If there is none.
    """
    given = os.fspath(name_or_path)
    shipped = shipped_cases()
    if isinstance(name_or_path, str) and given in shipped:
        _warn_of_namesake(given, shipped[given])
        return shipped[given]
    folder = Path(given)
    try:
        if folder.is_dir() and given:
            return folder
        is_file = folder.exists() and bool(given)
    except (OSError, ValueError):  # a name that no file can have
        is_file = False
    names = ", ".join(shipped) or "none"
    if is_file:
        remedy = "This is a file: give the folder that holds case.toml."
        if folder.name == SETTINGS_FILE:
            remedy = f"Give the folder: {folder.parent}."
        raise CaseError([Fault(given, "the folder of a case", remedy)])
    expected = f"the folder of a case, or the name of a shipped one ({names})"
    remedy = "`uprising case list` shows the shipped cases, `uprising case new NAME` writes a new one."
    raise CaseError([Fault(given, expected, remedy, value=given, nearest=nearest_name(given, shipped))])


def _warn_of_namesake(name: str, shipped: Path) -> None:
    """Warn where a folder here has the name of the shipped case that is used."""
    here = Path(name)
    if (here / SETTINGS_FILE).is_file() and here.resolve() != shipped.resolve():
        warnings.warn(
            f"{name} is the shipped case in {shipped}; the case folder {name} in {Path.cwd()} is not used."
            f" To use that folder, write ./{name}.",
            FolderWarning,
            stacklevel=4,
        )


def _read(folder: Path) -> tuple[Case | None, list[Fault]]:
    faults: list[Fault] = []
    file = folder / SETTINGS_FILE
    settings, section, text = None, None, ""
    read = read_toml(file, faults)
    if read is not None:
        text = read[1]
        settings = settings_from(read[0], str(file), text, faults)
        section = section_from(CaseSection, read[0].get("case"))
    found: dict[str, Table] = {}
    if read is None and not (folder / INPUTS).is_dir():
        faults.append(Fault(str(folder), f"a folder with {SETTINGS_FILE} and {INPUTS}/", "This is no case."))
        return None, faults
    for name in tables():
        table = read_table(name, _table_file(folder, name), faults)
        if table is not None:
            found[name] = table
    _check_stray_files(folder, faults)
    known = {(fault.file, fault.line, fault.column) for fault in faults if fault.line is not None}
    step = settings.calendar.step_minutes if settings is not None else None
    across = check_tables(section, found, (str(file), text), step_minutes=step)
    faults.extend(fault for fault in across if (fault.file, fault.line, fault.column) not in known)
    if settings is None or len(found) < len(tables()):
        return None, faults
    return Case(folder, settings, found), faults


def _table_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.csv" if name == SOURCES else folder / INPUTS / f"{name}.csv"


def _check_stray_files(folder: Path, faults: list[Fault]) -> None:
    """A table under a wrong name would silently count for nothing."""
    wanted = [name for name in tables() if name != SOURCES]
    for file in sorted((folder / INPUTS).glob("*.csv")):
        if file.stem not in wanted:
            names = ", ".join(wanted)
            near = nearest_name(file.stem, wanted)
            remedy = f"Rename it, or move it out of {INPUTS}/."
            faults.append(Fault(str(file), f"only the tables {names}", remedy, None, None, file.name, near))


def _shipped_folders() -> list[Path]:
    package = Path(__file__).resolve().parents[1]
    # in a wheel the cases lie inside the package, in a source checkout beside src/
    folders = [package / "cases"]
    if package.parent.name == "src":
        folders.append(package.parents[1] / "cases")
    return [folder for folder in folders if folder.is_dir()]


def _what_if_files(folder: Path) -> list[Path]:
    return sorted((folder / WHAT_IFS).glob("*.toml"))


def _what_if_file(folder: Path, name_or_path: str | os.PathLike[str], faults: list[Fault]) -> Path | None:
    given = os.fspath(name_or_path)
    by_name = {file.stem: file for file in _what_if_files(folder)}
    if given in by_name:
        return by_name[given]
    file = Path(given)
    try:
        if given.endswith(".toml") and file.exists():
            return file
    except (OSError, ValueError):  # a name that no file can have
        pass
    expected = f"a what-if of this case ({', '.join(by_name) or 'it has none'}) or the path of a .toml file"
    remedy = "`uprising case what-ifs` lists them with their questions."
    near = nearest_name(given, by_name)
    faults.append(Fault(str(folder / WHAT_IFS), expected, remedy, None, "what-if", given, near))
    return None
