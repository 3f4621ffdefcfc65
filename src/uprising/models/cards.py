"""Cards: what a published model is, read from its `card.toml`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uprising.errors import UserError

FOLDER = Path(__file__).parent
DECIMAL_COMMA = re.compile(r"\d,\d")


class ModelError(UserError):
    """A wrong model, experiment, parameter or value; the message names the nearest right one."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: its default is the published value wherever one is known."""

    name: str
    default: Any
    text: str
    unit: str = ""
    published: str = ""
    evidence: str = ""
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    accepts: str = ""

    def read(self, value: Any) -> Any:
        """The value in the parameter's own type, from a number or from text.

        Raises
        ------
        ModelError
            Not of that type, not among the choices, or out of range.
        """
        if self.accepts == "network" and not isinstance(value, str):
            return value
        wanted = type(self.default)
        expected = (
            "a number"
            if wanted in (int, float)
            else "true or false"
            if wanted is bool
            else "a list of numbers"
        )
        try:
            if wanted is bool:
                text = str(value).lower()
                if text not in ("true", "yes", "1", "false", "no", "0"):
                    raise ValueError(text)
                read: Any = text in ("true", "yes", "1")
            elif wanted is int:
                number = float(value)
                if number != int(number):
                    expected = "a whole number"
                    raise ValueError(value)
                read = int(number)
            elif wanted is list:
                read = _numbers(value) if isinstance(value, str) else [float(part) for part in value]
            else:
                read = wanted(value)
        except (TypeError, ValueError, OverflowError) as error:
            hint = "; write decimals with a point" if DECIMAL_COMMA.search(str(value)) else ""
            raise ModelError(f"{self.name} = {value!r}: expected {expected}{hint}") from error
        if isinstance(read, float) and read != read:
            raise ModelError(f"{self.name} = {value!r}: expected a number")
        if self.choices and read not in self.choices:
            raise ModelError(f"{self.name} = {value!r}: expected one of {', '.join(map(str, self.choices))}")
        if self.minimum is not None and read < self.minimum:
            raise ModelError(f"{self.name} = {value!r}: expected at least {self.minimum:g}")
        if self.maximum is not None and read > self.maximum:
            raise ModelError(f"{self.name} = {value!r}: expected at most {self.maximum:g}")
        return read


def _numbers(text: str) -> list[float]:
    """Return numbers separated by spaces or by commas.

    "4,5 7,5" is refused: nobody can tell whether these are two numbers or four.

    Examples
    --------
    >>> _numbers("4.5 7.5"), _numbers("4.5, 7.5"), _numbers("4.5,7.5")
    ([4.5, 7.5], [4.5, 7.5], [4.5, 7.5])
    """
    if len(text.split()) > 1 and DECIMAL_COMMA.search(text):
        raise ValueError(text)
    return [float(part) for part in text.replace(",", " ").split()]


@dataclass(frozen=True)
class Experiment:
    """A run of the paper: its parameters where they differ from the defaults, and its length."""

    name: str
    title: str
    steps: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Deviation:
    """What the paper leaves open or what differs from it, with the switch that sets it, if there is one."""

    name: str
    kind: str
    text: str
    switch: str = ""


@dataclass(frozen=True)
class Card:
    """Everything said about a model outside its rules."""

    name: str
    title: str
    status: str
    about: str
    claim: str
    equations: tuple[str, ...]
    citations: tuple[str, ...]
    steps: int
    parameters: Mapping[str, Parameter]
    experiments: Mapping[str, Experiment]
    deviations: tuple[Deviation, ...]
    aliases: tuple[str, ...] = ()

    def read(self, experiment: str | None, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """All parameters: the defaults, then the experiment's, then those given.

        Raises
        ------
        ModelError
            No such experiment or parameter, or a wrong value.
        """
        values = {name: parameter.default for name, parameter in self.parameters.items()}
        if experiment is not None:
            values.update(self.experiments[nearest(experiment, self.experiments, "experiment")].parameters)
        values.update(given or {})
        return {
            name: self.parameters[nearest(name, self.parameters, f"parameter of {self.name}")].read(value)
            for name, value in values.items()
        }


def nearest(name: str, known: Mapping[str, Any], what: str) -> str:
    """The name itself when it is known.

    Raises
    ------
    ModelError
        Otherwise, with the nearest known name.
    """
    if name in known:
        return name
    close = difflib.get_close_matches(name, list(known), 1, 0.4)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise ModelError(f"no {what} called {name!r}{hint} (known: {', '.join(known) or 'none'})")


def names() -> list[str]:
    """The models that are here, by name."""
    return sorted(path.parent.name for path in FOLDER.glob("*/card.toml"))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def card(name: str) -> Card:
    """The card of a model, by its name or by one of its other names (case and punctuation don't matter).

    Raises
    ------
    ModelError
        No such model.
    """
    known = names()
    if name in known:
        return _read(name)
    wanted = _plain(name)
    for candidate in known:
        if _plain(candidate) == wanted:
            return _read(candidate)
    for candidate in known:
        found = _read(candidate)
        if wanted in map(_plain, found.aliases):
            return found
    nearest(name, dict.fromkeys(known), "model")
    raise AssertionError  # nearest has raised


def _read(name: str) -> Card:
    with (FOLDER / name / "card.toml").open("rb") as file:
        raw = tomllib.load(file)
    parameters = {
        key: Parameter(key, **{**value, "choices": tuple(value.get("choices", ()))})
        for key, value in raw.get("parameters", {}).items()
    }
    experiments = {key: Experiment(key, **value) for key, value in raw.get("experiments", {}).items()}
    return Card(
        name=name,
        title=raw["title"],
        status=raw["status"],
        about=raw["about"].strip(),
        claim=raw["claim"].strip(),
        equations=tuple(raw["equations"]),
        citations=tuple(raw["citations"]),
        steps=raw.get("steps", 1),
        parameters=parameters,
        experiments=experiments,
        deviations=tuple(Deviation(**each) for each in raw.get("deviations", ())),
        aliases=tuple(raw.get("aliases", ())),
    )
