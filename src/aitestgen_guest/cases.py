"""Cases: a call with its receiver and arguments, run once, and what a test could see of it.

A case is JSON: `target`, `receiver` (an expression or None), `calls` (earlier calls on the receiver, `[method,
arguments, keywords]`), `arguments`, `keywords`, and `then` (arguments for a call of the returned callable, or None).
An observation is JSON too: see `Stage.observe`.
"""

import asyncio
import collections.abc
import contextlib
import inspect
import io
import itertools
import sys
import traceback
import types
from functools import partial
from types import CodeType
from typing import Any

from aitestgen_guest import inputs
from aitestgen_guest.effects import Effects
from aitestgen_guest.literals import Writer
from aitestgen_guest.probes import Cut, Recorder
from aitestgen_guest.shapes import Arguments, Case, Description, Expression, Facts, Keywords, Namespace, Observation
from aitestgen_guest.time_limit import within

WALL_SECONDS = 0.25
MAX_DRAINED = 30
SHOWN_OF_ENDLESS = 5
MAX_VIEWS = 12
MAX_OUTPUT = 2000
OPERATORS: "dict[str, str | None]" = {
    "__len__": "len({self})", "__contains__": "{0} in {self}", "__getitem__": "{self}[{0}]", "__bool__": "bool({self})",
    "__eq__": "{self} == {0}", "__ne__": "{self} != {0}", "__lt__": "{self} < {0}", "__le__": "{self} <= {0}",
    "__gt__": "{self} > {0}", "__ge__": "{self} >= {0}", "__add__": "{self} + {0}", "__sub__": "{self} - {0}",
    "__mul__": "{self} * {0}", "__truediv__": "{self} / {0}", "__floordiv__": "{self} // {0}",
    "__mod__": "{self} % {0}", "__pow__": "{self} ** {0}",
    "__and__": "{self} & {0}", "__or__": "{self} | {0}", "__xor__": "{self} ^ {0}",
    "__neg__": "-{self}", "__pos__": "+{self}", "__invert__": "~{self}", "__abs__": "abs({self})",
    "__int__": "int({self})", "__float__": "float({self})", "__repr__": "repr({self})", "__str__": "str({self})",
    "__iter__": "iter({self})", "__reversed__": "reversed({self})", "__next__": "next({self})", "__hash__": None,
    "__radd__": "{0} + {self}", "__rmul__": "{0} * {self}", "__rsub__": "{0} - {self}", "__matmul__": "{self} @ {0}",
    "__format__": "format({self}, {0})", "__lshift__": "{self} << {0}", "__rshift__": "{self} >> {0}",
    "__del__": None, "__new__": None, "__init_subclass__": None, "__set_name__": None, "__aenter__": None,
    "__aexit__": None, "__exit__": None, "__getattr__": None, "__setattr__": None, "__delattr__": None,
    "__post_init__": None, "__getattribute__": None, "__reduce__": None, "__getstate__": None, "__setstate__": None,
    "__class_getitem__": None, "__anext__": None, "__aiter__": None, "__await__": None, "__get__": None,
    "__set__": None,
}  # fmt: skip
STATEMENTS: "dict[str, str]" = {"__setitem__": "{self}[{0}] = {1}", "__delitem__": "del {self}[{0}]"}
_TEXT_VIEWS = ("str(", "repr(")
_TEXT_LABELS = ("result:str(", "result:repr(")
_CODE: "dict[tuple[str, str], CodeType]" = {}


def code_of(text: str, mode: str = "eval") -> CodeType:
    key = (text, mode)
    if key not in _CODE:
        if len(_CODE) > 20_000:
            _CODE.clear()
        _CODE[key] = compile(text, "<case>", mode, dont_inherit=True)
    return _CODE[key]


class _Output(io.StringIO):
    """Standard output that keeps its first part only."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < MAX_OUTPUT else len(text)


class Target:
    """A callable under test, as the host's analysis described it."""

    def __init__(self, description: Description) -> None:
        self.id: str = description["id"]
        self.kind: str = description["kind"]
        self.owner: str = description.get("owner") or ""
        self.name: str = self.id.rpartition(".")[2]
        self.bound = self.kind in ("method", "property")

    @property
    def template(self) -> "str | None":
        """The call as text with `{self}` and `{args}`; None where a test has no way to write it."""
        if self.kind == "property":
            return "{self}." + self.name
        if not self.bound:
            return self.id + "({args})"
        if self.name in STATEMENTS:
            return STATEMENTS[self.name]
        if self.name == "__call__":
            return "{self}({args})"
        if self.name == "__enter__":
            return "{self}.__enter__()"
        if self.name in OPERATORS:
            return OPERATORS[self.name]
        return "{self}." + self.name + "({args})"


def call_text(template: "str | None", receiver: str, arguments: "list[str]", keywords: "dict[str, str]") -> str:
    """The call as source text; `arguments` are texts."""
    if template is None:
        raise ValueError("a test has no way to write this call")
    keyword_texts = [f"{name}={text}" for name, text in keywords.items()]
    return template.format(*arguments, self=receiver, args=", ".join([*arguments, *keyword_texts]))


class Stage:
    """Where cases run: one loaded copy of the module. Standard output is caught, clock and chance are held still."""

    def __init__(
        self, namespace: Namespace, writer: Writer, recorder: Recorder, module_file: str, effects: Effects
    ) -> None:
        self.effects = effects
        self.wall_seconds = WALL_SECONDS
        self.namespace = namespace
        self.writer = writer
        self.recorder = recorder
        self.module_file = module_file
        self.raise_lines: frozenset[int] | set[int] = frozenset()
        self.getters: dict[str, list[str]] = {}
        self._templates: dict[type, list[str]] = {}

    def build(self, expression: Expression) -> Any:
        return eval(code_of(inputs.source(expression)), self.namespace)  # noqa: S307 - inside the jail, by design

    def observe(self, target: Target, case: Case) -> Observation:
        """Run the case; what a test could see of it.

        `outcome` is `returns`, `raises`, `cut` (too long) or `unbuildable`. `facts` maps labels to source text:
        `result`, `result:{}.x` (views of a returned object), `error`, `message`, `output`, `receiver:{}.x`,
        `argument:name`. `shown` lists the labels that a test asserts unless it needs more; `wraps` says how the
        result was driven: `run` (a coroutine), `list` or `islice` (an iterator), `call` (a callable), `enter`.
        `effects` are lines that the test needs to hold clock and chance still.
        """
        with self.effects.holding(), contextlib.redirect_stdout(_Output()) as output:
            observe = partial(self._observe, target, case, output)
            observation = within(self.wall_seconds, observe, {"outcome": "cut"})
        return {**observation, "effects": list(self.effects.used)}

    def _observe(self, target: Target, case: Case, output: io.StringIO) -> Observation:
        try:
            receiver, values = self._prepare(case)
        except Cut:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a constructor raises makes the case unusable
            return {"outcome": "unbuildable", "error": type(error).__name__}
        before = self._views(receiver) if target.bound else {}
        arguments_before = {name: self.writer.literal(value) for name, value in values.items() if _mutable(value)}
        output.truncate(output.seek(0))
        self.recorder.reset()
        facts: Facts = {}
        wraps: list[str] = []
        try:
            result = self._call(target, case, receiver, values, wraps)
        except Cut:
            raise
        except BaseException as error:  # noqa: BLE001 - any exception of the module under test is an observation
            observation = self._raised(error)
        else:
            observation = {"outcome": "returns"}
            self._describe(result, receiver, target, facts)
        facts = observation["facts"] = {**observation.get("facts", {}), **facts}
        shown = [label for label in facts if not label.startswith(_TEXT_LABELS)]
        observation.update(wraps=wraps, shown=shown)
        self._after(observation, receiver if target.bound else None, before, values, arguments_before)
        text = output.getvalue()
        observation["facts"]["output"] = repr(text)
        if text:
            observation["shown"].append("output")
        return observation

    def _prepare(self, case: Case) -> "tuple[Any, dict[str, Any]]":
        receiver = None
        if case["receiver"] is not None:
            receiver = self.build(case["receiver"])
            for method, arguments, keywords in case["calls"]:
                self._earlier(receiver, method, arguments, keywords)
        values = {f"a{i}": self.build(item) for i, item in enumerate(case["arguments"])}
        values.update({f"k_{name}": self.build(item) for name, item in case["keywords"].items()})
        return receiver, values

    def _earlier(self, receiver: Any, method: str, arguments: Arguments, keywords: Keywords) -> None:
        template = Target({"id": "X." + method, "kind": "method", "owner": "X"}).template
        texts = [inputs.source(item) for item in arguments]
        text = call_text(template, "receiver", texts, {k: inputs.source(v) for k, v in keywords.items()})
        if method in STATEMENTS:
            exec(code_of(text, "exec"), self.namespace, {"receiver": receiver})  # noqa: S102 - inside the jail, by design
            return
        result = eval(code_of(text), self.namespace, {"receiver": receiver})  # noqa: S307 - inside the jail, by design
        if inspect.iscoroutine(result):
            asyncio.run(result)

    def _call(self, target: Target, case: Case, receiver: Any, values: "dict[str, Any]", wraps: "list[str]") -> Any:
        texts = [name for name in values if name.startswith("a")]
        keywords = {name[2:]: name for name in values if name.startswith("k_")}
        text = call_text(target.template, "receiver", texts, keywords)
        names = {**values, "receiver": receiver}
        if target.name in STATEMENTS and target.bound:
            exec(code_of(text, "exec"), self.namespace, names)  # noqa: S102 - inside the jail, by design
            return None
        result = eval(code_of(text), self.namespace, names)  # noqa: S307 - inside the jail, by design
        return self._drive(result, case, wraps)

    def _drive(self, result: Any, case: Case, wraps: "list[str]") -> Any:
        """Run what was returned to its end: coroutines, iterators, context managers, returned functions."""
        if inspect.iscoroutine(result):
            wraps.append("run")
            result = asyncio.run(result)
        if isinstance(result, (types.FunctionType, types.MethodType)) and case.get("then") is not None:
            wraps.append("call")
            result = result(*map(self.build, case["then"]))
            if inspect.iscoroutine(result):
                wraps.append("run")
                result = asyncio.run(result)
        if isinstance(result, contextlib.AbstractContextManager) and type(result).__module__ == "contextlib":
            wraps.append("enter")
            with result as value:
                return value
        if isinstance(result, collections.abc.Iterator) and not isinstance(result, io.IOBase):
            drained = list(itertools.islice(result, MAX_DRAINED + 1))
            if len(drained) > MAX_DRAINED:
                wraps.append("islice")
                return drained[:SHOWN_OF_ENDLESS]
            wraps.append("list")
            return drained
        return result

    def _raised(self, error: BaseException) -> Observation:
        walked = traceback.walk_tb(error.__traceback__)
        frames = [(frame.f_code.co_filename, line or 0) for frame, line in walked]
        frames = [place for place in frames if not place[0].startswith(("<case>", _OWN_FOLDER))]
        file, line = frames[-1] if frames else (None, 0)
        own = [own_line for own_file, own_line in frames if own_file == self.module_file]
        here = file == self.module_file
        message = str(error)
        path = self.writer.literal(type(error))
        return {
            "outcome": "raises",
            "facts": {"error": path or type(error).__name__, "message": repr(message)},
            "nameable": path is not None,
            "announced": here and line in self.raise_lines,
            "elsewhere": file is not None and not here,
            "line": own[-1] if own else 0,
            "reached": bool(own),
        }

    def _describe(self, result: Any, receiver: Any, target: Target, facts: Facts) -> None:
        if target.bound and result is receiver and result is not None:
            facts["result"] = "{self}"
            return
        text = self.writer.literal(result)
        if text is not None:
            facts["result"] = text
            return
        facts["result:type"] = self.writer.literal(type(result)) or ""
        for view, value in self._views(result).items():
            facts[f"result:{view}"] = value

    def _after(
        self,
        observation: Observation,
        receiver: Any,
        before: Facts,
        values: "dict[str, Any]",
        arguments_before: "dict[str, str | None]",
    ) -> None:
        facts = observation["facts"]
        for view, value in self._views(receiver).items() if receiver is not None else ():
            label = f"receiver:{view}"
            facts[label] = value
            if before.get(view) != value and not view.startswith(_TEXT_VIEWS):
                observation["shown"].append(label)
        for name, old in arguments_before.items():
            new = self.writer.literal(values[name])
            if old is not None and new is not None:
                facts[f"argument:{name}"] = new
                if new != old:
                    observation["shown"].append(f"argument:{name}")

    def _view_templates(self, value: Any) -> "list[str]":
        kind = type(value)
        if kind not in self._templates:
            self._templates[kind] = _class_templates(kind, self.getters)
        names = [name for name in getattr(value, "__dict__", ()) if isinstance(name, str) and not name.startswith("_")]
        return ["{}." + name for name in names] + [item for item in self._templates[kind] if item[3:] not in names]

    def _views(self, value: Any) -> Facts:
        """What a test can read of an object without changing it: public attributes, properties, length, items, text."""
        if value is None or isinstance(value, (types.ModuleType, types.FunctionType, type)):
            return {}
        found = {}
        for template in self._view_templates(value):
            try:
                seen = eval(code_of(template.format("value")), self.namespace, {"value": value})  # noqa: S307 - in the jail
            except Cut:
                raise
            except BaseException:  # noqa: BLE001, S112 - a view that fails is no view
                continue
            text = self.writer.literal(seen)
            if text is not None and "0x" not in text:
                found[template] = text
            if len(found) >= MAX_VIEWS:
                break
        return found


def _class_templates(kind: type, getters: "dict[str, list[str]]") -> "list[str]":
    """Views that all objects of a class have: slots, properties, reading methods, length, items, text."""
    names = []
    for base in kind.__mro__[:-1]:
        slots = vars(base).get("__slots__", ())
        names += [name for name in ((slots,) if isinstance(slots, str) else slots) if not name.startswith("_")]
        names += [n for n, item in vars(base).items() if isinstance(item, property) and not n.startswith("_")]
    templates = ["{}." + name for name in dict.fromkeys(names)]
    own = {name for base in kind.__mro__[:-1] if base.__module__ != "builtins" for name in vars(base)}
    if "__len__" in own or (issubclass(kind, (list, dict, set)) and kind.__module__ != "builtins"):
        templates.append("len({})")
        if hasattr(kind, "__iter__"):
            templates.append("dict({})" if issubclass(kind, collections.abc.Mapping) else "list({})")
    templates += [f"{{}}.{name}()" for base in kind.__mro__[:-1] for name in getters.get(base.__name__, ())]
    if "__str__" in own or "__repr__" in own:
        templates.append("str({})" if "__str__" in own else "repr({})")
    return templates


def _mutable(value: Any) -> bool:
    return isinstance(value, (list, dict, set, bytearray, collections.abc.MutableMapping))


_OWN_FOLDER = __file__.rpartition("/")[0]


def differs(base: Observation, other: Observation) -> "list[str]":
    """The labels on which two observations of one case differ, the ones shown anyway first."""
    if base["outcome"] != other["outcome"]:
        return ["outcome"]
    found = [label for label, text in base["facts"].items() if other["facts"].get(label) != text]
    shown = set(base["shown"])
    return sorted(found, key=lambda label: label not in shown)


def is_slow(observation: Observation) -> bool:
    """Whether it ran into the time limit or into the bottom of the stack."""
    return bool(observation["outcome"] == "cut") or observation.get("facts", {}).get("error") == "RecursionError"


def drop_unused(module: str) -> None:
    """Forget a module and its submodules, so that the next import runs it anew."""
    for name in [name for name in sys.modules if name == module or name.startswith(module + ".")]:
        del sys.modules[name]
