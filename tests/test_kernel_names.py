"""Arguments between kernels go by name, and what has the name that is asked for is what goes there.

Types and shapes agree where two arguments are exchanged, and so do the compiled and the plain form. Once, by position,
what people saw went where what they expect was asked for.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import uprising

KERNELS = Path(uprising.__file__).parent / "kernel"


MOST_BY_POSITION = 6
"""arguments of a call between kernels that may go by position"""
BY_POSITION = {"decide", "surely_stays"}
"""a user's own rule may call its arguments otherwise; and what goes with the rule is of numbers, like it"""


Functions = dict[str, tuple[str, ...]]


class Handed(NamedTuple):
    """An argument that goes from one function to another."""

    caller: str
    called: str
    parameter: str
    argument: str


REASONS = {
    "the ODD and the defaults rest on it: the pull of the town is what people have seen": """
        look see share_expected share_seen
    """,
    "the same number in single precision": """
        shortlist cost_of_going_out curfew late
        shortlist fear weight_risk by_risk
        shortlist own_drive fading f
        shortlist own_drive grievance g
        shortlist own_drive threshold_spread spread
        shortlist own_drive weight_discontent weight
        shortlist social_pull pull_household at_home
        shortlist surely_stays commitment slack_fight
        shortlist surely_stays hysteresis slack_out
        shortlist surely_stays solidarity slack_strike
        shortlist tiredness fatigue tires
        shortlist tiredness rest_hours rests
        list_candidates part solidarity keeps_on
        list_candidates single_out solidarity keeps_on
        list_candidates watch solidarity keeps_on
        evaluate decide activity act
    """,
    "a part of the cost alone, or as it is for everybody": """
        watch cost_of_striking role NOTHING
        watch cost_of_striking age_for_strike AGE_FOR_STRIKE
        look_ahead utility pull least_pull
        look_ahead utility pull strike_pull
        shortlist social_pull town strikes
    """,
    "the same list or scratch under the name of its use": """
        list_candidates kept_from c d
        list_candidates kept_from c following
        list_candidates lay_out at none
        list_candidates lay_out first start
        list_candidates lay_out n n_candidates
        list_candidates lay_out n n_piece
        list_candidates let_go length n
        list_candidates let_go n n_held
        list_candidates part n n_picked
        list_candidates single_out length n
        list_candidates single_out listed kinds
        list_candidates single_out n n_piece
        list_candidates single_out rows listed
        list_candidates watch first start
        list_candidates watch first_picked start
        list_candidates watch listed kinds
        list_candidates watch n n_candidates
        list_candidates watch of_role in_box
        list_candidates watch picked wide
        part columns_from n n_candidates
        act choose_sites n n_going
        walk_on choose_sites n n_going
        round_controlled _broken_neighbour node row
    """,
    "another thing of the same kind: a slot of a site and the slots of people, prizes and what crowds want": """
        bear_losses strike_down out_slot slot
        bear_losses strike_down slot at
        clash confront prize wanted
        confront poisson mean stray
        look spread_news share_out streets
    """,
    "draws ask for a purpose and a step, whatever they are called": """
        endow uniform purpose HARDSHIP
        endow uniform purpose RISK_AVERSION
        walk_on uniform purpose purpose_room
        walk_on uniform step tick
    """,
}
"""why another name than the parameter's is right: caller, called, parameter, argument"""
EXCEPTIONS = {
    Handed(*line.split()) for lines in REASONS.values() for line in lines.strip().splitlines()
}


def modules() -> dict[str, ast.Module]:
    """The source of every module of kernels, by its dotted name below uprising.kernel."""
    files = sorted(KERNELS.rglob("*.py"))
    return {
        ".".join(file.relative_to(KERNELS).with_suffix("").parts): ast.parse(file.read_text(encoding="utf-8"))
        for file in files
    }


def functions_of(tree: ast.Module) -> Functions:
    """Parameters of the functions of a module that take all of them by position."""
    return {
        node.name: tuple(argument.arg for argument in node.args.args)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and not (node.args.vararg or node.args.defaults or node.args.kwonlyargs)
    }


def known_to(tree: ast.Module, all_functions: dict[str, Functions]) -> Functions:
    """Functions that a module calls by name: its own and those that it imports from other kernels."""
    known = functions_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("uprising.kernel."):
            other = all_functions.get((node.module or "").removeprefix("uprising.kernel."), {})
            known |= {name.asname or name.name: other[name.name] for name in node.names if name.name in other}
    return known


def names_in(function: ast.FunctionDef) -> set[str]:
    """Names that a function gives to anything."""
    return {argument.arg for argument in function.args.args} | {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def suspicious(trees: dict[str, ast.Module]) -> set[Handed]:
    """Arguments in whose place the caller has something of the parameter's own name, or that look exchanged."""
    all_functions = {name: functions_of(tree) for name, tree in trees.items()}
    found: set[Handed] = set()
    for tree in trees.values():
        known = known_to(tree, all_functions)
        for caller in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            own = names_in(caller)
            for call in ast.walk(caller):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in known):
                    continue
                if any(isinstance(argument, ast.Starred) for argument in call.args):
                    continue
                parameters = known[call.func.id]
                by_name = ((keyword.arg, keyword.value) for keyword in call.keywords)
                given = [*zip(parameters, call.args, strict=False), *by_name]
                for parameter, argument in given:
                    if not isinstance(argument, ast.Name) or argument.id == parameter:
                        continue
                    if parameter in own or argument.id in parameters:
                        found.add(Handed(caller.name, call.func.id, str(parameter), argument.id))
    return found


def by_position(trees: dict[str, ast.Module]) -> list[str]:
    """Calls between kernels with many arguments by position."""
    all_functions = {name: functions_of(tree) for name, tree in trees.items()}
    return [
        f"{name}: {call.func.id}"
        for name, tree in trees.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in set(known_to(tree, all_functions)) - BY_POSITION
        and len(call.args) > MOST_BY_POSITION
    ]


def test_many_arguments_go_by_name() -> None:
    assert by_position(modules()) == []


def test_what_has_a_parameters_name_goes_there() -> None:
    found = suspicious(modules())
    assert found == EXCEPTIONS, "mend the call, or name things apart, or say here why it is right"


def test_an_exchange_would_be_found() -> None:
    """The defect that this test is for: `see` was given what people had seen instead of what they expect."""
    source = """
def see(share_expected, news): ...
def look(share_seen, share_expected, news):
    see(share_seen, news)
"""
    assert suspicious({"beliefs": ast.parse(source)}) == {Handed("look", "see", "share_expected", "share_seen")}
    exchanged = """
def see(news, danger): ...
def look(news, danger):
    see(danger, news)
"""
    assert len(suspicious({"beliefs": ast.parse(exchanged)})) == 2

