from typing import Optional


def index_of(items: list[str], wanted: str) -> int:
    """The place of an item in a list, -1 where it is not in it."""
    for index, item in enumerate(items):
        if item == wanted:
            return index
    return -1


def first_long(items: list[str]) -> Optional[str]:
    """The first item of more than three characters."""
    for item in items:
        if len(item) > 3:
            return item
    return None
