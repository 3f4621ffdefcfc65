"""A user's own rules in place of a model's: one mechanism for all models with people who decide.

A model lists its rules in `RULES`, each with the function that it uses itself: the arguments of that function are
those of a user's, and its docstring says what the rule decides. A rule is about one person at a time, in plain
numbers. It is compiled on first use; a model whose rules are left alone runs the code that it was built with.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

from uprising.models.cards import ModelError

Rule = Callable[..., Any]


def plain(function: Any) -> Rule:
    """Return the Python function behind a compiled one, or the function itself."""
    found: Rule = getattr(function, "py_func", function)
    return found


def signatures(known: Mapping[str, Any]) -> dict[str, str]:
    """Return each rule of a model written as a call, like decide(motivation, external)."""
    return {name: f"{name}({', '.join(_arguments(rule))})" for name, rule in known.items()}


def meanings(known: Mapping[str, Any]) -> dict[str, str]:
    """Return what each rule of a model decides, in a sentence."""
    return {name: (inspect.getdoc(plain(rule)) or "").partition("\n")[0] for name, rule in known.items()}


def check(model: str, known: Mapping[str, Any], given: Mapping[str, Any] | None) -> None:
    """Check a user's rules by name and number of arguments.

    Parameters
    ----------
    model
        Name of the model, for the message.
    known
        The model's rules.
    given
        The user's.

    Raises
    ------
    ModelError
        No such rule, or one with other arguments; the message shows the model's rules as calls.
    """
    calls = signatures(known)
    for name, rule in (given or {}).items():
        if name not in known:
            raise ModelError(f"{model} has no rule {name!r} (known: {', '.join(calls.values()) or 'none'})")
        try:
            n_given = len(_arguments(rule))
        except (TypeError, ValueError):
            n_given = -1
        if n_given != len(_arguments(known[name])):
            raise ModelError(f"the rule {name} of {model} must be a function with the arguments of {calls[name]}")


def elementwise(known: Mapping[str, Any], given: Mapping[str, Rule] | None) -> dict[str, Rule]:
    """Return all rules of a model as functions of arrays: the user's compiled person by person, others as they are."""
    return {name: vectorised((given or {})[name]) if name in (given or {}) else rule for name, rule in known.items()}


@functools.lru_cache(maxsize=64)
def vectorised(rule: Rule) -> Rule:
    """Return a rule about one person compiled for arrays of people."""
    import numba

    found: Rule = numba.vectorize(nopython=True)(plain(rule))
    return found


@functools.lru_cache(maxsize=64)
def inlined(rule: Rule) -> Any:
    """Return a rule compiled into each kernel that calls it."""
    import numba

    return numba.njit(inline="always", nogil=True)(plain(rule))


def compiled_with(kernel: Any, **own: Any) -> Any:
    """Return a kernel compiled with other functions in place of those that it calls by these names."""
    import numba

    function = plain(kernel)
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"{kernel!r} is no function of Python's")
    scope = {**function.__globals__, **own}
    return numba.njit(nogil=True)(types.FunctionType(function.__code__, scope, function.__name__))


def refusal(model: str, given: Mapping[str, Rule], error: Exception) -> ModelError:
    """Return the message for rules that could not be compiled."""
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return ModelError(
        f"the rules {', '.join(given)} for {model} could not be compiled; they may use numbers, math and numpy only: "
        f"{first}"
    )


def _arguments(rule: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(plain(rule)).parameters)
