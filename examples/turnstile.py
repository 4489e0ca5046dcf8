"""A turnstile: a small class whose answers depend on what happened before."""


class Jammed(Exception):
    """Somebody pushed a locked turnstile too often: it wants a reset."""


class Turnstile:
    """Lets one visitor through per ticket, and jams after three pushes in a row without one."""

    def __init__(self, fare: int = 2) -> None:
        if fare < 1:
            raise ValueError("the fare must be at least 1")
        self.fare = fare
        self.credit = 0
        self.visitors = 0
        self._refused = 0

    @property
    def is_jammed(self) -> bool:
        """Whether it wants a reset."""
        return self._refused >= 3

    def insert(self, coins: int) -> int:
        """Add coins; return how many more the next visitor needs, 0 when the way is free."""
        if self.is_jammed:
            raise Jammed("reset the turnstile first")
        if coins < 1:
            raise ValueError("insert at least one coin")
        self.credit += coins
        return max(0, self.fare - self.credit)

    def push(self) -> bool:
        """Try to go through. Return whether the way was free; a paid fare is used up."""
        if self.is_jammed:
            raise Jammed("reset the turnstile first")
        if self.credit < self.fare:
            self._refused += 1
            return False
        self.credit -= self.fare
        self.visitors += 1
        self._refused = 0
        return True

    def reset(self) -> None:
        """Make it work again. Credit is kept."""
        self._refused = 0
