"""A module with every kind of target, as text: it is read and never run."""

EVERY_KIND = '''\
"""A shop."""

import asyncio
import functools
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager, contextmanager
from dataclasses import KW_ONLY, InitVar, dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypedDict, overload

if TYPE_CHECKING:
    class OnlyForTypes: ...

LIMIT = 10


@functools.lru_cache(maxsize=None)
def price(amount: int, /, rate=1.5, *rest: float, currency: str = "EUR", **more) -> float:
    """Say the price.

    >>> price(2)
    3.0
    >>> for n in (1, 2):
    ...     print(price(n))
    1.5
    3.0
    """
    def inner():
        return 1
    if amount < 0:
        raise ValueError("amount must not be negative")
    return amount * rate


async def fetch(name):
    await asyncio.sleep(0)
    return price(len(name))


def countdown(n):
    while n:
        yield n
        n -= 1


async def ticks():
    yield 1


@contextmanager
def opened(name):
    yield name


@asynccontextmanager
async def connected(host):
    yield host


double = lambda x: x * 2


@overload
def either(x: int) -> int: ...
@overload
def either(x: str) -> str: ...
def either(x):
    return x


class Colour(Enum):
    RED = "red"
    BLUE = "blue"

    def is_warm(self):
        return self is Colour.RED


@dataclass
class Base:
    id: int
    label: ClassVar[str] = "base"
    tags: list[str] = field(default_factory=list)
    hidden: int = field(default=3, init=False)


@dataclass(frozen=True)
class Item(Base):
    name: str = "x"
    scale: InitVar[int] = 1
    _: KW_ONLY
    note: str = field(default="", repr=False)

    def __post_init__(self, scale):
        assert scale > 0


class Point(NamedTuple):
    x: int
    y: int = 0


class Cart:
    class Line:
        def __init__(self, sku):
            self.sku = sku

    def __init__(self, owner, limit=LIMIT):
        self._check(owner)
        self.owner = owner
        self.limit = limit

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False

    def __len__(self):
        return 0

    def _check(self, owner):
        if not owner:
            raise LookupError(owner)

    @staticmethod
    def parse(text):
        return int(text)

    @classmethod
    def empty(cls, owner):
        return cls(owner)

    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value

    @functools.cached_property
    def heavy(self):
        return 1

    async def pay(self, amount):
        return amount

    def __secret(self):
        return 1


class Sub(Cart):
    pass


class Shape(ABC):
    @abstractmethod
    def area(self): ...

    def describe(self):
        return f"{self.area()}"


class Drawable(Protocol):
    def draw(self): ...


class Row(TypedDict):
    id: int


try:
    import ujson
except ImportError:
    def dumps(value):
        return str(value)
else:
    def dumps(value):
        return ujson.dumps(value)


if __name__ == "__main__":
    def script():
        print(price(1))
    script()
'''
