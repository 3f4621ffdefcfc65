"""The documents say what the program does: names, tables, references and figures in them are checked."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from uprising.schema import GROUPS, STATUSES, SUBMODELS, constants, parameters

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
ODD = [DOCS / "odd.md", *sorted((DOCS / "odd").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """A page without its generated tables."""
    return re.sub(r"<!-- table: .*?<!-- end -->", "", text_of(page), flags=re.DOTALL)


def heading_anchors(page: Path) -> set[str]:
    """Anchors of a page's headings as GitHub and MyST form them."""
    headings = re.findall(r"^#+ +(.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_submodel_has_a_page_that_is_numbered_as_the_submodels_are() -> None:
    for number, name in enumerate(SUBMODELS, 1):
        title = text_of(DOCS / "odd" / f"{name}.md").splitlines()[0]
        assert title == f"# 7.{number} {name.capitalize()}"
    pages = {page.stem for page in ODD} - {"odd"}
    assert pages == set(GROUPS)


@pytest.mark.parametrize("group", SUBMODELS)
def test_every_parameter_and_constant_is_used_on_the_page_of_its_submodel(group: str) -> None:
    """Its name or its symbol stands in the text, not only in the generated table."""
    prose = prose_of(DOCS / "odd" / f"{group}.md")
    rows = [row for row in parameters() if row.group == group]
    rows += [row for row in constants().values() if row.group == group]
    assert rows
    everywhere = "".join(map(prose_of, ODD))
    for row in rows:
        names = (f"`{row.name}`", rf"\mathtt{{{row.name.replace('_', chr(92) + '_')}}}")
        is_named = any(name in everywhere for name in names)
        has_symbol = row.symbol != "" and row.symbol in prose
        assert is_named or has_symbol, row.name


def test_constants_of_the_initialisation_are_used_there() -> None:
    prose = prose_of(DOCS / "odd" / "initialisation.md")
    for row in constants().values():
        if row.group == "initialisation":
            shown = f"`{row.name}`" in prose or (row.symbol and row.symbol in prose)
            assert shown or row.name.startswith("plant_share_"), row.name


def test_groups_statuses_and_symbols_are_sound() -> None:
    order = [SUBMODELS.index(row.group) for row in parameters()]
    assert order == sorted(order)
    assert {row.status for row in parameters()} == set(STATUSES)
    assert {row.group for row in constants().values()} == set(GROUPS)
    for group in GROUPS:
        symbols = [row.symbol for row in constants().values() if row.group == group and row.symbol]
        assert len(symbols) == len(set(symbols)), group
    for row in (*parameters(), *constants().values()):
        assert row.unit, row.name
    assert not {row.name for row in parameters()} & set(constants())


def test_generated_tables_and_the_picture_of_the_step_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import step
    import tables

    for page in ODD:
        assert tables.filled(text_of(page)) == text_of(page), f"{page}: run python docs/tables.py"
    assert step.drawn() == text_of(step.PICTURE), "run python docs/step.py"
    del sys.modules["step"], sys.modules["tables"]


@pytest.mark.parametrize("page", [*ODD, DOCS / "where-a-person-is-kept.md"], ids=lambda page: page.stem)
def test_links_and_files_that_a_page_names_exist(page: Path) -> None:
    for target in LINK.findall(text_of(page)):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        found = page if not file else (page.parent / file)
        assert found.exists(), target
        assert not anchor or anchor in heading_anchors(found), target
    for file in re.findall(r"`((?:src|validation|cases|docs|tests)/[\w./-]+)`", text_of(page)):
        assert (REPOSITORY / file).exists(), file


@pytest.mark.parametrize("page", ODD, ids=lambda page: page.stem)
def test_values_that_a_page_gives_for_a_name_are_those_of_the_schema(page: Path) -> None:
    known = {row.name: row.default for row in parameters()} | {
        name: row.value for name, row in constants().items()
    }
    for name, value in re.findall(r"`(\w+)` \((-?[\d.]+)\)", prose_of(page)):
        assert known[name] == float(value), name


@pytest.mark.parametrize("page", [*ODD, DOCS / "where-a-person-is-kept.md"], ids=lambda page: page.stem)
def test_names_in_code_type_of_a_page_are_known_to_the_program(page: Path) -> None:
    """A name with an underscore is a parameter, a constant, a column, an output, a purpose, or occurs in the source."""
    source = "".join(text_of(file) for file in (REPOSITORY / "src" / "uprising").rglob("*.py"))
    source += "".join(text_of(file) for file in (REPOSITORY / "src" / "uprising" / "schema").glob("*.csv"))
    names = re.findall(r"`(?:\w+\.)*(\w+_\w+?)_?(?:\.\.\.)?`", prose_of(page))
    names += [name.replace("\\_", "_") for name in re.findall(r"\\mathtt\{([\w\\]+)\}", prose_of(page))]
    assert not [name for name in names if name not in source]


def source_files() -> list[Path]:
    return sorted((REPOSITORY / "src" / "uprising").rglob("*.py"))


def test_code_reads_every_constant_from_the_schema_and_none_that_is_not_there() -> None:
    read: set[str] = set()
    for file in source_files():
        found = re.findall(r"\b(?:whole_)?constant\((f?)\"([\w{}]+)\"\)", text_of(file))
        for is_template, name in found:
            if is_template:
                prefix = name.split("{")[0]
                read |= {known for known in constants() if known.startswith(prefix)}
            elif file.name != "__init__.py" or file.parent.name != "schema":
                assert name in constants(), f"{file}: {name}"
                read.add(name)
    assert set(constants()) - read == set()


def test_references_to_the_odd_name_a_submodel_and_no_other_specification_is_cited() -> None:
    references = 0
    suffixes = {".py", ".md", ".csv", ".ts", ".svelte", ".toml"}
    folders = ("src", "tests", "docs", "validation", "examples", "benchmarks", "cases", "web/src")
    files = [
        file
        for folder in folders
        for file in sorted((REPOSITORY / folder).rglob("*"))
        if file.suffix in suffixes
    ]
    for file in files:
        text = text_of(file)
        if file == Path(__file__) or "node_modules" in file.parts:
            continue
        assert not re.search(r"\bMODEL (?:P?\d)", text), file
        for name in re.findall(r"\bODD: (\w+)", text):
            references += 1
            assert name in GROUPS or name == "x", f"{file}: ODD: {name}"
    assert references > len(SUBMODELS)


def test_a_module_of_each_submodel_says_where_it_is_specified() -> None:
    cited = {name for file in source_files() for name in re.findall(r"\bODD: (\w+)", text_of(file))}
    assert set(SUBMODELS) <= cited


def test_decisions_name_constants_that_exist() -> None:
    """Names in capitals in code type occur in the program."""
    source = "".join(map(text_of, source_files()))
    for page in sorted((DOCS / "decisions").glob("*.md")):
        for name in re.findall(r"`(?:[\w.]+\.)?([A-Z][A-Z_]{3,})`", text_of(page)):
            assert re.search(rf"\b{name}\b", source), f"{page.name}: {name}"
