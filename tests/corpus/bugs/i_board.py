class Board:
    """A board of named cells."""

    def __init__(self, cells: dict[str, int]) -> None:
        self.cells = dict(cells)

    def set(self, name: str, value: int) -> None:
        self.cells[name] = value

    def copy(self) -> "Board":
        """An independent copy."""
        return Board(self.cells)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Board) and self.cells == other.cells

    __hash__ = None
