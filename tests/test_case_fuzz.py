"""A small part of tests/fuzz_cases.py, the same for everybody."""

from __future__ import annotations

from fuzz_cases import fuzz


def test_mutated_folders_and_what_ifs_are_refused_with_words_or_sound() -> None:
    ends, broken, _ = fuzz(folders=100, what_ifs=100, seed=7, share_run=0.0)
    assert broken == []
    # a fuzzer that breaks everything, or nothing, tries nothing
    for kind in ("folder", "what-if"):
        assert ends[f"{kind} refused"] >= 15
        assert ends[f"{kind} sound"] >= 10
    assert sum(ends.values()) == 200
