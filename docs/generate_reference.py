"""Write the reference pages that come from the code itself: commands, columns, parameters, constants, outputs.

`docs/conf.py` calls `write` before each build, so these pages can't lag behind the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from uprising import schema


def write(folder: Path) -> list[Path]:
    """Write all generated pages.

    Parameters
    ----------
    folder : path
        folder of the reference; made where it is missing

    Returns
    -------
    list of path
        the files written
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "command-line": command_line(),
        "case-tables": tables_of_a_case(),
        "record-tables": tables_of_a_record(),
        "parameters": parameters(),
        "constants": constants(),
        "outputs": outputs(),
        "statistics": statistics(),
    }
    written = []
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def command_line() -> str:
    """Every command with its arguments and options, as `--help` prints them."""
    import typer
    import typer.main
    from typer.cli import get_docs_for_click

    from uprising.cli.application import build

    command = typer.main.get_command(build())
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="uprising"), name="uprising")
    return text.replace("# `uprising`", "# Command line", 1)


def tables_of_a_case() -> str:
    """Columns of every table in `inputs/` of a case."""
    return _tables_of_columns(
        "Tables of a case",
        "Every CSV file of a case's `inputs/` folder, column by column. A required column must hold a value in "
        "each row. `uprising case check` reports every fault with its file and line.",
        schema.columns(),
    )


def tables_of_a_record() -> str:
    """Columns of every table in `record/` of a case."""
    return _tables_of_columns(
        "Tables of a record",
        "Every CSV file of a case's `record/` folder, column by column. The simulation never reads this folder.",
        schema.record_columns(),
    )


def parameters() -> str:
    """The behavioural parameters, common to all cases."""
    rows = [
        [
            f"`{row.name}`",
            _number(row.default),
            f"{_number(row.low)} to {_number(row.high)}",
            row.unit,
            row.group,
            row.text,
            row.status,
            row.source,
        ]
        for row in schema.parameters()
    ]
    return _page(
        "Parameters",
        "Behavioural parameters are common to all cases. `--set NAME=VALUE` changes one for a run. "
        "A source of EST marks the project's own estimate.",
        _table(["parameter", "default", "range", "unit", "submodel", "what it is", "status", "source"], rows),
    )


def constants() -> str:
    """Numbers that shape behaviour and are not fitted."""
    rows = [
        [f"`{row.name}`", _number(row.value), row.unit, row.group, row.reason]
        for row in schema.constants().values()
    ]
    return _page(
        "Constants",
        "These numbers shape behaviour and are not fitted. Each has a name, a unit and a reason.",
        _table(["constant", "value", "unit", "submodel", "reason"], rows),
    )


def outputs() -> str:
    """Variables of `series.zarr`."""
    rows = [
        [f"`{row.name}`", " × ".join(row.dims), row.dtype, row.unit, row.text] for row in schema.outputs()
    ]
    return _page(
        "Outputs",
        "These variables stand in `series.zarr` of a run folder. Counts are of real people, whatever the scale.",
        _table(["variable", "dimensions", "type", "unit", "what it is"], rows),
    )


def statistics() -> str:
    """What a target may ask of a run."""
    rows = [
        [f"`{row.name}`", row.kind, ", ".join(row.needs), row.unit, row.text] for row in schema.statistics()
    ]
    return _page(
        "Statistics of targets",
        "A row of `record/targets.csv` asks one of these questions of a run and compares the answer with the record.",
        _table(["statistic", "of", "further columns", "unit", "what it is"], rows),
    )


def _tables_of_columns(title: str, introduction: str, columns: Sequence[schema.Column]) -> str:
    parts = []
    for table, group in groupby(columns, key=lambda column: column.table):
        rows = [
            [f"`{c.name}`", c.type, c.unit, "yes" if c.required else "", _allowed(c), c.text] for c in group
        ]
        parts.append(
            f"## {table}.csv\n\n"
            + _table(["column", "type", "unit", "required", "allowed", "what it is"], rows)
        )
    return _page(title, introduction, *parts)


def _allowed(column: schema.Column) -> str:
    """What a cell of the column may hold, in words."""
    if column.choices:
        return ", ".join(column.choices)
    if column.references:
        return "an id of " + " or ".join(column.references)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    if low is not None:
        return f"at least {_number(low)}"
    return "" if high is None else f"at most {_number(high)}"


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _page(title: str, introduction: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", introduction, *parts]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines)
