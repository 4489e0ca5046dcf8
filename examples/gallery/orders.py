"""An order in a shop, and the states that it goes through."""

from collections.abc import Callable
from enum import Enum


class State(Enum):
    """Where an order stands."""

    DRAFT = "draft"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


NEXT = {
    State.DRAFT: (State.PAID, State.CANCELLED),
    State.PAID: (State.SHIPPED, State.CANCELLED),
    State.SHIPPED: (State.DELIVERED,),
}

Listener = Callable[["Order", State, State], None]


class WrongState(Exception):
    """An order cannot do that now."""


class Order:
    """Items with prices in cents; listeners hear of every change of state."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = State.DRAFT
        self.items: dict[str, int] = {}
        self._listeners: list[Listener] = []

    def on_change(self, listener: Listener) -> None:
        """Call the listener with the order, its old and its new state at every change."""
        self._listeners.append(listener)

    def add(self, item: str, cents: int) -> None:
        """Add an item. Raises WrongState once the order is paid, and ValueError for a price below nothing."""
        if self.state is not State.DRAFT:
            raise WrongState(f"order {self.number} is {self.state.value}")
        if cents < 0:
            raise ValueError("a price is not negative")
        self.items[item] = self.items.get(item, 0) + cents

    @property
    def total(self) -> int:
        """The price of all items in cents."""
        return sum(self.items.values())

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to the order."""
        return self.state in NEXT

    def pay(self) -> None:
        """Raises ValueError for an order without items."""
        if not self.items:
            raise ValueError("there is nothing to pay")
        self._go_to(State.PAID)

    def ship(self) -> None:
        """Hand a paid order to the carrier."""
        self._go_to(State.SHIPPED)

    def deliver(self) -> None:
        """Note that it arrived."""
        self._go_to(State.DELIVERED)

    def cancel(self) -> None:
        """Call it off, which is possible until it is shipped."""
        self._go_to(State.CANCELLED)

    def _go_to(self, state: State) -> None:
        if state not in NEXT.get(self.state, ()):
            raise WrongState(f"order {self.number} is {self.state.value}, and cannot become {state.value}")
        old, self.state = self.state, state
        for listener in self._listeners:
            listener(self, old, state)
