"""Put the latest line of benchmarks/history.jsonl into docs/performance.md, between its two marks.

uprising bench --all --twice --record && python benchmarks/figures.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from uprising.benchmark.history import read
from uprising.benchmark.table import figure

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: made by benchmarks/figures.py -->", "<!-- end of figures -->"


def tables(line: dict[str, Any]) -> str:
    """The line as Markdown."""
    rows = line["rows"]
    load = next(
        (row["measured"] for row in rows if row["target"].startswith("processes that want")), float("nan")
    )
    text = [
        f"Measured {line['time'][:10]}, version {line['version']} (commit {line['commit']}), {line['machine']}, "
        f"Python {line['python']}, numba {line['numba']}; {load:g} processes wanted a core at the end "
        "(1 or 2 are the benchmark's own).",
        "",
        "| target | measured | again | goal | | |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    text += [
        f"| {row['target']} | {_measured(row)} | {row['sense']} {row['goal']:,g} "
        f"| {'hit' if row['pass'] else '**miss**'} | {row['note']} |"
        for row in rows
        if row["goal"] is not None
    ]
    text += ["", "| for comparison | measured | again | |", "| --- | ---: | ---: | --- |"]
    text += [
        f"| {row['target']} | {_measured(row)} | {row['note']} |"
        for row in rows
        if row["goal"] is None and "share" not in row and "calls" not in row
    ]
    text += ["", "| stage, on one thread | seconds | share |", "| --- | ---: | ---: |"]
    text += [
        f"| {row['target'].removeprefix('stage: ')} | {row['measured']:.3f} | {row['share']:.1%} |"
        for row in rows
        if "share" in row
    ]
    text += [
        "",
        "| kernel, on one thread | calls | seconds | GB moved | million draws | floor, s | times its floor |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    text += [_kernel(row) for row in rows if "calls" in row]
    return "\n".join(text)


def _measured(row: dict[str, Any]) -> str:
    """Two cells: the figure, and that of a second time where there was one."""
    again = figure(row["again"], row["unit"]) if "again" in row else ""
    return f"{figure(row['measured'], row['unit'])} | {again}"


def _kernel(row: dict[str, Any]) -> str:
    floor = row["floor_seconds"]
    times = f"{row['measured'] / floor:,.1f}" if floor else ""
    cells = [
        row["target"].removeprefix("kernel: "),
        f"{row['calls']:,.0f}",
        f"{row['measured']:.3f}",
        f"{row['bytes_moved'] / 1e9:.3f}",
        f"{row['draws'] / 1e6:.2f}",
        f"{floor:.3f}",
        times,
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Rewrite the page's figures."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    latest = read(HERE / "history.jsonl")[-1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(latest)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
