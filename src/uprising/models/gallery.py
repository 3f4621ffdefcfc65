"""The gallery page of the documentation: each model in words, its figure, its table of agreement, made by the checks.

`python -m uprising.models.gallery docs` writes docs/models.md and docs/models/NAME.svg.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uprising.models.cards import Card, card, names
from uprising.models.checks import check, uncovered
from uprising.models.own_rules import meanings, signatures
from uprising.models.running import Study, module, rules_of

EVIDENCE = (
    "Evidence: V verified in the source, C computed exactly or independently, T from a transcription of the source, "
    "S from somebody else's replication, M from memory of the literature. Rows with V or C must hold or name their "
    "deviation; T and S are reported; M alone has no verdict."
)

OWN_RULES = """## Rules of your own

A model with people who decide takes a plain function in place of each of its rules. The function is about one person;
in `bonnasse_gahot` it is about one place. It takes the arguments that are listed with the model, in that order, and may
use numbers, `math` and `numpy`. It is compiled on first use. A model whose rules are left alone runs the code that it
was checked with.

```python
from uprising import models

def brave(grievance, risk_aversion, cops, actives, threshold, k, ratio):
    return grievance > threshold  # whoever sees the police

models.rules_of("epstein")  # the rules, with the functions that the model uses itself
ours = models.run("epstein", experiment="run_2", steps=100, seeds=range(20), rules={"decide": brave})
```

`uprising models show NAME` lists a model's rules. Models of whole forces or of a bargaining table have none."""


def write(folder: str | Path, chosen: list[str] | None = None) -> Path:
    """Write models.md and its figures; takes minutes, for every check is measured.

    Parameters
    ----------
    folder : the documentation's folder
    chosen : these models alone (for a try); default all
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "uprising"
    from matplotlib.figure import Figure

    target = Path(folder)
    (target / "models").mkdir(parents=True, exist_ok=True)
    parts = [
        "# Published models\n",
        "Made by `python -m uprising.models.gallery docs`: don't edit.\n",
        EVIDENCE + "\n",
        OWN_RULES + "\n",
    ]
    for name in chosen or names():
        study = Study(name)
        rows = check(name, study=study)
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        module(name).figure(study, figure.subplots())
        figure.savefig(target / "models" / f"{name}.svg", metadata={"Date": None})
        parts.append(_page(card(name), rows, rules_of(name)))
        print(name, file=sys.stderr)
    if chosen is None:
        parts.append(_uncovered())
    page = target / "models.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def _page(known: Card, rows: list[dict[str, Any]], rules: Mapping[str, Any]) -> str:
    lines = [f"## {known.title}\n", f"`{known.name}`, {known.status}. {' '.join(known.about.split())}\n"]
    lines += [f"**The paper's claim.** {known.claim}\n", f"![{known.title}](models/{known.name}.svg)\n"]
    lines += ["```text", *known.equations, "```", ""]
    lines += [
        "| check | quantity | expected | measured | evidence | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(row) for row in rows]
    lines += rules_section(rules)
    deviations = [
        f"- *{each.kind}*, {each.name}" + (f" (`{each.switch}`)" if each.switch else "") + f": {each.text}"
        for each in known.deviations
    ]
    if deviations:
        lines += ["", "What the paper leaves open, and what differs:", "", *deviations]
    lines += ["", *(f"- {each}" for each in known.citations), ""]
    return "\n".join(lines)


def rules_section(rules: Mapping[str, Any]) -> list[str]:
    """The lines that name a model's rules with their arguments; none for a model without people who decide."""
    if not rules:
        return []
    calls, said = signatures(rules), meanings(rules)
    return [
        "",
        "Rules that a function of your own can replace:",
        "",
        *(f"- `{calls[name]}`: {said[name]}" for name in rules),
    ]


def _row(row: dict[str, Any]) -> str:
    verdict = {True: "holds", False: "differs", None: "reported"}[row["pass"]]
    if row["pass"] is not True and row["deviation"]:
        verdict += f": {row['deviation']}"
    values = row["measured"] if isinstance(row["measured"], list) else [row["measured"]]
    measured = ", ".join("" if value is None else f"{value:.5g}" for value in values)
    cells = (
        row["check_id"],
        row["setup"] + ": " + row["quantity"],
        row["expected"],
        measured,
        row["evidence"],
        verdict,
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _uncovered() -> str:
    lines = [
        "## Claims without a model here\n",
        "| model | check | claim | evidence | reason |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in uncovered():
        cells = (
            row["model"],
            row["check_id"],
            f"{row['quantity']}: {row['expected']}",
            row["evidence"],
            row["deviation"],
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else "docs", sys.argv[2:] or None)
