"""Counter-based random draws: Philox 4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).

A draw is a pure function of (seed, purpose, who, step): no generator object, no state, no order.
The seed is the 64-bit key; the counter's four words are who (64 bits), step and purpose.
So the same question always gets the same answer, on any number of threads, and a counterfactual
asks the same questions as its baseline.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.engine.jit import compiled

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_TO_UNIT = 2.0**-53


@numba.njit(inline="always", nogil=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words (as uint64) from a 4 x 32-bit counter and a 2 x 32-bit key, ten rounds."""
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _SHIFT) ^ c1 ^ k0,
            product_1 & _LOW,
            (product_0 >> _SHIFT) ^ c3 ^ k1,
            product_0 & _LOW,
        )
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@numba.njit(inline="always", nogil=True)
def words(seed, purpose, who, step):
    """The four random words of one question. All arguments are non-negative integers."""
    key = np.uint64(seed)
    asker = np.uint64(who)
    return philox(
        asker & _LOW,
        asker >> _SHIFT,
        np.uint64(step) & _LOW,
        np.uint64(purpose) & _LOW,
        key & _LOW,
        key >> _SHIFT,
    )


@compiled
def fill_words(drawn, first, last, seed, purpose, step):
    """Write the 32-bit words of questions first .. last - 1: word w of question first + i is drawn[w, i]."""
    for i in range(last - first):
        w0, w1, w2, w3 = words(seed, purpose, first + i, step)
        drawn[0, i] = w0
        drawn[1, i] = w1
        drawn[2, i] = w2
        drawn[3, i] = w3


@compiled(inline="always")
def uniform(seed, purpose, who, step):
    """A number in [0, 1) with 53 random bits."""
    w0, w1, _, _ = words(seed, purpose, who, step)
    return float(((w0 << np.uint64(21)) ^ (w1 >> np.uint64(11))) & np.uint64((1 << 53) - 1)) * _TO_UNIT


@numba.njit(inline="always", nogil=True)
def two_uniforms(seed, purpose, who, step):
    """Two independent numbers in [0, 1) with 53 random bits each; the first is what `uniform` answers."""
    w0, w1, w2, w3 = words(seed, purpose, who, step)
    mask = np.uint64((1 << 53) - 1)
    return (
        float(((w0 << np.uint64(21)) ^ (w1 >> np.uint64(11))) & mask) * _TO_UNIT,
        float(((w2 << np.uint64(21)) ^ (w3 >> np.uint64(11))) & mask) * _TO_UNIT,
    )


@compiled
def normal(seed, purpose, who, step):
    """A standard normal number (Box and Muller 1958)."""
    w0, w1, w2, w3 = words(seed, purpose, who, step)
    u = (float((w0 << np.uint64(20)) ^ (w1 >> np.uint64(12))) + 0.5) * 2.0**-52
    v = float((w2 << np.uint64(20)) ^ (w3 >> np.uint64(12))) * 2.0**-52
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@compiled
def poisson(mean, seed, purpose, who, step):
    """A Poisson count. Inversion below 30, else the normal approximation, rounded and never negative."""
    if not mean > 0.0:
        return 0
    if mean > 30.0:
        return max(0, math.floor(mean + math.sqrt(mean) * normal(seed, purpose, who, step) + 0.5))
    u = uniform(seed, purpose, who, step)
    term = math.exp(-mean)
    total = term
    count = 0
    while u > total and count < 200:
        count += 1
        term *= mean / count
        total += term
    return count


@compiled
def rounded(amount, seed, purpose, who, step):
    """An integer with the given mean: floor, plus one with the probability of the fraction left."""
    whole = math.floor(amount)
    return int(whole) + (1 if uniform(seed, purpose, who, step) < amount - whole else 0)
