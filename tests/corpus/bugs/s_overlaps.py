def overlaps(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two half-open intervals share a point.

    Touching intervals do not overlap: (1, 3) and (3, 5) have no point in common.
    """
    return a[0] < b[1] and b[0] < a[1]
