"""How arguments fit what parameters want."""

from tests.guest.test_search import search_of

from aitestgen_guest.search.fitting import Fitting
from aitestgen_guest.shapes import Case, Expression

TREE = """
    from dataclasses import dataclass
    from typing import Union


    @dataclass
    class Leaf:
        value: int


    @dataclass
    class Not:
        inner: "Tree"


    @dataclass
    class Both:
        left: "Tree"


    Tree = Union[Leaf, Not, Both]


    def depth(tree: Tree) -> int:
        return 1
"""


def fitting() -> Fitting:
    _, search = search_of(TREE, "depth", 1)
    return search.fitting


def case_of(tree: Expression) -> Case:
    return {"target": "depth", "receiver": None, "calls": [], "arguments": [tree], "keywords": {}, "then": None}


def nested(inner: Expression, depth: int) -> Expression:
    for _ in range(depth):
        inner = ("call", "Not", [inner], {})
    return inner


def test_a_tree_of_any_depth_is_judged_in_steps_not_in_powers() -> None:
    judge = fitting()
    assert not judge.is_ill_typed(case_of(nested(("call", "Leaf", [("data", "1")], {}), 60)))
    assert judge.is_ill_typed(case_of(nested(("call", "Leaf", [("data", "'a'")], {}), 60)))


def test_an_object_of_no_class_that_a_union_names_does_not_fit() -> None:
    judge = fitting()
    assert judge.is_ill_typed(case_of(nested(("data", "1"), 1)))
    assert not judge.is_ill_typed(case_of(("call", "Both", [("call", "Leaf", [("data", "1")], {})], {})))


DATED = """
    import datetime

    class Diary:
        def __init__(self, owner, clock=datetime.date.today):
            self.owner = owner
            self.clock = clock

        def day(self):
            return self.clock().isoformat()
"""


def test_no_case_leaves_out_a_clock_that_would_let_the_real_day_in() -> None:
    _, search = search_of(DATED, "Diary.day")
    case = next(entry.case for entry in search.kept.results())
    _, path, arguments, keywords = case["receiver"]
    assert len(arguments) + len(keywords) == 2
    assert search.oddness({**case, "receiver": ("call", path, arguments[:1], {})}) > search.oddness(case) + 50


KEPT = """
    class Item:
        def __init__(self, name: str):
            if not name:
                raise ValueError("items have names")
            self.name = name

    ITEMS = {}

    def read(number: int) -> Item:
        if number not in ITEMS:
            raise LookupError("no such item")
        return ITEMS[number]

    def label(item: Item, width: int) -> str:
        return item.name[width]
"""


def test_an_argument_that_cannot_be_made_now_does_not_surely_fit() -> None:
    _, search = search_of(KEPT, "label", 1)
    case = {"target": "label", "receiver": None, "calls": [], "arguments": [], "keywords": {}, "then": None}
    raised = {"outcome": "raises", "facts": {"error": "IndexError"}}
    refused: Expression = ("call", "read", [("data", "1")], {})
    made: Expression = ("call", "Item", [("data", "'a'")], {})
    assert not search.fitting.fits({**case, "arguments": [refused, ("data", "5")]}, raised)
    assert search.fitting.fits({**case, "arguments": [made, ("data", "5")]}, raised)


USERS = """
    class User:
        def __init__(self, name, age=0):
            self.name = name
            self.age = age


    def oldest(users):
        return max(users, key=lambda user: user.age)
"""


def test_values_that_are_what_their_names_say_are_less_odd_also_within_objects() -> None:
    _, search = search_of(USERS, "oldest", 1)

    def oddness(name: str, age: str) -> int:
        user = ("call", "User", [("data", name)], {"age": ("data", age)})
        return search.fitting.oddness({**case_of(("many", "[", [user], "]")), "target": "oldest"})

    assert oddness("'bob'", "30") < oddness("2.5", "30") < oddness("2.5", "'old'")


BASKETS = """
    class Basket:
        pass


    class Row(Basket):
        def __iter__(self):
            return iter(())


    class Prices(dict):
        pass


    def total(prices: dict[str, float], names: list[str]) -> float:
        return 0.0
"""


def test_objects_fit_where_mappings_or_lists_are_wanted_if_they_pass_for_such() -> None:
    _, search = search_of(BASKETS, "total", 1)

    def fits(prices: str, names: str) -> bool:
        given: list[Expression] = [("call", name, [], {}) for name in (prices, names)]
        case = {"target": "total", "receiver": None, "calls": [], "arguments": given, "keywords": {}, "then": None}
        return not search.fitting.is_ill_typed(case)

    assert fits("Prices", "Row")
    assert fits("Prices", "Prices")
    assert not fits("Basket", "Row")
    assert not fits("Prices", "Basket")
    assert not fits("Row", "Row")
