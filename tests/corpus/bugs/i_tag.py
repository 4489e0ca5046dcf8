class Tag:
    """A label; the case of its text does not matter."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tag) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())
