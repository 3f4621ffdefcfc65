"""Values that are made when they are first asked for, and kept while they are often asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The values used last, by key; each is made once however many ask at the same time.

    Parameters
    ----------
    most : values kept

    Examples
    --------
    >>> kept = Kept(2)
    >>> [kept.get(key, lambda key=key: print("made", key)) for key in "aab"]
    made a
    made b
    [None, None, None]
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._made: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value; what `make` raises is raised for everybody who waits for it, and not kept."""
        with self._lock:
            future = self._made.get(key)
            is_maker = future is None
            if future is None:
                future = self._made[key] = Future()
                while len(self._made) > self.most:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
        if is_maker:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
                with self._lock:
                    self._made.pop(key, None)
                future.set_exception(error)
        value: Value = future.result()
        return value
