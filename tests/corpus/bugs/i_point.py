from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A place on a grid."""

    x: int
    y: int

    def to_dict(self) -> dict[str, int]:
        return {"x": self.x, "y": self.y}

    @classmethod
    def from_dict(cls, data: dict[str, int]) -> "Point":
        return cls(x=data["x"], y=data["y"])
