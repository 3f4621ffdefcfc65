"""The tables of the ODD that follow from the schema and the code: parameters, constants, stages, outputs, purposes.

python docs/tables.py            (writes them between their marks: <!-- table: ... --> and <!-- end -->)
python docs/tables.py --check    (says which pages are out of date, and leaves with 1)
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

from uprising import purposes
from uprising.crisis.order import explain
from uprising.schema import STATUSES, SUBMODELS, constants, outputs, parameters

DOCS = Path(__file__).parent
MARK = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    stale = [
        page
        for page in pages()
        if filled(page.read_text(encoding="utf-8")) != page.read_text(encoding="utf-8")
    ]
    for page in stale:
        if "--check" in sys.argv:
            print(f"{page}: its tables are out of date; run python docs/tables.py")
        else:
            page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(1 if stale and "--check" in sys.argv else 0)


def pages() -> list[Path]:
    """The pages of the ODD."""
    return [DOCS / "odd.md", *sorted((DOCS / "odd").glob("*.md"))]


def filled(text: str) -> str:
    """The text of a page with its tables as they should be."""
    return MARK.sub(lambda found: f"{found[1]}\n{table(found[2])}\n\n{found[3]}", text)


def table(name: str) -> str:
    """One table by its name in the mark: 'parameters decision', 'constants decision', 'stages' and so on."""
    what, _, group = name.partition(" ")
    return {
        "parameters": lambda: _parameters(group),
        "constants": lambda: _constants(group),
        "stages": _stages,
        "outputs": _outputs,
        "purposes": _purposes,
        "status": _status,
    }[what]()


def _parameters(group: str) -> str:
    rows = [
        (
            f"`{row.name}`", _math(row.symbol), f"{row.default:g}", row.unit, f"{row.low:g} to {row.high:g}", row.prior,
            row.status, f"{row.text} ({row.source})",
        )
        for row in parameters()
        if row.group == group
    ]  # fmt: skip
    return _markdown(
        ("parameter", "symbol", "default", "unit", "prior range", "prior", "status", "meaning (source)"), rows
    )


def _constants(group: str) -> str:
    rows = [
        (f"`{row.name}`", _math(row.symbol), f"{row.value:.12g}", row.unit, row.reason)
        for row in constants().values()
        if row.group == group
    ]
    return _markdown(("constant", "symbol", "value", "unit", "meaning and reason"), rows)


def _stages() -> str:
    rows = []
    for number, (name, text, section, writes) in enumerate(explain(), 1):
        links = [f"[{part}](odd/{part}.md)" if part in SUBMODELS else part for part in section.split(", ")]
        rows.append((str(number), name, text, ", ".join(links), ", ".join(f"`{part}`" for part in writes)))
    return _markdown(("", "stage", "what happens", "submodel", "what of the state it may change"), rows)


def _outputs() -> str:
    rows = [(f"`{row.name}`", " × ".join(row.dims), row.dtype, row.unit, row.text) for row in outputs()]
    return _markdown(("variable", "axes", "type", "unit", "meaning"), rows)


def _purposes() -> str:
    rows = [(f"`{name}`", str(value)) for name, value in vars(purposes).items() if name.isupper()]
    return _markdown(("purpose", "number"), sorted(rows, key=lambda row: int(row[1])))


def _status() -> str:
    count = Counter((row.group, row.status) for row in parameters())
    rows = [(group, *(str(count[group, status]) for status in STATUSES)) for group in SUBMODELS]
    totals = [sum(row.status == status for row in parameters()) for status in STATUSES]
    return _markdown(("submodel", *STATUSES), [*rows, ("all", *(str(total) for total in totals))])


def _math(symbol: str) -> str:
    return f"${symbol}$" if symbol else ""


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
