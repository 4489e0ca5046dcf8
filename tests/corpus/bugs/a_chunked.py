from collections.abc import Iterator


def chunked(items: list[int], size: int) -> Iterator[list[int]]:
    """The items in lists of a size; the last may be shorter."""
    if size < 1:
        raise ValueError("size")
    for start in range(0, len(items), size):
        yield items[start : start + size]
