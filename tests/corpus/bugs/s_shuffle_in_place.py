def rotate(items: list[int], steps: int = 1) -> None:
    """Rotate a list to the right, in place. Returns None."""
    if items:
        steps %= len(items)
        items[:] = items[-steps:] + items[:-steps] if steps else items
