"""Networks for published models: those a user gives, and the types that the literature compares.

All as SciPy compressed sparse rows, row i holding whom i sees. Draws come from (seed, purpose, who, step).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.purposes import EDGE, REWIRE

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def adjacency(network: Any) -> csr_array:
    """A networkx graph, igraph graph, SciPy sparse matrix or array as sparse rows, [n, n], no ties to oneself.

    A graph's ties weigh what their attribute "weight" says, 1 where there is none; directed ones go from who sees.

    Raises
    ------
    ModelError
        Something else, or not square.
    """
    from scipy import sparse

    matrix: Any
    if sparse.issparse(network) or isinstance(network, np.ndarray):
        matrix = sparse.csr_array(network, dtype=float)
    elif hasattr(network, "get_adjacency_sparse"):  # igraph
        weight = "weight" if "weight" in network.es.attributes() else None
        matrix = sparse.csr_array(network.get_adjacency_sparse(attribute=weight), dtype=float)
    elif hasattr(network, "adjacency") and hasattr(network, "number_of_nodes"):  # networkx
        import networkx

        matrix = networkx.to_scipy_sparse_array(network, dtype=float, format="csr")
    else:
        raise ModelError(
            f"network of type {type(network).__name__}: expected networkx, igraph or SciPy sparse"
        )
    if matrix.shape[0] != matrix.shape[1]:
        raise ModelError(f"network of shape {matrix.shape}: expected as many rows as columns")
    matrix = sparse.csr_array(matrix - sparse.diags_array(matrix.diagonal()))
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _from_pairs(a: np.ndarray, b: np.ndarray, n: int) -> csr_array:
    from scipy import sparse

    one, other = np.concatenate([a, b]), np.concatenate([b, a])
    matrix = sparse.csr_array((np.ones(len(one)), (one, other)), shape=(n, n))
    matrix.data[:] = 1.0
    return adjacency(matrix)


def small_world(n: int, ties: int, rewired: float, seed: int) -> csr_array:
    """A ring with `ties` ties to each side, each moved to a random end with probability `rewired`.

    Watts and Strogatz 1998; a move that would double a tie or tie a person to itself is not made.
    """
    from uprising.kernel.engine.draws import uniform

    links = {
        tuple(sorted((i, (i + d) % n))) for d in range(1, ties + 1) for i in range(n) if (i + d) % n != i
    }
    for d in range(1, ties + 1):
        for i in range(n):
            who = d * n + i
            if rewired > 0.0 and uniform(seed, REWIRE, who, 0) < rewired:
                end = int(uniform(seed, REWIRE, who, 1) * n)
                old, new = tuple(sorted((i, (i + d) % n))), tuple(sorted((i, end)))
                if end != i and new not in links and old in links:
                    links.remove(old)
                    links.add(new)
    pairs = np.array(sorted(links), dtype=np.int64).reshape(-1, 2)
    return _from_pairs(pairs[:, 0], pairs[:, 1], n)


def village(n: int, size: int, between: float, seed: int) -> csr_array:
    """Cliques of `size`; any two people of different cliques are tied with probability `between`."""
    from uprising.kernel.engine.draws import uniform

    a, b = np.triu_indices(n, 1)
    same = a // size == b // size
    if between > 0.0:
        drawn = np.array([uniform(seed, EDGE, int(who), 0) for who in range(len(a))])
        same |= drawn < between
    return _from_pairs(a[same], b[same], n)


def opinion_leader(n: int, power: float, seed: int) -> csr_array:
    """A scale-free network: degrees drawn with P(d) ~ d^-power up to n - 1, stubs paired at random.

    Doubled ties and ties to oneself are dropped (Newman, Strogatz and Watts 2001).
    """
    from uprising.kernel.engine.draws import uniform

    degrees = np.arange(1, n)
    cumulative = np.cumsum(degrees ** -float(power))
    drawn = [uniform(seed, EDGE, i, 1) * cumulative[-1] for i in range(n)]
    degree = degrees[np.minimum(np.searchsorted(cumulative, drawn, side="right"), n - 2)]
    stubs = np.repeat(np.arange(n), degree)
    keys = np.array([uniform(seed, EDGE, i, 2) for i in range(len(stubs))])
    stubs = stubs[np.argsort(keys, kind="stable")]
    stubs = stubs[: len(stubs) // 2 * 2]
    return _from_pairs(stubs[::2], stubs[1::2], n)


def hierarchical(n: int, branches: int, level_ties: float, seed: int) -> csr_array:
    """A tree in which each has `branches` below; within a level any two are tied with probability `level_ties`."""
    from uprising.kernel.engine.draws import uniform

    child = np.arange(1, n)
    a, b = [(child - 1) // branches], [child]
    if level_ties > 0.0:
        start, size = 1, branches
        while start < n:
            members = np.arange(start, min(n, start + size))
            one, other = (members[each] for each in np.triu_indices(len(members), 1))
            tied = [
                uniform(seed, EDGE, int(i) * n + int(j), 3) < level_ties
                for i, j in zip(one, other, strict=True)
            ]
            a.append(one[tied])
            b.append(other[tied])
            start, size = start + size, size * branches
    return _from_pairs(np.concatenate(a), np.concatenate(b), n)
