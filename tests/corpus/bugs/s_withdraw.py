class Account:
    """A bank account. The balance is in cents."""

    def __init__(self, balance: int = 0) -> None:
        self.balance = balance

    def withdraw(self, amount: int) -> int:
        """Take money out and return the new balance.

        Raises:
            ValueError: If amount is negative.
        """
        if amount < 0:
            raise ValueError("negative amount")
        self.balance -= amount
        return self.balance
