from decimal import Decimal

import pytest
from ledger import InsufficientFunds, Ledger, Transfer


def test_transfer_reversed_returns_transfer():
    transfer = Transfer("a", "abc", Decimal("0"))
    assert transfer.reversed() == Transfer(source="abc", target="a", amount=Decimal("0"))


def test_ledger_open_updates_balances():
    ledger = Ledger()

    ledger.open("a")

    assert ledger.balances == {"a": Decimal("0")}


def test_ledger_open_raises_value_error_account_starts_with_no_debt():
    ledger = Ledger()

    with pytest.raises(ValueError, match="^an account starts with no debt$"):
        ledger.open("a", balance=Decimal("-2"))


def test_ledger_open_raises_value_error_account_exists():
    ledger = Ledger()
    ledger.open("a", balance=Decimal("100"))

    with pytest.raises(ValueError, match="^account 'a' exists$"):
        ledger.open("a")

    assert ledger.balances == {"a": Decimal("100")}


def test_ledger_transfer_returns_transfer():
    ledger = Ledger(balances={"a": Decimal("100")})

    result = ledger.transfer("a", "a", Decimal("100"))

    assert result == Transfer(source="a", target="a", amount=Decimal("100.00"))
    assert ledger.balances == {"a": Decimal("100.00")}
    assert ledger.history == [Transfer(source="a", target="a", amount=Decimal("100.00"))]
    assert ledger.total == Decimal("100.00")


def test_ledger_transfer_raises_value_error_transfer_moves_positive_amount():
    ledger = Ledger()

    with pytest.raises(ValueError, match="^a transfer moves a positive amount$"):
        ledger.transfer("abc", "a", Decimal("0"))


def test_ledger_transfer_raises_insufficient_funds_holds_not():
    ledger = Ledger()
    ledger.open("a")

    with pytest.raises(InsufficientFunds, match=r"^a holds 0, not 1\.50$"):
        ledger.transfer("a", "a", Decimal("1.50"))


def test_ledger_transfer_raises_key_error_a():
    ledger = Ledger(balances={"N": Decimal("0")})

    with pytest.raises(KeyError, match="^'a'$"):
        ledger.transfer("N", "a", Decimal("1.50"))


def test_ledger_undo_returns_transfer_after_transfer():
    ledger = Ledger(balances={"a": Decimal("100")})
    ledger.transfer("a", "a", Decimal("100"))

    result = ledger.undo()

    assert result == Transfer(source="a", target="a", amount=Decimal("100.00"))
    assert ledger.history == []
    assert ledger.balances == {"a": Decimal("100.00")}


def test_ledger_total_returns_decimal():
    ledger = Ledger()
    assert ledger.total == Decimal("0")


def test_ledger_transaction_updates_balances():
    ledger = Ledger()

    with ledger.transaction() as value:
        assert value is ledger
        ledger.open("a")
        ledger.open("Hello")

    assert ledger.balances == {"a": Decimal("0"), "Hello": Decimal("0")}


def test_ledger_transaction_passes_on_runtime_error():
    ledger = Ledger(balances={"a": Decimal("100")})
    ledger.transfer("a", "a", Decimal("100"))

    with pytest.raises(RuntimeError, match="^boom$"):
        with ledger.transaction():
            ledger.undo()
            ledger.open("abc")
            raise RuntimeError("boom")

    assert ledger.history == []
    assert ledger.balances == {"a": Decimal("100.00")}
