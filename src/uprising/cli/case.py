"""`uprising case`: list, show, check and write cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

MOST_FAULTS = 1000
"""of a document; `n_faults` says how many there are"""
AS_JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
CASE = Annotated[str, typer.Argument(metavar="CASE", help="Name of a shipped case, or a case folder.")]


def build() -> typer.Typer:
    """The sub-commands."""
    commands = typer.Typer(
        help="Cases: list, show, check, write a new one, list what-ifs.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    commands.command("list")(list_cases)
    commands.command("show")(show)
    commands.command("check")(check)
    commands.command("new")(new)
    commands.command("what-ifs")(what_ifs)
    return commands


def list_cases(as_json: AS_JSON = False) -> None:
    """The cases that come with the program."""
    from uprising.case import load_case, shipped_cases
    from uprising.cli.printing import print_json, print_table

    rows: list[dict[str, Any]] = []
    for name, folder in shipped_cases().items():
        case = load_case(folder)
        calendar = case.settings.calendar
        rows.append(
            {
                "case": name,
                "title": case.title,
                "start": calendar.start.isoformat(),
                "end": calendar.end.isoformat(),
                "people": _people(case),
                "folder": str(folder),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ["case", "people", "from", "until", "title"],
        [[r["case"], f"{r['people']:,}", r["start"][:10], r["end"][:10], r["title"]] for r in rows],
        right=(1,),
    )


def show(name: CASE, as_json: AS_JSON = False) -> None:
    """What a case holds: settings, size of its tables, what-ifs."""
    from uprising.case import load_case
    from uprising.cli.printing import print_json, print_table
    from uprising.errors import printable

    case = load_case(name)
    content: dict[str, Any] = {
        "case": case.id,
        "folder": str(case.folder),
        "digest": case.digest,
        "people": _people(case),
        "settings": case.settings.model_dump(mode="json"),
        "tables": {name: len(table) for name, table in case.tables.items()},
        "what_ifs": [what_if.name for what_if in case.what_ifs()],
    }
    if as_json:
        print_json(content)
        return
    about = case.settings.case.about
    typer.echo(printable(f"{case.title} ({case.id})" + (f"\n{about}" if about else "")))
    typer.echo(f"\nfolder  {case.folder}\ndigest  {case.digest}\npeople  {content['people']:,}\n")
    rows = [
        [f"{section}.{key}", str(value)]
        for section, values in content["settings"].items()
        for key, value in values.items()
        if key not in ("title", "about", "id")
    ]
    print_table(["setting", "value"], rows)
    typer.echo("")
    print_table(["table", "rows"], [[key, str(n)] for key, n in content["tables"].items()], right=(1,))
    if content["what_ifs"]:
        typer.echo(f"\nwhat-ifs: {', '.join(content['what_ifs'])}")


def check(name: CASE, as_json: AS_JSON = False) -> None:
    """Check a case, its what-ifs and its record; tell every fault at once with file, line, column and remedy."""
    from dataclasses import asdict

    from uprising.case import CaseError, check_case
    from uprising.cli.printing import print_json
    from uprising.record.tables import RecordError, check_record

    try:
        case = check_case(name)
        faults = check_record(case)
        if faults:
            raise RecordError(faults)
    except CaseError as error:
        if as_json:
            told = [asdict(fault) for fault in error.faults[:MOST_FAULTS]]
            print_json({"valid": False, "n_faults": len(error.faults), "faults": told})
        raise
    if as_json:
        print_json({"valid": True, "case": case.id, "digest": case.digest, "faults": []})
        return
    n_rows = sum(len(table) for table in case.tables.values())
    n_what_ifs = len(case.what_ifs())
    typer.echo(
        f"{case.id}: no faults in {len(case.tables)} tables with {n_rows:,} rows and {n_what_ifs} what-ifs"
    )


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Folder of the new case.")],
    as_json: AS_JSON = False,
) -> None:
    """Write a commented template of a case that runs in seconds."""
    from uprising.case import write_template
    from uprising.cli.printing import print_json
    from uprising.errors import OutputError

    try:
        folder = Path(write_template(name))
    except OSError as error:
        raise OutputError(f"could not write {name}: {error.strerror or error}") from error
    if as_json:
        print_json({"folder": str(folder)})
        return
    typer.echo(f"{folder} is written. Try it:\n  uprising case check {folder}\n  uprising run {folder}")


def what_ifs(name: CASE, as_json: AS_JSON = False) -> None:
    """The what-ifs of a case with their questions."""
    from uprising.case import load_case
    from uprising.cli.printing import print_json, print_table

    found = load_case(name).what_ifs()
    if as_json:
        print_json(
            [
                {"name": w.name, "title": w.title, "question": w.question, "literature": w.literature}
                for w in found
            ]
        )
    elif not found:
        typer.echo("this case has no what-ifs")
    else:
        print_table(["name", "title", "question"], [[w.name, w.title, w.question] for w in found])


def _people(case: Any) -> int:
    """People of a case: only leaf places hold any."""
    return int(sum(row["population"] or 0 for row in case.tables["places"].rows))
