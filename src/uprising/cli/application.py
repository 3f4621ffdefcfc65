"""The commands by name."""

from __future__ import annotations

from typing import Annotated, Any

import typer
import typer.core

import uprising
from uprising.cli import (
    bench,
    case,
    compare,
    ensemble,
    export,
    join,
    models,
    parameters,
    report,
    score,
    serve,
    verify,
)
from uprising.cli.run import run


class StoppedError(Exception):
    """A command was interrupted; its cause says what was saved.

    typer answers a KeyboardInterrupt itself, without its words, so the interruption takes another form on its
    way through.
    """


class _Commands(typer.core.TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise StoppedError from error


def build() -> typer.Typer:
    """The application with all its commands."""
    application = typer.Typer(
        cls=_Commands,
        help="Simulate how an uprising against a one-party state begins, spreads and ends.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_options)
    application.command()(run)
    application.command()(ensemble.ensemble)
    application.command()(join.join)
    application.command()(compare.compare)
    application.add_typer(case.build(), name="case")
    application.add_typer(models.build(), name="models")
    application.command()(parameters.parameters)
    application.command()(report.report)
    application.command()(serve.serve)
    application.command()(score.score)
    application.command()(export.export)
    application.command()(verify.verify)
    application.command()(bench.bench)
    return application


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and leave.", is_eager=True, callback=lambda v: _version(v)
        ),
    ] = False,
) -> None:
    pass


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"uprising {uprising.__version__}")
        raise typer.Exit
