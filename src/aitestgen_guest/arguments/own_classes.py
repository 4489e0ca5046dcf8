"""The module's own classes for what stand-ins were used as: an order of the shop, not just anything with an amount."""

import dis
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cache

from aitestgen_guest.arguments import specs
from aitestgen_guest.arguments.asking import is_a
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.shapes import Namespace, Spec

TAUGHT = 20.0
_FOREIGN = sys.stdlib_module_names | {__name__.partition(".")[0]}


def own_classes(namespace: Namespace, without: "Iterable[str]") -> "list[type]":
    """The project's classes and those of its libraries that the namespace has by other names than these."""
    found = [item for name, item in namespace.items() if is_a(item, type) and name not in {*without}]
    return [cls for cls in dict.fromkeys(found) if cls.__module__.partition(".")[0] not in _FOREIGN]


class OwnClasses:
    """What of the module stands in for a spec, and what its objects should then be made with."""

    def __init__(self, callables: Callables) -> None:
        self._callables = callables
        self._classes = own_classes(callables.namespace, {*callables.dataclasses, *callables.users})

    def in_place_of(self, spec: Spec) -> Spec:
        """The spec with a class wherever one has all the attributes that are asked for; the spec itself where none has.

        The constructor of such a class learns what its parameters of these names are used as.
        """
        if spec[0] == "attributes":
            return self._named(spec)
        if spec[0] == "record":
            return ("record", tuple((key, self.in_place_of(inner)) for key, inner in spec[1]))
        if spec[0] == "tuple":
            return ("tuple", tuple(map(self.in_place_of, spec[1])))
        if spec[0] in ("list", "dict", "callable"):
            return tuple(self.in_place_of(item) if isinstance(item, tuple) else item for item in spec)
        return spec

    def _named(self, spec: Spec) -> Spec:
        used = {name: self.in_place_of(inner) for name, inner in spec[1]}
        known: dict[Spec, None] = {}
        for cls in self._classes:
            named = (
                specs.from_annotation(cls, self._callables.namer) if used.keys() <= attributes_of(cls) else specs.ANY
            )
            if named != specs.ANY:
                known[named] = None
                self._teach(named, used)
        return spec if not known else next(iter(known)) if len(known) == 1 else ("union", tuple(known))

    def _teach(self, named: Spec, used: "dict[str, Spec]") -> None:
        for parameter in self._callables.parameters(named[1]) if named[0] == "new" else ():
            inner = used.get(parameter.name, specs.ANY)
            if inner != specs.ANY and parameter.annotated in (None, (inner[0], *[specs.ANY] * (len(inner) - 1))):
                parameter.suggest(inner, TAUGHT)


@cache
def attributes_of(cls: type) -> "frozenset[str]":
    """What objects of the class have: its own names, its fields, and what its methods assign to anything."""
    own = [part for part in cls.__mro__ if part is not object]
    return frozenset({*dir(cls), *(name for part in own for name in (*_annotated(part), *_assigned(part)))})


def _annotated(cls: type) -> "Iterable[str]":
    try:
        return inspect.get_annotations(cls)
    except Exception:  # noqa: BLE001 - annotations are code of the module under test, which Python 3.14 runs only now
        return ()


def _assigned(cls: type) -> "Iterator[str]":
    for function in filter(inspect.isfunction, vars(cls).values()):
        for instruction in dis.get_instructions(function):
            if instruction.opname == "STORE_ATTR":
                yield instruction.argval
