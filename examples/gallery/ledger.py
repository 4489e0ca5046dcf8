"""Accounts that hold money, and a ledger that moves it between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


class InsufficientFunds(Exception):
    """The account does not hold that much."""


@dataclass(frozen=True)
class Transfer:
    """Money that went from one account to another."""

    source: str
    target: str
    amount: Decimal

    def reversed(self) -> "Transfer":
        """The transfer that undoes this one."""
        return Transfer(self.target, self.source, self.amount)


@dataclass
class Ledger:
    """Balances by account, and every transfer in the order in which it was made."""

    balances: dict[str, Decimal] = field(default_factory=dict)
    history: list[Transfer] = field(default_factory=list)

    def open(self, account: str, balance: Decimal = Decimal(0)) -> None:
        """Open an account. Raises ValueError where it exists, or where the balance is negative."""
        if account in self.balances:
            raise ValueError(f"account {account!r} exists")
        if balance < 0:
            raise ValueError("an account starts with no debt")
        self.balances[account] = balance

    def transfer(self, source: str, target: str, amount: Decimal) -> Transfer:
        """Move money, rounded to the cent.

        Raises ValueError for an amount that is not positive, KeyError for an account that does not exist, and
        InsufficientFunds where the source holds less.
        """
        amount = amount.quantize(CENT, rounding=ROUND_HALF_EVEN)
        if amount <= 0:
            raise ValueError("a transfer moves a positive amount")
        for account in (source, target):
            if account not in self.balances:
                raise KeyError(account)
        if self.balances[source] < amount:
            raise InsufficientFunds(f"{source} holds {self.balances[source]}, not {amount}")
        self.balances[source] -= amount
        self.balances[target] += amount
        made = Transfer(source, target, amount)
        self.history.append(made)
        return made

    def undo(self) -> Transfer:
        """Take the last transfer back, and return it. Raises IndexError where there is none."""
        last = self.history.pop()
        self.balances[last.source] += last.amount
        self.balances[last.target] -= last.amount
        return last

    @property
    def total(self) -> Decimal:
        """What all accounts hold together."""
        return sum(self.balances.values(), Decimal(0))

    @contextmanager
    def transaction(self) -> "Iterator[Ledger]":
        """Everything done in the block, or nothing of it: an exception puts balances and history back."""
        balances, made = dict(self.balances), len(self.history)
        try:
            yield self
        except Exception:
            self.balances = balances
            del self.history[made:]
            raise
