"""What-ifs: small overlays on a case, read from TOML, checked and applied."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uprising.case.faults import SEARCHED, Fault, nearest_unless_many, shown
from uprising.case.settings import Settings, line_of, read_toml, settings_from
from uprising.case.tables import Table, parse_value, table_faults
from uprising.schema import Column, parameters, table_columns

SECTIONS = ("eve", "calendar", "people", "council")
KEYS = ("title", "question", "literature", "parameters", *SECTIONS, "change")
CHANGE_KEYS = ("table", "where", "remove", "set", "scale")


@dataclass(frozen=True)
class WhatIf:
    """A what-if as written: its words, and what it changes."""

    name: str
    file: str
    title: str
    question: str
    literature: str
    text: str = field(repr=False, default="")
    content: dict[str, Any] = field(repr=False, default_factory=dict)


def read_what_if(file: Path, faults: list[Fault]) -> WhatIf | None:
    """Read a what-if and check its form; None (and faults) where it can't be used."""
    read = read_toml(file, faults)
    if read is None:
        return None
    content, text = read
    before = len(faults)
    for key in content:
        if key not in KEYS:
            expected = f"one of {', '.join(KEYS)}"
            line = line_of(text, "", key) or line_of(text, key) if len(faults) < SEARCHED else None
            near = nearest_unless_many(key[:100], KEYS, faults)
            faults.append(Fault(str(file), expected, "Rename or remove it.", line, key, key, near))
    for key in ("title", "question", "literature"):
        value = content.get(key, "")
        if not isinstance(value, str) or (key == "title" and not value):
            faults.append(
                Fault(str(file), "a text", f'Write {key} = "...".', line_of(text, "", key), key, shown(value))
            )
    for key in ("parameters", *SECTIONS):
        if not isinstance(content.get(key, {}), dict):
            faults.append(Fault(str(file), f"a section [{key}]", "Correct it.", line_of(text, "", key), key))
    changes = content.get("change", [])
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        remedy = "Write [[change]] with double brackets."
        faults.append(Fault(str(file), "sections [[change]]", remedy, line_of(text, "change"), "change"))
    if len(faults) > before:
        return None
    return WhatIf(
        file.stem, str(file), content.get("title", file.stem), content.get("question", ""),
        content.get("literature", ""), text, content,
    )  # fmt: skip


def apply_settings(what_if: WhatIf, settings: Settings, faults: list[Fault]) -> Settings:
    """Settings with the what-if's sections [eve], [calendar], [people] and [council] laid over them."""
    content = settings.model_dump()
    for section in SECTIONS:
        content[section] |= what_if.content.get(section, {})
    before = len(faults)
    changed = settings_from(content, what_if.file, what_if.text, faults)
    if changed is None and len(faults) == before:
        raise AssertionError("settings were refused without a fault")
    return changed if changed is not None else settings


def apply_parameters(what_if: WhatIf, present: Mapping[str, float], faults: list[Fault]) -> dict[str, float]:
    """Overrides of behavioural parameters with those of the what-if laid over them."""
    known = {row.name: row for row in parameters()}
    values = dict(present)
    for name, value in what_if.content.get("parameters", {}).items():
        number, row = _as_number(value), known.get(name)
        if row is None or number is None or not row.low <= number <= row.high:
            line = line_of(what_if.text, "parameters", name) if len(faults) < SEARCHED else None
            column = f"parameters.{name}"
            if row is None:
                near, remedy = nearest_unless_many(name[:100], known, faults), "`uprising parameters` lists them all."
                faults.append(Fault(what_if.file, "a behavioural parameter", remedy, line, column, name, near))
                continue
            expected = f"a number ({row.unit}) from {row.low:g} to {row.high:g}"
            faults.append(Fault(what_if.file, expected, f"It is the {row.text}.", line, column, shown(value)))
            continue
        values[name] = number
    return values


def apply_changes(what_if: WhatIf, tables: Mapping[str, Table], faults: list[Fault]) -> dict[str, Table]:
    """Tables with the what-if's changes made, in order."""
    changed = dict(tables)
    lines = [i for i, line in enumerate(what_if.text.splitlines(), 1) if line.strip().startswith("[[change]]")]
    for number, change in enumerate(what_if.content.get("change", []), 1):
        line = lines[number - 1] if number <= len(lines) else None
        _Change(what_if, number, line, change, changed, faults).apply()
    return changed


def _as_number(value: Any) -> float | None:
    """The value as a finite float; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


class _Change:
    """One [[change]] while it is being checked and made."""

    def __init__(
        self,
        what_if: WhatIf,
        number: int,
        line: int | None,
        change: dict[str, Any],
        tables: dict[str, Table],
        faults: list[Fault],
    ) -> None:
        self.what_if, self.number, self.line = what_if, number, line
        self.change, self.tables, self.faults = change, tables, faults

    def fault(
        self, key: str, expected: str, remedy: str, value: object = None, nearest: str | None = None
    ) -> None:
        found = None if value is None else shown(value)
        where = f"change {self.number}: {key}"
        self.faults.append(Fault(self.what_if.file, expected, remedy, self.line, where, found, nearest))

    def apply(self) -> None:
        for key in self.change:
            if key not in CHANGE_KEYS:
                near = nearest_unless_many(key[:100], CHANGE_KEYS, self.faults)
                self.fault(key, f"one of {', '.join(CHANGE_KEYS)}", "Rename or remove it.", key, near)
        name = self.change.get("table")
        if not isinstance(name, str) or name not in self.tables:
            near = nearest_unless_many(shown(name)[:100], self.tables, self.faults)
            self.fault(
                "table", f"one of {', '.join(self.tables)}", "Name the table to change.", name or "", near
            )
            return
        table = self.tables[name]
        columns = {column.name: column for column in table_columns(name)}
        does = [key for key in ("remove", "set", "scale") if key in self.change]
        if not does or ("remove" in does and (len(does) > 1 or self.change["remove"] is not True)):
            self.fault(
                "remove, set, scale", "remove = true, or set = {...}, or scale = {...}", "Say what to change."
            )
            return
        chosen = self._rows(table, columns)
        if chosen is None:
            return
        if "remove" in self.change:
            kept = [i for i in range(len(table)) if i not in chosen]
            left = table.with_rows([table.rows[i] for i in kept], [table.lines[i] for i in kept])
            for fault in table_faults(left):
                expected = f"{fault.expected} of {name}.csv"
                self.fault("remove", expected, "A run needs this table: keep a row.", self.change["where"])
            self.tables[name] = left
            return
        rows = [dict(row) for row in table.rows]
        for key, value in self._pairs("set", columns):
            parsed = self._parse(f"set.{key}", value, columns[key])
            if parsed is not None:
                for i in chosen:
                    rows[i][key] = parsed[0]
        for key, value in self._pairs("scale", columns):
            self._scale(rows, chosen, columns[key], value)
        self.tables[name] = table.with_rows(rows, table.lines)

    def _pairs(self, part: str, columns: Mapping[str, Column]) -> list[tuple[str, Any]]:
        pairs = self.change.get(part, {})
        if not isinstance(pairs, dict):
            self.fault(part, f"{part} = {{ column = value }}", "Correct it.", pairs)
            return []
        for key in pairs:
            if key not in columns:
                near = nearest_unless_many(key[:100], columns, self.faults)
                self.fault(
                    f"{part}.{key}", f"one of the columns {', '.join(columns)}", "Rename it.", key, near
                )
        return [(key, value) for key, value in pairs.items() if key in columns]

    def _rows(self, table: Table, columns: Mapping[str, Column]) -> set[int] | None:
        """Rows that `where` names; None (and faults) where it names none."""
        if "where" not in self.change:
            remedy = "Name the rows; where = {} takes all of them."
            self.fault("where", "where = { column = value }", remedy)
            return None
        before = len(self.faults)
        chosen = set(range(len(table)))
        for key, value in self._pairs("where", columns):
            fitting: set[int] = set()
            rows_of: dict[Any, set[int]] = defaultdict(set)
            for i, row in enumerate(table.rows):
                rows_of[row[key]].add(i)
            for single in value if isinstance(value, list) else [value]:
                parsed = self._parse(f"where.{key}", single, columns[key])
                found = rows_of.get(parsed[0], set()) if parsed is not None else set()
                if parsed is not None and not found:
                    known = [str(x) for x in table.column(key) if x is not None]
                    near = nearest_unless_many(shown(single)[:100], known, self.faults)
                    expected = f"a value of column {key} in {table.name}.csv"
                    self.fault(f"where.{key}", expected, "Correct it.", single, near)
                fitting |= found
            chosen &= fitting
        if len(self.faults) == before and not chosen:
            self.fault(
                "where",
                f"at least one row of {table.name}.csv",
                "No row has all these values.",
                self.change["where"],
            )
        return chosen if len(self.faults) == before else None

    def _parse(self, key: str, value: Any, column: Column) -> tuple[Any] | None:
        """The typed value of a cell, in a tuple; None (and a fault) where it is wrong."""
        try:
            return (parse_value(value, column),)
        except ValueError as wrong:
            expected, remedy, choices = wrong.args
            text = shown(value)
            near = nearest_unless_many(text[:100], choices, self.faults) if choices else None
            self.fault(key, expected, remedy, text, near)
            return None

    def _scale(self, rows: list[dict[str, Any]], chosen: set[int], column: Column, factor: Any) -> None:
        key = f"scale.{column.name}"
        if column.type not in ("number", "count"):
            self.fault(
                key, "a column of numbers", f"Use set = {{ {column.name} = ... }} instead.", column.name
            )
            return
        number = _as_number(factor)
        if number is None:
            self.fault(key, "a factor", "Write a number like 0.5.", factor)
            return
        for i in sorted(chosen):
            if rows[i][column.name] is None:
                continue
            value = float(rows[i][column.name] * number)
            is_count = column.type == "count" and math.isfinite(value)
            parsed = self._parse(key, round(value) if is_count else value, column)
            if parsed is None:
                return
            rows[i][column.name] = parsed[0]
