"""Group decisions: weighted mean and median, mutual persuasion, expected-utility bargaining.

The hegemon's council and the published models of group decision use the same functions. All are pure; arrays are
over the n members of the group, positions on one line in any unit.

Sources: Black 1948 (median); Friedkin and Johnsen 1990; Bueno de Mesquita 1985, 1994, in the form that Scholz, Calbert
and Smith (2011, doi:10.1177/0951629811418142) recovered.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uprising.kernel.engine import elementary

Array = NDArray[np.float64]
SUCCESS = ("printed", "all_pairs")
CONFRONTATION, COMPROMISE, CAPITULATION = range(3)


def weighted_mean(positions: ArrayLike, weights: ArrayLike) -> float:
    """Where the group stands if everybody pulls with their weight.

    >>> weighted_mean([0.0, 1.0], [1.0, 3.0])
    0.75
    """
    x, w = np.asarray(positions, float), np.asarray(weights, float)
    return float((w * x).sum() / w.sum())


def weighted_median(positions: ArrayLike, weights: ArrayLike) -> float:
    """The position that wins every pairwise vote: half of the weight lies on neither side alone.

    Where exactly half lies below a position, the lower of the two middle positions.

    >>> weighted_median([4.0, 7.0, 10.0], [2.0, 1.0, 2.0])
    7.0
    """
    x, w = np.asarray(positions, float), np.asarray(weights, float)
    order = np.argsort(x, kind="stable")
    below = np.cumsum(w[order])
    return float(x[order][np.searchsorted(below, 0.5 * below[-1] * (1.0 - 1e-12))])


def friedkin_johnsen(
    positions: ArrayLike, ideology: ArrayLike, stubbornness: ArrayLike, weights: ArrayLike, rounds: int = 1
) -> Array:
    """Positions after some rounds of mutual persuasion: x <- (1 - stubbornness) W x + stubbornness ideology.

    Parameters
    ----------
    positions : where members stand now, [n]
    ideology : where each is drawn back to, [n]; Friedkin and Johnsen's x(0)
    stubbornness : weight of the own ideology, 0 (DeGroot) to 1, [n] or one number
    weights : how much each listens to each, [n, n], rows summing to 1; or [n], the same for every listener,
        scaled here to sum to 1
    rounds : how often

    Raises
    ------
    ValueError
        Rows of weights that don't sum to 1, or stubbornness outside 0 .. 1.
    """
    x, start = np.asarray(positions, float), np.asarray(ideology, float)
    own, w = np.broadcast_to(np.asarray(stubbornness, float), x.shape), _influence(weights, len(x))
    if ((own < 0.0) | (own > 1.0)).any():
        raise ValueError(f"stubbornness must lie in 0 .. 1, got {own.min():g} .. {own.max():g}")
    for _ in range(rounds):
        x = (1.0 - own) * (w * x).sum(axis=1) + own * start
    return x


def friedkin_johnsen_limit(ideology: ArrayLike, stubbornness: ArrayLike, weights: ArrayLike) -> Array:
    """Where persuasion ends: (I - A W)^-1 (I - A) x(0), A = 1 - stubbornness on the diagonal.

    Raises
    ------
    numpy.linalg.LinAlgError
        No single limit: some members listen only to each other and hold to nothing.
    """
    start = np.asarray(ideology, float)
    own = np.broadcast_to(np.asarray(stubbornness, float), start.shape)
    matrix = np.eye(len(start)) - (1.0 - own)[:, None] * _influence(weights, len(start))
    return _solve(matrix, own * start)


def _solve(matrix: Array, right: Array) -> Array:
    """Solve matrix x = right by elimination with row pivots, in one order of operations on every processor.

    A linear algebra library chooses its order by the processor that it finds, so its last bits differ; a digest's
    must not. What is added or multiplied here is one number with one other, which every processor rounds alike.
    """
    n = len(right)
    left = np.column_stack([matrix, right])
    negligible = n * np.finfo(np.float64).eps * float(abs(matrix).max(initial=0.0))
    for k in range(n):
        pivot = k + int(np.argmax(abs(left[k:, k])))
        if not abs(left[pivot, k]) > negligible:
            raise np.linalg.LinAlgError("no single limit: some members listen only to each other and hold to nothing")
        left[[k, pivot]] = left[[pivot, k]]
        left[k] /= left[k, k]
        others = np.arange(n) != k
        left[others] -= left[others, k, None] * left[k]
    return left[:, n].copy()


def _influence(weights: ArrayLike, n: int) -> Array:
    w = np.asarray(weights, float)
    if w.ndim == 1:
        return np.broadcast_to(w / w.sum(), (n, n))
    if not np.allclose(w.sum(axis=1), 1.0, atol=1e-9):
        raise ValueError("each row of weights must sum to 1")
    return w


def votes(positions: ArrayLike, power: ArrayLike, j: float, k: float, span: float) -> Array:
    """What each member casts for position j over position k: power (|x - k| - |x - j|) / span, [n]."""
    x = np.asarray(positions, float)
    return np.asarray(power, float) * (abs(x - k) - abs(x - j)) / span


def success_probability(
    positions: ArrayLike,
    power: ArrayLike,
    span: float,
    success: str = "printed",
    risk: ArrayLike | None = None,
) -> Array:
    """P[i, j], the chance that i's position beats j's when all third parties vote.

    `printed`: votes for i over j as a share of all votes cast on that pair, so P[i, j] + P[j, i] = 1.
    `all_pairs`: the same numerator over the votes cast on all pairs of positions, as the authors' code has it.
    risk [n]: exponents of the distances in the votes (default 1). Equal positions have P = 0.

    Raises
    ------
    ValueError
        No such form.
    """
    if success not in SUCCESS:
        raise ValueError(f"success {success!r}: expected one of {', '.join(SUCCESS)}")
    x, c = np.asarray(positions, float), np.asarray(power, float)
    r = np.ones(len(x)) if risk is None else np.asarray(risk, float)
    # distance[k, i]: voter k's loss from position i
    distance = elementary.power(abs(x[:, None] - x[None, :]) / span, r[:, None])
    cast = c[:, None, None] * (distance[:, None, :] - distance[:, :, None])  # [voter, i, j]: for i over j
    gained = np.maximum(cast, 0.0).sum(axis=0)
    # all pairs: every pair of members counted once for each order
    total = abs(cast).sum(axis=0) if success == "printed" else np.full(gained.shape, abs(cast).sum())
    counts = (x[:, None] != x[None, :]) & (total > 0.0)
    probability: Array = np.divide(gained, total, out=np.zeros_like(gained), where=counts)
    return probability


class Utilities(NamedTuple):
    """Expected utilities of challenges at one moment, [n, n].

    expected[i, j]: what i expects from challenging j; received[i, j]: what, in i's eyes, j expects from challenging i.
    """

    expected: Array
    received: Array
    probability: Array


def expected_utilities(
    positions: ArrayLike, capability: ArrayLike, salience: ArrayLike, risk: ArrayLike, span: float,
    status_quo: float = 1.0, success: str = "printed",
) -> Utilities:  # fmt: skip
    """Equations 1 to 4 of Scholz et al.: all challenges weighed, in the challenger's eyes and exponents.

    E_i(ij) = s_j [P Us + (1 - P) Uf] + (1 - s_j) Us - Q Usq - (1 - Q) [T Ub + (1 - T) Uw], with
    Us, Uf = 2 - 4 (1/2 -+ 1/2 |x_i - x_j| / span)^r, Usq = 2 - 4 (1/2)^r, Ub, Uw = 2 - 4 (1/2 -+ 1/4 (|x_i - m| +
    |x_i - x_j|) / span)^r, m the weighted median, T = 1 where i is nearer to m than to j. Q = status_quo.
    """
    x, s = np.asarray(positions, float), np.asarray(salience, float)
    power = np.asarray(capability, float) * s
    r = np.asarray(risk, float)
    p = success_probability(x, power, span, success, r)
    gap = abs(x[:, None] - x[None, :]) / span
    from_median = abs(x - weighted_median(x, power)) / span

    def challenge(exponent: Array) -> Array:
        """Expected utility of [attacker, defender], with exponents of whoever judges."""
        near = from_median[:, None]
        won = 2.0 - 4.0 * elementary.power(0.5 - 0.5 * gap, exponent)
        lost = 2.0 - 4.0 * elementary.power(0.5 + 0.5 * gap, exponent)
        stays = 2.0 - 4.0 * elementary.power(0.5, exponent)
        better = 2.0 - 4.0 * elementary.power(np.maximum(0.0, 0.5 - 0.25 * (near + gap)), exponent)
        worse = 2.0 - 4.0 * elementary.power(0.5 + 0.25 * (near + gap), exponent)
        is_better = near < gap
        defender = s[None, :]
        return np.asarray(
            defender * (p * won + (1.0 - p) * lost)
            + (1.0 - defender) * won
            - status_quo * stays
            - (1.0 - status_quo) * np.where(is_better, better, worse)
        )

    expected = challenge(r[:, None])
    received = challenge(r[None, :]).T  # [i, j]: j attacks i, judged with i's exponent
    for matrix in (expected, received):
        np.fill_diagonal(matrix, 0.0)
    return Utilities(expected, received, p)


def risk_exponents(
    positions: ArrayLike, capability: ArrayLike, salience: ArrayLike, span: float,
    status_quo: float = 1.0, success: str = "printed",
) -> Array:  # fmt: skip
    """Equation 5: r = (1 - R/3) / (1 + R/3), R from each member's security at r = 1; in [1/2, 2]."""
    n = len(np.asarray(positions))
    security = expected_utilities(
        positions, capability, salience, np.ones(n), span, status_quo, success
    ).expected.sum(axis=0)
    low, high = security.min(), security.max()
    if high - low <= 0.0:
        return np.ones(n)
    # between -1 and 1 but for rounding
    scaled = np.clip((2.0 * security - high - low) / (high - low), -1.0, 1.0)
    return np.asarray((1.0 - scaled / 3.0) / (1.0 + scaled / 3.0))


class Bargaining(NamedTuple):
    """Positions [rounds + 1, n], risk exponents [rounds, n], weighted means and medians [rounds + 1]."""

    positions: Array
    risk: Array
    means: Array
    medians: Array


def expected_utility(
    positions: ArrayLike, capability: ArrayLike, salience: ArrayLike, rounds: int = 1,
    status_quo: float = 1.0, success: str = "printed", span: float | None = None,
) -> Bargaining:  # fmt: skip
    """Rounds of offers and moves: each member takes, of the best kind of offer open, the one that asks the least.

    Kinds, by what i and j expect (i's view): both gain: confrontation, who expects less moves all the way; one
    gains and the loser loses less than that: compromise, a move of |E_i / E_j| of the way; loses more:
    capitulation, all the way; both lose: nothing. Order: confrontation, compromise, capitulation. All move at once.

    Parameters
    ----------
    positions, capability, salience : [n]
    rounds : how many
    status_quo : Q, 1 in the published runs
    success : see `success_probability`
    span : the length of the line; default from the first positions, and kept

    Raises
    ------
    ValueError
        All stand on one point and no span is given.
    """
    x, c, s = (np.asarray(each, float).copy() for each in (positions, capability, salience))
    length = float(np.ptp(x)) if span is None else span
    if not length > 0.0:
        raise ValueError("all positions are equal: give the length of the line")
    path, exponents = [x], []
    for _ in range(rounds):
        risk = risk_exponents(x, c, s, length, status_quo, success)
        exponents.append(risk)
        x = x + _moves(x, expected_utilities(x, c, s, risk, length, status_quo, success))
        path.append(x)
    means = np.array([weighted_mean(each, c * s) for each in path])
    medians = np.array([weighted_median(each, c * s) for each in path])
    return Bargaining(np.array(path), np.array(exponents).reshape(rounds, len(x)), means, medians)


def offers(x: Array, utilities: Utilities) -> list[list[tuple[int, float, int]]]:
    """For each member the offers that it has to take or leave, in its own view: (kind, move asked, from whom)."""
    open_to: list[list[tuple[int, float, int]]] = [[] for _ in x]
    for i in range(len(x)):
        for j in range(len(x)):
            if i == j or x[i] == x[j]:
                continue
            mine, other = utilities.expected[i, j], utilities.received[i, j]
            if other > mine > 0.0:
                # both expect to gain: whoever expects less gives way
                open_to[i].append((CONFRONTATION, x[j] - x[i], j))
            elif other > 0.0 > mine:
                if abs(mine) < other:
                    open_to[i].append((COMPROMISE, (x[j] - x[i]) * abs(mine / other), j))
                else:
                    open_to[i].append((CAPITULATION, x[j] - x[i], j))
    return open_to


def _moves(x: Array, utilities: Utilities) -> Array:
    moves = np.zeros(len(x))
    for member, open_to in enumerate(offers(x, utilities)):
        if open_to:
            best = min(kind for kind, _, _ in open_to)
            moves[member] = min((move for kind, move, _ in open_to if kind == best), key=abs)
    return moves
