"""Small graphs, as mappings from nodes to what they lead to, or as lists of edges."""

import itertools
from collections.abc import Iterable
from random import Random
from typing import Any

LISTS, WEIGHTS, PAIRS, EDGES, LONG_EDGES = "lists", "weights", "pairs", "edges", "long edges"
"""Kinds: `{node: [other]}`, `{node: {other: cost}}`, `{node: [(other, cost)]}`, `[(node, other)]`, this with costs."""
COSTS = (1, 2, 3, 4, 5, 7, 10)
NEGATIVE = 0.03
ALL_KEYS, BOTH_WAYS, CHOSEN = 0.7, 0.3, 0.35
"""How often each node is a key, each edge leads both ways, and one of all edges is there."""
_HOLDERS: "dict[str, Any]" = {LISTS: (list, tuple, set), WEIGHTS: dict}


def drawn(kind: str, nodes: "tuple[Any, ...]", random: Random) -> Any:
    """A small graph: a chain, a ring, a star or any other, now and then without some of its nodes as keys."""
    used = nodes[: random.choice((0, 1, 2, 3, 3, 4, 4))]
    edges = _shape(used, random)
    if random.random() < BOTH_WAYS:
        edges += [(b, a) for a, b in edges if (b, a) not in edges]
    if kind == EDGES:
        return edges
    if kind == LONG_EDGES:
        return [(a, b, _cost(random)) for a, b in edges]
    keys = used if random.random() < ALL_KEYS else [node for node in used if any(a == node for a, _ in edges)]
    return {node: _from(node, edges, kind, random) for node in keys}


def is_graph(value: Any, kind: str) -> bool:
    """Whether the value is built as a graph of this kind, with texts or numbers as nodes."""
    if kind in (EDGES, LONG_EDGES):
        return isinstance(value, list) and all(isinstance(edge, tuple) and _are_nodes(edge[:2]) for edge in value)
    if not isinstance(value, dict) or not _are_nodes(value):
        return False
    if kind == PAIRS:
        return all(isinstance(pairs, list) and all(isinstance(one, tuple) for one in pairs) for pairs in value.values())
    return all(isinstance(others, _HOLDERS[kind]) and _are_nodes(others) for others in value.values())


def _are_nodes(values: "Iterable[Any]") -> bool:
    return len({type(one) for one in values}) < 2 and all(isinstance(one, (str, int)) for one in values)


def _shape(nodes: "tuple[Any, ...]", random: Random) -> "list[tuple[Any, Any]]":
    chain = list(itertools.pairwise(nodes))
    shape = random.random()
    if shape < 0.2:
        return chain
    if shape < 0.35:
        return [*chain, *zip(nodes[-1:], nodes[:1], strict=False)]
    if shape < 0.5:
        return [(nodes[0], other) for other in nodes[1:]]
    return [(a, b) for a in nodes for b in nodes if (a != b or random.random() < 0.1) and random.random() < CHOSEN]


def _from(node: Any, edges: "list[tuple[Any, Any]]", kind: str, random: Random) -> Any:
    others = [b for a, b in edges if a == node]
    if kind == WEIGHTS:
        return {other: _cost(random) for other in others}
    return [(other, _cost(random)) for other in others] if kind == PAIRS else others


def _cost(random: Random) -> int:
    return -1 if random.random() < NEGATIVE else random.choice(COSTS)
