"""Draws: known answers of Philox 4x32-10, distributions, and that order never matters."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from uprising.kernel.engine import draws

ONES = 0xFFFFFFFF
# file kat_vectors of Random123 (Salmon et al. 2011), lines philox4x32 10: counter, key, answer
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
N = 40_000
seeds = st.integers(0, 2**63 - 1)
questions = st.tuples(seeds, st.integers(0, 2**16), st.integers(0, 2**40), st.integers(0, 2**31))


@numba.njit
def uniforms(n: int, seed: int, purpose: int, step: int) -> Any:
    answers = np.empty(n)
    for who in range(n):
        answers[who] = draws.uniform(seed, purpose, who, step)
    return answers


@numba.njit
def normals(n: int, seed: int, purpose: int, step: int) -> Any:
    answers = np.empty(n)
    for who in range(n):
        answers[who] = draws.normal(seed, purpose, who, step)
    return answers


@numba.njit
def poissons(mean: float, n: int, seed: int, purpose: int, step: int) -> Any:
    answers = np.empty(n, np.int64)
    for who in range(n):
        answers[who] = draws.poisson(mean, seed, purpose, who, step)
    return answers


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
@pytest.mark.parametrize("philox", [draws.philox, getattr(draws.philox, "py_func", draws.philox)])
def test_known_answers(philox: Any, counter: Any, key: Any, answer: Any) -> None:
    words = philox(*(np.uint64(word) for word in (*counter, *key)))
    assert tuple(int(word) for word in words) == answer


@given(questions)
def test_a_question_is_the_counter_and_the_seed_the_key(question: tuple[int, int, int, int]) -> None:
    seed, purpose, who, step = question
    expected = draws.philox(
        *(np.uint64(x) for x in (who & ONES, who >> 32, step, purpose, seed & ONES, seed >> 32))
    )
    assert draws.words(*(np.int64(x) for x in question)) == expected


@given(questions)
def test_uniform_takes_its_53_bits_from_two_words(question: tuple[int, int, int, int]) -> None:
    arguments = [np.int64(x) for x in question]
    first, second = (int(word) for word in draws.words(*arguments)[:2])
    assert draws.uniform(*arguments) == (((first << 21) ^ (second >> 11)) & (2**53 - 1)) / 2**53
    assert 0.0 <= draws.uniform(*arguments) < 1.0


@given(questions, st.floats(0.0, 500.0))
def test_plain_python_gives_the_same_numbers(question: tuple[int, int, int, int], mean: float) -> None:
    arguments = [np.int64(x) for x in question]
    for name in ("words", "uniform", "normal"):
        compiled = getattr(draws, name)
        assert compiled(*arguments) == compiled.py_func(*arguments), name
    for name in ("poisson", "rounded"):
        compiled = getattr(draws, name)
        assert compiled(mean, *arguments) == compiled.py_func(mean, *arguments), name


@given(st.lists(questions, min_size=2, max_size=30), st.randoms())
def test_the_same_answer_in_any_order(asked: list[tuple[int, int, int, int]], random: Any) -> None:
    def answer(question: tuple[int, int, int, int]) -> float:
        return float(draws.uniform(*(np.int64(x) for x in question)))

    first = {question: answer(question) for question in asked}
    random.shuffle(asked)
    assert {question: answer(question) for question in asked} == first


def test_uniform_is_uniform() -> None:
    numbers = uniforms(N, 0, 1, 7)
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    assert len(np.unique(numbers)) == N
    # low bits are as random as high ones
    low = (numbers * 2**53).astype(np.int64) & 255
    assert stats.chisquare(np.bincount(low, minlength=256)).pvalue > 1e-3


@pytest.mark.parametrize(
    "other",
    [(N, 1, 1, 7), (N, 2**32, 1, 7), (N, 0, 2, 7), (N, 0, 1, 8)],
    ids=["seed", "high word of the seed", "purpose", "step"],
)
def test_neighbouring_questions_are_independent(other: tuple[int, int, int, int]) -> None:
    numbers, others = uniforms(N, 0, 1, 7), uniforms(*other)
    assert not (numbers == others).any()
    assert abs(np.corrcoef(numbers, others)[0, 1]) < 4.0 / math.sqrt(N)
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 4.0 / math.sqrt(N)


def test_normal_is_normal() -> None:
    numbers = normals(N, 3, 19, 0)
    assert stats.kstest(numbers, "norm").pvalue > 1e-3
    assert abs(numbers.mean()) < 4.0 / math.sqrt(N)
    assert abs(numbers.std() - 1.0) < 4.0 / math.sqrt(2 * N)


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.5, 29.9, 30.1, 400.0])
def test_poisson_has_the_mean_and_variance_asked_for(mean: float) -> None:
    counts = poissons(mean, N, 5, 4, 2)
    assert counts.min() >= 0
    assert abs(counts.mean() - mean) < 4.0 * math.sqrt(mean / N)
    # variance of the sample variance of a Poisson count
    spread = math.sqrt((mean + 2.0 * mean * mean) / N)
    assert abs(counts.var() - mean) < 4.0 * spread + 1.0 / 12.0 * (mean > 30.0)


def test_poisson_below_thirty_is_exact() -> None:
    counts = np.bincount(poissons(3.0, N, 5, 4, 3), minlength=12)
    expected = stats.poisson(3.0).pmf(np.arange(11)) * N
    observed = np.append(counts[:11], counts[11:].sum())
    assert stats.chisquare(observed, np.append(expected, N - expected.sum())).pvalue > 1e-3


@pytest.mark.parametrize("mean", [0.0, -1.0, math.nan])
def test_poisson_of_nothing_is_nothing(mean: float) -> None:
    assert not poissons(mean, 100, 5, 4, 3).any()


@given(st.floats(0.0, 1e6), seeds)
def test_rounded_is_one_of_the_two_whole_numbers_beside(amount: float, seed: int) -> None:
    whole = draws.rounded(amount, np.int64(seed), 3, 1, 4)
    assert whole in (math.floor(amount), math.floor(amount) + 1)
    assert draws.rounded(float(math.floor(amount)), np.int64(seed), 3, 1, 4) == math.floor(amount)


@pytest.mark.parametrize("amount", [0.1, 2.75])
def test_rounded_keeps_the_mean(amount: float) -> None:
    mean = np.mean([draws.rounded(amount, 11, 3, who, 4) for who in range(4000)])
    assert abs(mean - amount) < 4.0 * 0.5 / math.sqrt(4000)
