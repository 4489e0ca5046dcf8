def top(scores: dict[str, int], n: int = 3) -> list[str]:
    """The names with the best scores, best first.

    Returns at most n names.
    """
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    return ranked[: max(n, 0)]
