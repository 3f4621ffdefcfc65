"""`uprising parameters`: the behavioural parameters, common to all cases."""

from __future__ import annotations

from typing import Annotated

import typer


def parameters(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """The behavioural parameters, common to all cases."""
    from dataclasses import asdict

    from uprising.cli.printing import print_json, print_table
    from uprising.schema import parameters as table

    rows = table()
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        ["submodel", "name", "default", "low", "high", "unit", "prior", "status", "meaning (source)"],
        [
            [
                r.group,
                r.name,
                f"{r.default:g}",
                f"{r.low:g}",
                f"{r.high:g}",
                r.unit,
                r.prior,
                r.status,
                f"{r.text} ({r.source})",
            ]
            for r in rows
        ],
        right=(2, 3, 4),
    )
