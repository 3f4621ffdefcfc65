"""Arguments of kernels by name: bound once where they last for a run, given by name where they change."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby
from types import CodeType
from typing import Any


@cache
def parameters_of(kernel: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a kernel's parameters in its order."""
    return tuple(inspect.signature(getattr(kernel, "py_func", kernel)).parameters)


def bind(
    kernel: Callable[..., Any], *each_call: str, among: Mapping[str, Any] | None = None, **lasting: Any
) -> Callable[..., Any]:
    """Bind the arguments of a kernel that stay the same objects; the others are given at each call, by name.

    Names are checked once, here. A call costs no more than one that hands over all arguments by position: numba
    itself would look each name up at every call.

    Parameters
    ----------
    kernel
        A compiled function, or a plain one.
    each_call
        Names of the parameters that a call gives, all of them by name.
    among
        Arguments that several kernels share: each takes those that it has a parameter for.
    lasting
        Further arguments; they go before those of `among`. Arrays are bound as they are, so what is written into
        them is seen.

    Returns
    -------
    callable
        Takes the parameters named in `each_call` as keywords and returns what the kernel returns.

    Raises
    ------
    TypeError
        If a parameter is missing, unknown, or given twice.

    Examples
    --------
    >>> def price(amount, each, discount):
    ...     return amount * each * (1.0 - discount)
    >>> bind(price, "amount", each=2.0, discount=0.5)(amount=10)
    10.0
    """
    names = parameters_of(kernel)
    shared = {name: value for name, value in (among or {}).items() if name in names and name not in each_call}
    bound = {**shared, **lasting}
    missing = [name for name in names if name not in bound and name not in each_call]
    unknown = [name for name in (*each_call, *lasting) if name not in names]
    twice = [name for name in each_call if name in lasting or each_call.count(name) > 1]
    if missing or unknown or twice:
        faults = {"missing": missing, "unknown": unknown, "given twice": twice}
        listed = "; ".join(f"{fault}: {', '.join(found)}" for fault, found in faults.items() if found)
        raise TypeError(f"arguments of {_name_of(kernel)}: {listed}")
    # the call is written out, as dataclasses write __init__: lasting arguments go in as runs between the others
    scope: dict[str, Any] = {"_kernel": kernel}
    words: list[str] = []
    for is_bound, run in groupby(names, key=bound.__contains__):
        if is_bound:
            scope[f"_run_{len(words)}"] = tuple(bound[name] for name in run)
            words.append(f"*_run_{len(words)}")
        else:
            words.extend(run)
    keywords = f"*, {', '.join(each_call)}" if each_call else ""
    exec(_compiled(f"def call({keywords}):\n    return _kernel({', '.join(words)})\n"), scope)
    call: Callable[..., Any] = scope["call"]
    call.__name__ = call.__qualname__ = _name_of(kernel)
    return call


@cache
def _compiled(source: str) -> CodeType:
    """Compile a call; kernels that are bound for each stripe or worker share it."""
    return compile(source, "<bound kernel>", "exec")


def _name_of(kernel: Callable[..., Any]) -> str:
    return str(getattr(kernel, "__name__", kernel))
