"""The order of a crisis step: `STEPS` is what runs and what `uprising run --explain` prints.

All people read the same old state; actors are plain Python over small arrays. Nothing here knows a date or a name of
any case.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, ClassVar, NamedTuple, Protocol

from uprising.case.reading import Case
from uprising.case.world import World
from uprising.crisis.casualties import Casualties
from uprising.crisis.confrontation import Confrontation
from uprising.crisis.council import Council
from uprising.crisis.decision import Decision
from uprising.crisis.flight import Flight
from uprising.crisis.forces import Forces
from uprising.crisis.government import Government
from uprising.crisis.movement import Movement
from uprising.crisis.output import Output
from uprising.crisis.outside import Outside
from uprising.crisis.perception import Perception
from uprising.crisis.setting import setting_of
from uprising.crisis.state import Crisis, Moment
from uprising.schema import constant
from uprising.state import Groups, People

MINUTES_OF_A_DAY = 24 * 60
SUNDAY = 6
LIGHT_BEGINS, LIGHT_ENDS = constant("light_begins"), constant("light_ends")


class Act(Protocol):
    """What does a stage of a crisis, each time it is called."""

    writes: ClassVar[tuple[str, ...]]
    """what of the state it may change: block.field, or a block"""

    def __init__(self, crisis: Crisis) -> None: ...

    def __call__(self) -> None: ...


class Stage(NamedTuple):
    """A part of a step."""

    name: str
    text: str
    """what happens"""
    section: str
    """submodels of the ODD"""
    make: type[Act] | None
    """what does it; None for what the run does with a finished step"""


STEPS = (
    Stage(
        "signals", "events and news reach people; belief, fear and outrage of each place", "perception, assembly",
        Perception,
    ),
    Stage(
        "people reconsider", "one stripe of the people weighs staying, striking, going out, fighting", "decision",
        Decision,
    ),
    Stage("people travel", "who goes out chooses a site, walks there, is counted", "movement", Movement),
    Stage("confrontation", "arrests, shots, fights, bystanders and captures at sites", "confrontation", Confrontation),
    Stage("consequences", "losses fall on individuals; arms, sites and outrage change", "casualties", Casualties),
    Stage("units", "columns march; loyalty changes; troops are directed", "forces", Forces),
    Stage("government", "the leader bans, concedes, represses, asks for help, or falls", "government", Government),
    Stage("hegemon", "the council meets, decides, orders", "council", Council),
    Stage("outside world", "powers and neighbours respond", "outside", Outside),
    Stage("flight", "households decide once a day whether to leave", "flight", Flight),
    Stage("record", "series and events of the step are written", "", None),
)


def explain() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return the order of a crisis step: (name, what happens, submodels of the ODD, what it writes)."""
    return [
        (stage.name, stage.text, stage.section, stage.make.writes if stage.make is not None else ())
        for stage in STEPS
    ]


class Clock:
    """A crisis and the stages that take it from step to step.

    Parameters
    ----------
    case, world
        The case and its arrays.
    people, groups
        The synthesised population.
    parameters
        Behavioural parameters by name.
    seed, scale
        Of the run; a row of people stands for 1 / scale.
    executor, threads
        Where kernels run; None for the calling thread.
    rule
        A user's own `decide` (see uprising.kernel.decision.utility).
    """

    def __init__(
        self, case: Case, world: World, people: People, groups: Groups, parameters: dict[str, float],
        seed: int, scale: float, executor: Executor | None = None, threads: int = 1,
        rule: Callable[..., int] | None = None,
    ) -> None:
        setting = setting_of(case, world, parameters, seed, scale, rule)
        self.crisis = Crisis(setting, people, groups, executor, threads)
        self.stages: dict[str, Any] = {stage.name: stage.make(self.crisis) for stage in STEPS if stage.make is not None}
        self.output = Output(self.crisis)
        self.lap: Callable[[str], None] = lambda stage: None
        """called at the end of each stage of a step, for whoever measures time"""

    @property
    def tick(self) -> int:
        """Number of steps that are finished."""
        return self.crisis.country.tick

    def wait_before_sweep(self, wait: Callable[[], None]) -> None:
        """Call `wait` before people reconsider: on a first start the sweep is compiled elsewhere."""
        for stage in self.stages.values():
            if isinstance(stage, Decision):
                stage.before_sweep = wait

    def step(self) -> None:
        """Advance by one step, in the order of STEPS."""
        self.begin_step()
        for name, stage in self.stages.items():
            stage()
            self.lap(name)
        self.crisis.country.tick += 1

    def begin_step(self) -> None:
        """Set the time of the present step."""
        setting, tick = self.crisis.setting, self.tick
        day, minute = divmod(setting.first_minute + tick * setting.step_minutes, MINUTES_OF_A_DAY)
        hour_of_day = minute / 60.0
        self.crisis.now = Moment(
            tick=tick,
            hour=tick * setting.step_hours,
            hour_of_day=hour_of_day,
            is_workday=(day + 3) % 7 != SUNDAY,
            is_light=LIGHT_BEGINS <= hour_of_day < LIGHT_ENDS,
        )

    def series(self) -> dict[str, Any]:
        """Return the values of the last step for every variable of schema/outputs.csv, without the time axis."""
        return self.output.series()
