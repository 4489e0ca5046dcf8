"""Parameters without a type that are used as the module's own objects are."""

from typing import Any

from tests.guest.test_search import _forget_the_module, job_of, search_of, seen  # noqa: F401  # the first is a fixture

from aitestgen_guest import explore
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.own_classes import OwnClasses, attributes_of, own_classes
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.shapes import Spec

SHOP = """
    from typing import Protocol


    class Item:
        def __init__(self, price):
            self.price = price

        def cost(self):
            return self.price * 2


    class Basket:
        customer: str

        def __init__(self, items=()):
            self.items = list(items)


    class Notifier(Protocol):
        def send(self, text: str) -> bool: ...


    class Mailer:
        def send(self, text: str) -> bool:
            return len(text) > 3


    def cheapest(items):
        best = None
        for item in items:
            if best is None or item.price < best.price:
                best = item
        return best.cost() if best else None


    def announce(notifier: Notifier, text: str) -> str:
        return "sent" if notifier.send(text) else "failed"


    def total(basket):
        return sum(item.cost() for item in basket.items)


    def weight(parcel):
        return parcel.grams + parcel.wrapping
"""


def namespace_of(code: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "user_code"}
    exec(job_of(code)["source"], namespace)  # noqa: S102  # the code above
    return namespace


def classes_of(namespace: dict[str, Any]) -> list[type]:
    return own_classes({**namespace, "str": str, "Namer": Namer}, without={"Basket"})


def own_of(spec: Spec) -> Spec:
    namespace = namespace_of(SHOP)
    return OwnClasses(Callables(namespace, Namer(namespace, {}), [])).in_place_of(spec)


def test_own_classes_are_neither_pythons_nor_ours_nor_those_that_tests_define() -> None:
    assert [cls.__name__ for cls in classes_of(namespace_of(SHOP))] == ["Item", "Notifier", "Mailer"]


def test_objects_have_what_is_declared_what_is_assigned_and_what_is_defined() -> None:
    assert {"customer", "items"} <= attributes_of(namespace_of(SHOP)["Basket"])
    assert {"price", "cost"} <= attributes_of(namespace_of(SHOP)["Item"])


def test_a_class_stands_in_for_what_has_its_attributes_at_any_depth() -> None:
    priced = ("attributes", (("price", ("int",)),))
    spec = ("record", (("goods", ("list", ("tuple", (priced, ("int",))))), ("name", ("str",))))
    assert own_of(spec) == ("record", (("goods", ("list", ("tuple", (("new", "Item"), ("int",))))), ("name", ("str",))))


def test_what_no_class_has_stays_as_it_is() -> None:
    spec = ("attributes", (("grams", ("int",)), ("price", ("int",))))
    assert own_of(spec) == spec


def arguments_of(target: str) -> str:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(SHOP), frames.append)
    return repr([f["arguments"] for f in frames if f["ev"] == "case" and f["target"] == target])


def test_functions_without_types_are_called_with_objects_of_the_module() -> None:
    given = arguments_of("cheapest")  # a mutant may show only on objects that the class cannot make
    assert given.count("Item(") > 3 * given.count("SimpleNamespace(")


def test_objects_are_made_with_what_is_done_with_their_parts() -> None:
    assert "Basket([Item(" in arguments_of("total").replace("items=", "")


def test_a_protocol_is_met_by_the_class_that_has_its_methods() -> None:
    assert "Mailer()" in arguments_of("announce")


def test_objects_that_no_class_of_the_module_makes_are_made_up() -> None:
    assert "SimpleNamespace(" in arguments_of("weight")


def test_what_is_unpacked_into_two_names_has_two_parts() -> None:
    code = """
        def dearest(prices):
            return max((price, name) for name, price in prices)[1].upper()
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    returned = [f for f in frames if f["ev"] == "case" and f["observation"]["outcome"] == "returns"]
    assert returned


def test_what_is_compared_letter_by_letter_is_a_text() -> None:
    code = """
        def depth(expression_given):
            deepest = level = 0
            for part in expression_given:
                if part == "(":
                    level += 1
                    deepest = max(deepest, level)
                elif part == ")":
                    level -= 1
            return deepest
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    cases = [f for f in frames if f["ev"] == "case"]
    assert cases
    assert all(case["arguments"][0].startswith("'") for case in cases)


SCHEMAS = """
    class Schema:
        def __init_subclass__(cls):
            cls.names = [name for name in vars(cls) if not name.startswith("_")]

        @classmethod
        def load(cls, data):
            return [name for name in cls.names if name in data]


    class User(Schema):
        age = int
"""


def test_a_class_method_that_only_heirs_can_do_is_called_by_one() -> None:
    _, search = search_of(SCHEMAS, "Schema.load")
    assert search.target.template == "User.load({args})"
    assert {"[]", "['age']"} <= seen(search)
