"""What the module offers to call: parameters with weighted specs, constructors and factories that really worked."""

import enum
import inspect
import typing
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aitestgen_guest.arguments import inputs, specs, standard
from aitestgen_guest.arguments.asking import answer, look_up
from aitestgen_guest.arguments.built import Built, Told, names_in, spec_of, with_keys
from aitestgen_guest.arguments.clocks import clock_for
from aitestgen_guest.arguments.definitions import COROUTINE_FUNCTION, data_for, is_mapping
from aitestgen_guest.arguments.kin import descendants
from aitestgen_guest.arguments.likeness import like_given
from aitestgen_guest.arguments.makers import factories
from aitestgen_guest.arguments.overridden import annotations_by_bases
from aitestgen_guest.arguments.parameters import LOOSELY, Parameter, common, of_class
from aitestgen_guest.arguments.paths import DATABASE, Paths
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.environment.file_times import NOW, NOW_SPEC
from aitestgen_guest.shapes import Arguments, Description, Expression, Keywords, Making, Namespace, Spec

MAX_KNOWN = 24
LOOSE = 0.15
GIVEN_MORE = 0.2
PREPARED = 0.4
"""How often an argument is an object to which something has happened."""
OF_A_SUBCLASS = 0.6
CHECKED, ACCEPTED, GIVEN, GIVEN_BESIDE, OF_A_TEXT, KEYED = 20.0, 12.0, 12.0, 2.0, 3.0, 40.0
_ALL_POSITIONAL, _ALL_NAMED = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
_KINDS: "dict[Any, str]" = {
    inspect.Parameter.VAR_POSITIONAL: "star",
    inspect.Parameter.VAR_KEYWORD: "double_star",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
}


Choices = list[tuple[Parameter, int]]


class Callables:
    """The callables of one module by qualified name."""

    def __init__(self, namespace: Namespace, namer: Namer, targets: "list[Description]") -> None:
        self.namespace = namespace
        self.namer = namer
        self.hints = {target["id"]: target for target in targets}
        self.factories = factories(targets)
        self.dataclasses: list[str] = []
        self.users: frozenset[str] = frozenset()
        self.roles: dict[str, Spec] = {}
        """What parameters without annotation take, by their names, where the module awaits it or the like."""
        self.asked: frozenset[str] = frozenset()
        """Names of parameters of which the module asks whether they are coroutine functions."""
        self.known: dict[str, list[Expression]] = {}
        self.refused: Counter[str] = Counter()
        """By path, how many cases could not be run in which it was called."""
        self.prepared: dict[str, list[Expression]] = {}
        """Objects of each class on which methods were called, as expressions."""
        self._parameters: dict[str, list[Parameter]] = {}
        self.paths: Paths | None = None
        self.built: Mapping[tuple[str, str], Built] = {}
        """How the data is built that parameters take, by path and name, where the source shows it."""
        self.accepted: Mapping[tuple[str, str], tuple[str, ...]] = {}
        self.given: Mapping[tuple[str, str], list[Making]] = {}
        self.moments = False
        """Whether the module reads when files were changed: what is called now is then a moment near those."""
        self._subclasses: dict[str, list[str]] = {}

    def resolve(self, path: str) -> Any:
        """The object that `path` names; raises AttributeError or KeyError where there is none."""
        first, *rest = path.split(".")
        found = self.namespace[first]
        for part in rest:
            found = look_up(found, part)
        return found

    def parameters(self, path: str) -> "list[Parameter]":
        """The parameters to fill when calling `path` (without self)."""
        if path not in self._parameters:
            self._parameters[path] = self._read(path)
        return self._parameters[path]

    def of_function(self, path: str, function: Any) -> "list[Parameter]":
        """The parameters of a function that no name leads to; `path` says where it comes from."""
        try:
            parameters = inspect.signature(function).parameters.values()
        except (ValueError, TypeError):
            return []
        annotations = self._annotations(function)
        return [self._parameter(path, item, annotations) for item in parameters]

    def offer(self, path: str, parameter: Parameter) -> None:
        """Make known what an attribute that is no part of the class may be set to."""
        self._parameters[path] = [parameter]

    def setter(self, attribute: Any) -> str:
        """The path of what a descriptor of the module does with an assigned value; empty for any other attribute."""
        name, function = type(attribute).__qualname__, getattr(type(attribute), "__set__", None)
        own = inspect.isfunction(function) and self.namespace.get(name) is type(attribute)
        return f"{name}.__set__" if own else ""

    def _read(self, path: str) -> "list[Parameter]":
        owner, _, last = path.rpartition(".")
        holder = self.resolve(owner) if owner else None
        path = self.setter(inspect.getattr_static(holder, last, None)) or path
        try:
            thing = self.resolve(path)
            thing = thing.fset or thing if isinstance(thing, property) else thing
            # What a class says to wrap its instances do. What cannot be called raises TypeError.
            signature = inspect.signature(thing, follow_wrapped=not isinstance(thing, type))  # type: ignore[arg-type]
        except (ValueError, TypeError, AttributeError):
            return []
        parameters = list(signature.parameters.values())[: 1 if isinstance(thing, enum.EnumMeta) else None]
        if parameters and self._takes_self(path, thing):
            parameters = parameters[2 if path.endswith(".__set__") else 1 :]
        annotations = {**annotations_by_bases(holder, last), **self._annotations(thing)}
        found = [self._parameter(path, item, annotations) for item in parameters]
        if isinstance(thing, type):
            takes_all = [item.kind for item in parameters] == [_ALL_POSITIONAL, _ALL_NAMED]
            handed = self._handed_on(thing, parameters, takes_all=takes_all)
            found = handed if takes_all and handed else found + handed
            return of_class(thing, found, self.namer)
        return found

    def _handed_on(self, cls: type, own: "list[inspect.Parameter]", *, takes_all: bool) -> "list[Parameter]":
        """What a constructor with `**kwargs` hands on to those of its bases, up to the first without: what can be left
        out, and the rest, too, where it `takes_all` that they take.
        """
        found: dict[str, Parameter] = {}
        if not any(item.kind is item.VAR_KEYWORD for item in own):
            return []
        constructors = [(base, vars(base)["__init__"]) for base in cls.__mro__[:-1] if "__init__" in vars(base)]
        for base, constructor in constructors[1:]:
            try:
                parameters = list(inspect.signature(constructor).parameters.values())[1:]
            except (ValueError, TypeError):
                break
            annotations = self._annotations(constructor)
            for item in parameters:
                is_named = item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)
                if is_named and (takes_all or item.default is not item.empty):
                    kind = item.kind if takes_all else item.KEYWORD_ONLY
                    given = self._parameter(base.__qualname__, item.replace(kind=kind), annotations)
                    found.setdefault(item.name, given)
            if not any(item.kind is item.VAR_KEYWORD for item in parameters):
                break
        return [parameter for name, parameter in found.items() if name not in {item.name for item in own}]

    def _takes_self(self, path: str, thing: Any) -> bool:
        owner, _, last = path.rpartition(".")
        if not owner or isinstance(thing, type):
            return False
        holder = self.resolve(owner)
        raw = inspect.getattr_static(holder, last, None)
        return isinstance(holder, type) and not isinstance(raw, (staticmethod, classmethod))

    @staticmethod
    def _annotations(thing: Any) -> "dict[str, Any]":
        function = inspect.getattr_static(thing, "__init__") if isinstance(thing, type) else thing
        for holder in (function, thing):
            try:
                found = typing.get_type_hints(holder)
            except Exception:  # noqa: BLE001, S112 - annotations are code of the module under test: any failure means "unknown"
                continue
            if found:
                return found
        return {}

    def _parameter(self, path: str, item: inspect.Parameter, annotations: "dict[str, Any]") -> Parameter:
        kind = _KINDS.get(item.kind, "normal")
        weighted: list[tuple[Spec, float]] = []
        spec = self._declared(item, annotations.get(item.name, item.annotation))
        if spec != specs.ANY:
            weighted.append((spec, 12.0))
        described = self._described(path, item.name)
        for position, hint in enumerate(described.get("hints", ())):
            guessed = self._guessed(hint)
            if guessed:
                beside = OF_A_TEXT if spec == ("str",) and guessed[0] == "choice" else 0.6
                weighted.append((guessed, 6.0 / (position + 1) if spec == specs.ANY else beside))
        constants = tuple(described.get("constants", ()))
        if constants and kind != "double_star":
            whole = constants[0].startswith("[")  # lists of a command line: no other comes by chance
            weighted.append((("choice", constants), 25.0 if whole else 4.0 if weighted else 5.0))
        if item.name in self.asked and COROUTINE_FUNCTION in self.namespace:
            weighted.append((("choice", (COROUTINE_FUNCTION,)), 6.0))
        if (found := self._as_path(item)) is not None:
            weighted = [(found, 12.0)]
        weighted = self._as_built(path, item, spec, weighted)
        weighted += [*self._as_present(item, spec), *self._from_default(item)]
        asked = self.built.get((path.removesuffix(".__init__"), item.name))
        if (clock := clock_for(item, self.namespace)) is not None and not (asked and asked.whole().attributes):
            weighted = [(clock, 60.0)]
        annotated = spec if spec != specs.ANY else None
        weighted.append((specs.ANY, LOOSELY if annotated else 0.7 if weighted else 4.0))
        weighted = [(found, 1.0)] if found == DATABASE else weighted  # nothing else is tried for it
        parameter = Parameter(item.name, kind, weighted, annotated, optional=item.default is not item.empty)
        parameter.keys = names_in(asked, constants) if kind == "double_star" else []
        return parameter

    def _declared(self, item: inspect.Parameter, annotation: Any) -> Spec:
        """What the annotation says, or what the code does with it; ANY where neither says anything."""
        if annotation is not item.empty:
            return specs.from_annotation(annotation, self.namer)
        return self.roles.get(item.name, specs.ANY)

    def _as_path(self, item: inspect.Parameter) -> "Spec | None":
        annotation = "" if item.annotation is item.empty else str(item.annotation)
        if self.paths is None or "VAR_" in item.kind.name:
            return None
        return self.paths.specs(item.name, annotation.replace("<class 'str'>", "str"))

    def _as_built(
        self, path: str, item: inspect.Parameter, declared: Spec, weighted: "list[tuple[Spec, float]]"
    ) -> "list[tuple[Spec, float]]":
        """The specs and, before those that leave it open, how the data is built that the code looks things up in."""
        where, is_open = (path.removesuffix(".__init__"), item.name), specs.leaves_open(declared)
        if where in self.accepted:
            weighted = [*weighted, (("choice", self.accepted[where]), ACCEPTED)]
        if where in self.given:
            found = [(spec, GIVEN if is_open else GIVEN_BESIDE) for spec in like_given(self.given[where])]
            weighted = [*found, *weighted] if is_open else [*weighted, *found]
        built = self.built.get(where)
        if built is None or not (is_open or isinstance(built, Told)):
            keyed = None if built is None else with_keys(declared, spec_of(built))
            return weighted if keyed is None else [(keyed, KEYED), *weighted]
        checked = [(spec, CHECKED) for spec in specs.of_names(built.whole().checked, self.namer)]
        return [*checked, (spec_of(built), 12.0 if declared == specs.ANY else 40.0), *weighted]

    def _as_present(self, item: inspect.Parameter, declared: Spec) -> "list[tuple[Spec, float]]":
        fits = item.name == NOW and (declared == specs.ANY or specs.fits(0.0, declared))
        return [(NOW_SPEC, 25.0)] if self.moments and fits else []

    def _described(self, path: str, name: str) -> Description:
        """What the analysis of the source says of a parameter."""
        for key in (path, f"{path}.__init__"):
            parameters: list[Description] = self.hints.get(key, {}).get("parameters", [])
            for parameter in parameters:
                if parameter["name"] == name:
                    return parameter
        return {}

    def _guessed(self, hint: str) -> "Spec | None":
        """The spec of a hint; of an enumeration that of its members, and None of a class that there is not."""
        guessed = specs.guess(hint)
        if guessed is None or guessed[0] != "new":
            return guessed
        try:
            found = self.resolve(guessed[1])
        except (AttributeError, KeyError):
            return None
        if isinstance(found, enum.EnumMeta):
            return specs.from_annotation(found, self.namer)
        return guessed if isinstance(found, type) else None

    def _from_default(self, item: inspect.Parameter) -> "list[tuple[Spec, float]]":
        if item.default is item.empty or not is_plain(item.default):
            return []
        spec = specs.from_annotation(type(item.default), self.namer)
        return [(("choice", (inputs.data(item.default)[1],)), 0.8), (spec, 3.0 if item.default is not None else 0.5)]

    # -- constructors, for inputs.Maker -----------------------------------------------------------------------
    def call(self, path: str, maker: inputs.Maker, depth: int = 0) -> "Expression | None":
        """A call expression that makes an instance of the class `path`, or None where none can be made."""
        path = self._concrete(path)
        known = self.known.get(path)
        if known and maker.random.random() < 0.6:
            return maker.random.choice(known)
        if depth > 3:
            return maker.random.choice(known) if known else None
        factories = self.factories.get(path)
        if factories and maker.random.random() < 0.2:
            path = maker.random.choice(factories)
        try:
            parameters = self.parameters(path)
        except (AttributeError, KeyError):
            return None
        arguments, keywords, _ = self.arguments(parameters, maker, depth)
        return ("call", path, arguments, keywords)

    def used_as(self, names: "frozenset[str]") -> "Spec | None":
        """What of the standard library has all these names, where it is told by them."""
        return standard.used_as(names, self.namespace, self.namer.imports)

    def instance(self, path: str, maker: inputs.Maker, depth: int) -> "Expression | None":
        """The same for an argument: often of a subclass, now and then one to which something has happened."""
        if path in self.prepared and maker.random.random() < PREPARED:
            return maker.random.choice(self.prepared[path])
        kin = self.kin(path)
        if kin and maker.random.random() < OF_A_SUBCLASS:
            path = maker.random.choice(kin)
        return self.call(path, maker, depth)

    def kin(self, path: str, inherited: str = "") -> "list[str]":
        """The names of the subclasses that were imported with the class, from the module that defines it; only of those
        that inherit the method, where one is named.
        """
        if path not in self._subclasses:
            try:
                cls = self.resolve(path)
            except (AttributeError, KeyError):
                cls = None
            near = descendants(cls, self.namespace)[:MAX_KNOWN] if isinstance(cls, type) else []
            self._subclasses[path] = [name for name in map(self.namer.name, near) if name]
        found = self._subclasses[path]
        own = answer(self.resolve(path), inherited) if found and inherited else None
        return [name for name in found if own is None or answer(self.resolve(name), inherited) is own]

    def _concrete(self, path: str) -> str:
        """The path itself, or of an abstract class that of a subclass which is not."""
        try:
            cls = self.resolve(path)
        except (AttributeError, KeyError):
            return path
        if not inspect.isabstract(cls):
            return path
        names = (self.namer.name(subclass) for subclass in type.__subclasses__(cls) if not inspect.isabstract(subclass))
        return next(filter(None, names), path)

    def changed(self, expression: Expression, maker: inputs.Maker) -> Expression:
        """The call with one argument changed."""
        _, path, arguments, keywords = expression
        try:
            by_position = [item for item in self.parameters(path) if item.kind == "normal"]
        except (AttributeError, KeyError):
            return expression
        left_out = [p for p in by_position[len(arguments) :] if p.optional and p.name not in keywords]
        if left_out and maker.random.random() < GIVEN_MORE:
            more = maker.random.choice(left_out)
            return ("call", path, arguments, {**keywords, more.name: maker.make(more.specs[more.choose(maker.random)])})
        slots = [*range(len(arguments)), *keywords]
        if not slots:
            return self.call(path, maker) or expression
        slot = maker.random.choice(slots)
        if isinstance(slot, int):
            spec = by_position[slot].specs[0] if slot < len(by_position) else specs.ANY
            arguments = [*arguments[:slot], maker.change(arguments[slot], spec), *arguments[slot + 1 :]]
        else:
            spec = next((item.specs[0] for item in by_position if item.name == slot), specs.ANY)
            keywords = {**keywords, slot: maker.change(keywords[slot], spec)}
        return ("call", path, arguments, keywords)

    def worked(self, path: str, expression: Expression) -> None:
        """Remember an expression that made an instance."""
        known = self.known.setdefault(path, [])
        if expression not in known and len(known) < MAX_KNOWN:
            known.append(expression)

    @staticmethod
    def _named(parameter: Parameter, maker: inputs.Maker, depth: int) -> Keywords:
        """Keywords that the function looks up in its `**kwargs`."""
        wanted = [name for name in parameter.keys if maker.random.random() < 0.4]
        choices = [specs.ANY, specs.ANY, ("callable", 1, specs.ANY)]
        return {name: maker.make(maker.random.choice(choices), depth + 1) for name in wanted}

    def arguments(
        self, parameters: "list[Parameter]", maker: inputs.Maker, depth: int = 0
    ) -> "tuple[Arguments, Keywords, Choices]":
        """Arguments for a call, keywords, and which spec each came from."""
        arguments, keywords, choices = [], {}, []
        positional, likely = True, common(parameters, maker.random)
        for parameter in parameters:
            if parameter.kind == "star":
                count = maker.random.choice((0, 1, 1, 2, 2, 3)) if positional else 0
                filled = [(parameter, parameter.choose(maker.random)) for _ in range(count)]
                arguments += [maker.make(parameter.specs[choice], depth) for _, choice in filled]
                choices += filled
                positional = False
                continue
            if parameter.kind == "double_star":
                keywords.update(self._named(parameter, maker, depth))
                continue
            if parameter.optional and not parameter.steadies and maker.random.random() < 0.5:
                positional = False
                continue
            choice = parameter.choose(maker.random, likely)
            expression = maker.make(parameter.specs[choice], depth)
            choices.append((parameter, choice))
            if parameter.kind == "keyword" or parameter.optional or not positional:
                keywords[parameter.name] = expression
            else:
                arguments.append(expression)
        self._fit_data(arguments, keywords, maker)
        return arguments, keywords, choices

    def _fit_data(self, arguments: Arguments, keywords: Keywords, maker: inputs.Maker) -> None:
        """Beside one of the test's dataclasses, let a mapping mostly be one that it could be built from."""
        given = [*arguments, *keywords.values()]
        named = [item[1] for item in given if item[0] == "text" and item[1] in self.dataclasses]
        if not named or maker.random.random() < LOOSE:
            return
        spec = data_for(self.resolve(named[0]), self.namer)
        for place, item in enumerate(arguments):
            arguments[place] = maker.make(spec) if is_mapping(item) else item
        for name, item in keywords.items():
            keywords[name] = maker.make(spec) if is_mapping(item) else item
