def median(values: list[float]) -> float:
    """The middle value; of an even number of values the mean of the two in the middle.

    >>> median([3, 1, 2])
    2
    >>> median([4, 1, 3, 2])
    2.5
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def spread(values: list[float]) -> float:
    """How far apart the smallest and the largest value are."""
    return max(values) - min(values)
