"""Numbers, dates and names as a reader expects them, escaped for HTML."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
OUTCOMES = {
    "crushed_by_regime": ("Put down by the regime", "The regime put the uprising down by itself."),
    "crushed_by_hegemon": ("Put down by the hegemon", "{hegemon} put the uprising down."),
    "negotiated": ("A bargain", "It ended in a bargain."),
    "regime_fell": ("The regime fell", "The regime fell."),
    "martial_law": ("Martial law", "The regime held on under martial law."),
    "no_uprising": ("No uprising", "There was no uprising."),
}
"""Outcome: a heading and a sentence."""


def escape(text: Any) -> str:
    """Text as HTML: what could be markup is spelled out.

    Examples
    --------
    >>> escape("<b>&")
    '&lt;b&gt;&amp;'
    """
    return html.escape(str(text), quote=True)


def number(value: float) -> str:
    """A count with thousands separated; what can't be counted in whole numbers keeps two digits.

    Examples
    --------
    >>> number(12345.4), number(0.256)
    ('12,345', '0.26')
    """
    if value != 0 and abs(value) < 10 and value != round(value):
        return f"{value:.2g}"
    return f"{value:,.0f}"


def rounded(value: float) -> str:
    """A count in words of a newspaper: three leading digits.

    Examples
    --------
    >>> rounded(183_472), rounded(812)
    ('183,000', '812')
    """
    if abs(value) < 1000:
        return f"{value:,.0f}"
    step = 10 ** (len(str(int(abs(value)))) - 3)
    return f"{round(value / step) * step:,.0f}"


def percent(share: float) -> str:
    """A share in percent.

    Examples
    --------
    >>> percent(0.876)
    '88\\xa0%'
    """
    return f"{share * 100:.0f}\u00a0%"


def weekday(time: np.datetime64) -> str:
    """Name of the day of the week.

    Examples
    --------
    >>> weekday(np.datetime64("2001-03-01"))
    'Thursday'
    """
    return DAYS[(int(time.astype("datetime64[D]").astype(np.int64)) + 3) % 7]


def date(time: np.datetime64, year: bool = False) -> str:
    """Day and month.

    Examples
    --------
    >>> date(np.datetime64("2001-03-01T12:00"), year=True)
    '1 March 2001'
    """
    text = str(time.astype("datetime64[D]"))
    words = f"{int(text[8:10])} {MONTHS[int(text[5:7]) - 1]}"
    return f"{words} {text[:4]}" if year else words


def short_date(time: np.datetime64) -> str:
    """Day and shortened month.

    Examples
    --------
    >>> short_date(np.datetime64("2001-09-30"))
    '30 Sep'
    """
    text = str(time.astype("datetime64[D]"))
    return f"{int(text[8:10])} {MONTHS[int(text[5:7]) - 1][:3]}"


def clock(time: np.datetime64) -> str:
    """Hour and minute.

    Examples
    --------
    >>> clock(np.datetime64("2001-03-01T09:30"))
    '09:30'
    """
    return str(time.astype("datetime64[m]"))[11:16]


def moment(time: np.datetime64) -> str:
    """Weekday, date and hour.

    Examples
    --------
    >>> moment(np.datetime64("2001-03-01T09:30"))
    'Thursday 1 March, 09:30'
    """
    return f"{weekday(time)} {date(time)}, {clock(time)}"


def enumeration(parts: list[str]) -> str:
    """Parts joined as in a sentence.

    Examples
    --------
    >>> enumeration(["a", "b", "c"])
    'a, b and c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
