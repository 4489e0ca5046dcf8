class Stack:
    """Last in, first out."""

    def __init__(self) -> None:
        self._items: list[int] = []

    def push(self, item: int) -> None:
        self._items.append(item)

    def pop(self) -> int:
        if not self._items:
            raise LookupError("empty")
        return self._items.pop()

    def __len__(self) -> int:
        return len(self._items)
