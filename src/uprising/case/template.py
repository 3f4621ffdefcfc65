"""A commented small case to start from (`uprising case new NAME`)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from uprising.case.faults import CaseError, Fault

TEMPLATE = "new_case"


def write_template(folder: str | os.PathLike[str]) -> Path:
    """Write a complete small case that loads and runs in seconds; nothing that exists is overwritten.

    Parameters
    ----------
    folder : folder to make; its last part becomes the case's id

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CaseError
        If the folder exists already, can't be made, or its name can't be an id.
    """
    path = Path(folder)
    identifier = path.name
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", identifier):
        remedy = "The folder's name becomes the case's id: choose another one."
        raise CaseError(
            [Fault(str(path), "a name of small letters, digits, - and _", remedy, value=identifier)]
        )
    texts = {
        part.relative_to(_template()).as_posix(): part.read_text(encoding="utf-8")
        for part in sorted(_template().rglob("*"))
        if part.suffix in (".csv", ".toml", ".md")
    }
    title = identifier.replace("-", " ").replace("_", " ").capitalize()
    try:
        path.mkdir(parents=True)
        for name, text in texts.items():
            file = path / name
            file.parent.mkdir(exist_ok=True)
            if not name.endswith(".csv"):
                text = text.replace("{id}", identifier).replace("{title}", title)
            with open(file, "x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
    except FileExistsError:
        remedy = "Choose another name, or remove what is there."
        raise CaseError([Fault(str(path), "a folder that doesn't exist yet", remedy)]) from None
    except OSError as fault:
        remedy = f"The system says: {fault.strerror}."
        raise CaseError([Fault(str(path), "a folder that can be written", remedy)]) from None
    return path


def _template() -> Path:
    return Path(__file__).resolve().parent / TEMPLATE
