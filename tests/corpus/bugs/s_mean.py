def mean(values: list[float]) -> float:
    """The arithmetic mean.

    :param values: the numbers
    :returns: the mean, which is at least the smallest and at most the largest of the values
    :raises ValueError: if values is empty
    """
    if not values:
        raise ValueError("no values")
    return sum(values) / len(values)
