"""Parameters that are graphs are told by their use, and get small graphs."""

import ast
from random import Random
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of  # noqa: F401 - a fixture

from aitestgen_guest.arguments.graph_use import graphs
from aitestgen_guest.arguments.graphs import EDGES, LISTS, LONG_EDGES, PAIRS, WEIGHTS, drawn, is_graph

KINDS = (LISTS, WEIGHTS, PAIRS, EDGES, LONG_EDGES)
ORDERING = """
def order(graph):
    done, found = set(), []

    def visit(node, path):
        if node in path:
            raise ValueError(f"circle at {node}")
        if node in done:
            return
        for other in graph.get(node, ()):
            visit(other, (*path, node))
        done.add(node)
        found.append(node)

    for node in sorted(graph):
        visit(node, ())
    return found[::-1]
"""


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(g, a):\n    for b in g[a]: use(b)", {"g": LISTS, "a": "choice"}),
        ("def f(g, a):\n    for b in sorted(g.get(a, ())): use(b)", {"g": LISTS, "a": "choice"}),
        ("def f(g):\n    for a in g:\n        for b, c in g[a].items(): use(b)", {"g": WEIGHTS}),
        ("def f(g):\n    for a, others in g.items():\n        for b in others: use(b)", {"g": LISTS}),
        ("def f(g, a):\n    for b, c in g[a]: use(b)", {"g": PAIRS, "a": "choice"}),
        ("def f(g, a):\n    queue = [a]\n    queue.extend(g[a])", {"g": LISTS, "a": "choice"}),
        ("def f(edges):\n    for a, b in edges: near[a].add(b)", {"edges": EDGES}),
        ("def f(edges):\n    for a, b, w in edges: near[a][b] = w", {"edges": LONG_EDGES}),
        ("def f(rows):\n    for name, price in rows: total += price", {}),
        ("def f(pairs):\n    return {x + y for x, y in pairs}", {}),
        ("def f(table):\n    for row in table['rows']: use(row)", {}),
        ("def f(items):\n    for item in items: use(item)", {}),
    ],
)
def test_a_graph_is_told_by_what_is_looked_up_in_it(code: str, found: dict[str, str]) -> None:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    kinds = {name: spec[1] if spec[0] == "graph" else spec[0] for name, spec in graphs(function).items()}
    assert kinds == found


def test_nodes_are_numbers_where_the_annotation_says_so() -> None:
    function = ast.parse("def f(g: dict[int, list[int]], a: int):\n    for b in g[a]: use(b)").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert graphs(function) == {"g": ("graph", LISTS, (1, 2, 3, 4)), "a": ("choice", ("1", "2", "3", "4"))}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_is_a_graph_of_its_kind_and_of_no_other(kind: str) -> None:
    values = [drawn(kind, ("a", "b", "c"), Random(seed)) for seed in range(50)]
    assert all(is_graph(value, kind) for value in values)
    assert len({str(value) for value in values}) > 10


@pytest.mark.parametrize("value", [{"a": "bc"}, {"a": [1]}, {(): []}, ["a"], {"a": {"b"}, 1: []}])
def test_what_is_built_otherwise_is_no_graph(value: Any) -> None:
    assert not is_graph(value, WEIGHTS)
    assert not is_graph(value, EDGES)


def test_circles_and_ways_are_found() -> None:
    _, search = search_of(ORDERING, "order", 1500)
    search.run(1500, 8)
    outcomes = {entry.observation["outcome"] for entry in search.kept.results()}
    assert outcomes == {"returns", "raises"}
    assert any(
        len(ast.literal_eval(entry.observation["facts"].get("result", "[]"))) > 2 for entry in search.kept.results()
    )
