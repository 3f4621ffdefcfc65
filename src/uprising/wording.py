"""Numbers and names of powers in English sentences."""

from __future__ import annotations

WITH_ARTICLE = frozenset(
    {
        "Confederation",
        "Emirates",
        "Empire",
        "Federation",
        "Kingdom",
        "Netherlands",
        "Republic",
        "States",
        "Union",
    }
)
"""Words that give the name of a power an article."""


def with_article(name: str) -> str:
    """Write a power's name as within a sentence.

    Examples
    --------
    >>> with_article("Soviet Union"), with_article("Poland"), with_article("the Great Power")
    ('the Soviet Union', 'Poland', 'the Great Power')
    """
    return f"the {name}" if WITH_ARTICLE & set(name.split()) and not name.lower().startswith("the ") else name


def sentence(text: str) -> str:
    """Begin a text with a capital.

    Examples
    --------
    >>> sentence(f"{with_article('Soviet Union')} agrees")
    'The Soviet Union agrees'
    """
    return text[:1].upper() + text[1:]


def counted(n: float, noun: str, plural: str = "") -> str:
    """Write a number with what it counts, in the form that English has for it.

    Examples
    --------
    >>> counted(1, "day"), counted(1234, "day"), counted(1, "person", "people")
    ('1 day', '1,234 days', '1 person')
    """
    written = f"{n:,.0f}"
    return f"{written} {noun if written == '1' else plural or noun + 's'}"
