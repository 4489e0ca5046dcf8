def page(items: list[int], number: int, size: int = 10) -> list[int]:
    """One page of a list; pages are numbered from 1.

    Returns an empty list for a page beyond the end.
    Raises ValueError if number is less than 1 or size is not positive.
    """
    if number < 1 or size < 1:
        raise ValueError("page")
    start = (number - 1) * size
    return items[start : start + size]
