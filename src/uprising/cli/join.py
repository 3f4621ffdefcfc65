"""`uprising join`: several ensembles of the same world as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def join(
    parts: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of finished ensembles, without a seed in common.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write; must be new or empty.")],
    as_json: Annotated[bool, typer.Option("--json", help="ensemble.json on standard output.")] = False,
) -> None:
    """Join ensembles, such as the tasks of a job array make, into one."""
    from uprising.cli.printing import print_json
    from uprising.experiment import join as bring_together

    study = bring_together(parts, out)
    if as_json:
        print_json(study.findings)
    else:
        runs = study.findings["n_runs"]
        typer.echo(f"{len(parts)} ensembles with {runs} runs are joined in {study.folder}")
