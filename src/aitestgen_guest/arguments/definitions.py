"""Classes and functions that a test defines for itself: what the module asks for, and does not have.

A subclass for each class of the module that leaves methods to such, a class that uses each of its descriptors, a few
dataclasses for functions that take a class, and a coroutine function for those that look for one. Each is source text,
installed in a namespace under a name that the module does not use.
"""

import contextlib
import dataclasses
import inspect
import re
import textwrap
import typing
from collections.abc import Iterator, Mapping
from itertools import chain
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments import standard
from aitestgen_guest.arguments.asking import function_of, is_a
from aitestgen_guest.arguments.declarations import FIELDS, SAMPLE, argument_texts, declaring, descriptor_makers, is_told
from aitestgen_guest.arguments.hooks import hooks
from aitestgen_guest.arguments.specs import ANY, MADE_UP, Namer, from_annotation
from aitestgen_guest.arguments.tables import STREAM
from aitestgen_guest.shapes import Expression, Namespace, Spec

TYPING = ("Any", "Dict", "List", "Literal", "Optional", "Set", "Tuple", "Union")
_NAMES: Namespace = {
    **{name: getattr(typing, name) for name in TYPING},
    "dataclass": dataclasses.dataclass,
    "field": dataclasses.field,
    "InitVar": dataclasses.InitVar,
}
DATACLASSES = {
    "Point": """
        @dataclass
        class Point:
            x: int
            y: int = 0
    """,
    "Person": """
        @dataclass
        class Person:
            name: str
            age: Optional[int] = None
    """,
    "Team": """
        @dataclass
        class Team:
            lead: Person
            members: List[Person] = field(default_factory=list)
            points: Dict[str, Point] = field(default_factory=dict)
    """,
    "Reading": """
        @dataclass(frozen=True)
        class Reading:
            value: Union[int, str]
            span: Tuple[int, str]
            kind: Literal["low", "high"] = "low"
            history: Tuple[int, ...] = ()
    """,
    "Account": """
        @dataclass
        class Account:
            owner: Union[Person, Point]
            labels: Set[str]
            total: int = field(init=False)
            limit: int = field(init=False, default=5)
            start: InitVar[int] = 0

            def __post_init__(self, start):
                self.opened = start
    """,
}
COROUTINE_FUNCTION = "answer_later"
PREPARED = "prepared"
_PREPARED = f"def {PREPARED}(thing, *steps):\n    for step in steps:\n        step(thing)\n    return thing"
_COROUTINE_FUNCTION = f"async def {COROUTINE_FUNCTION}(*args):\n    return 42"
_STREAM = f"async def {STREAM}(*items):\n    for item in items:\n        yield item"
_RETURNS: "dict[Any, str]" = {
    int: "1", float: "1.5", str: '"a"', bool: "True", list: "[1]", dict: '{"a": 1}', None: "None", type(None): "None",
    "int": "1", "float": "1.5", "str": '"a"', "bool": "True", "list": "[1]", "None": "None",
}  # fmt: skip
_GIVING = "return 42"
_GETTER = f"@{{descriptor}}\n    def value(self):\n        {_GIVING}"
_SETTER = "@{descriptor}\n    def value(self, new):\n        self.kept = new"
_MADE = ("value = {descriptor}()", 'value = {descriptor}("value")', "value = {descriptor}(5)")
_ASSIGNED = (1, "a", True, [1], {"a": 1})
"""Of these a descriptor that is assigned to has to take one."""


@dataclasses.dataclass(frozen=True)
class Definitions:
    """`sources` by name, in an order in which each can be run; `users` by the descriptor that each uses; `samples`: the
    subclasses as they were made of the module, by name, for a class that keeps a register takes each but once;
    `common`: what owes nothing to the module, and so is the same for all copies of it.
    """

    sources: "dict[str, str]" = dataclasses.field(default_factory=dict)
    users: "dict[str, str]" = dataclasses.field(default_factory=dict)
    samples: Namespace = dataclasses.field(default_factory=dict)
    common: Namespace = dataclasses.field(default_factory=dict)

    def install(self, namespace: Namespace, samples: Namespace) -> None:
        """Define all in a namespace that has the module's names, and the names for types that they use; subclasses that
        declare are made where `samples` has none of them yet, and kept there.
        """
        for name in TYPING:
            namespace.setdefault(name, _NAMES[name])
        known = {**self.common, **samples}
        for name, source in self.sources.items():
            with contextlib.suppress(
                Exception
            ):  # a metaclass of the module may do anything; then there is no such name
                namespace[name] = known[name] if name in known else _defined(name, source, namespace)
                samples.update({name: namespace[name]} if name.startswith(SAMPLE) else {})

    def sample_of(self, path: str) -> str:
        """The name of the subclass of this class that declares something; empty where there is none."""
        name = f"{SAMPLE}{path.lstrip('_')}"
        return name if name in self.samples else ""

    def words(self) -> "list[str]":
        """As source text, the names by which classes may know what declares, and what it declared."""
        fields = [name for name in FIELDS if any(f"    {name} = " in self.sources[sample] for sample in self.samples)]
        return [repr(name) for name in (*map(str.lower, self.samples), *fields)]

    def used_in(self, text: str) -> "list[str]":
        """The sources that a text needs, in order."""
        found: set[str] = set()
        for name in reversed(self.sources):
            known = "\n".join([text, *(self.sources[other] for other in found)])
            if re.search(rf"\b{name}\b", known, re.IGNORECASE if name.startswith(SAMPLE) else 0):
                found.add(name)
        return [source for name, source in self.sources.items() if name in found]


def definitions(module: ModuleType, source: str) -> Definitions:
    """What tests of the module, whose source this is, may define."""
    namespace = dict(vars(module))
    sources: dict[str, str] = {}
    users: dict[str, str] = {}
    own = [item for item in namespace.values() if is_a(item, type) and item.__module__ == module.__name__]
    for name, text in chain(
        _wanted(own, hooks(source), users), _of_makers(module, source, users), declaring(own, source, namespace)
    ):
        if name not in namespace and (made := _working(name, text, namespace)) is not None:
            namespace[name], sources[name] = made, text
    users = {descriptor: name for descriptor, name in users.items() if name in sources}
    is_alone = all(namespace.get(name, known) is known for name, known in _NAMES.items())
    return Definitions(
        sources=sources,
        users=users,
        samples={name: namespace[name] for name in sources if name.startswith(SAMPLE)},
        common={name: namespace[name] for name in DATACLASSES if name in sources and is_alone},
    )


def _wanted(
    own: "list[type]", left_open: "Mapping[str, list[str]]", users: "dict[str, str]"
) -> "Iterator[tuple[str, str]]":
    for name, source in DATACLASSES.items():
        yield name, textwrap.dedent(source).strip()
    yield COROUTINE_FUNCTION, _COROUTINE_FUNCTION
    yield STREAM, _STREAM
    yield PREPARED, _PREPARED
    yield from standard.SOURCES.items()
    for cls in own:
        if wanted := sorted(getattr(cls, "__abstractmethods__", ()) or left_open.get(cls.__qualname__, ())):
            yield f"{MADE_UP}{cls.__name__.lstrip('_')}", _concrete(cls, wanted)
        if (hasattr(cls, "__get__") or hasattr(cls, "__set__")) and not hasattr(cls, "__code__"):
            name = f"Uses{cls.__name__.lstrip('_').title().replace('_', '')}"
            users[cls.__qualname__] = name
            for use in _uses(cls):
                yield name, f"class {name}:\n    {use.format(descriptor=cls.__qualname__)}"


def _of_makers(module: ModuleType, source: str, users: "dict[str, str]") -> "Iterator[tuple[str, str]]":
    """Classes that use what the module's functions give, where these make descriptors, as a decorator may."""
    for path, maker in descriptor_makers(module, source):
        users[path] = name = f"Uses{path.title().replace('_', '')}"
        called = [f"value = {{descriptor}}({text})" for text in argument_texts(maker)]
        for use in [*called, _GETTER] if is_told(maker) else [_GETTER, *called]:
            yield name, f"class {name}:\n    {use.format(descriptor=path)}"


def _working(name: str, source: str, namespace: Namespace) -> Any:
    """The class, where it can be made, and used if it uses a descriptor; else None."""
    try:
        made = _defined(name, source, namespace)
    except Exception:  # noqa: BLE001 - the module's own classes may refuse in any way
        return None
    return made if not name.startswith("Uses") or _is_usable(made, gives=_GIVING in source) else None


def _uses(cls: type) -> "tuple[str, ...]":
    """The ways in which a class may use the descriptor, the likeliest first."""
    called = tuple(f"value = {{descriptor}}({text})" for text in argument_texts(cls))
    if not hasattr(cls, "__set__"):
        return (_GETTER, *_MADE, *called)
    decorating = _GETTER if hasattr(cls, "__get__") else _SETTER
    return (*called, decorating) if is_told(cls) else (_MADE[0], decorating, *_MADE[1:], *called)


def _is_usable(user: type, *, gives: bool) -> bool:
    """Whether the class's objects give a value or, unless it `gives` one at once, take one."""
    kind = type(inspect.getattr_static(user, "value"))
    with contextlib.suppress(Exception):  # the module's own classes may refuse in any way
        if hasattr(kind, "__get__"):
            _ = user().value
            return True
    for value in _ASSIGNED if hasattr(kind, "__set__") and not gives else ():
        with contextlib.suppress(Exception):
            user().value = value
            return True
    return False


def _defined(name: str, source: str, namespace: Namespace) -> Any:
    scope = {**_NAMES, **namespace}
    exec(compile(source, "<definition>", "exec", dont_inherit=True), scope)  # noqa: S102 - inside the jail, by design
    return scope[name]


def _concrete(cls: type, methods: "list[str]") -> str:
    head = f"class {MADE_UP}{cls.__name__.lstrip('_')}({cls.__qualname__}):"
    return "\n\n".join(["\n".join([head, *_declared_only(cls)]), *(_method(cls, method) for method in methods)])


def _declared_only(cls: type) -> "Iterator[str]":
    """Lines that give a value to what the class says that its subclasses have, and has not itself: `name: str`."""
    if dataclasses.is_dataclass(cls):
        return
    found = {name: hint for base in reversed(cls.__mro__) for name, hint in inspect.get_annotations(base).items()}
    for name, hint in found.items():
        text = _RETURNS.get(hint) if isinstance(hint, (type, str)) else None
        if text is not None and not hasattr(cls, name):
            yield f"    {name} = {text}"


def _method(cls: type, name: str) -> str:
    item = inspect.getattr_static(cls, name)
    function = item.fget if isinstance(item, property) else function_of(item)
    answer = _RETURNS.get(getattr(function, "__annotations__", {}).get("return", 1), "1")
    if isinstance(item, property):
        return f"    @property\n    def {name}(self):\n        return {answer}"
    kind = "async def" if inspect.iscoroutinefunction(function) else "def"
    first = "cls" if isinstance(item, classmethod) else "self"
    marks = {classmethod: "    @classmethod\n", staticmethod: "    @staticmethod\n"}.get(type(item), "")
    parameters = "*args, **kwargs" if isinstance(item, staticmethod) else f"{first}, *args, **kwargs"
    return f"{marks}    {kind} {name}({parameters}):\n        return {answer}"


def data_for(cls: Any, namer: Namer) -> Spec:
    """A mapping that a dataclass could be built from; ANY for any other class."""
    if not dataclasses.is_dataclass(cls):
        return ANY
    hints = typing.get_type_hints(cls, _NAMES)
    fields = [item.name for item in dataclasses.fields(cls) if item.init]
    return ("record", tuple((name, _data(hints[name], namer)) for name in fields if name in hints))


def _data(hint: Any, namer: Namer) -> Spec:
    if isinstance(hint, type):
        return data_for(hint, namer) if dataclasses.is_dataclass(hint) else from_annotation(hint, namer)
    inner = tuple(_data(item, namer) for item in typing.get_args(hint) if isinstance(item, type))
    origin = typing.get_origin(hint)
    if origin is typing.Union and inner:
        return ("union", inner)
    if origin is list and inner:
        return ("list", inner[0])
    if origin is dict and inner:
        return ("dict", inner[0], inner[-1])
    return from_annotation(hint, namer)


def is_mapping(expression: Expression) -> bool:
    """Whether it is a mapping as it is written."""
    return expression[0] == "pairs" or (expression[0] == "data" and str(expression[1]).startswith("{"))
