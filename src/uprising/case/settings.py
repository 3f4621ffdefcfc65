"""Settings of a case (case.toml) as typed models, and the reading of TOML files with all their faults."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from uprising.case.faults import SEARCHED, Fault, shown
from uprising.case.files import hidden_character_fault, read_text
from uprising.case.moments import moment_fault
from uprising.schema import limit, nearest_name

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=r"^[A-Z0-9_]+$")]
Words = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A section of case.toml: unknown keys and wrong types are faults, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


AnySection = TypeVar("AnySection", bound=Section)


class CaseSection(Section):
    """[case]: who and what."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Words
    country: Identifier
    capital: Identifier
    hegemon: Words
    government: Words
    language: str = ""
    about: str = ""


class Calendar(Section):
    """[calendar]: the crisis clock in local time; `end` is the first moment that is no longer simulated."""

    start: datetime.datetime
    end: datetime.datetime
    step_minutes: Annotated[int, Field(ge=1, le=60)]

    @property
    def n_steps(self) -> int:
        """Number of steps from start to end."""
        return int((self.end - self.start) // datetime.timedelta(minutes=self.step_minutes))


class Eve(Section):
    """[eve]: state of the country before the dated events."""

    legitimacy: Share
    belief: Share
    hardship: Annotated[float, Field(ge=0.01, le=0.99)]
    readiness: Share
    rules_of_engagement: Literal["observe", "disperse", "fire_if_threatened", "fire_at_will"]
    fraternisation_language: Share


class PeopleSettings(Section):
    """[people]: usual sizes of groups, in persons of real life."""

    household_size: Annotated[float, Field(ge=1.0, le=12.0)]
    team_size: Annotated[int, Field(ge=2, le=1000)]
    block_size: Annotated[int, Field(ge=10, le=10000)]
    plant_size: Annotated[int, Field(ge=2, le=100000)]


class CouncilSettings(Section):
    """[council], may be left out: how members of the hegemon's leadership come to terms (actors.council.RULES)."""

    rule: Literal["influence", "bargaining"] = "influence"


class Settings(Section):
    """All of case.toml."""

    case: CaseSection
    calendar: Calendar
    eve: Eve
    people: PeopleSettings
    council: CouncilSettings = CouncilSettings()


def read_toml(file: Path, faults: list[Fault]) -> tuple[dict[str, Any], str] | None:
    """The content of a TOML file and its text, or None (and a fault) where it can't be read."""
    text = read_text(file, faults, "settings_bytes")
    if text is None:
        return None
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as fault:
        place = re.search(r"line (\d+)", str(fault))
        faults.append(
            Fault(
                str(file),
                "TOML",
                f"{fault}. Texts stand in quotes, times like 1956-10-16T00:00:00, sections in [brackets].",
                line=int(place.group(1)) if place else None,
            )
        )
        return None
    before = len(faults)
    _check_texts(content, (), str(file), text, faults)
    return (content, text) if len(faults) == before else None


def _check_texts(value: Any, path: tuple[str, ...], file: str, text: str, faults: list[Fault]) -> None:
    """Faults of all texts, keys included, that hold characters which a terminal would obey."""
    if isinstance(value, dict):
        for key, each in value.items():
            _check_texts(key, path, file, text, faults)
            _check_texts(each, (*path, key), file, text, faults)
    elif isinstance(value, list):
        for each in value:
            _check_texts(each, path, file, text, faults)
    elif isinstance(value, str) and (fault := hidden_character_fault(value)) is not None:
        expected, remedy, _ = fault
        is_few = bool(path) and len(faults) < SEARCHED
        line = line_of(text, path[0] if len(path) > 1 else "", path[-1]) if is_few else None
        faults.append(Fault(file, expected, remedy, line, ".".join(path) or None, value))


def line_of(text: str, section: str, key: str | None = None) -> int | None:
    """Line of a key (or of the section itself) in a TOML text; None where it isn't written out."""
    inside = section == ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            inside = header.group(1) == section
            if inside and key is None:
                return number
        elif inside and key is not None and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


def settings_from(content: dict[str, Any], file: str, text: str, faults: list[Fault]) -> Settings | None:
    """Check the content of case.toml; None (and faults) where it is wrong."""
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        for number, detail in enumerate(error.errors(include_url=False)):
            # the line of a key is not looked for, nor its nearest name, once there are many
            faults.append(_fault_of(dict(detail), file, text if number < SEARCHED else ""))
        calendar = section_from(Calendar, content.get("calendar"))
        if calendar is not None:
            faults.extend(_calendar_faults(calendar, file, text))
        return None
    wrong = _calendar_faults(settings.calendar, file, text)
    faults.extend(wrong)
    return None if wrong else settings


def section_from(model: type[AnySection], content: Any) -> AnySection | None:
    """One section alone, or None where it is wrong; its faults are told with those of the whole."""
    try:
        return model.model_validate(content)
    except ValidationError:
        return None


def _fault_of(detail: dict[str, Any], file: str, text: str) -> Fault:
    location = [str(part) for part in detail["loc"]]
    section, key = location[0], location[1] if len(location) > 1 else None
    line = line_of(text, section, key) if key is not None else None
    line = line if line is not None else line_of(text, section)
    column = ".".join(location)
    if detail["type"] == "missing":
        what = f"a value for {column}" if key else f"a section [{section}]"
        return Fault(file, what, "Add it; `uprising case new NAME` shows it with its meaning.", line, column)
    if detail["type"] == "extra_forbidden":
        known = known_keys(section) if key else list(Settings.model_fields)
        return Fault(
            file,
            f"one of {', '.join(known)}",
            "Rename or remove it.",
            line if line is not None else line_of(text, "", section),
            column,
            key or section,
            nearest_name((key or section)[:100], known) if text else None,
        )
    expected = (
        detail["msg"].removeprefix("Input should be ").removeprefix("String should ").removeprefix("a valid ")
    )
    value = detail["input"]
    nearest = nearest_name(value[:100], re.findall(r"'(\w+)'", expected)) if isinstance(value, str) else None
    remedy = "Correct the value."
    if "pattern" in detail["type"]:
        letters = (
            "small letters, digits, - and _" if column == "case.id" else "capital ASCII letters, digits and _"
        )
        expected, remedy = f"a name of {letters}", "Rename it."
    elif detail["type"] == "greater_than_equal":
        expected = f"a number of at least {detail['ctx']['ge']:g}"
    elif detail["type"] == "less_than_equal":
        expected = f"a number of at most {detail['ctx']['le']:g}"
    elif "datetime" in detail["type"]:
        expected, remedy = "a local time", "Write it without quotes, like 1956-10-16T00:00:00."
    return Fault(file, expected, remedy, line, column, shown(value), nearest)


def known_keys(section: str) -> list[str]:
    """Keys that a section of case.toml may have."""
    model = Settings.model_fields[section].annotation
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _calendar_faults(calendar: Calendar, file: str, text: str) -> list[Fault]:
    faults = []

    def fault(key: str, value: object, expected: str, remedy: str) -> None:
        faults.append(
            Fault(file, expected, remedy, line_of(text, "calendar", key), f"calendar.{key}", str(value))
        )

    for key in ("start", "end"):
        wrong = moment_fault(getattr(calendar, key))
        if wrong is not None:
            fault(key, getattr(calendar, key), *wrong)
    if faults:
        return faults
    if 60 % calendar.step_minutes:
        fault(
            "step_minutes",
            calendar.step_minutes,
            "a number of minutes that divides an hour",
            "Use one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60.",
        )
    if calendar.end <= calendar.start:
        fault(
            "end",
            calendar.end.isoformat(),
            f"a time after the start ({calendar.start.isoformat()})",
            "Correct it.",
        )
    elif not faults:
        step = datetime.timedelta(minutes=calendar.step_minutes)
        if (calendar.end - calendar.start) % step:
            fault(
                "end",
                calendar.end.isoformat(),
                f"a whole number of steps of {calendar.step_minutes} minutes after the start",
                "Move start or end to a full step.",
            )
        if calendar.n_steps > limit("steps"):
            fault(
                "end",
                calendar.end.isoformat(),
                f"at most {limit('steps')} steps",
                "Shorten the time or lengthen the step.",
            )
    return faults
