def merge(left: list[int], right: list[int]) -> list[int]:
    """Merge two lists of numbers.

    Returns
    -------
    list of int
        All the items of both lists, sorted in ascending order.
    """
    result = list(left) + list(right)
    result.sort()
    return result
