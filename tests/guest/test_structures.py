"""How data is built, as the source shows it, and data made so."""

import textwrap
from random import Random
from typing import Any

import pytest
from tests.guest.test_search import search_of, seen

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.built import MOST_PARTS, spec_of, with_keys
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.arguments.structures import handed_on, structures
from aitestgen_guest.calls.steps import Steps
from aitestgen_guest.shapes import Spec


def spec(code: str, path: str, name: str) -> Spec:
    return spec_of(structures(textwrap.dedent(code))[path, name])


def keys(shaped: Spec) -> dict[str, bool]:
    """Whether each key can be done without."""
    assert shaped[0] == "shaped"
    return {key: optional for key, _, optional in shaped[1]}


ORDERS = """
    RATES = {"DE": 19, "FR": 20}

    def total(order):
        result = sum(price_of(line) for line in order["lines"])
        coupon = order.get("coupon")
        if coupon and coupon["kind"] == "percent":
            result -= coupon["value"]
        return result * RATES[order["country"]]

    def price_of(line):
        return float(line["price"]) * line.get("count", 1)
"""


def test_what_is_looked_up_in_data_and_in_what_it_holds_is_its_structure() -> None:
    order = spec(ORDERS, "total", "order")
    assert keys(order) == {"lines": False, "coupon": True, "country": False}
    lines, coupon, country = (inner for _, inner, _ in order[1])
    assert lines[0] == "list"
    assert keys(lines[1]) == {"price": False, "count": True}, "a function that is given a line says what one is"
    assert dict(zip(keys(coupon), (inner for _, inner, _ in coupon[1]), strict=True))["kind"][1][0] == (
        "choice",
        ("'percent'",),
    )
    assert country == ("choice", ("'DE'", "'FR'"))


def test_data_that_is_nested_in_itself_ends() -> None:
    code = """
        def depth(node):
            return 1 + max((depth(child) for child in node["children"]), default=0)
    """
    found = spec(code, "depth", "node")
    for _ in range(3):
        assert keys(found) == {"children": False}
        found = found[1][0][1][1]
    assert len(repr(found)) < 500


def test_what_is_kept_on_self_is_one_with_what_methods_do_to_it() -> None:
    code = """
        class Job:
            def __init__(self, config):
                self.config = config

            def name(self):
                return self.config["name"].strip()
    """
    assert spec(code, "Job", "config") == ("shaped", (("name", ("str",), False),))


def test_keys_that_are_asked_for_first_can_be_done_without() -> None:
    code = """
        def low(data):
            return "low" in data and data["low"] < 3
    """
    assert keys(spec(code, "low", "data")) == {"low": True}


def test_nothing_is_known_of_what_is_not_looked_into() -> None:
    assert structures("def f(a, b):\n    return a.x + len(b)\n") == {}


def maker() -> inputs.Maker:
    return inputs.Maker(Random(1), Pool(), Callables({}, Namer({}, {}), []))


def test_data_is_made_as_it_is_built_and_changed_in_one_part() -> None:
    order = spec(ORDERS, "total", "order")
    made = [inputs.value_of(maker_made) for maker_made in _made(order)]
    assert all(isinstance(one, dict) for one in made)
    assert {True, False} == {"coupon" in one for one in made}
    assert any(one["lines"] and "price" in one["lines"][0] for one in made if "lines" in one)


def _made(of: Spec) -> list[Any]:
    one = maker()
    fresh = [one.make(of) for _ in range(40)]
    return [*fresh, *(one.change(item, of) for item in fresh)]


VALIDATES = """
    def problems(data: dict, schema: dict) -> list:
        found = []
        for name, rule in schema["fields"].items():
            if name not in data:
                found.append("missing")
            elif rule["type"] == "object":
                found += problems(data[name], rule)
            elif rule["type"] == "number" and "most" in rule and data[name] > rule["most"]:
                found.append("too much")
        return found
"""


def test_the_search_gets_into_nested_data_of_an_annotated_dict() -> None:
    _, search = search_of(VALIDATES, "problems", 3000)
    results = " ".join(seen(search))
    assert "missing" in results
    assert "too much" in results


TREE = """
    class Node:
        def __init__(self, key, left=None, right=None):
            self.key = key
            self.left = left
            self.right = right


    class Other:
        def __init__(self, name):
            self.name = name


    def height(node):
        if node is None:
            return 0
        return 1 + max(height(node.left), height(node.right))


    def keys(nodes):
        return [node.key for node in nodes]
"""


def test_what_has_the_attributes_of_one_class_of_the_module_is_its_object_and_so_is_what_this_is_made_with() -> None:
    a_node_or_none = ("union", (("new", "Node"), ("none",)))
    assert spec(TREE, "height", "node") == a_node_or_none
    assert spec(TREE, "Node", "left") == spec(TREE, "Node", "right") == a_node_or_none
    assert spec(TREE, "keys", "nodes")[0] == "list"
    assert ("Node", "key") not in structures(textwrap.dedent(TREE))


def test_an_attribute_that_several_classes_have_says_nothing() -> None:
    code = TREE + "\n    class Third:\n        def __init__(self):\n            self.name = 1\n"
    assert (
        structures(textwrap.dedent(code + "\n    def f(one):\n        return one.name\n")).keys()
        == structures(textwrap.dedent(code)).keys()
    )


def test_what_is_made_by_a_class_and_handed_on_is_its_object() -> None:
    code = TREE + "\n    def made():\n        return show(Other(1))\n\n    def show(thing):\n        return thing\n"
    assert spec(code, "show", "thing") == ("new", "Other")


def test_what_an_index_leads_to_may_stand_in_a_list_or_a_mapping() -> None:
    found = spec("def f(rows, at):\n    return rows[at]['name']\n", "f", "rows")
    assert [option[0] for option in found[1]] == ["dict", "list"]


def suspected(code: str) -> set[str]:
    _, search = search_of(code, "f", 600)
    return {error for error, _ in search.findings}


def test_a_key_that_a_bare_mapping_lacks_is_no_suspected_bug() -> None:
    assert "KeyError" not in suspected("def f(data: dict):\n    return data['n']\n")
    assert "KeyError" in suspected("def f(n: int):\n    return {1: 2}[n]\n")
    assert "KeyError" in suspected("def f(data: dict):\n    return {'b': 2}[data.get('n', 'a')]\n")


CALENDAR = """
    from datetime import timedelta

    def is_free(moment, busy):
        return moment.hour not in busy and moment.weekday() < 5

    def next_free(start, busy):
        candidate = start.replace(minute=0) + timedelta(hours=1)
        while not is_free(candidate, busy):
            candidate += timedelta(hours=1)
        return candidate

    def years(since, until):
        return until.year - since.year

    def minutes(span):
        return span.total_seconds() / 60

    def area(shape):
        return shape.year * shape.height
"""


def test_what_is_asked_as_of_a_moment_a_day_or_a_span_is_one() -> None:
    assert spec(CALENDAR, "is_free", "moment") == ("datetime",)
    assert spec(CALENDAR, "next_free", "start") == ("datetime",), "what is handed on is the same"
    assert spec(CALENDAR, "minutes", "span") == ("timedelta",)
    known = structures(textwrap.dedent(CALENDAR))
    assert not {("years", "since"), ("area", "shape")} & known.keys(), "one name alone tells nothing"


PLATES = """
    import re

    class Register:
        def __init__(self, plate):
            self.region = region(plate)

        def add(self, plate, owner):
            def stored():
                return region(plate)
            return stored(), owner

    def region(plate):
        return parts(plate)[0]

    def parts(text, limit=3):
        return re.match(r"(\\w+)-(\\d+)", text).groups()[:limit]

    def count(items):
        return size(items)

    def size(items):
        return len(items)
"""


def test_texts_that_are_handed_on_are_one_group() -> None:
    assert [sorted(group) for group in handed_on(textwrap.dedent(PLATES))] == [
        [("Register", "plate"), ("parts", "text"), ("region", "plate")]
    ]


KEEPERS = """
    class Shop:
        def __init__(self, bank):
            self.bank = bank
            self.observers = []
            self.handlers = {}
            self.closed = False

        def attach(self, observer):
            self.observers.append(observer)

        def on(self, event, handler=None):
            if handler is None:
                return
            self.handlers.setdefault(event, []).append(handler)

        def tag(self, item, name):
            return item.label(name) if name else None

        def load(self, file):
            return file.read()

        def order(self, by):
            return by(self)

        def sell(self, name, price):
            if self.closed:
                self.bank.refund(price)
            self.bank.pay(price)
            for observer in self.observers:
                observer.sold(name, price)
            for handler in self.handlers.get(name, ()):
                handler(price)
"""
FUNCTION: Spec = ("callable", None, ("any",))


def test_what_an_object_keeps_is_built_as_its_other_methods_call_it() -> None:
    assert spec(KEEPERS, "Shop.on", "handler") == ("union", (FUNCTION, ("none",)))
    assert spec(KEEPERS, "Shop.attach", "observer") == ("attributes", (("sold", FUNCTION),))
    assert spec(KEEPERS, "Shop", "bank") == ("attributes", (("pay", FUNCTION), ("refund", FUNCTION)))
    assert spec(KEEPERS, "Shop.tag", "item") == ("attributes", (("label", FUNCTION),))
    known = structures(textwrap.dedent(KEEPERS))
    assert not {("Shop.load", "file"), ("Shop.order", "by")} & known.keys(), "a trial shows what these are"


def test_observers_are_told_of_what_happens() -> None:
    _, search = search_of(KEEPERS, "Shop.sell", 3000)
    told = {text for entry in search.kept.results() for text in entry.observation["facts"].values()}
    assert any(text.startswith("[(") for text in told)


SHIFTS = """
    class Shifts:
        def __init__(self, clock):
            self._clock = clock
            self.done = []

        def finish(self, name, planned):
            if planned < self._clock.now():
                self.done.append((name, "late"))
            else:
                self.done.append((name, "in time"))

    class Rota:
        def __init__(self):
            self.steps = []

        def step(self, name):
            def register(function):
                self.steps.append((name, function))
                return function
            return register

        def run(self, value):
            for name, function in self.steps:
                value = function(value)
            return value
"""


def test_what_is_called_a_clock_may_be_an_object_with_methods() -> None:
    _, search = search_of(SHIFTS, "Shifts.finish", 2000)
    done = {entry.observation["facts"].get("receiver:{}.done", "") for entry in search.kept.results()}
    assert any("'late'" in text for text in done)
    assert any("'in time'" in text for text in done)


def test_functions_are_registered_as_a_decorator_does_before_the_call() -> None:
    _, search = search_of(SHIFTS, "Rota.run", 2000)
    steps = [step[0] for entry in search.kept.results() for step in entry.case["calls"]]
    assert "then:step" in steps


def test_methods_that_return_what_they_define_are_registering() -> None:
    code = """
        class Tree:
            def height(self):
                def measure(node):
                    return 1
                return measure(self)

            def each(self, name):
                def register(function):
                    return function
                return register
    """
    _, search = search_of(code, "Tree.height", 1)
    steps = Steps(search.callables, "Tree", search.stage.effects)
    assert [name for name in steps.methods if steps.gives_function(name)] == ["each"]


ORDERING = """
    import json

    class Ordering:
        def __init__(self, repo, cache, fetch):
            self.repo = repo
            self.cache = cache
            self.fetch = fetch

        def place(self, number, count):
            customer = self.repo.customer(number)
            if customer is None:
                raise LookupError(number)
            total = self.repo.product(number)["price"] * count
            return total * 0.9 if customer.get("vip") else total

        def rate(self, key):
            raw = self.cache.get(key)
            if raw is not None:
                return json.loads(raw)["rate"] * 2
            value = self.fetch(key)
            self.cache.put(key, json.dumps({"rate": value}))
            return value
"""
NUMBER: Spec = ("union", (("int",), ("float",)))


def test_what_a_method_gives_is_built_as_it_is_used() -> None:
    methods = dict(spec(ORDERING, "Ordering", "repo")[1])
    assert methods["customer"][2] == ("union", (("shaped", (("vip", ("bool",), True),)), ("none",)))
    assert methods["product"][2] == ("shaped", (("price", NUMBER, False),))


def test_a_store_that_has_more_than_a_mapping_is_an_object_whose_texts_are_read() -> None:
    methods = dict(spec(ORDERING, "Ordering", "cache")[1])
    assert methods.keys() == {"get", "put"}
    assert methods["get"][2] == ("union", (("none",), ("json", ("shaped", (("rate", NUMBER, False),)))))


@pytest.mark.parametrize("target", ["Ordering.place", "Ordering.rate"])
def test_services_are_reached_behind_what_their_parts_give(target: str) -> None:
    given = [
        entry.observation["facts"].get("result", "") for entry in search_of(ORDERING, target, 3000)[1].kept.results()
    ]
    assert any(text.lstrip("-")[:1].isdigit() for text in given)


LOANS = """
    class Handler:
        def __init__(self, successor=None):
            self.successor = successor

        def handle(self, request):
            if self.fits(request):
                return "done"
            if self.successor is None:
                raise ValueError("nobody")
            return self.successor.handle(request)

        def fits(self, request):
            raise NotImplementedError

    class Small(Handler):
        def fits(self, request):
            return request.amount <= 1000

    class Loud(Handler):
        def handle(self, request):
            return "loud"
"""


def test_a_method_that_overrides_another_is_given_the_same() -> None:
    amount = ("amount", ("union", (("choice", ("1000", "1001", "999")), ("int",))))
    assert spec(LOANS, "Handler.handle", "request") == ("attributes", (amount,))


def test_a_method_is_called_on_objects_that_inherit_it() -> None:
    _, search = search_of(LOANS, "Handler.handle", 2000)
    assert {"'done'", "ValueError", "NotImplementedError"} <= seen(search)
    receivers = {entry.case["receiver"][1] for entry in [*search.kept.results(), *search.kept.spare()]}
    assert {"Handler", "Small"} <= receivers


FORECASTS = """
    class Forecasts:
        def __init__(self, client, store):
            self.client = client
            self.store = store

        async def today(self, city, socket):
            known = await self.store.get(city)
            if known is None:
                data = await self.client.fetch(city)
                known = data["low"] - 1
                await self.store.put(city, known)
            await socket.send(known)
            return known
"""


def test_what_is_awaited_of_a_part_is_given_later() -> None:
    [(_, fetch)] = spec(FORECASTS, "Forecasts", "client")[1]
    assert fetch == ("callable", None, ("awaitable", ("shaped", (("low", NUMBER, False),))))
    assert spec(FORECASTS, "Forecasts.today", "socket")[1][0][1][2] == ("awaitable", ("any",))


def test_coroutines_of_services_are_reached_behind_what_their_parts_give() -> None:
    found = search_of(FORECASTS, "Forecasts.today", 3000)[1].kept.results()
    asked = [text for entry in found for text in entry.observation["facts"].values() if text.startswith("[(")]
    assert len(asked) > 1


TREES = """
    from dataclasses import dataclass

    @dataclass
    class Leaf:
        value: float

    @dataclass
    class Pair:
        left: object
        right: object

    @dataclass
    class Other:
        name: str
"""


def test_objects_of_the_classes_that_are_asked_for_are_nested_as_they_are_used() -> None:
    code = (
        textwrap.dedent(TREES)
        + """
def total(node):
    if isinstance(node, Leaf):
        return node.value
    return total(node.left) + total(node.right)
"""
    )
    nodes = ("union", (("new", "Leaf"), ("new", "Pair")))
    assert spec(code, "total", "node") == spec(code, "Pair", "left") == spec(code, "Pair", "right") == nodes


def test_patterns_tell_classes_and_what_these_hold() -> None:
    code = (
        textwrap.dedent(TREES)
        + """
def total(node):
    match node:
        case Leaf(value=number):
            return number
        case Pair(left, right):
            return total(left) + total(right)
"""
    )
    nodes = ("union", (("new", "Leaf"), ("new", "Pair")))
    assert spec(code, "total", "node") == spec(code, "Pair", "left") == nodes


def test_patterns_tell_keys_items_and_values() -> None:
    code = """
        def handle(command):
            match command:
                case {"action": "move" | "turn", "by": int(steps)}:
                    return steps
                case ["go", *rest]:
                    return rest
                case "quit" | "exit":
                    return None
    """
    kinds = {option[0]: option for option in reversed(spec(code, "handle", "command")[1])}
    assert kinds["choice"] == ("choice", ("'quit'", "'exit'"))
    assert keys(kinds["shaped"]) == {"action": True, "by": True}
    assert kinds["shaped"][1][0][1] == ("choice", ("'move'", "'turn'"))
    assert kinds["list"] == ("list", ("choice", ("'go'",)))


def test_what_a_counter_picks_is_an_item_of_a_list() -> None:
    code = """
        class Reader:
            def __init__(self, records):
                self.records = records
                self.place = 0

            def next(self):
                record = self.records[self.place]
                self.place += 1
                return record["name"]
    """
    records = spec(code, "Reader", "records")
    assert records[0] == "list"
    assert keys(records[1]) == {"name": False}


def test_rows_of_numbers_are_a_table_and_so_is_what_has_the_same_name() -> None:
    code = """
        def get(board, row, col):
            for row in range(3):
                for col in range(3):
                    if board[row][col] > 0:
                        return row

        def rows(board):
            return [row for row in board]

        def name(board, text):
            return board["name"]
    """
    found = structures(textwrap.dedent(code))
    assert spec_of(found["get", "board"])[:1] + spec_of(found["get", "board"])[1][:1] == ("list", "list")
    assert ("rows", "board") not in found, "the name stands for two things"
    alone = structures(textwrap.dedent(code.partition("def name")[0]))
    assert spec_of(alone["rows", "board"]) == spec_of(alone["get", "board"])


CLASSES = """
    import inspect

    class Shape:
        area = 0

    def depth(kind):
        return len(kind.__mro__)

    def is_shape(thing):
        return issubclass(thing, (Shape, int))

    def described(one):
        return one.__name__ if inspect.isclass(one) else repr(one)
"""


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (("depth", "kind"), ("type",)),
        (("is_shape", "thing"), ("union", (("choice", ("Shape",)), ("type",)))),
        (("described", "one"), ("type",)),
    ],
)
def test_what_only_classes_have_or_are_asked_is_a_class(where: "tuple[str, str]", expected: Any) -> None:
    assert spec_of(structures(textwrap.dedent(CLASSES))[where]) == expected


def test_the_search_finds_classes_by_what_is_in_them() -> None:
    _, search = search_of(
        """
        def found(C, name):
            for base in C.__mro__:
                if name in base.__dict__:
                    return base.__name__
            return None
        """,
        "found",
    )
    results = {entry.observation["facts"].get("result") for entry in search.kept.results()}
    assert len(results) > 1
    assert "None" in results


def test_what_is_pushed_on_a_heap_in_a_tuple_is_what_is_taken_from_it() -> None:
    code = """
        import heapq

        class Line:
            def __init__(self):
                self._heap = []

            def at(self, time, job):
                heapq.heappush(self._heap, (time, job))

            def run(self):
                time, job = heapq.heappop(self._heap)
                return job(time)
        """
    assert spec(code, "Line.at", "job")[0] == "callable"


def test_what_is_within_itself_is_so_a_few_times_only() -> None:
    code = """
        def as_tuple(x):
            if isinstance(x, list):
                return tuple(x)
            return (x,)
    """
    [built] = structures(textwrap.dedent(code)).values()
    assert str(spec_of(built)).count("tuple") < 10


def test_a_spec_stays_small_where_much_is_nested_in_each_other() -> None:
    names = [f"k{number}" for number in range(12)]
    lines = [f"    walk(node['{name}'], seen)" for name in names]
    code = "\n".join(["def walk(node, seen):", *lines, "    return node"])
    [built] = structures(code).values()
    found = spec_of(built)
    assert all(f"'{name}'" in str(found) for name in names)
    assert str(found).count("shaped") < MOST_PARTS


OPENED = """
def opened(limit):
    def outer(view):
        def inner(request):
            answer = view(request["user"])
            answer.setdefault("headers", {})["limit"] = limit
            return answer
        return inner
    return outer
"""
WRAPPED = f"{OPENED}\nclass Gate:\n{textwrap.indent(OPENED.replace('opened(limit)', 'open(self, limit)'), '    ')}"


@pytest.mark.parametrize("path", ["opened()", "Gate.open()"])
def test_what_returned_functions_take_is_read_too(path: str) -> None:
    assert spec(WRAPPED, path, "view")[0] == "callable"
    assert spec(WRAPPED, path, "view")[2][0] == "shaped"
    assert spec(WRAPPED, path, "request")[0] == "shaped"


def test_decorators_are_given_views_and_these_requests() -> None:
    _, search = search_of(WRAPPED, "opened", 2000)
    assert any("'headers'" in result and "'limit'" in result for result in seen(search))


_ROWS: Spec = ("list", ("shaped", (("name", ("str",), True), ("mode", ("choice", ("'fast'", "3")), False))))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            ("list", ("dict", ("str",), ("int",))),
            ("list", ("shaped", (("name", ("int",), True), ("mode", ("int",), False)))),
        ),
        (
            ("union", (("none",), ("list", ("dict", ("str",), ("str",))))),
            ("list", ("shaped", (
                ("name", ("str",), True),
                ("mode", ("union", (("choice", ("'fast'",)), ("str",))), False),
            ))),
        ),
        (("list", ("dict", ("int",), ("int",))), None),
        (("dict", ("str",), ("int",)), None),
        (("list", ("str",)), None),
    ],
)  # fmt: skip
def test_declared_mappings_have_the_keys_that_the_code_looks_up(declared: Spec, expected: "Spec | None") -> None:
    assert with_keys(declared, _ROWS) == expected


def test_annotated_mappings_are_given_these_keys() -> None:
    code = """
        def tell(settings: dict[str, str], rates: "dict[str, dict[str, int]]") -> str:
            if settings["mode"] == "fast" and settings.get("tls") == "yes":
                return "both"
            return "much" if rates["eur"]["count"] > 1000 else "little"
    """
    _, search = search_of(code, "tell", 1500)
    assert {"'both'", "'much'", "'little'"} <= seen(search)
