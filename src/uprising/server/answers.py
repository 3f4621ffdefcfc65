"""The answers to what can be read, as JSON that fits the contract: for the routes and the static page alike."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Hashable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

import uprising
from uprising.errors import UserError
from uprising.server import contract, payloads
from uprising.server.kept import Kept

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.server.shelf import Shelf

MOST_CASES, MOST_ANSWERS, MOST_FRAMES = 20, 100, 3
"""kept in memory: cases, answers (up to some hundred kilobytes each), frames of runs (some fifteen megabytes each)"""
RUN_PARTS: dict[str, Any] = {
    "": contract.Summary,
    "story": list[contract.StoryLine],
    "events": list[contract.Event],
    "score": list[contract.ScoreLine],
}


class Packed(NamedTuple):
    """Frames ready to be sent."""

    manifest: bytes
    content: bytes
    zipped: bytes
    tag: str


class Answers:
    """What can be asked of cases and runs.

    `UnknownError` says that there is no such case or run, `UserError` that it can't be read.

    Parameters
    ----------
    shelf : the cases and runs
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._cases: Kept[Case] = Kept(MOST_CASES)
        self._told: Kept[bytes] = Kept(MOST_ANSWERS)
        self._frames: Kept[Packed] = Kept(MOST_FRAMES)

    def health(self) -> bytes:
        return json_of(contract.Health, {"version": uprising.__version__})

    def parameters(self) -> bytes:
        kind = list[contract.Parameter]
        return self._told.get("parameters", lambda: json_of(kind, payloads.parameter_rows()))

    def cases(self) -> bytes:
        heads = []
        for name in self.shelf.cases():
            try:
                heads.append(payloads.case_head(self._case(name)[1]))
            except UserError:
                continue  # a user's case that is being worked on; asking for it says what is wrong with it
        return json_of(list[contract.CaseHead], heads)

    def case(self, name: str) -> bytes:
        return self._of_case(name, contract.WholeCase, payloads.case_whole)

    def case_map(self, name: str) -> bytes:
        return self._of_case(name, contract.CaseMap, payloads.case_map)

    def comparisons(self, name: str) -> bytes:
        from uprising.server.prepared import comparisons

        stamp, case = self._case(name)
        kind = list[contract.Prepared]
        key = ("comparisons", stamp, tuple(self.shelf.names()))
        return self._told.get(key, lambda: json_of(kind, comparisons(self.shelf, case)))

    def runs(self) -> bytes:
        return json_of(list[contract.RunHead], self.shelf.heads())

    def damaged_runs(self) -> bytes:
        return json_of(list[contract.DamagedRun], self.shelf.damaged())

    def run(self, name: str, part: str = "") -> bytes:
        """The summary of a run, or its story, events or score."""

        def make() -> bytes:
            result = self.shelf.result(name)
            value: Any
            if part == "story":
                value = payloads.story(result, self.shelf.case_of(result))
            else:
                value = {"": payloads.summary, "events": payloads.events, "score": payloads.score}[part](
                    result
                )
            return json_of(RUN_PARTS[part], value)

        return self._told.get((name, part), make)

    def frames(self, name: str) -> Packed:
        """Every step of a run: where each array lies, and all of them."""

        def make() -> Packed:
            result = self.shelf.result(name)
            made = payloads.frames(result, self.shelf.case_of(result))
            tag = hashlib.sha256(made.content).hexdigest()[:32]
            zipped = gzip.compress(made.content, 1, mtime=0)
            return Packed(json_of(contract.Manifest, made.manifest), made.content, zipped, tag)

        return self._frames.get(name, make)

    def _of_case(self, name: str, kind: Any, payload: Callable[[Case], dict[str, Any]]) -> bytes:
        stamp, case = self._case(name)
        return self._told.get((kind, stamp), lambda: json_of(kind, payload(case)))

    def _case(self, name: str) -> tuple[Hashable, Case]:
        """The case as it lies there now (whoever works on one sees it at the next look), and what tells it apart."""
        from uprising.case import load_case

        folder = self.shelf.case_folder(name)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        stamp = tuple((path, path.stat().st_mtime_ns) for path in files)
        return stamp, self._cases.get(stamp, lambda: load_case(folder))


def json_of(kind: Any, value: Any) -> bytes:
    """A value as JSON; what does not fit its type is a fault of the program."""
    adapter = _adapter(kind)
    made: bytes = adapter.dump_json(adapter.validate_python(value))
    return made


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
