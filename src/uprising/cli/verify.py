"""`uprising verify`: whether a folder holds what was written there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run or ensemble.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Check every file of a run or an ensemble, and compute its digest again from the series and events.

    A damaged, missing or exchanged file is named, and the exit code is 2.
    """
    from uprising.cli.printing import print_json
    from uprising.errors import UserError
    from uprising.experiment import verify as check

    found = check(folder)
    if as_json:
        print_json(
            {
                "folder": str(found.folder),
                "kind": found.kind,
                "sound": found.is_sound,
                "has_checksums": found.has_checksums,
                "files": found.files,
                "digests": found.digests,
                "damaged": [{"file": error.file, "reason": error.reason} for error in found.damaged],
            }
        )
    if found.damaged:
        raise UserError(*map(str, found.damaged))
    if not as_json:
        files = f"{found.files} files are as they were written" if found.has_checksums else "there are no checksums"
        runs = "1 run" if found.digests == 1 else f"{found.digests} runs"
        typer.echo(f"{folder}: {files}; series and events give the digest on record ({runs})")
