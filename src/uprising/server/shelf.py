"""The run folders that the server shows, each under a plain name; nothing a request says becomes a path."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

from uprising.errors import UserError
from uprising.server import payloads

MOST_FRAMES = 4
"""runs whose frames are kept in memory (about fifteen megabytes each)"""


class Packed(NamedTuple):
    """Frames ready to be sent."""

    manifest: dict[str, Any]
    content: bytes
    zipped: bytes
    tag: str


class Shelf:
    """Runs by name. Folders given on the command line, and those of runs made here.

    Parameters
    ----------
    folders : run folders, or folders of run folders
    """

    def __init__(self, folders: list[Path]) -> None:
        self._runs: OrderedDict[str, tuple[Path, str]] = OrderedDict()
        self._frames: OrderedDict[str, Packed] = OrderedDict()
        self._lock = threading.Lock()
        for folder in folders:
            if not folder.is_dir():
                raise UserError(f"{folder} is not a folder of a run, or of runs")
            inside = [folder] if (folder / "summary.json").is_file() else sorted(folder.iterdir())
            for one in inside:
                if (one / "summary.json").is_file():
                    self.add(one, "given")

    def add(self, folder: Path, origin: str) -> str:
        """Show a run; its name."""
        with self._lock:
            name, k = folder.name, 1
            while name in self._runs and self._runs[name][0] != folder:
                k += 1
                name = f"{folder.name}-{k}"
            self._runs[name] = (folder, origin)
            return name

    def names(self) -> list[str]:
        with self._lock:
            return list(self._runs)

    def folder(self, name: str) -> Path:
        """Raises KeyError where no run has this name."""
        with self._lock:
            return self._runs[name][0]

    def head(self, name: str) -> dict[str, Any]:
        """A line in the list of runs."""
        from uprising.result.folder import read_json

        with self._lock:
            folder, origin = self._runs[name]
        summary = read_json(folder / "summary.json")
        told = ("case", "what_if", "seed", "scale", "outcome", "started", "finished")
        return {"id": name, "origin": origin, "title": name, **{key: summary.get(key) for key in told}}

    def result(self, name: str) -> Any:
        """The run, opened lazily."""
        from uprising.result import open_result

        return open_result(self.folder(name))

    def case_of(self, result: Any) -> Any:
        """The case that a run was made of, or None where it is no longer to be found."""
        from uprising.score.runs import case_of

        try:
            return case_of(result.summary["case"], result.provenance.get("case_folder"), None)
        except UserError:
            return None

    def frames(self, name: str) -> Packed:
        """Frames of a run, made on first asking."""
        with self._lock:
            if name in self._frames:
                self._frames.move_to_end(name)
                return self._frames[name]
        result = self.result(name)
        made = payloads.frames(result, self.case_of(result))
        tag = hashlib.sha256(made.content).hexdigest()[:32]
        packed = Packed(made.manifest, made.content, gzip.compress(made.content, 3, mtime=0), tag)
        with self._lock:
            self._frames[name] = packed
            while len(self._frames) > MOST_FRAMES:
                self._frames.popitem(last=False)
        return packed
