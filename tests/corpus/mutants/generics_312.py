"""Type parameters and nested f-strings, new in Python 3.12."""

type Pair[T] = tuple[T, "T"]


def outer(n):
    def first[T: (int, str)](items: list[T], default: T = n + 1) -> T:
        return items[0] if items else default

    return first([]), first([n])


class Box[T]:
    size = 2

    def __init__(self, value: T, label: str = "box"):
        self.text = f"{label}: {f"{value!r:>{5}}" + "."}"


def observe():
    yield outer, (3,), {}
    yield lambda: Box(4).text, (), {}
