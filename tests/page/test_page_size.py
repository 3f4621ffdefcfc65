"""The page stays small enough for one person to read."""

from __future__ import annotations

import json
import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
MOST_LINES, MOST_PACKAGES = 3500, 8


def test_lines_of_source() -> None:
    """What people wrote; types written by a program (`*.generated.ts`, see renew_types) are nobody's to read."""
    files = [
        path
        for path in (WEB / "src").rglob("*")
        if path.suffix in {".ts", ".svelte", ".css"} and not path.name.endswith(".generated.ts")
    ]
    assert len(files) > 15
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= MOST_LINES


def test_run_time_packages() -> None:
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    assert 0 < len(package["dependencies"]) <= MOST_PACKAGES


def test_the_lock_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert not re.search(r"https?://[^\"]*\.tgz", lock)
