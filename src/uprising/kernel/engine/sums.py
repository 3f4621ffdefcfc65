"""Sums that come to the same bits on every machine."""

from __future__ import annotations

from uprising.kernel.engine.jit import compiled


@compiled
def pairwise_sum(values):
    """Sum of values[n] as numpy forms it: eight sums side by side, those of halves where there are more than 128.

    Its error grows with log n only (Higham 1993, doi:10.1137/0914050).
    """
    n = len(values)
    if n > 128:
        half = n // 2 // 8 * 8
        return pairwise_sum(values[:half]) + pairwise_sum(values[half:])
    total = 0.0
    done = 0
    if n >= 8:
        done = n // 8 * 8
        a, b, c, d, e, f, g, h = values[:8]
        for k in range(8, done, 8):
            a += values[k]
            b += values[k + 1]
            c += values[k + 2]
            d += values[k + 3]
            e += values[k + 4]
            f += values[k + 5]
            g += values[k + 6]
            h += values[k + 7]
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for k in range(done, n):
        total += values[k]
    return total
