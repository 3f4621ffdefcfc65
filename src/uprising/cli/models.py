"""`uprising models`: list, run and check the field's published models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

AS_JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
NAME = Annotated[str, typer.Argument(metavar="NAME", help="A model; see `uprising models list`.")]


def build() -> typer.Typer:
    """The sub-commands."""
    commands = typer.Typer(
        help="Published models: list, show, run, check against their papers.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    commands.command("list")(list_models)
    commands.command("show")(show)
    commands.command("run")(run)
    commands.command("check")(check)
    return commands


def list_models(as_json: AS_JSON = False) -> None:
    """The published models and their experiments."""
    from uprising import models
    from uprising.cli.printing import print_json, print_table

    cards = [models.card(name) for name in models.names()]
    if as_json:
        print_json(
            [
                {
                    "model": card.name,
                    "title": card.title,
                    "status": card.status,
                    "experiments": {name: each.title for name, each in card.experiments.items()},
                    "citations": list(card.citations),
                }
                for card in cards
            ]
        )
        return
    print_table(["model", "status", "title"], [[card.name, card.status, card.title] for card in cards])


def show(name: NAME, as_json: AS_JSON = False) -> None:
    """A model's card: words, equations, parameters with published values, deviations."""
    from dataclasses import asdict

    from uprising import models
    from uprising.cli.printing import print_json, print_table
    from uprising.models.own_rules import meanings as meanings_of
    from uprising.models.own_rules import signatures
    from uprising.models.running import plain

    card = models.card(name)
    rules = models.rules_of(name)
    calls, meanings = signatures(rules), meanings_of(rules)
    if as_json:
        told = {each: {"call": calls[each], "meaning": meanings[each]} for each in rules}
        print_json({**plain(asdict(card)), "rules": told})
        return
    typer.echo(f"{card.title} ({card.name}; {card.status})\n\n{card.about}\n\nclaim: {card.claim}\n")
    for line in (*card.equations, "", *card.citations):
        typer.echo(f"  {line}" if line else "")
    typer.echo("")
    print_table(
        ["parameter", "default", "published", "meaning"],
        [[each.name, str(each.default), each.published, each.text] for each in card.parameters.values()],
    )
    typer.echo("")
    if card.experiments:
        print_table(["experiment", "title"], [[each.name, each.title] for each in card.experiments.values()])
    if rules:
        typer.echo("\nrules that a function of your own can replace (in Python: models.run(..., rules={...})):")
        print_table(["rule", "decides"], [[calls[each], meanings[each]] for each in rules])
    for deviation in card.deviations:
        switch = f" [{deviation.switch}]" if deviation.switch else ""
        typer.echo(f"\n{deviation.kind}: {deviation.name}{switch}\n  {deviation.text}")


def run(
    name: NAME,
    experiment: Annotated[str | None, typer.Option(metavar="ID", help="A run of the paper.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; may be given again.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Length in the model's own periods.")] = None,
    seeds: Annotated[
        str, typer.Option(metavar="A:B", help="Seeds A to B - 1, one run each; or a single seed.")
    ] = "1",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder to write; must be new or empty.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Run a published model, once a seed."""
    from uprising import models
    from uprising.cli.printing import print_json, print_table
    from uprising.errors import OutputError

    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise models.ModelError(f"--out {out}: expected a new or an empty folder")
    result = models.run(
        name, experiment=experiment, parameters=_settings(settings or []), steps=steps, seeds=_seeds(seeds)
    )
    if out is not None:
        try:
            result.write(out)
        except OSError as error:
            raise OutputError(f"could not write {out}: {error.strerror or error}") from error
        typer.echo(f"written: {out}", err=True)
    document = result.document()
    if as_json:
        print_json(document)
        return
    typer.echo(f"{result.model}, {experiment or 'defaults'}, {result.steps} steps")
    summaries = [{"seed": each["seed"], **each["summary"]} for each in document["runs"]]
    if summaries:
        print_table(list(summaries[0]), [[_short(value) for value in each.values()] for each in summaries])


def check(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A model; all when left away.", show_default=False)
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Measure a model's agreement with its paper; exit with 1 where a row that must hold neither does nor says why."""
    from uprising import models
    from uprising.cli.printing import print_json, print_table

    telling = sys.stderr.isatty()
    rows = models.check(name, progress=(lambda row: typer.echo(f"  {row}", err=True)) if telling else None)
    if as_json:
        print_json(rows)
    else:
        print_table(
            ["model", "check", "verdict", "evidence", "expected", "measured"],
            [
                [
                    each["model"],
                    each["check_id"],
                    _verdict(each),
                    each["evidence"],
                    each["expected"],
                    _short(each["measured"]),
                ]
                for each in rows
            ],
        )
        for each in rows:
            if each["deviation"] and each["pass"] is not True:
                typer.echo(f"\n{each['check_id']}: {each['deviation']}")
    if any(each["asserted"] and not each["pass"] and not each["deviation"] for each in rows):
        raise typer.Exit(1)


def _verdict(row: dict[str, Any]) -> str:
    if row["pass"] is None:
        return "reported"
    if row["pass"]:
        return "holds"
    return "deviation" if row["deviation"] else "differs"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(each) for each in value)
    return "-" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


def _settings(given: list[str]) -> dict[str, str]:
    from uprising.models import ModelError

    wrong = [each for each in given if "=" not in each]
    if wrong:
        raise ModelError(*(f"--set {each}: expected NAME=VALUE" for each in wrong))
    return {name.strip(): value.strip() for name, value in (each.split("=", 1) for each in given)}


def _seeds(given: str) -> range:
    from uprising.models import ModelError

    first, colon, last = given.partition(":")
    try:
        start = int(first)
        stop = int(last) if colon else start + 1
    except ValueError:
        raise ModelError(f"--seeds {given}: expected A:B with whole numbers, or one number") from None
    if start < 0 or stop <= start:
        raise ModelError(f"--seeds {given}: expected 0 <= A < B")
    return range(start, stop)


app = build()
