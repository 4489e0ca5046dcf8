def neighbours(graph: dict[str, list[str]], node: str) -> set[str]:
    """The nodes next to a node."""
    return {other for other in graph.get(node, []) if other != node}
