"""Changes of a module's own variables: seen, undone, and said to the test."""

import types

from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.module_state import ModuleState

SOURCE = """
TABLE = [1, 2]
REGISTRY = {}
_CACHE = {}
count = 0
LIMIT = 5

def register(name):
    global count
    count += 1
    REGISTRY[name] = count
    TABLE.insert(0, (name, name))
    _CACHE[name] = 1
"""


def loaded(source: str = SOURCE) -> tuple[types.ModuleType, ModuleState]:
    module = types.ModuleType("registry")
    exec(source, vars(module))  # noqa: S102 - a text of this file
    return module, ModuleState(source, module)


def test_what_a_call_changed_is_put_back_and_named() -> None:
    module, state = loaded()
    module.register("x")
    assert state.changed() == ["count", "TABLE", "REGISTRY"]
    state.undo(state.changed())
    assert (module.count, module.TABLE, module.REGISTRY) == (0, [1, 2], {})
    assert state.changed() == []


def test_the_same_object_is_put_back() -> None:
    module, state = loaded()
    table = module.TABLE
    module.register("x")
    state.undo(state.changed())
    assert module.TABLE is table


def test_a_cache_is_left_alone() -> None:
    module, state = loaded()
    module.register("x")
    state.undo(state.changed())
    assert module._CACHE == {"x": 1}


def test_a_test_gets_variables_of_its_own() -> None:
    _, state = loaded()
    assert state.lines(["count", "TABLE"]) == [
        'monkeypatch.setattr("registry.count", count)',
        'monkeypatch.setattr("registry.TABLE", TABLE.copy())',
    ]


STOCK = """
STOCK = {"pear": {"left": 3}, "fig": {"left": 0}}

def take(name):
    STOCK[name]["left"] -= 1
"""


def test_what_is_changed_inside_of_an_item_is_put_back_too() -> None:
    module = types.ModuleType("shop")
    exec(STOCK, vars(module))  # noqa: S102 - the text above
    state = ModuleState(STOCK, module)
    module.take("pear")
    assert state.changed() == ["STOCK"]
    state.undo(["STOCK"])
    module.take("pear")
    assert module.STOCK["pear"] == {"left": 2}
    assert state.lines(["STOCK"]) == ['monkeypatch.setattr("shop.STOCK", copy.deepcopy(STOCK))']


def test_what_the_variables_hold_is_told_as_attributes_of_the_module() -> None:
    module, state = loaded()
    module.register("x")
    writer = Writer(vars(module), "registry")
    facts = state.facts(["count", "REGISTRY"], writer)
    assert facts == {"module:registry.count": "1", "module:registry.REGISTRY": "{'x': 1}"}
    assert writer.imports["registry"] == "import registry"


def test_a_module_that_has_a_variable_of_its_own_name_gets_another_one() -> None:
    module, state = loaded()
    vars(module)["registry"] = None
    writer = Writer(vars(module), "registry")
    assert state.facts(["count"], writer) == {"module:registry_module.count": "0"}
    assert writer.imports["registry_module"] == "import registry as registry_module"


CLASSES = """
from enum import Enum

class Kind(Enum):
    A = 1

class Shape:
    count = 0
    names = []
    _one = None
    sides = 4

    def __init__(self, name):
        self.sides = 3
        Shape.count += 1
        self.names.append(name)

    @classmethod
    def one(cls):
        if cls._one is None:
            cls._one = cls("one")
        return cls._one

def next_id():
    next_id.last += 1
    return next_id.last

next_id.last = 0
"""


def shapes() -> tuple[types.ModuleType, ModuleState]:
    module = types.ModuleType("shapes")
    exec(CLASSES, vars(module))  # noqa: S102 - the text above
    return module, ModuleState(CLASSES, module)


def test_what_classes_and_functions_keep_is_put_back_and_named() -> None:
    module, state = shapes()
    module.Shape.one()
    module.next_id()
    changed = state.changed()
    assert sorted(changed) == ["Shape._one", "Shape.count", "Shape.names", "next_id.last"]
    state.undo(changed)
    shape = module.Shape
    assert (shape._one, shape.count, shape.names, module.next_id.last) == (None, 0, [], 0)
    assert state.changed() == []


def test_what_classes_keep_is_told_unless_it_is_private() -> None:
    module, state = shapes()
    module.Shape.one()
    writer = Writer(vars(module), "shapes")
    assert state.facts(state.changed(), writer) == {"module:Shape.count": "1", "module:Shape.names": "['one']"}
    assert not writer.imports


def test_a_test_gets_what_classes_keep_for_itself() -> None:
    module, state = shapes()
    module.Shape.one()
    assert sorted(state.lines(state.changed())) == [
        'monkeypatch.setattr(Shape, "_one", Shape._one)',
        'monkeypatch.setattr(Shape, "count", Shape.count)',
        'monkeypatch.setattr(Shape, "names", Shape.names.copy())',
    ]


DEFAULTS = """
def add(item, items=[], limit=5):
    items.append(item)
    return items

def count(word, *, seen={}):
    seen[word] = seen.get(word, 0) + 1
    return seen[word]

class Basket:
    def put(self, item, into=[[]]):
        into[0].append(item)
        return into

    @classmethod
    def made(cls, *, of={}):
        of[cls] = 1
        return of

def plain(a=1, b=(2,)):
    return a

def fib(n, memo={}):
    memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]
"""


CHANGED = ["add.__defaults__", "count.__kwdefaults__", "Basket.put.__defaults__"]


def test_containers_that_are_defaults_are_put_back_as_the_same_objects() -> None:
    module, state = loaded(DEFAULTS)
    module.add(1)
    module.count("a")
    module.Basket().put(2)
    module.Basket.made()
    module.plain()
    module.fib(3)
    changed = state.changed()
    assert changed == [*CHANGED, "Basket.made.__func__.__kwdefaults__"]
    kept = module.add.__defaults__[0]
    state.undo(changed)
    assert state.changed() == []
    assert module.add(3) == [3]
    assert module.add.__defaults__[0] is kept


def test_a_test_gets_defaults_of_its_own() -> None:
    _, state = loaded(DEFAULTS)
    assert state.lines(CHANGED) == [
        'monkeypatch.setattr(add, "__defaults__", ([], 5))',
        "monkeypatch.setattr(count, \"__kwdefaults__\", {'seen': {}})",
        'monkeypatch.setattr(Basket.put, "__defaults__", ([[]],))',
    ]


COUNTED = """
import itertools
from fractions import Fraction

_ids = itertools.count(1)
_halves = itertools.count(Fraction(1, 2))

class Ticket:
    serial = itertools.count(10, 5)

    def __init__(self):
        self.id = next(_ids)
        self.number = next(self.serial)
        self.share = next(_halves)
"""


def test_counters_begin_anew_in_each_case_and_in_each_test() -> None:
    module, state = loaded(COUNTED)
    for _ in range(2):
        ticket = module.Ticket()
        assert (ticket.id, ticket.number) == (1, 10)
        changed = state.changed()
        assert changed == ["_ids", "Ticket.serial"]
        state.undo(changed)
        assert state.changed() == []
    assert state.lines(changed) == [
        'monkeypatch.setattr("registry._ids", itertools.count(1))',
        'monkeypatch.setattr(Ticket, "serial", itertools.count(10, 5))',
    ]
    assert state.facts(changed, Writer({}, "registry")) == {}
