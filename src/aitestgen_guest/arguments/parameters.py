"""What is believed of the parameters of a callable, and which of them are alike."""

import collections.abc
import typing
from collections import Counter
from collections.abc import Iterable
from random import Random

from aitestgen_guest.arguments import specs
from aitestgen_guest.arguments.clocks import STEADY, told_anew
from aitestgen_guest.arguments.declarations import FIELDS, SAMPLE
from aitestgen_guest.shapes import Spec

ALIKE = 0.3
"""How often parameters that may have one type are all given it: two days are compared, not a day and a number."""


LOOSELY = 0.3
"""The weight of any value at all beside that of an annotation, 12: annotations lie now and then."""
EVENLY = 0.06
"""How often a parameter without annotation is given any of its types, however well others have done."""


class Parameter:
    """One parameter and what is believed of its type: weights move with what calls on it showed."""

    def __init__(
        self, name: str, kind: str, weighted: "list[tuple[Spec, float]]", annotated: "Spec | None", *, optional: bool
    ) -> None:
        self.name = name
        self.annotated = annotated
        self.kind = kind
        self.specs = [spec for spec, _ in weighted]
        self.weights = [weight for _, weight in weighted]
        self.optional = optional
        self.keys: list[str] = []

    @property
    def steadies(self) -> bool:
        """Whether leaving it out would let the real time in."""
        return self.specs[0] in STEADY

    def choose(self, random: Random, likely: "Spec | None" = None) -> int:
        """The place of one of its types, by their weights; of the `likely` one where it may have that."""
        if likely in self.specs:
            return self.specs.index(likely)
        if self.annotated is None and not self.steadies and random.random() < EVENLY:
            return random.randrange(len(self.specs))
        return random.choices(range(len(self.specs)), self.weights)[0]

    def suggest(self, spec: Spec, weight: float) -> None:
        """One more type that it may have, or one that it more likely has."""
        if spec not in self.specs:
            self.specs.append(spec)
            self.weights.append(0.0)
        place = self.specs.index(spec)
        self.weights[place] = max(weight, self.weights[place])

    def prefer(self, spec: Spec, weight: float) -> None:
        """The type that it has before all others: what an argument is judged by."""
        if spec in self.specs:
            place = self.specs.index(spec)
            del self.specs[place], self.weights[place]
        self.specs.insert(0, spec)
        self.weights.insert(0, weight)

    def learn(self, choice: int, factor: float) -> None:
        self.weights[choice] = min(60.0, max(0.08, self.weights[choice] * factor))


def common(parameters: "Iterable[Parameter]", random: Random) -> "Spec | None":
    """Now and then a type that several of the parameters may have."""
    counted = Counter(spec for one in parameters if not one.annotated for spec in one.specs if spec != specs.ANY)
    shared = [spec for spec, count in counted.items() if count > 1]
    return random.choice(shared) if shared and random.random() < ALIKE else None


def names_of(parameters: "Iterable[Parameter]") -> "list[str]":
    """The names of those that arguments go to by their place."""
    return [parameter.name for parameter in parameters if parameter.kind == "normal"]


def of_class(cls: type, parameters: "list[Parameter]", namer: specs.Namer) -> "list[Parameter]":
    """A constructor's parameters, with what is known of its class."""
    if [parameter.kind for parameter in parameters] == ["double_star"]:
        parameters = _declared(cls, namer) or parameters
    _let_build(cls, parameters)
    _name_fields(cls, parameters)
    told = dict(told_anew(cls))
    for parameter in parameters:
        if parameter.name in told:
            parameter.prefer(told[parameter.name], 60.0)
    return parameters


def _let_build(cls: type, parameters: "list[Parameter]") -> None:
    """Let a mapping that takes anything mostly take what a dict takes."""
    for parameter in parameters:
        if issubclass(cls, collections.abc.Mapping) and parameter.kind == "star" and parameter.specs == [specs.ANY]:
            parameter.suggest(("dict", ("str",), specs.ANY), 12.0)


def _declared(cls: type, namer: specs.Namer) -> "list[Parameter]":
    """What a class whose constructor takes anything by name declares by annotations, as models of databases do."""
    try:
        hints = typing.get_type_hints(cls)
    except Exception:  # noqa: BLE001 - annotations are code of the module under test
        return []
    found = []
    for name, hint in hints.items():
        if name.startswith("_") or typing.get_origin(hint) is typing.ClassVar:
            continue
        wrapped = getattr(typing.get_origin(hint), "__name__", "") == "Mapped"
        spec = specs.from_annotation(typing.get_args(hint)[0] if wrapped else hint, namer)
        known = None if spec == specs.ANY else spec
        found.append(Parameter(name, "keyword", [(spec, 12.0), (specs.ANY, LOOSELY)], known, optional=True))
    return found


def _name_fields(cls: type, parameters: "list[Parameter]") -> None:
    """Let a class that declares fields mostly be given those by their names, and now and then another."""
    for parameter in parameters:
        if cls.__name__.startswith(SAMPLE) and parameter.kind == "double_star":
            parameter.keys = [*parameter.keys, *FIELDS, "other"]
