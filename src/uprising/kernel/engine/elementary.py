"""Exponentials, logarithms and powers of arrays, with the same bits on every processor.

numpy chooses its own vector code for these functions by the processor that it finds (AVX-512 or not), and the last
bits differ. A recorded value must not: these take one number after the other from the C library, as `math` does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uprising.kernel.engine.jit import compiled


@compiled
def exp_each(exponents, out):
    """Write e to the power of each of exponents [n] into out [n]."""
    for i in range(len(exponents)):
        out[i] = math.exp(exponents[i])


@compiled
def log_each(values, out):
    """Write the natural logarithm of each of values [n], all positive, into out [n]."""
    for i in range(len(values)):
        out[i] = math.log(values[i])


@compiled
def log10_each(values, out):
    """Write the decimal logarithm of each of values [n], all positive, into out [n]."""
    for i in range(len(values)):
        out[i] = math.log10(values[i])


@compiled
def power_each(bases, exponents, out):
    """Write each of bases [n], none negative, to the power of its exponent [n] into out [n]."""
    for i in range(len(bases)):
        out[i] = bases[i] ** exponents[i]


def exp(exponents: ArrayLike) -> NDArray[np.float64]:
    """Raise e to each exponent.

    Parameters
    ----------
    exponents : of any shape

    Returns
    -------
    array
        A new one of the same shape.

    Examples
    --------
    >>> exp([0.0, 1.0]).tolist()
    [1.0, 2.718281828459045]
    """
    return _each(exp_each, np.asarray(exponents, np.float64))


def log(values: ArrayLike) -> NDArray[np.float64]:
    """Take the natural logarithm of each value.

    Parameters
    ----------
    values : positive, of any shape

    Returns
    -------
    array
        A new one of the same shape.
    """
    return _each(log_each, np.asarray(values, np.float64))


def log10(values: ArrayLike) -> NDArray[np.float64]:
    """Take the decimal logarithm of each value.

    Parameters
    ----------
    values : positive, of any shape

    Returns
    -------
    array
        A new one of the same shape.
    """
    return _each(log10_each, np.asarray(values, np.float64))


def power(bases: ArrayLike, exponents: ArrayLike) -> NDArray[np.float64]:
    """Raise each base to its exponent.

    Parameters
    ----------
    bases : not negative
    exponents : of a shape that goes with that of the bases, by numpy's rules

    Returns
    -------
    array
        A new one of the shape that both have together.

    Examples
    --------
    >>> power(0.5, [1.0, 2.0]).tolist()
    [0.5, 0.25]
    """
    return _each(
        power_each, *np.broadcast_arrays(np.asarray(bases, np.float64), np.asarray(exponents, np.float64))
    )


def _each(kernel: Any, *arrays: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.empty(arrays[0].shape)
    # one type of arrays for each kernel, whatever the caller holds, so that it compiles once
    kernel(*[array.flatten() for array in arrays], out.reshape(-1))
    return out
