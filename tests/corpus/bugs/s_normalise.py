def scaled(values: list[float]) -> list[float]:
    """Scale numbers linearly so that every result is between 0 and 1.

    The result has the same length as values. An empty list gives an empty list.
    """
    if not values:
        return []
    low, high = min(values), max(values)
    if low == high:
        return [0.0 for _ in values]
    return [(value - low) / (high - low) for value in values]
