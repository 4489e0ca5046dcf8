"""Class bodies: dataclasses, enums, slots, super() without arguments, properties, descriptors, classes in functions."""

from dataclasses import dataclass, field
from enum import Enum, IntFlag, auto
from functools import total_ordering
from typing import ClassVar, NamedTuple


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 1 + 2

    def next(self):
        return Colour((self.value % 3) + 1)


class Mode(IntFlag):
    READ = auto()
    WRITE = 1 << 1


class Point(NamedTuple):
    x: int
    y: int = 3


@dataclass(order=True)
class Item:
    name: str
    price: float = 1.5
    tags: list = field(default_factory=list)
    count: ClassVar[int] = 0

    def __post_init__(self):
        Item.count += 1
        self.tags.append(self.name[:1])
        if self.price < 0:
            raise ValueError(f"{self.name} costs {self.price:.2f}")


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b=2):
        self.a, self.b = a, b
        self.b: int = b + 1


class Base:
    def __init__(self, n=1):
        self.n = n

    def describe(self):
        return "base %s" % self.n


@total_ordering
class Derived(Base):
    def __init__(self, n):
        super().__init__(n * 2)
        self.items = {}

    def describe(self):
        return super().describe() + "!"

    def __eq__(self, other):
        return isinstance(other, __class__) and self.n == other.n

    def __lt__(self, other):
        return self.n < other.n

    def __setitem__(self, key, value):
        self.items[key] = value

    @property
    def doubled(self):
        return self.n * 2

    @doubled.setter
    def doubled(self, value):
        self.n = value // 2

    @classmethod
    def make(cls, text="7"):
        return cls(int(text))

    @staticmethod
    def limit(n, top=9):
        return min(n, top)


def local_class(flag):
    class Local(Enum):
        A = 1 if flag else 5
        B = 2

        @property
        def other(self):
            return Local.A if self is Local.B else Local.B

    return [(member.name, member.value, member.other.name) for member in Local]


def derived(n):
    made = Derived(n)
    made["k"] = n
    made.doubled = 9
    return made.describe(), made.doubled, made.items, made == Derived(2), made < Derived(3), made >= Base(4)


def observe():
    for colour in Colour:
        yield colour.next, (), {}
    yield Mode, (3,), {}
    yield Point, (1,), {}
    yield Item, ("pen",), {}
    yield Item, ("pen", -1), {}
    yield lambda: Item("a") < Item("a", 2.0), (), {}
    yield lambda: (lambda s: (s.a, s.b, hasattr(s, "__dict__")))(Slotted(1)), (), {}
    yield derived, (2,), {}
    yield lambda: Derived.make().n, (), {}
    yield Derived.limit, (12,), {}
    yield local_class, (True,), {}
    yield local_class, (False,), {}
