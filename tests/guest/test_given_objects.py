"""What a call changes in the objects that it is given."""

import pytest
from tests.guest.test_scenes import case_of, seen, stage_of, target_of

SHOP = """
    import io
    import queue
    from collections import deque
    from dataclasses import dataclass

    @dataclass
    class Account:
        owner: str
        balance: int = 0

    class Cart:
        def __init__(self):
            self.items = []
            self._secret = 1

        @property
        def size(self):
            return len(self.items)

    class Nosy:
        def __init__(self):
            self.looks = 0

        @property
        def value(self):
            self.looks += 1
            return 1

    class Loud:
        def __init__(self):
            self.n = 0

        @property
        def double(self):
            print("looked")
            return 2 * self.n

    def raise_it(loud):
        loud.n += 1

    def fill(carts):
        for cart in carts if isinstance(carts, list) else carts.values():
            cart.items.append(1)

    def pay(account):
        account.balance -= 5

    def add(cart):
        cart.items.append("a")
        cart._secret += 1

    def look(cart):
        return cart.size

    def write(out):
        out.write("text")

    def put(held):
        held.put(7)

    def shift(held):
        held.append(3)
"""


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("pay", "Account('ann', 9)", {"argument:a0": "Account(owner='ann', balance=4)"}),
        ("add", "Cart()", {"argument:a0:{}.items": "['a']", "argument:a0:{}.size": "1"}),
        ("look", "Cart()", {}),
        ("fill", "[Cart()]", {"argument:a0:{}[0].items": "[1]", "argument:a0:{}[0].size": "1"}),
        ("fill", "{'b': Cart()}", {"argument:a0:{}['b'].items": "[1]", "argument:a0:{}['b'].size": "1"}),
        ("fill", "{'{}': Cart()}", {}),
        ("fill", "[]", {}),
        ("write", "io.StringIO()", {"argument:a0:{}.getvalue()": "'text'"}),
        ("put", "queue.Queue()", {"argument:a0:list({}.queue)": "[7]"}),
        ("shift", "deque([1])", {"argument:a0": "deque([1, 3])"}),
        ("add", "{'no': 'cart'}", {}),
    ],
)
def test_what_a_call_changes_in_its_argument_is_shown(name: str, given: str, shown: dict[str, str]) -> None:
    observation = seen(SHOP, case_of(name, given))
    facts = observation["facts"]
    found = {label: facts[label] for label in observation["shown"] if label.startswith("argument:")}
    assert {label: text.replace('"', "'") for label, text in found.items()} == shown


def test_what_looking_prints_is_not_what_the_call_prints() -> None:
    observation = seen(SHOP, case_of("raise_it", "Loud()"))
    assert observation["facts"]["argument:a0:{}.double"] == "2"
    assert (observation["facts"]["output"], "output" in observation["shown"]) == ("''", False)


def test_an_object_that_is_changed_by_looking_at_it_is_left_alone() -> None:
    observation = seen(SHOP, case_of("pay", "Nosy()"))
    assert observation["outcome"] == "raises"
    assert [label for label in observation["facts"] if label.startswith("argument:")] == []


def test_what_is_run_to_look_at_an_argument_is_not_what_the_call_reaches() -> None:
    stage = stage_of(SHOP)
    reached = []
    for name in ("add", "look"):
        stage.observe(target_of(name), case_of(name, "Cart()"))
        reached.append(set(stage.recorder.hits))
    assert all(reached)
    assert reached[0].isdisjoint(reached[1])
