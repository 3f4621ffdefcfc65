"""Names, values, seeds, networks, JSON, run folders and the command line of the published models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import igraph
import networkx
import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

from uprising import models
from uprising.cli.models import app
from uprising.models.networks import adjacency, hierarchical, opinion_leader, small_world, village

SMALL = {"side": 20, "legitimacy": 0.7}


@pytest.mark.parametrize("name", models.names())
def test_every_model_runs_and_its_document_is_json(name: str) -> None:
    card = models.card(name)
    result = models.run(name, steps=min(card.steps, 5), seeds=[0, 3])
    document = json.loads(json.dumps(result.document(), allow_nan=False))
    assert document["model"] == name
    assert [run["seed"] for run in document["runs"]] == [0, 3]
    assert set(document["parameters"]) == set(card.parameters)
    assert all(run["summary"] and run["series"] for run in document["runs"])


@pytest.mark.parametrize("name", models.names())
def test_experiments_and_switches_name_parameters_that_exist(name: str) -> None:
    card = models.card(name)
    for experiment in card.experiments:
        assert set(card.read(experiment, None)) == set(card.parameters)
    for deviation in card.deviations:
        assert set(deviation.switch.replace(" ", "").split(",")) <= set(card.parameters) | {""}


def test_a_model_answers_to_its_papers_name() -> None:
    assert models.card("Epstein2002-II").name == "epstein_ii"
    assert models.card("BDM-Scholz").name == "group_decision"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"name": "epstien"}, "epstein"),
        ({"name": "epstein", "experiment": "run2"}, "run_2"),
        ({"name": "epstein", "parameters": {"legitimcy": 0.5}}, "legitimacy"),
        ({"name": "epstein", "parameters": {"legitimacy": 1.5}}, "at most 1"),
        ({"name": "epstein", "parameters": {"side": "many"}}, "number"),
        ({"name": "epstein", "parameters": {"side": 12.5}}, "whole"),
        ({"name": "epstein", "parameters": {"ratio": "ceil"}}, "floor"),
        ({"name": "epstein", "parameters": {"legitimacy": float("nan")}}, "number"),
        ({"name": "epstein", "parameters": {"side": 9}}, "torus"),
        ({"name": "epstein", "parameters": {"agent_density": 0.99}}, "lower"),
        ({"name": "granovetter", "seeds": -1}, "seed"),
        ({"name": "granovetter", "steps": -1}, "steps"),
        ({"name": "kuran", "rules": {"decide": min}}, "decide"),
        ({"name": "siegel", "parameters": {"network": 3.0}}, "networkx"),
        ({"name": "granovetter", "steps": 2.5}, "steps = 2.5"),
        ({"name": "granovetter", "seeds": [1.5]}, "seed = 1.5"),
        ({"name": "granovetter", "seeds": "12"}, "seeds = '12'"),
        ({"name": "granovetter", "seeds": True}, "seeds = True"),
    ],
)
def test_wrong_input_names_what_would_be_right(arguments: dict, hint: str) -> None:
    with pytest.raises(models.ModelError, match=hint):
        models.run(**arguments)


def test_seeds_are_seeds() -> None:
    once, again = (models.run("epstein", parameters=SMALL, steps=30, seeds=range(3)) for _ in range(2))
    assert np.array_equal(once.series("actives"), again.series("actives"))
    assert len({tuple(row) for row in once.series("actives")}) == 3
    alone = models.run("epstein", parameters=SMALL, steps=30, seeds=2)
    assert np.array_equal(alone.series("actives")[0], once.series("actives")[2])


def test_values_of_numpy_give_the_document_of_plain_ones(tmp_path: Path) -> None:
    plain = models.run("epstein", parameters={**SMALL, "k": 2.5}, steps=10, seeds=[3])
    given = {"side": np.array(20), "legitimacy": np.float64(0.7), "k": np.float32(2.5)}
    for seeds in (np.int64(3), np.array(3), np.array([3]), [np.uint8(3)]):
        of_numpy = models.run("epstein", parameters=given, steps=np.int16(10), seeds=seeds)
        assert json.dumps(of_numpy.document()) == json.dumps(plain.document())
    of_numpy.write(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "provenance.json").read_text())["seeds"] == [3]


def test_longer_runs_begin_like_shorter_ones() -> None:
    short, long = (models.run("epstein", parameters=SMALL, steps=n).series("actives")[0] for n in (20, 40))
    assert np.array_equal(short, long[:20])


def test_run_folder(tmp_path: Path) -> None:
    import xarray

    result = models.run("epstein", parameters=SMALL, steps=10, seeds=range(2))
    folder = result.write(tmp_path / "run")
    summary = json.loads((folder / "summary.json").read_text())
    assert [run["seed"] for run in summary["runs"]] == [0, 1]
    assert json.loads((folder / "provenance.json").read_text())["parameters"]["side"] == 20
    stored = xarray.open_zarr(folder / "series.zarr", consolidated=False)
    assert np.array_equal(stored["actives"], result.series("actives"))
    with pytest.raises(models.ModelError, match="not empty"):
        result.write(folder)


def test_networks_of_scipy_and_arrays() -> None:
    ring = small_world(30, 2, 0.0, 1)
    assert (np.diff(ring.indptr) == 4).all()
    for network in (ring, ring.tocoo(), np.asarray(ring.todense())):
        result = models.run("siegel", parameters={"network": network}, steps=50, seeds=range(2))
        assert result.runs[0].summary["mean_ties"] == 4.0
        assert result.document()["parameters"]["network"].startswith("given")


def same_network_in_every_form(weighted: bool) -> list[Any]:
    """Five people, one of whom nobody sees and who sees nobody, as networkx and igraph graph, SciPy and array."""
    ties = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 1)]
    weights = [1.0, 2.0, 3.0, 4.0, 5.0] if weighted else [1.0] * 5
    theirs = networkx.DiGraph()
    theirs.add_nodes_from("abcde")
    for (one, other), weight in zip(ties, weights, strict=True):
        theirs.add_edge("abcde"[one], "abcde"[other], **({"weight": weight} if weighted else {}))
    others = igraph.Graph(5, ties, directed=True)
    if weighted:
        others.es["weight"] = weights
    matrix = sparse.coo_matrix((weights, tuple(zip(*ties, strict=True))), shape=(5, 5))
    return [theirs, others, matrix, sparse.csr_array(matrix), matrix.toarray()]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["siegel", "friedkin_johnsen"])
def test_the_same_network_gives_the_same_run_in_every_form(name: str, weighted: bool) -> None:
    forms = same_network_in_every_form(weighted)
    for form in forms:
        assert np.array_equal(adjacency(form).todense(), forms[-1])
    found = [models.run(name, parameters={"network": form}, steps=30, seeds=4).document() for form in forms]
    for each in found[1:]:
        assert each["runs"] == found[0]["runs"]


def test_undirected_graphs_are_seen_from_both_ends() -> None:
    path = networkx.path_graph(5)
    assert np.array_equal(adjacency(path).todense(), networkx.to_numpy_array(path))
    ring = igraph.Graph.Ring(5, circular=False)
    assert np.array_equal(adjacency(ring).todense(), networkx.to_numpy_array(path))


def test_weights_count_where_people_are_listened_to_and_not_where_they_are_only_seen() -> None:
    for name, differs in (("friedkin_johnsen", True), ("siegel", False)):
        plain, weighted = (
            models.run(
                name, parameters={"network": same_network_in_every_form(each)[1]}, steps=30, seeds=4
            ).document()["runs"]
            for each in (False, True)
        )
        assert (plain != weighted) == differs


def test_network_types_have_the_shapes_they_are_named_for() -> None:
    rewired = small_world(200, 3, 0.3, 1)
    assert rewired.nnz == 200 * 6
    assert (rewired != rewired.T).nnz == 0
    cliques = village(40, 10, 0.0, 1)
    assert (np.diff(cliques.indptr) == 9).all()
    tree = hierarchical(31, 2, 0.0, 1)
    assert tree.nnz == 2 * 30
    degrees = np.diff(opinion_leader(2000, 2.5, 1).indptr)
    assert degrees.max() > 10 * np.median(degrees)


def test_complete_graph_given_as_a_network_is_the_complete_graph() -> None:
    full = np.ones((300, 300)) - np.eye(300)
    ours, given = (
        models.run("siegel", parameters={"network": network, "population": 300}, seeds=range(3)).values(
            "final"
        )
        for network in ("complete", full)
    )
    assert np.array_equal(ours, given)


def test_command_line() -> None:
    runner = CliRunner()
    done = runner.invoke(
        app, ["run", "granovetter", "--experiment", "broken_ladder", "--seeds", "0:2", "--json"]
    )
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert [run["seed"] for run in document["runs"]] == [0, 1]
    assert document["runs"][0]["summary"]["final"] == 1
    rows = json.loads(runner.invoke(app, ["check", "granovetter", "--json"]).stdout)
    wanted = {"model", "check_id", "quantity", "expected", "tolerance", "measured", "evidence", "pass"}
    assert all(wanted <= set(row) for row in rows)
    assert all(row["pass"] for row in rows)
    listed = json.loads(runner.invoke(app, ["list", "--json"]).stdout)
    assert [row["model"] for row in listed] == models.names()
    for wrong in (["run", "nobody"], ["run", "kuran", "--set", "fear"], ["run", "kuran", "--seeds", "3:1"]):
        assert isinstance(runner.invoke(app, wrong).exception, models.ModelError)
