"""The cases and run folders that the server knows, each under a plain name; nothing a request says is made a path."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from uprising.errors import DamagedError, UserError
from uprising.result.checksums import Checksums

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.result import Result

HEAD = ("case", "what_if", "seed", "scale", "outcome", "started", "finished")
GIVEN, JOB = "given", "job"
SUMMARY, PLAN = "summary.json", "plan.json"


class UnknownError(LookupError):
    """There is no case, run or job of this name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r} here")


class Shown(NamedTuple):
    """A run on the shelf, and its line in the list."""

    folder: Path
    head: dict[str, Any]


class Shelf:
    """Runs and cases by name.

    Parameters
    ----------
    folders : run folders, or folders of run folders, which are looked through again whenever the list is asked for
    jobs_folder : where runs started from the page lie, those of former days too
    """

    def __init__(self, folders: list[Path], jobs_folder: Path | None = None) -> None:
        self._runs: dict[str, Shown] = {}
        self._names: dict[Path, str] = {}
        self._damaged: dict[Path, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._sources = [(folder, GIVEN) for folder in folders]
        for folder in folders:
            if not folder.is_dir():
                raise UserError(f"{folder} is not a folder of a run, or of runs")
        if jobs_folder is not None:
            self._sources.append((jobs_folder, JOB))
        self._look()

    def _look(self) -> None:
        """Take up runs that have come since; a damaged one is listed as such."""
        for folder, origin in self._sources:
            if not folder.is_dir():
                continue
            for one in [folder, *sorted(folder.iterdir())]:
                if one not in self._names and _is_run(one):
                    try:
                        self.add(one, origin)
                        self._damaged.pop(one, None)
                    except UserError as error:
                        self._mark(one, origin, str(error))

    def _mark(self, folder: Path, origin: str, reason: str) -> None:
        title = folder.resolve().name
        self._damaged[folder] = {"title": title, "origin": origin, "reason": reason}

    def damaged(self) -> list[dict[str, Any]]:
        """List the runs that can't be shown, and why."""
        return list(self._damaged.values())

    def mark_damaged(self, name: str, error: Exception) -> None:
        """List a run as one that can't be shown; it is no longer among the others."""
        with self._lock:
            shown = self._runs.get(name)
        if shown is not None:
            words = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            self._mark(shown.folder, shown.head["origin"], words)

    def check_given(self) -> None:
        """Read every file of the runs that were given, and list those that are damaged."""
        with self._lock:
            given = [(name, shown.folder) for name, shown in self._runs.items() if shown.head["origin"] == GIVEN]
        for name, folder in given:
            try:
                for error in Checksums.of(folder).damaged():
                    raise error
            except DamagedError as error:
                self.mark_damaged(name, error)

    def add(self, folder: Path, origin: str) -> str:
        """Show a run; its name."""
        from uprising.result.documents import Provenance, Summary, read_document
        from uprising.result.folder import PROVENANCE

        sums = Checksums.of(folder)
        for error in sums.missing():
            raise error
        summary = read_document(sums, SUMMARY, Summary)
        read_document(sums, PROVENANCE, Provenance)
        with self._lock:
            if folder in self._names:
                return self._names[folder]
            plain = "".join(
                c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in folder.resolve().name
            )
            plain = plain.lstrip("._-")[:90] or "run"
            name = next(
                n for k in range(1, len(self._runs) + 3) if (n := _numbered(plain, k)) not in self._runs
            )
            title = folder.resolve().name if origin == GIVEN else summary["case"]
            head = {"id": name, "origin": origin, "title": title, **{key: summary[key] for key in HEAD}}
            self._runs[name], self._names[folder] = Shown(folder, head), name
            return name

    def remove(self, folder: Path) -> None:
        """Show a run no longer."""
        with self._lock:
            name = self._names.pop(folder, None)
            if name is not None:
                del self._runs[name]

    def names(self) -> list[str]:
        with self._lock:
            return [name for name, shown in self._runs.items() if shown.folder not in self._damaged]

    def heads(self) -> list[dict[str, Any]]:
        """List the runs that can be shown."""
        self._look()
        with self._lock:
            return [shown.head for shown in self._runs.values() if shown.folder not in self._damaged]

    def folder(self, name: str) -> Path:
        """Raises UnknownError where no run has this name."""
        with self._lock:
            if name not in self._runs:
                raise UnknownError("run", name)
            return self._runs[name].folder

    def result(self, name: str) -> Result:
        """The run, opened lazily; UnknownError where no run has this name, UserError where it can't be read."""
        from uprising.result import open_result

        try:
            return open_result(self.folder(name))
        except DamagedError as error:
            self.mark_damaged(name, error)
            raise

    def cases(self) -> dict[str, Path]:
        """Folders of the shipped cases, and of others that runs on the shelf were made of."""
        from uprising import case as cases_of

        return {**self._cases_of_runs(), **cases_of.shipped_cases()}

    def case_folder(self, name: str) -> Path:
        """Raises UnknownError where no case has this name."""
        known = self.cases()
        if name not in known:
            raise UnknownError("case", name)
        return known[name]

    def case_of(self, result: Result) -> Case | None:
        """The case that a run was made of, or None where it is no longer to be found."""
        from uprising.score.runs import case_of

        try:
            return case_of(result.summary["case"], result.provenance.get("case_folder"), None)
        except UserError:
            return None

    def _cases_of_runs(self) -> dict[str, Path]:
        from uprising.result.documents import Provenance, read_document
        from uprising.result.folder import PROVENANCE

        found: dict[str, Path] = {}
        with self._lock:
            first = {
                shown.head["case"]: shown.folder
                for shown in self._runs.values()
                if shown.head["origin"] == GIVEN
            }
        for case, folder in first.items():
            try:
                place = Path(str(read_document(Checksums.of(folder), PROVENANCE, Provenance)["case_folder"]))
            except UserError:
                continue
            if (place / "case.toml").is_file():
                found[case] = place
        return found


def _is_run(folder: Path) -> bool:
    """Whether a folder holds a finished run, be it damaged."""
    from uprising.result.result import was_finished

    if (folder / SUMMARY).exists():
        return True
    return was_finished(folder) and not (folder / PLAN).exists()


def _numbered(name: str, k: int) -> str:
    return name if k == 1 else f"{name}-{k}"
