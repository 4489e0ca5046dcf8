"""What a test can read of an object without changing it."""

import collections
import collections.abc
import contextlib
import io
import pickle
import sys
import types
from typing import Any

from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.templates import code_of
from aitestgen_guest.shapes import Facts, Namespace
from aitestgen_guest.tracing.probes import Cut

MAX_VIEWS = 12
MAX_LOOKED_INTO = 2
MAX_WITHIN = 6
"""Views of what stands in attributes, and of what stands in attributes of that."""
MAX_DEPTH = 2
CLOSE_LOOKS = 40
_MACHINERY = ("asyncio", "_asyncio", "threading", "_thread", "selectors", "socket", "contextvars", "logging")
"""Modules of the standard library whose objects are of no interest to a test of another module."""
TEXT_VIEWS = ("str({})", "repr({})")
_CONTAINERS = (list, dict, set, tuple, collections.deque)
"""Of one that a test cannot write down it can tell the length."""
_CONTENTS = {
    "_io.StringIO": ("{}.getvalue()",),
    "_io.BytesIO": ("{}.getvalue()",),
    "queue.Queue": ("list({}.queue)",),
    "builtins.dict_keys": ("list({})",),
    "builtins.dict_values": ("list({})",),
    "builtins.dict_items": ("list({})",),
    "builtins.mappingproxy": ("dict({})",),
    "builtins.memoryview": ("bytes({})",),
    "array.array": ("{}.typecode", "{}.tolist()"),
    "re.Match": ("{}.group()", "{}.groups()", "{}.span()"),
    "re.Pattern": ("{}.pattern",),
    "functools.partial": ("{}.func", "{}.args", "{}.keywords"),
    "xml.etree.ElementTree.Element": (
        "{}.attrib",
        "[item.tag for item in {}.iter()]",
        "list({}.itertext())",
    ),
    "ast.AST": ("ast.unparse({})",),
    "numpy.ndarray": ("{}.tolist()",),
    "numpy.generic": ("{}.item()",),
    "pandas.DataFrame": ('{}.to_dict("list")',),
    "pandas.Series": ("{}.to_dict()",),
    "pandas.Index": ("{}.tolist()",),
}
"""What holders of the standard library and arrays are about, and how it is read without taking it out."""
_OF_MACHINERY = {
    "logging.LogRecord": ("{}.levelname", "{}.getMessage()"),
    "logging.Logger": ("{}.name", "{}.level"),
}
"""What is of interest of such objects all the same; classes derived from these have more."""
_PLAIN = (bool, int, float, str, bytes, tuple)


class Disturbed(Exception):
    """Looking at an object has changed it; `seen` is what was seen, None of one that will not be looked at again."""

    def __init__(self, seen: "Facts | None" = None) -> None:
        super().__init__()
        self.seen = seen


class Views:
    """Reads objects by templates: public attributes, properties, reading methods, length, items, text."""

    def __init__(self, namespace: Namespace, writer: Writer, home: str = "") -> None:
        self.namespace = namespace
        self.writer = writer
        self.getters: dict[str, list[str]] = {}
        self.home = home
        """The folder of the module: where it lies is no part of what it does."""
        self.fickle: set[str] = set()
        """Views that show something else each time: of containers the length is told in their place."""
        self._looks: dict[type, int] = {}
        self._disturbing: set[type] = set()
        self._templates: dict[type, list[str]] = {}

    def of(self, value: Any) -> Facts:
        """Template → source text of what it shows."""
        machinery = type(value).__module__.partition(".")[0] in _MACHINERY and not _told_of(value)
        if value is None or machinery or issubclass(type(value), (types.ModuleType, types.FunctionType, type)):
            return {}
        with contextlib.redirect_stdout(io.StringIO()):  # what looking prints is not what the call prints
            return self._seen(value)

    def _seen(self, value: Any) -> Facts:
        found: Facts = {}
        for template in self._templates_of(value):
            try:
                seen = eval(code_of(template.format("value")), self.namespace, {"value": value})  # noqa: S307 - in the jail
            except Cut:
                raise
            except BaseException:  # noqa: BLE001, S112 - a view that fails is no view
                continue
            shown, text = self._shown(template, seen)
            if text is not None and "0x" not in text and not (self.home and self.home in text):
                found[shown] = text
            if len(found) >= MAX_VIEWS:
                break
        return found

    def _shown(self, template: str, seen: Any) -> "tuple[str, str | None]":
        """The view whose value a test can write down, and the value: of an exception its text, or only a length."""
        if isinstance(seen, Exception):  # no two are equal
            return f"repr({template})", self.writer.literal(repr(seen))
        text = None if template in self.fickle else self.writer.literal(seen)
        if text is None and type(seen) in _CONTAINERS:
            return f"len({template})", str(len(seen))
        return template, text

    def undisturbed(self, value: Any) -> Facts:
        """The same; raises Disturbed where looking has changed the object, as with caches that tidy up when asked.

        The first objects of each class are looked at closely, for a change deep inside of them.
        """
        kind = type(value)
        looks = self._looks[kind] = self._looks.get(kind, 0) + 1
        state_of = _deep_state if looks <= CLOSE_LOOKS else _state
        state = state_of(value)
        seen = self.of(value)
        if state and state_of(value) != state:
            self._disturbing.update({kind} if state_of is _deep_state else ())
            raise Disturbed(seen)
        if kind in self._disturbing:
            raise Disturbed(seen)
        return seen

    def steady(self, value: Any) -> Facts:
        """The same, of objects that looking leaves as they are; nothing of others. Raises Disturbed once a class."""
        kind = type(value)
        if kind in self._disturbing:
            return {}
        state = _state(value)
        seen = self.of(value)
        if state and _state(value) != state:
            self._disturbing.add(kind)
            raise Disturbed
        return seen

    def _templates_of(self, value: Any) -> "list[str]":
        """What can be read of the object; of a list or tuple, of its first items."""
        if told := _told_of(value):
            return [*told]
        if type(value) not in (list, tuple):
            return [*self._of_kind(value), *self._within(value, (value,))[:MAX_WITHIN]]
        items = [(f"{{}}[{place}]", item) for place, item in enumerate(value[:MAX_LOOKED_INTO])]
        inner = [template.replace("{}", at) for at, item in items for template in self._of_kind(item)]
        return ["len({})", *inner]

    def _within(self, value: Any, above: "tuple[Any, ...]") -> "list[str]":
        """What can be read of objects of the same module in attributes, where a test cannot write them down."""
        found = []
        for name, item in _attributes(value).items():
            own = type(item).__module__ == type(value).__module__ or bool(_contents_of(type(item)))
            own = own and not name.startswith("_")
            if own and not any(item is other for other in above) and self.writer.literal(item) is None:
                inner = [*self._of_kind(item), *(self._within(item, (*above, item)) if len(above) < MAX_DEPTH else ())]
                found += [template.replace("{}", f"{{}}.{name}") for template in inner]
        return found

    def _of_kind(self, value: Any) -> "list[str]":
        kind = type(value)
        if holds := _contents_of(kind):
            return holds
        if kind not in self._templates:
            self._templates[kind] = _class_templates(kind, self.getters)
        names = [name for name in _attributes(value) if isinstance(name, str) and not name.startswith("_")]
        own = ["{}." + name for name in names] + [item for item in self._templates[kind] if item[3:] not in names]
        return own or (["{}.args"] if issubclass(kind, BaseException) else _constants(kind))


def _told_of(value: Any) -> "tuple[str, ...]":
    return _OF_MACHINERY.get(_public_name(type(value)), ())


def _contents_of(kind: type) -> "list[str]":
    return [view for base in kind.__mro__ for view in _CONTENTS.get(_public_name(base), ())]


def _public_name(kind: type) -> str:
    """The class with its module, or of what pandas keeps in its inner modules with pandas itself."""
    module = "pandas" if kind.__module__.startswith("pandas.core.") else kind.__module__
    return f"{module}.{kind.__qualname__}"


def _attributes(value: Any) -> "dict[str, Any]":
    """What is in the object itself, without asking it: a proxy may answer for its `__dict__` with anything."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - a descriptor of this name is code of the module under test
        return {}
    return found if isinstance(found, dict) else {}


def _state(value: Any) -> str:
    """The object's attributes as text; empty where they cannot be told."""
    try:
        return repr(value.__dict__)
    except Exception:  # noqa: BLE001 - the attributes' own repr is untrusted code
        return ""


def _deep_state(value: Any) -> str:
    """All that the object holds as text, where it can be pickled; else its attributes."""
    try:
        return pickle.dumps(value).hex()
    except Exception:  # noqa: BLE001 - pickling runs the object's own code
        return _state(value)


def _constants(kind: type) -> "list[str]":
    """Views of what a class of the user's sets in its body: all that there is to see of objects without a state."""
    bodies = [vars(base) for base in kind.__mro__[:-1] if base.__module__ not in sys.stdlib_module_names]
    found = [name for body in bodies for name, item in body.items() if type(item) in _PLAIN and name[0] != "_"]
    return ["{}." + name for name in dict.fromkeys(found)]


def _is_framework(base: type, kind: type) -> bool:
    """Whether the class has the base from an installed package, whose properties are not what the class is about."""
    own, other = (cls.__module__.partition(".")[0] for cls in (kind, base))
    return other != own and other not in sys.stdlib_module_names


def _class_templates(kind: type, getters: "dict[str, list[str]]") -> "list[str]":
    """Views that all objects of a class have: slots, properties, reading methods, length, items, text."""
    names = []
    for base in kind.__mro__[:-1]:
        slots = vars(base).get("__slots__", ())
        names += [name for name in ((slots,) if isinstance(slots, str) else slots) if not name.startswith("_")]
        if not _is_framework(base, kind):
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
