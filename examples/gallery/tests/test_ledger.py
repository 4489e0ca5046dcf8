from decimal import Decimal

import pytest
from ledger import InsufficientFunds, Ledger, Transfer


def test_transfer_reversed_returns_transfer():
    transfer = Transfer("ABC", "a", Decimal("-2"))
    assert transfer.reversed() == Transfer(source="a", target="ABC", amount=Decimal("-2"))


def test_ledger_open_updates_balances():
    ledger = Ledger()

    ledger.open("a")

    assert ledger.balances == {"a": Decimal("0")}


def test_ledger_open_raises_value_error_account_starts_with_no_debt():
    ledger = Ledger()

    with pytest.raises(ValueError, match="^an account starts with no debt$"):
        ledger.open("a", balance=Decimal("-2"))


def test_ledger_open_raises_value_error_account_exists():
    ledger = Ledger(balances={"0.01": Decimal("1.50")})

    with pytest.raises(ValueError, match=r"^account '0\.01' exists$"):
        ledger.open("0.01")


def test_ledger_transfer_raises_value_error_transfer_moves_positive_amount():
    ledger = Ledger()

    with pytest.raises(ValueError, match="^a transfer moves a positive amount$"):
        ledger.transfer("abc", "a", Decimal("0"))


def test_ledger_transfer_raises_insufficient_funds_holds_not():
    ledger = Ledger(balances={"b": Decimal("-2"), "a": Decimal("0")})

    with pytest.raises(InsufficientFunds, match=r"^a holds 0, not 1\.50$"):
        ledger.transfer("a", "b", Decimal("1.50"))


def test_ledger_transfer_returns_transfer_after_open():
    ledger = Ledger(balances={"a": Decimal("100")})
    ledger.open("abc")

    result = ledger.transfer("a", "abc", Decimal("1.50"))

    assert result == Transfer(source="a", target="abc", amount=Decimal("1.50"))
    assert ledger.balances == {"a": Decimal("98.50"), "abc": Decimal("1.50")}
    assert ledger.history == [Transfer(source="a", target="abc", amount=Decimal("1.50"))]
    assert ledger.total == Decimal("100.00")


def test_ledger_transfer_raises_key_error_a():
    ledger = Ledger(balances={"b": Decimal("-2")})

    with pytest.raises(KeyError, match="^'a'$"):
        ledger.transfer("b", "a", Decimal("100"))


def test_ledger_transfer_returns_transfer():
    ledger = Ledger(balances={"b": Decimal("-2"), "a": Decimal("100")})

    result = ledger.transfer("a", "b", Decimal("100"))

    assert result == Transfer(source="a", target="b", amount=Decimal("100.00"))
    assert ledger.balances == {"b": Decimal("98.00"), "a": Decimal("0.00")}
    assert ledger.history == [Transfer(source="a", target="b", amount=Decimal("100.00"))]
    assert ledger.total == Decimal("98.00")


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


def test_ledger_transaction_updates_balances_and_total():
    ledger = Ledger()

    with ledger.transaction() as value:
        assert value is ledger
        ledger.open("a", balance=Decimal("1.50"))
        ledger.open("abc")

    assert ledger.balances == {"a": Decimal("1.50"), "abc": Decimal("0")}
    assert ledger.total == Decimal("1.50")


def test_ledger_transaction_passes_on_os_error():
    ledger = Ledger()

    with pytest.raises(OSError, match="^down$"):
        with ledger.transaction():
            ledger.open("bob", balance=Decimal("100"))
            raise OSError("down")

    assert ledger.balances == {}
