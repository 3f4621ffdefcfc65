"""Philox 4x32-10 as the page says."""

import math

M = 0xFFFFFFFF
PURPOSE = {"UNIT_NEUTRAL_BELOW": 14, "UNIT_JOINS_BELOW": 15, "GOVERNMENT": 17, "COUNCIL": 18}


def words(seed, purpose, who, step):
    k0, k1 = seed & M, seed >> 32 & M
    c0, c1, c2, c3 = who & M, who >> 32 & M, step & M, purpose & M
    for _ in range(10):
        a, b = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & M, (a >> 32) ^ c3 ^ k1, a & M
        k0, k1 = (k0 + 0x9E3779B9) & M, (k1 + 0xBB67AE85) & M
    return c0, c1, c2, c3


def U(seed, purpose, who, step):
    w0, w1, _, _ = words(seed, purpose, who, step)
    return ((w0 << 21) ^ (w1 >> 11)) * 2.0**-53


def Z(seed, purpose, who, step):
    w0, w1, w2, w3 = words(seed, purpose, who, step)
    u = (((w0 << 20) ^ (w1 >> 12)) + 0.5) * 2.0**-52
    v = ((w2 << 20) ^ (w3 >> 12)) * 2.0**-52
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)
