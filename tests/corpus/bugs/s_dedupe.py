def dedupe(items: list[int]) -> list[int]:
    """Remove duplicates and preserve the order of first appearance.

    Returns a new list; the argument is not modified.
    """
    seen = set()
    result = []
    for item in items:
        if item not in seen:
            seen.add(item)
            result.append(item)
    return result
