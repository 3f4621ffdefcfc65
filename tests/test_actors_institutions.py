"""Government, the hegemon's council, the outside world: what they answer to what they see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_worlds import begin, template
from uprising.actors import council as council_level
from uprising.actors import government as governing
from uprising.actors import outside
from uprising.kernel.confrontation.clash import FIRE_AT_WILL, FIRE_IF_THREATENED, OBSERVE
from uprising.run_settings import parameters_in_force
from uprising.state import DEMONSTRATING, ROLES, STRIKING

PARAMETERS = parameters_in_force(template())
DEMANDS = sorted(template().tables["demands"].rows, key=lambda row: float(row["rung"]))
LEADERS = template().tables["leaders"].rows
MEMBERS = template().tables["council"].rows
share = st.floats(0.0, 1.0)
CALM = governing.Situation(
    streets=0.0, people_out=0.0, strikes=0.0, lost=0.0, insurgents=0.0, loyal_force=5000.0, hegemon_inflow=0.0,
    hegemon_bargains=False, belief=0.2, discontent=0.5,
)  # fmt: skip
STORM = replace(CALM, streets=0.3, people_out=12_000.0, strikes=0.8, lost=0.5, insurgents=3000.0, belief=0.9)


def in_office() -> governing.Government:
    first = next(i for i, row in enumerate(LEADERS) if row["in_office"])
    return governing.Government(
        leader=first, legitimacy=0.3, posture=FIRE_IF_THREATENED, standing_orders=FIRE_IF_THREATENED
    )


def meet(state: governing.Government, seen: governing.Situation, tick: int = 0) -> list[tuple[str, float]]:
    return governing.meet(state, seen, DEMANDS, LEADERS, PARAMETERS, 0.5, tick)


def test_nothing_is_conceded_to_nobody() -> None:
    state = in_office()
    for tick in range(0, 480, 12):
        assert meet(state, CALM, tick) == []
    assert state.conceded == [] and state.fallen == []


@given(share, share, share, st.floats(0.0, 1e5), st.floats(1.0, 2.0))
def test_pressure_is_a_share_and_grows_with_each_of_its_causes(
    streets: float, strikes: float, lost: float, insurgents: float, more: float
) -> None:
    seen = replace(CALM, streets=streets, strikes=strikes, lost=lost, insurgents=insurgents)
    pressure = governing.pressure_of(seen, 0.05)
    assert 0.0 <= pressure <= 1.0
    for name in ("streets", "strikes", "lost", "insurgents"):
        larger = getattr(seen, name) * more
        larger = larger if name == "insurgents" else min(1.0, larger)
        assert governing.pressure_of(replace(seen, **{name: larger}), 0.05) >= pressure - 1e-12


def test_a_first_march_is_banned_once() -> None:
    state = in_office()
    march = replace(CALM, streets=0.006, people_out=240.0)
    assert [kind for kind, _ in meet(state, march)] == ["ban"]
    kinds = [kind for tick in range(12, 480, 12) for kind, _ in meet(state, march, tick)]
    assert kinds.count("ban_lifted") <= 1 and "ban" not in kinds


def test_concessions_climb_the_ladder_with_time_between_and_never_twice() -> None:
    state = in_office()
    granted: list[tuple[int, int]] = []
    for tick in range(0, 48 * 14, 12):
        granted += [(tick, int(rung)) for kind, rung in meet(state, STORM, tick) if kind == "concession"]
    rungs = [rung for _, rung in granted]
    assert len(rungs) >= 3
    assert rungs == sorted(set(rungs))
    assert rungs == state.conceded
    hours = np.diff([tick for tick, _ in granted]) * 0.5
    assert (hours >= 24.0 * 0.5).all()
    assert max(rungs) < governing.frontier(DEMANDS, STORM.belief)


def test_a_soft_leader_gives_way_to_what_he_expects_and_a_hard_one_does_not() -> None:
    hopeful = replace(CALM, belief=0.6, discontent=0.9)
    for resistance, gives_way in ((0.3, True), (0.9, False)):
        leaders = [{**row, "resistance": resistance, "line": 0.5} for row in LEADERS]
        state = in_office()
        acts = [
            kind
            for tick in range(0, 48 * 7, 12)
            for kind, _ in governing.meet(state, hopeful, DEMANDS, leaders, PARAMETERS, 0.5, tick)
        ]
        assert ("concession" in acts) == gives_way
        assert not {"refusal", "help_requested", "ban"} & set(acts)


def test_a_leader_who_is_asked_for_comes_to_office_when_that_is_granted() -> None:
    demands = [{**row, "kind": "leadership", "cost": 0.1} for row in DEMANDS[:1]]
    leaders = [{**row, "resistance": 0.2, "line": 0.3 + 0.1 * i} for i, row in enumerate(LEADERS)]
    state = in_office()
    first = state.leader
    hopeful = replace(CALM, belief=0.6, discontent=0.9)
    acts = dict(governing.meet(state, hopeful, demands, leaders, PARAMETERS, 0.5, 480))
    assert {"leader_changed", "concession"} <= set(acts)
    assert state.leader != first and state.fallen == [first] and state.conceded == [0]


def test_after_the_shots_a_concession_of_the_old_guard_emboldens_more_than_it_calms() -> None:
    state = in_office()
    angry, belief = 0.6, 0.8
    before = governing.unmet(state, DEMANDS, LEADERS, belief, PARAMETERS["appeasement"])
    state.conceded, state.worth = [0], [1.0]
    after = governing.unmet(state, DEMANDS, LEADERS, belief, PARAMETERS["appeasement"])
    calmed = PARAMETERS["weight_discontent"] * angry * (before - after)
    assert 0.0 < calmed < PARAMETERS["weight_belief"] * PARAMETERS["embolden"]


def test_what_is_granted_in_anger_is_worth_less() -> None:
    left = []
    for outrage in (0.0, 0.4, 1.0):
        state = in_office()
        assert governing.concede(state, DEMANDS, 0, outrage) == [("concession", 0)]
        left.append(governing.unmet(state, DEMANDS, LEADERS, 0.5, 0.5))
    assert left[0] < left[1] < left[2] == 1.0


def test_a_leader_who_cannot_grant_falls_to_one_nearer_the_street() -> None:
    state = in_office()
    lines = [LEADERS[state.leader]["line"]]
    for tick in range(0, 48 * 14, 12):
        for kind, leader in meet(state, STORM, tick):
            if kind == "leader_changed":
                lines.append(LEADERS[int(leader)]["line"])
    assert len(lines) > 1
    assert lines == sorted(set(lines))
    assert state.leader not in state.fallen


def test_help_is_asked_for_once_by_a_leader_of_the_old_line() -> None:
    state = in_office()
    weak = replace(STORM, loyal_force=10.0)
    kinds = [kind for kind, _ in meet(state, weak)]
    assert "help_requested" in kinds
    assert "help_requested" not in [kind for kind, _ in meet(state, weak, 12)]


def test_who_is_about_to_fall_calls_for_help_first_and_the_call_stays() -> None:
    state = in_office()
    kinds = [kind for tick in range(0, 480, 12) for kind, _ in meet(state, STORM, tick)]
    assert kinds.index("help_requested") < kinds.index("leader_changed")
    assert kinds.count("help_requested") == 1
    assert state.asked_tick >= 0


def test_a_leader_of_the_old_line_leaves_the_orders_of_the_eve_in_force() -> None:
    for orders in (OBSERVE, FIRE_IF_THREATENED):
        state = replace(in_office(), standing_orders=orders)
        meet(state, replace(CALM, streets=0.01))
        assert state.posture == orders


@pytest.mark.parametrize(("loyalty", "leaves"), [(0.5, True), (1.0, False)])
def test_a_broken_promise_ends_the_alliance_unless_nothing_can(loyalty: float, leaves: bool) -> None:
    leaders = [{**row, "alliance_loyalty": loyalty} for row in LEADERS]
    state = in_office()
    seen = replace(CALM, hegemon_inflow=1.0, belief=1.0)
    acts = governing.meet(state, seen, DEMANDS, leaders, PARAMETERS, 0.5, 0)
    assert (("alliance_left" in dict(acts)), state.has_left_alliance) == (leaves, leaves)


def test_an_installed_government_concedes_nothing() -> None:
    state = in_office()
    state.is_installed = True
    assert meet(state, STORM) == []
    assert state.posture == FIRE_AT_WILL
    assert governing.unmet(state, DEMANDS, LEADERS, 0.9, 0.5) == 1.0


@given(share, st.integers(0, 8), share)
def test_what_concessions_leave_of_discontent(belief: float, granted: int, appeasement: float) -> None:
    state = in_office()
    state.conceded = list(range(min(granted, len(DEMANDS))))
    state.worth = [1.0] * len(state.conceded)
    left = governing.unmet(state, DEMANDS, LEADERS, belief, appeasement)
    assert 1.0 - appeasement <= left + 1e-12 and left <= 1.0
    # the more people believe, the more they ask for, and the less a rung is worth
    assert left <= governing.unmet(state, DEMANDS, LEADERS, 1.0, appeasement) + 1e-12


def test_the_hegemon_installs_whom_it_trusts_and_nobody_who_fell() -> None:
    state = in_office()
    state.fallen = [state.leader]
    state.leader = next(i for i in range(len(LEADERS)) if i not in state.fallen)
    chosen = governing.hegemons_choice(state, LEADERS)
    assert chosen != state.leader and chosen not in state.fallen


QUIET = council_level.Signals(
    control=0.0, party=0.0, alliance=0.0, killings=0.0, prestige=0.0, spread=0.0, request=0.0, west=0.0, cost=0.0,
    trust=0.5,
)  # fmt: skip
ALARM = replace(
    QUIET, control=0.9, party=1.0, alliance=1.0, killings=0.5, prestige=1.0, request=1.0, trust=0.0
)


def council() -> council_level.Council:
    ideology = np.array([float(m["ideology"]) for m in MEMBERS])
    return council_level.Council(view=ideology.copy(), positions=ideology.copy())


def session(
    state: council_level.Council, signals: council_level.Signals, tick: int = 0, **changes: Any
) -> Any:
    arguments = {
        "alarm": 0.0, "hours_since": 48.0, "force_at_hand": 1e5, "force_needed": 1e4, "tick": tick,
        "noise": np.zeros(len(MEMBERS)),
    }  # fmt: skip
    return council_level.session(state, MEMBERS, signals, PARAMETERS, **{**arguments, **changes})


@given(st.sampled_from(["control", "party", "alliance", "killings", "prestige", "spread", "request"]), share)
def test_signals_of_loss_speak_for_force(name: str, value: float) -> None:
    stronger = council_level.situation(replace(QUIET, **{name: value}), PARAMETERS)
    assert stronger >= council_level.situation(QUIET, PARAMETERS)
    assert 0.0 <= stronger <= 1.0


@given(st.sampled_from(["west", "cost", "trust"]), share)
def test_signals_of_cost_speak_against_it(name: str, value: float) -> None:
    alarmed = replace(QUIET, control=0.8, trust=0.0)
    assert council_level.situation(replace(alarmed, **{name: value}), PARAMETERS) <= council_level.situation(
        alarmed, PARAMETERS
    )


@given(st.lists(st.tuples(share, st.floats(0.05, 1.0), st.floats(0.1, 5.0)), min_size=2, max_size=12))
def test_persuasion_ends_between_the_extremes_and_is_an_equilibrium(
    members: list[tuple[float, float, float]],
) -> None:
    view, stubbornness, weight = (np.array(column) for column in zip(*members, strict=True))
    x = council_level.confer(view, stubbornness, weight, "influence")
    assert view.min() - 1e-9 <= x.min() and x.max() <= view.max() + 1e-9
    held = 0.3 + 0.6 * stubbornness
    again = (1.0 - held) * (x @ weight / weight.sum()) + held * view
    np.testing.assert_allclose(again, x, atol=1e-9)


@given(st.lists(st.tuples(share, share, st.floats(0.1, 5.0)), min_size=2, max_size=12))
def test_bargaining_ends_between_the_extremes(members: list[tuple[float, float, float]]) -> None:
    view, stubbornness, weight = (np.array(column) for column in zip(*members, strict=True))
    x = council_level.confer(view, stubbornness, weight, "bargaining")
    assert view.min() - 1e-9 <= x.min() and x.max() <= view.max() + 1e-9


@pytest.mark.parametrize("rule", council_level.RULES)
def test_either_rule_leads_from_alarm_to_force(rule: str) -> None:
    state = council()
    options = [session(state, ALARM, 24 * k, rule=rule)[0] for k in range(10)]
    assert options[-1] == council_level.INVADE
    calm = council()
    assert [session(calm, QUIET, 24 * k, rule=rule)[0] for k in range(10)] == [council_level.HOLD] * 10


@pytest.mark.parametrize(
    ("more_of", "sign"), [("west", -1), ("cost", -1), ("trust", -1), ("alliance", 1), ("party", 1)]
)
def test_signals_move_the_council_the_way_they_should(more_of: str, sign: int) -> None:
    """A committed West makes it more cautious, leaving the alliance less so.

    Under persuasion: bargaining moves in leaps, and who gives way to whom may turn with a small change.
    """
    some = replace(QUIET, control=0.6, trust=0.1)
    less, more = council(), council()
    _, before = session(less, replace(some, **{more_of: 0.1}))
    _, after = session(more, replace(some, **{more_of: 0.9}))
    assert sign * (after - before) > 0.01


def test_a_quiet_country_is_left_alone() -> None:
    state = council()
    assert [session(state, QUIET, 24 * k)[0] for k in range(20)] == [council_level.HOLD] * 20


def test_alarm_leads_to_force_and_never_back_from_invasion() -> None:
    state = council()
    options = [session(state, ALARM, 24 * k)[0] for k in range(10)]
    assert options[-1] == council_level.INVADE
    assert [session(state, QUIET, 240 + 24 * k)[0] for k in range(10)] == [council_level.INVADE] * 10


def test_too_little_force_at_hand_is_not_sent() -> None:
    state = council()
    options = {session(state, ALARM, 24 * k, force_at_hand=10.0)[0] for k in range(10)}
    assert council_level.HELP not in options


def test_memory_slows_a_change_of_mind() -> None:
    fresh, old = council(), council()
    _, soon = session(fresh, ALARM, hours_since=1.0)
    _, late = session(old, ALARM, hours_since=48.0)
    assert soon < late


START = np.datetime64("1970-05-01T00:00")


def test_an_event_is_felt_after_it_happened_and_fades() -> None:
    events = outside.read_events(template().tables["events"].rows, template().tables["powers"].rows, START)
    first = float(events.hours[0])
    assert first == 33.0
    assert (outside.strength(events, 0.0, 8.0) == 0.0).all()
    assert outside.strength(events, first, 8.0)[0] == 0.0
    assert (
        0.0
        < outside.strength(events, first + 1.0, 8.0)[0]
        < outside.strength(events, first + 8.0, 8.0)[0]
        < 1.0
    )
    fading = np.flatnonzero(np.isfinite(events.half_life_hours))
    for e in fading:
        late = events.hours[e] + 20.0 * events.half_life_hours[e]
        assert outside.strength(events, late, 8.0)[e] < 1e-5
    lasting = np.flatnonzero(~np.isfinite(events.half_life_hours))
    for e in lasting:
        assert outside.strength(events, events.hours[e] + 5000.0, 8.0)[e] == pytest.approx(1.0)


def test_a_loss_of_income_is_the_role_s_own() -> None:
    row = {"time": "1970-05-01T00:00", "power": None, "days": 0, "belief": 0, "fear": 0, "legitimacy": 0,
           "hegemon_alarm": 0, "attention": 0}  # fmt: skip
    rows = [
        row | {"role": "industrial_worker", "loss": 0.2},
        row | {"role": None, "loss": 0.1},
        row | {"role": "peasant", "loss": None},
    ]
    events = outside.read_events(rows, [], np.datetime64("1970-05-01T00:00"))
    lost = outside.losses(events, outside.strength(events, 1e6, 6.0))
    assert lost[ROLES.index("industrial_worker")] == pytest.approx(0.3)
    assert lost[ROLES.index("peasant")] == pytest.approx(0.1)


def test_what_is_foreseen_is_what_is_felt() -> None:
    powers = template().tables["powers"].rows
    events = outside.read_events(template().tables["events"].rows, powers, START)
    events.loss[0, 0] = 0.1
    hours = np.arange(96) * 12.5
    ahead = outside.foresee(events, powers, hours, 2, 6.0)
    for t, hour in enumerate(hours.tolist()):
        felt = outside.strength(events, hour, 6.0)
        assert ahead.strength[t].tolist() == felt.tolist()
        assert ahead.fear[t] == outside.total(events.fear, felt)
        assert ahead.belief[t] == outside.total(events.belief, felt)
        assert ahead.legitimacy[t] == outside.total(events.legitimacy, felt)
        assert ahead.losses is not None and ahead.losses[t].tolist() == outside.losses(events, felt).tolist()
        if t % 2 == 0:
            assert ahead.answers[t // 2] == outside.likely_answers(powers, events, felt[None])[0]


def test_workers_who_lose_income_act_and_others_do_not() -> None:
    """The same people and draws; the loss is felt from the start and belongs to industrial workers."""
    worker = ROLES.index("industrial_worker")

    def active(loss: float) -> tuple[int, int]:
        clock = begin(parameters={})
        events = clock.crisis.setting.outside
        events.loss[worker, :] = loss
        events.hours[:] = -1000.0
        workers = others = 0
        for _ in range(48):
            clock.step()
            by_role = clock.crisis.population.counters.place_role[:, :, STRIKING : DEMONSTRATING + 1].sum(axis=(0, 2))
            workers += int(by_role[worker])
            others += int(by_role.sum() - by_role[worker])
        return workers, others

    calm, uneasy, angry = active(0.0), active(0.05), active(0.15)
    assert uneasy[0] > 2 * calm[0] + 100
    assert uneasy[1] == calm[1] > 0, "a little anger of one role moves nobody else"
    assert angry[0] > 4 * uneasy[0]
    assert angry[1] > 4 * calm[1], "many workers in the streets draw others with them"


def test_attention_elsewhere_weakens_the_answer() -> None:
    powers = template().tables["powers"].rows
    events = outside.read_events(template().tables["events"].rows, powers, START)
    free, answer = outside.likely_answers(powers, events, np.zeros(len(events.hours))[None])[0]
    busy, weaker = outside.likely_answers(powers, events, np.ones(len(events.hours))[None])[0]
    assert busy < free
    assert weaker <= answer
    assert outside.likely_answers([], events, np.zeros(len(events.hours))[None])[0] == (0.0, 0.0)


@given(share, share)
def test_unrest_spreads_with_success(success: float, other: float) -> None:
    low, high = sorted((success, other))
    rows = template().tables["neighbours"].rows
    hazards = zip(
        outside.spread_to_neighbours(rows, low), outside.spread_to_neighbours(rows, high), strict=True
    )
    assert all(0.0 <= with_less <= with_more <= 1.0 for with_less, with_more in hazards)
    assert not any(outside.spread_to_neighbours(rows, 0.0))
