"""Shortest ways are those of Dijkstra's algorithm to the last bit, compiled and in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from uprising.kernel.engine.shortest_paths import NO_WAY, shortest_ways


@pytest.mark.parametrize("form", ["compiled", "plain"])
@given(seed=st.integers(0, 2**32), n_nodes=st.integers(1, 30), n_links=st.integers(0, 90))
def test_ways_are_the_shortest(form: str, seed: int, n_nodes: int, n_links: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, n_nodes, (n_links, 2)), axis=1).tolist()
    links = {(a, b): 0.01 + 50.0 * rng.random() for a, b in pairs if a != b}
    ends = np.array(list(links), np.int64).reshape(-1, 2)
    length = np.array(list(links.values()))
    km, before = np.empty((n_nodes, n_nodes)), np.empty((n_nodes, n_nodes), np.int32)
    kernel: Any = shortest_ways if form == "compiled" else shortest_ways.py_func
    kernel(np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]]), np.tile(length, 2), km,
           before)  # fmt: skip
    graph = csr_array((length, (ends[:, 0], ends[:, 1])), shape=(n_nodes, n_nodes))
    expected, last = shortest_path(graph, method="D", directed=False, return_predecessors=True)
    np.testing.assert_array_equal(km, expected)
    np.testing.assert_array_equal(before, last)  # with lengths like these no two ways are equally long


def test_of_equally_long_ways_the_one_with_the_longer_last_link_counts() -> None:
    """0 - 1 - 3 is 1 + 2 km, 0 - 2 - 3 is 2 + 1 km; nobody comes to 4, and a link to itself leads nowhere."""
    start, end = np.array([[0, 1], [1, 3], [0, 2], [2, 3], [4, 4]]).T
    length = np.array([1.0, 2.0, 2.0, 1.0, 1.0])
    km, before = np.empty((5, 5)), np.empty((5, 5), np.int32)
    shortest_ways(np.concatenate([start, end]), np.concatenate([end, start]), np.tile(length, 2), km, before)
    assert km[0].tolist() == [0.0, 1.0, 2.0, 3.0, np.inf]
    assert before[0].tolist() == [NO_WAY, 0, 0, 1, NO_WAY]
    assert km[4].tolist() == [np.inf] * 4 + [0.0]
    assert (before[4] == NO_WAY).all()
