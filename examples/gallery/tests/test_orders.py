import pytest
from orders import Order, State, WrongState


class FakeFunction:
    """Returns its answers, or raises those that are exceptions, in turn; the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def __call__(self, *arguments, **options):
        self.calls.append((*arguments, options) if options else arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("value_given", "expected"),
    [
        ("draft", State.DRAFT),
        ("shipped", State.SHIPPED),
        ("delivered", State.DELIVERED),
    ],
)
def test_state_returns_expected_value(value_given, expected):
    assert State(value_given) == expected


def test_order_can_be_created():
    result = Order(1)

    assert isinstance(result, Order)
    assert result.number == 1
    assert result.state == State.DRAFT
    assert result.items == {}
    assert result.total == 0
    assert result.is_open is True


def test_order_on_change_returns_none_after_on_change_and_cancel():
    callback = FakeFunction(None)
    order = Order(1)
    order.on_change(callback)
    order.cancel()

    order.on_change(FakeFunction(None))

    assert callback.calls == [(order, State.DRAFT, State.CANCELLED)]


def test_order_add_updates_items():
    order = Order(1)

    order.add("a", 0)

    assert order.items == {"a": 0}


def test_order_add_raises_value_error_price_is_not_negative():
    order = Order(1)

    with pytest.raises(ValueError, match="^a price is not negative$"):
        order.add("a", -1)


def test_order_add_raises_wrong_state_order_is_cancelled():
    order = Order(1)
    order.cancel()

    with pytest.raises(WrongState, match="^order 1 is cancelled$"):
        order.add("a", 1)


def test_order_add_updates_items_and_total():
    order = Order(0)

    order.add("delivered", 1)

    assert order.items == {"delivered": 1}
    assert order.total == 1


def test_order_total_returns_zero():
    order = Order(0)
    assert order.total == 0


def test_order_is_open_is_true():
    order = Order(0)
    assert order.is_open is True


def test_order_pay_updates_state():
    callback = FakeFunction(None)
    order = Order(0)
    order.add("a", 1)
    order.on_change(callback)

    order.pay()

    assert order.state == State.PAID
    assert callback.calls == [(order, State.DRAFT, State.PAID)]


def test_order_pay_raises_value_error_there_is_nothing_to_pay():
    order = Order(0)

    with pytest.raises(ValueError, match="^there is nothing to pay$"):
        order.pay()


def test_order_pay_raises_wrong_state_order_is_cancelled_and_cannot_become():
    order = Order(0)
    order.add("a", 0)
    order.cancel()

    with pytest.raises(WrongState, match="^order 0 is cancelled, and cannot become paid$"):
        order.pay()


def test_order_ship_updates_state():
    callback = FakeFunction(None)
    order = Order(0)
    order.on_change(callback)
    order.add("a", 1)
    order.pay()

    order.ship()

    assert order.state == State.SHIPPED
    assert callback.calls == [(order, State.DRAFT, State.PAID), (order, State.PAID, State.SHIPPED)]


def test_order_deliver_updates_state_and_is_open():
    callback = FakeFunction(None)
    order = Order(2)
    order.add("a", 2)
    order.on_change(callback)
    order.pay()
    order.ship()

    order.deliver()

    assert order.state == State.DELIVERED
    assert order.is_open is False
    assert callback.calls == [
        (order, State.DRAFT, State.PAID),
        (order, State.PAID, State.SHIPPED),
        (order, State.SHIPPED, State.DELIVERED),
    ]


def test_order_cancel_updates_state_and_is_open():
    callback = FakeFunction(None)
    order = Order(0)
    order.on_change(callback)

    order.cancel()

    assert order.state == State.CANCELLED
    assert order.is_open is False
    assert callback.calls == [(order, State.DRAFT, State.CANCELLED)]
