"""Calls of the module's other functions before the one under test: what is looked up has been registered before."""

import ast
from collections.abc import Iterable
from functools import lru_cache

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.calls.steps import FUNCTION
from aitestgen_guest.shapes import Case, Expression

MOST = 3
OFTEN = 0.5
"""How often a new case begins with such calls."""
REFERRING = 0.4
MOST_RESULTS = 8
_CHANGING = frozenset(
    {
        "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem",
        "popleft", "remove", "reverse", "rotate", "setdefault", "sort", "subtract", "update",
    }
)  # fmt: skip
_MAKING = ("__init__", "__new__")
Functions = dict[str, "ast.FunctionDef | ast.AsyncFunctionDef"]
Names = frozenset[str]


class Earlier:
    """Puts calls of some functions, by name, before a case's own call."""

    def __init__(self, functions: "list[str]", callables: Callables, maker: inputs.Maker) -> None:
        self.functions = functions
        self.callables = callables
        self.maker = maker
        self._gave: dict[type, list[object]] = {}

    def begin(self, case: Case) -> None:
        """Now and then a few calls in place of none."""
        random = self.maker.random
        if self.functions and random.random() < OFTEN:
            case["calls"] = [self._step() for _ in range(random.choice((1, 1, 2, MOST)))]

    def learn(self, results: "Iterable[object]") -> None:
        """What such calls gave: the number of an account, with which it is asked for."""
        for result in results:
            known = self._gave.setdefault(type(result), [])
            if result not in known and len(known) < MOST_RESULTS:
                known.append(result)

    def refer(self, case: Case) -> None:
        """Give what earlier calls gave to the call, and to those after the first."""
        if not case["calls"]:
            return
        for arguments in (case["arguments"], *(step[1] for step in case["calls"][1:])):
            for place, given in enumerate(arguments):
                known = self._gave.get(type(_value(given)))
                if known and self.maker.random.random() < REFERRING:
                    arguments[place] = inputs.data(self.maker.random.choice(known))

    def change(self, case: Case) -> None:
        """One call more, one less, or another in its place."""
        random, calls = self.maker.random, case["calls"]
        roll = random.random()
        if calls and roll < 0.3:
            calls.pop(random.randrange(len(calls)))
        elif calls and roll < 0.5:
            calls[random.randrange(len(calls))] = self._step()
        elif len(calls) < MOST:
            calls.insert(random.randint(0, len(calls)), self._step())
        self.refer(case)

    def _step(self) -> "list[object]":
        name = self.maker.random.choice(self.functions)
        arguments, keywords, _ = self.callables.arguments(self.callables.parameters(name), self.maker)
        return [FUNCTION + name, arguments, keywords]


def _value(given: Expression) -> object:
    try:
        return inputs.value_of(given) if given[0] == "data" else None
    except ValueError:
        return None


@lru_cache(maxsize=4)
def changers(source: str, variables: "frozenset[str]") -> "dict[str, list[str]]":
    """By each function of a module, those public ones that change a variable of these which it uses, in file order.

    What a function does through others counts as its own.
    """
    functions: Functions = {
        node.name: node for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    calls = {name: _read(node) & functions.keys() for name, node in functions.items()}
    used = _with_callees({name: _read(node) & variables for name, node in functions.items()}, calls)
    changed = _with_callees({name: _changed(node) & variables for name, node in functions.items()}, calls)
    public = [name for name in functions if not name.startswith("_")]
    found = {name: [other for other in public if changed[other] & used[name]] for name in functions}
    return {name: others for name, others in found.items() if others} | _makers_before(source, variables)


def _makers_before(source: str, variables: "frozenset[str]") -> "dict[str, list[str]]":
    """By each class method that looks at what the class keeps, the class, if making an object changes that."""
    found: dict[str, list[str]] = {}
    for owner in (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)):
        kept = {path.partition(".")[2] for path in variables if path.startswith(f"{owner.name}.")}
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        if any(method.name in _MAKING and kept & _changed_attributes(method) for method in methods):
            looking = [method for method in methods if method.decorator_list and kept & _attributes(method)]
            found.update({f"{owner.name}.{method.name}": [owner.name] for method in looking})
    return found


def _attributes(function: ast.AST) -> Names:
    return frozenset(node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute))


def _changed_attributes(function: ast.AST) -> Names:
    """The names of the attributes that are assigned, assigned into, or called with a method that changes them."""
    nodes = list(ast.walk(function))
    held = [node.value for node in nodes if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)]
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    held += [func.value for func in called if isinstance(func, ast.Attribute) and func.attr in _CHANGING]
    stored = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    return frozenset(stored | {node.attr for node in held if isinstance(node, ast.Attribute)})


def _with_callees(own: "dict[str, Names]", calls: "dict[str, Names]") -> "dict[str, Names]":
    found = dict(own)
    for _ in own:
        grown = {name: names.union(*(found[callee] for callee in calls[name])) for name, names in found.items()}
        if grown == found:
            break
        found = grown
    return found


def _read(function: ast.AST) -> Names:
    return frozenset(node.id for node in ast.walk(function) if isinstance(node, ast.Name))


def _changed(function: ast.AST) -> Names:
    """The names that are bound as global ones, assigned into, or called with a method that changes its object."""
    nodes = list(ast.walk(function))
    found = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    found |= {_root(node) for node in nodes if _is_target(node)}
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    found |= {_root(func.value) for func in called if isinstance(func, ast.Attribute) and func.attr in _CHANGING}
    return frozenset(found)


def _is_target(node: ast.AST) -> bool:
    return isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load)


def _root(node: ast.AST) -> str:
    """The name at the bottom of `name[…].x[…]`, or an empty text."""
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
