"""Checksums of files: what was written is what is read.

A finished folder holds a file `SHA256SUMS`, which `sha256sum --check` reads too. A line of its own covers the
other lines. Files that come later, such as report.html or an export, are not listed and do no harm. SHA-256 was
chosen because every system has a tool for it and most processors an instruction: at some 800 MB/s it takes less
time than decompressing the same bytes, and two different files never share it, which 32 bits cannot promise.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from uprising.errors import DamagedError, OutputError
from uprising.result.files import read_regular, write_whole

SUMS = "SHA256SUMS"
REMEDY = "restore it from a copy, or run again"
_HEAD = "# uprising, checksum of the lines below: "
_LINE = re.compile(r"([0-9a-f]{64})  ([!-.0-\[\]-~][ -\[\]-~]*)")


def file_checksum(path: Path) -> str:
    """Compute the SHA-256 of a file's bytes.

    Parameters
    ----------
    path
        A regular file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        The file is missing or cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum(content: bytes) -> str:
    """Compute the SHA-256 of bytes: 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class Checksums:
    """The checksums that were written when a folder was finished.

    Parameters
    ----------
    folder
        The folder of a run or an ensemble.
    known
        By path inside the folder: the checksums that are accepted. There is more than one only while a file is
        being replaced. None when the folder has no checksums.
    remedy
        What a user can do about a damaged file.

    Examples
    --------
    >>> Checksums(Path("run"), {"log.txt": {checksum(b"")}}).accept("log.txt", b"x")
    Traceback (most recent call last):
    uprising.errors.DamagedError: run: log.txt is not as it was written; restore it from a copy, or run again
    """

    def __init__(self, folder: Path, known: dict[str, set[str]] | None, remedy: str = REMEDY) -> None:
        self.folder = folder
        self.remedy = remedy
        self.are_there = known is not None
        self.known = known or {}

    @classmethod
    def of(cls, folder: Path, remedy: str = REMEDY) -> Checksums:
        """Read the checksums of a folder.

        Raises
        ------
        DamagedError
            The file of checksums is damaged itself.
        """
        content = read_regular(folder, SUMS)
        if content is None:
            return cls(folder, None, remedy)
        try:
            head, _, body = content.decode("ascii").partition("\n")
        except UnicodeDecodeError:
            head = body = ""
        if head != _HEAD + checksum(body.encode()):
            raise DamagedError(folder, SUMS, f"is not as it was written; {remedy}")
        known: dict[str, set[str]] = {}
        for line in body.splitlines():
            parts = _LINE.fullmatch(line)
            if parts is None or ".." in parts[2].split("/"):
                raise DamagedError(folder, SUMS, f"holds a line that is no checksum of a file: {line[:80]!r}")
            known.setdefault(parts[2], set()).add(parts[1])
        return cls(folder, known, remedy)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def accept(self, name: str, content: bytes | None) -> bytes | None:
        """Return what was read of a file if it is what was written there.

        Parameters
        ----------
        name
            Path of the file inside the folder.
        content
            Bytes of the file; None when there is no such file.

        Raises
        ------
        DamagedError
            The file has a checksum and is missing or differs.
        """
        accepted = self.known.get(name)
        if accepted is None:
            return content
        if content is None:
            raise DamagedError(self.folder, name, f"is missing; {self.remedy}")
        if checksum(content) not in accepted:
            raise DamagedError(self.folder, name, f"is not as it was written; {self.remedy}")
        return content

    def read(self, name: str) -> bytes:
        """Read a file of the folder and check it.

        Raises
        ------
        DamagedError
            The file is missing, no regular file, or differs from its checksum.
        """
        content = self.accept(name, read_regular(self.folder, name))
        if content is None:
            raise DamagedError(self.folder, name, f"is missing; {self.remedy}")
        return content

    def missing(self) -> Iterator[DamagedError]:
        """Find the files that have a checksum and are gone, without reading any."""
        for name in self.known:
            if not (self.folder / name).is_file():
                yield DamagedError(self.folder, name, f"is missing; {self.remedy}")

    def damaged(self) -> Iterator[DamagedError]:
        """Read every file that has a checksum and find those that differ."""
        for name, accepted in self.known.items():
            try:
                if not (self.folder / name).is_file():
                    raise DamagedError(self.folder, name, f"is missing; {self.remedy}")
                if file_checksum(self.folder / name) not in accepted:
                    raise DamagedError(self.folder, name, f"is not as it was written; {self.remedy}")
            except DamagedError as error:
                yield error
            except OSError as error:
                yield DamagedError(self.folder, name, f"cannot be read: {error.strerror or error}")


def seal(
    folder: Path,
    names: Iterable[str],
    coming: dict[str, bytes] | None = None,
    made: dict[str, str] | None = None,
) -> None:
    """Write the checksums of a folder's files.

    Parameters
    ----------
    folder
        The folder of a run or an ensemble whose files are written.
    names
        Files to list: paths inside the folder; of a folder, every file in it.
    coming
        Contents of files that will be written next, by path.
    made
        Checksums of files that were made when they were written, by path: these are not read again.

    Raises
    ------
    OutputError
        A file cannot be read back, or the disk is full or refuses.
    """
    known = {name: {one} for name, one in (made or {}).items()}
    try:
        known |= {name: {file_checksum(folder / name)} for name in _files(folder, names) if name not in known}
    except OSError as error:
        raise OutputError(f"could not read back {error.filename}: {error.strerror or error}") from error
    _write(folder, known | {name: {checksum(content)} for name, content in (coming or {}).items()})


def add(folder: Path, name: str) -> None:
    """List one more file of a sealed folder, or an old one with its new content."""
    sums = Checksums.of(folder)
    if sums.are_there:
        _write(folder, sums.known | {name: {file_checksum(folder / name)}})


def replace(folder: Path, name: str, content: bytes) -> None:
    """Write new content into a listed file; at no moment is the folder damaged, whenever the program dies.

    Raises
    ------
    OutputError
        The disk is full or refuses; the old content is there still.
    """
    sums = Checksums.of(folder)
    if sums.are_there:
        both = sums.known.get(name, set()) | {checksum(content)}
        _write(folder, sums.known | {name: both})
    write_whole(folder / name, lambda beside: beside.write_bytes(content))
    if sums.are_there:
        _write(folder, sums.known | {name: {checksum(content)}})


def _files(folder: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        path = folder / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not file.is_dir() and not file.name.endswith(".part"):
                yield file.relative_to(folder).as_posix()


def _write(folder: Path, known: dict[str, set[str]]) -> None:
    lines = [f"{one}  {name}\n" for name in sorted(known) for one in sorted(known[name])]
    body = "".join(lines).encode("ascii")
    content = f"{_HEAD}{checksum(body)}\n".encode("ascii") + body
    write_whole(folder / SUMS, lambda beside: beside.write_bytes(content))
