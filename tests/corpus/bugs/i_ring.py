class Ring:
    """A buffer that keeps the newest items."""

    def __init__(self, size: int = 3) -> None:
        self.size = size
        self._items: list[int] = []

    def push(self, item: int) -> None:
        self._items.append(item)
        if len(self._items) > self.size:
            self._items.pop(0)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self):
        return iter(list(self._items))

    def __contains__(self, item: int) -> bool:
        return item in self._items
