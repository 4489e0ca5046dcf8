"""The steps that a case may take before and beside the call under test, and how each is written.

A step is `[verb, arguments, keywords]`. The verb is a method's name (a call), or one of these:

- `set:name`, `del:name`: an attribute is assigned or deleted
- `advance`: time passes
- `start:name`: a coroutine method is started as a task, and left waiting
- `limit:name`: a coroutine method is called with a limit on its time (the arguments end with the limit)
- `then:name`: a method is called, and what it gives is called with a function (the last of the arguments), as a
  decorator is
- `run:name`: a method is called in an event loop of its own, which is closed before the others begin
- `call:name`: another function of the module is called
"""

import collections.abc
import dis
import inspect
from itertools import pairwise
from types import CodeType
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.asking import function_of, is_a
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.open_attributes import parameters_of
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.calls.templates import IN_PLACE, LEAVING, call_text, method_template
from aitestgen_guest.environment.effects import CLOCK, Effects
from aitestgen_guest.shapes import Arguments, Case, Expression, Spec

_CALLABLE_BY_OPERATOR = (
    "__setitem__", "__delitem__", "__getitem__", "__contains__", "__call__", "__enter__", "__aenter__", "__next__",
    "__iter__", *IN_PLACE,
)  # fmt: skip
_OF_MAPPINGS = ("pop", "popitem", "setdefault", "clear", "update", "get")
_ASYNC_PROTOCOL = ("__aenter__", "__aiter__", "__anext__", "__await__")
FUNCTION = "call:"
ADVANCE = "clock:advance"
"""Time passes; methods of this name are others."""
MAX_TASKS = 2
TASKS = ("waiting", "also_waiting")
_WITH_MORE = ("limit", "then")
"""Verbs of steps whose last argument is not the method's."""
TO_DECORATE: Spec = ("callable", None, ANY)
_LIMITS = (0.5, 1, 5, 60)
_LONG = 10**7


class Steps:
    """What one class offers: `verbs` with their weights, and `is_async` where its objects live on an event loop."""

    def __init__(self, callables: Callables, owner: str, effects: Effects) -> None:
        self.callables = callables
        self.owner = owner
        self.cls = callables.resolve(owner)
        self.methods = _methods(self.cls)
        self.is_async = any(hasattr(self.cls, name) for name in _ASYNC_PROTOCOL) or any(
            map(self.is_awaited, self.methods)
        )
        self.verbs = self._verbs(effects)
        self.numbers = _default_numbers(self.cls)

    def is_awaited(self, method: str) -> bool:
        """Whether calling the method gives a coroutine or an async generator."""
        function = function_of(inspect.getattr_static(self.cls, method, None))
        return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)

    def plain_methods(self) -> "list[str]":
        """Those that are called and done, without an event loop."""
        return [name for name in self.methods if not self.is_awaited(name)]

    def gives_function(self, method: str) -> bool:
        """Whether the method returns a function that it defines, as those do that register what they decorate."""
        code = getattr(inspect.getattr_static(self.cls, method, None), "__code__", None)
        names = {item.co_name for item in code.co_consts if isinstance(item, CodeType)} if code else set()
        steps = [*dis.get_instructions(code)] if names and code else []
        returned = [first.argval for first, then in pairwise(steps) if then.opname == "RETURN_VALUE"]
        return not names.isdisjoint(returned)

    def is_streamed(self, method: str) -> bool:
        return inspect.isasyncgenfunction(inspect.getattr_static(self.cls, method, None))

    def _verbs(self, effects: Effects) -> "dict[str, float]":
        found = dict.fromkeys(self.methods, 4.0)
        for name, item in _attributes(self.cls).items():
            if isinstance(item, property) and not name.startswith("_"):
                found.update({f"set:{name}": 2.0} if item.fset else {})
                found.update({f"del:{name}": 1.0} if item.fdel else {})
            elif not name.startswith("_") and self.callables.setter(item):
                found[f"set:{name}"] = 2.0
        for name, parameter in parameters_of(self.cls, effects.outside.source, self.callables.namer).items():
            self.callables.offer(f"{self.owner}.{name}", parameter)
            found[f"set:{name}"] = 2.0
        for name in [name for name in self.methods if self.is_awaited(name) and not name.startswith("__")]:
            found.update({f"start:{name}": 1.5, f"limit:{name}": 1.0, f"run:{name}": 0.5})
        for name in filter(self.gives_function, self.plain_methods()):
            found[f"then:{name}"] = 4.0
        if effects.passes:
            found[ADVANCE] = 1.0 + 0.6 * len(found)
        return found

    def parameters(self, verb: str) -> "list[Parameter]":
        """The parameters that a step of this verb takes."""
        kind, _, name = verb.rpartition(":")
        if verb == ADVANCE or kind == "del":
            return []
        if name in LEAVING:
            return [Parameter("error", "normal", [(_THROWN, 1.0)], None, optional=False)]
        return self.callables.parameters(f"{self.owner}.{name}")

    def make(self, maker: inputs.Maker, case: Case) -> "list[Any]":
        """A new step for the case."""
        verb = maker.random.choices(list(self.verbs), list(self.verbs.values()))[0]
        if verb == ADVANCE:
            return [verb, [self.span(maker, case)], {}]
        arguments, keywords, _ = self.callables.arguments(self.parameters(verb), maker)
        if verb.startswith("limit:"):
            arguments = [*arguments, inputs.data(maker.random.choice(_LIMITS))]
        elif verb.startswith("then:"):
            arguments = [*arguments, maker.make(TO_DECORATE)]
        return [verb, arguments, keywords]

    def span(self, maker: inputs.Maker, case: Case) -> Expression:
        """Seconds to pass: near a number that the case or the module mentions, below it, equal or above."""
        known = [*(_numbers(case["receiver"]) if case["receiver"] else ()), *self.numbers]
        known += [number for _, arguments, _ in case["calls"] for item in arguments for number in _numbers(item)]
        if not known or maker.random.random() < 0.25:
            known = [*known, *maker.pool.of(int), *maker.pool.of(float), 1, 60]
        fit = [number for number in known if 0 < number < _LONG] or [1]
        number = maker.random.choice(fit)
        near = (number, number, number + 1, number - 1 if number > 1 else number / 2, number / 2)
        return inputs.data(maker.random.choice(near))


_THROWN = ("choice", ('ValueError("boom")', 'KeyError("key")', 'RuntimeError("stop")'))


def _attributes(cls: Any) -> "dict[str, Any]":
    """What the class and its bases define, the nearest definition of each name."""
    return {name: item for base in reversed(cls.__mro__[:-1]) for name, item in vars(base).items()}


def _methods(cls: Any) -> "list[str]":
    """Public methods that the class's module wrote, those of operators that a test can write, and a mapping's own."""
    names = [n for base in cls.__mro__[:-1] if base.__module__ == cls.__module__ for n in vars(base)]
    if issubclass(cls, collections.abc.MutableMapping):
        names += [name for name in _OF_MAPPINGS if hasattr(cls, name)]
    found = []
    for name in dict.fromkeys(names):
        item = inspect.getattr_static(cls, name)
        public = not name.startswith("_") or name in _CALLABLE_BY_OPERATOR
        if public and callable(function_of(item)) and not is_a(item, type):
            found.append(name)
    return found


def _default_numbers(cls: Any) -> "list[Any]":
    """Numbers that the constructor takes where it is given none: periods, limits, lifetimes."""
    try:
        defaults = [item.default for item in inspect.signature(cls).parameters.values()]
    except (TypeError, ValueError):
        return []
    return [item for item in defaults if type(item) in (int, float)]


def _numbers(expression: Expression) -> "list[Any]":
    if expression[0] == "call":
        return [n for item in (*expression[2], *expression[3].values()) for n in _numbers(item)]
    try:
        value = inputs.value_of(expression)
    except ValueError:
        return []
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def insert(calls: "list[Any]", place: int, step: "list[Any]") -> None:
    """Insert the step where its verb allows it: loops of their own come first, and few tasks wait."""
    if step[0].startswith("run:"):
        place = 0
    elif place < len(calls) and calls[place][0].startswith("run:"):
        place = sum(1 for other in calls if other[0].startswith("run:"))
    if not step[0].startswith("start:") or sum(other[0].startswith("start:") for other in calls) < MAX_TASKS:
        calls.insert(place, step)


def text_of(step: "list[Any]", receiver: str, *, streamed: bool, loop: bool) -> str:
    """The step as source text, without the `await` and the like that its result asks for.

    `streamed`: the method is an async generator, to be read to its end; `loop`: the case runs on an event loop.
    """
    verb, arguments, keywords = step
    kind, _, name = verb.rpartition(":")
    texts = [inputs.source(item) for item in arguments]
    if verb == ADVANCE:
        return f"asyncio.sleep({texts[0]})" if loop else f"{CLOCK}.advance({texts[0]})"
    if kind == "set":
        return f"{receiver}.{name} = {texts[0]}"
    if kind == "del":
        return f"del {receiver}.{name}"
    last = texts.pop() if kind in _WITH_MORE else ""
    template = name + "({args})" if verb.startswith(FUNCTION) else method_template(name)
    call = call_text(template, receiver, texts, {k: inputs.source(v) for k, v in keywords.items()})
    call = f"collected({call})" if kind and streamed else call
    if kind == "limit":
        return f"asyncio.wait_for({call}, {last})"
    if kind == "then":
        return f"{call}({last})"
    return {"start": f"asyncio.create_task({call})", "run": f"asyncio.run({call})"}.get(kind, call)


def method_arguments(step: "list[Any]") -> Arguments:
    """The arguments that go to the method: without the limit of time, or the function to decorate."""
    return list(step[1][:-1]) if step[0].partition(":")[0] in _WITH_MORE else list(step[1])
