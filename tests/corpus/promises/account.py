class Account:
    """Money of one owner."""

    def __init__(self, balance=0):
        self.balance = balance

    def withdraw(self, amount):
        """Take money out. Raises ValueError where there is not enough of it."""
        self.balance -= amount
        return self.balance
