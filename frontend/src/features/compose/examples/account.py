class InsufficientFunds(Exception):
    """There is less on the account than is wanted."""


class Account:
    """Money of one owner. Amounts are in cents and never negative."""

    def __init__(self, owner: str, balance: int = 0) -> None:
        if balance < 0:
            raise ValueError("an account cannot start in debt")
        self.owner = owner
        self.balance = balance
        self.history: list[tuple[str, int]] = []

    def deposit(self, amount: int) -> int:
        """Add money; return the new balance."""
        if amount <= 0:
            raise ValueError("deposit a positive amount")
        self.balance += amount
        self.history.append(("deposit", amount))
        return self.balance

    def withdraw(self, amount: int) -> int:
        """Take money; return what is left."""
        if amount <= 0:
            raise ValueError("withdraw a positive amount")
        if amount > self.balance:
            raise InsufficientFunds(f"{self.balance} of {amount} available")
        self.balance -= amount
        self.history.append(("withdraw", amount))
        return self.balance

    @property
    def is_empty(self) -> bool:
        return self.balance == 0
