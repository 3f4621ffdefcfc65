"""Arguments that users give, checked once and turned into plain Python values.

Callers hold numpy scalars, pandas rows and paths of several kinds. What passes here can be written as JSON, hashed
and sent to another process; everything else is refused before any work begins.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from uprising.errors import UserError

DEFAULT_SEED = 21
"""the run that is shown by default: the most typical of an ensemble (validation/typical-seed, docs/decisions)"""
MOST_SEED = 2**63 - 1
MOST_RUNS = 1_000_000
"""of one ensemble: more are a slip of the finger, and their list alone would fill the memory"""
ALL_CORES = -1
"""stands for all cores where a number of threads or processes is given, as in joblib and scikit-learn"""


def whole_number(value: Any) -> int | None:
    """Return a whole number as int; None for anything else.

    Python's and numpy's integers and arrays of one such number are whole numbers; truth values and texts are not.

    Examples
    --------
    >>> import numpy as np
    >>> whole_number(np.int64(3)), whole_number(np.array(3)), whole_number(3.0), whole_number(True)
    (3, 3, None, None)
    """
    value = _scalar(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """Return a number as float; None for anything else.

    Examples
    --------
    >>> import numpy as np
    >>> number(np.float32(0.5)), number("0.5"), number(np.bool_(True))
    (0.5, None, None)
    """
    value = _scalar(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number beyond any float
        return math.inf if value > 0 else -math.inf


def truth(name: str, value: Any) -> bool:
    """Return a truth value as bool.

    Raises
    ------
    UserError
        It is something else, such as a text.
    """
    found = _scalar(value)
    if not isinstance(found, bool):
        raise UserError(f"{name} is {value!r}; it must be True or False")
    return found


def seed(value: Any) -> int:
    """Return a seed as int, from 0 to 2^63 - 1.

    Raises
    ------
    UserError
        It is something else.
    """
    found = whole_number(value)
    if found is None or not 0 <= found <= MOST_SEED:
        raise UserError(f"the seed is {value!r}; it must be a whole number from 0 to 2^63 - 1")
    return found


def seeds(values: Any) -> tuple[int, ...]:
    """Return seeds as a tuple of int.

    Raises
    ------
    UserError
        They are no list of seeds, or one of them is none.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise UserError(f"seeds is {values!r}; it must be a list of whole numbers, like range(0, 20)")
    found = tuple(seed(value) for value in itertools.islice(values, MOST_RUNS + 1))
    if len(found) > MOST_RUNS:
        raise UserError(f"there are more than {MOST_RUNS:,} seeds; divide them among several ensembles")
    return found


def scale(value: Any) -> float:
    """Return the share of people simulated as float, above 0 and at most 1.

    Raises
    ------
    UserError
        It is something else.
    """
    found = number(value)
    if found is None or not 0.0 < found <= 1.0:
        raise UserError(f"the scale is {value!r}; it must be above 0 and at most 1")
    return found


def runs(value: Any) -> int:
    """Return a number of runs as int, at least 1.

    Raises
    ------
    UserError
        It is something else.
    """
    found = whole_number(value)
    if found is None or found < 1:
        raise UserError(f"runs is {value!r}; it must be at least 1")
    if found > MOST_RUNS:
        raise UserError(f"runs is {value!r}; it must be at most {MOST_RUNS:,}")
    return found


def cores(name: str, value: Any) -> int | None:
    """Return how many threads or processes to use; None for all cores, which None and -1 ask for.

    Raises
    ------
    UserError
        It is 0, below -1, or no whole number.

    Examples
    --------
    >>> cores("threads", 4), cores("threads", -1), cores("threads", None)
    (4, None, None)
    """
    if value is None:
        return None
    found = whole_number(value)
    if found == ALL_CORES:
        return None
    if found is None or found < 1:
        raise UserError(f"{name} is {value!r}; it must be at least 1, or -1 for all cores")
    return found


def text(name: str, value: Any) -> str:
    """Return a text as str; a path gives its text.

    Raises
    ------
    UserError
        It is something else, or empty.
    """
    found = str(value) if isinstance(value, str | os.PathLike) else None
    if not found:
        raise UserError(f"{name} is {value!r}; it must be a text")
    return found


def moment(name: str, value: Any) -> str | None:
    """Return a date or time as ISO text; None stays None.

    Texts are returned as they are. Objects of datetime, numpy and pandas are written out.

    Raises
    ------
    UserError
        It is something else.

    Examples
    --------
    >>> import numpy as np
    >>> moment("until", date(1970, 5, 2)), moment("until", np.datetime64("1970-05-02T06"))
    ('1970-05-02', '1970-05-02T06')
    """
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    import numpy as np

    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise UserError(f"{name} is {value!r}; it must be a date like '1956-10-16'")


def path(name: str, value: Any) -> Path:
    """Return a path as Path.

    Raises
    ------
    UserError
        It is no path, or its name is not valid UTF-8, which JSON and Parquet cannot hold.
    """
    if (
        not isinstance(value, str | os.PathLike)
        or isinstance(os.fspath(value), bytes)
        or not os.fspath(value)
    ):
        raise UserError(f"{name} is {value!r}; it must be a path")
    found = Path(value)
    if fault := not_utf8(found):
        raise UserError(f"{name} {fault}")
    return found


def not_utf8(path: Path) -> str:
    """Say what is wrong with a path whose name is not valid UTF-8; an empty text where nothing is."""
    try:
        str(path.absolute()).encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        return f"{shown}: the name of this file or folder is not valid UTF-8; rename it or choose another"
    return ""


def numbers(name: str, values: Any) -> dict[str, float]:
    """Return numbers by name as a dictionary of float; an empty one for None.

    Raises
    ------
    UserError
        They are no mapping, or one of them is no number.
    """
    if values is None:
        return {}
    # a row of pandas has keys and items as a dictionary does
    if not isinstance(values, Mapping) and not (hasattr(values, "keys") and hasattr(values, "items")):
        raise UserError(f"{name} is {values!r}; it must be a dictionary of numbers by name")
    found, faults = {}, []
    for key, value in values.items():
        value_found = number(value)
        if value_found is None:
            faults.append(f"{key} in {name} is {value!r}; it must be a number")
        else:
            found[str(key)] = value_found
    if faults:
        raise UserError(*faults)
    return found


def _scalar(value: Any) -> Any:
    """Return numpy's scalars and arrays without dimensions as Python's own."""
    # told by what they offer: numpy itself is too slow to load for a command that only prints its help
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return value.item()
    return value
