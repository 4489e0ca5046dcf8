"""What parameters without a type are used as, learnt from a few calls with stand-ins (stand_ins.py)."""

import contextlib
import io
import json
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.noted import spec_of
from aitestgen_guest.arguments.own_classes import OwnClasses
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.arguments.stand_ins import Ledger, Notes, StandIn, parse
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.environment import bounds
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.shapes import Spec

CALLS = 40
MOST_CUTS = 3
CUT = object()
LEAST_WEIGHT = 2.0
MADE_UP = 0.4
"""How much likelier an object that only has the attributes is than one of the module's classes that has them."""
Traced = dict[str, dict[str, list[Any]]]
"""By path and parameter the specs that were seen, each as nested lists."""


def trace_types(
    target: Target, callables: Callables, maker: inputs.Maker, stage: Stage, siblings: "Sequence[str]" = ()
) -> None:
    """Give the target's untyped parameters, and those of its class, the types that they were used as.

    What an object was made with may be used by other methods only: `siblings` are the names of those to call as well.
    """
    owner = target.owner if target.bound else target.id if siblings else ""
    ways = [[owner, f"{owner}.{name}"] for name in siblings if f"{owner}.{name}" != target.id]
    own = [path for path in ([owner] if owner != target.id else []) + [target.id] if path]
    ways = [[path for path in own if target.kind != "property" or path != target.id], *ways]
    if not any(_untyped(callables.parameters(path)) for way in ways for path in way):
        return
    seen: Traced = in_child(partial(_traced, target, ways, callables, maker, stage)) or {}
    classes = OwnClasses(callables)
    for path, found in seen.items():
        _suggest(callables.parameters(path), found, classes)


def trace_function(
    function: Any, parameters: "list[Parameter]", callables: Callables, maker: inputs.Maker, stage: Stage
) -> None:
    """Likewise of a function that no name leads to: what a call has returned."""
    if not _untyped(parameters):
        return

    def call(notes: "dict[str, dict[str, Notes]]") -> None:
        stage.recorder.reset()
        positional, keywords = _arguments(parameters, notes[""], maker, stage)
        function(*positional, **keywords)

    seen: Traced = in_child(partial(_noted, [[""]] * CALLS, {"": parameters}, call, stage)) or {}
    _suggest(parameters, seen.get("", {}), OwnClasses(callables))


def _suggest(parameters: "list[Parameter]", seen: "dict[str, list[Any]]", classes: OwnClasses) -> None:
    """What they were used as: the module's own class before an object that only has the attributes."""
    by_name = {parameter.name: parameter for parameter in _untyped(parameters)}
    for name, found in seen.items():
        for told in found:
            spec = _spec(told)
            weight = LEAST_WEIGHT + 10.0 / len(found)
            own_class = classes.in_place_of(spec)
            if own_class != spec:
                by_name[name].prefer(own_class, weight)
            by_name[name].suggest(spec, weight if own_class == spec else MADE_UP * weight)


def _untyped(parameters: "list[Parameter]") -> "list[Parameter]":
    return [
        parameter
        for parameter in parameters
        if parameter.annotated is None and parameter.kind in ("normal", "keyword") and not parameter.steadies
    ]


def _traced(target: Target, ways: "list[list[str]]", callables: Callables, maker: inputs.Maker, stage: Stage) -> Traced:
    """The first way is the target's own."""
    others = ways[1:]
    planned = [ways[0]] * CALLS + [others[number % len(others)] for number in range(CALLS if others else 0)]
    known = {path: callables.parameters(path) for way in ways for path in way}
    return _noted(planned, known, partial(_call, target, known, callables, maker, stage), stage)


def _noted(
    planned: "list[list[str]]",
    known: "dict[str, list[Parameter]]",
    call: "Callable[[dict[str, dict[str, Notes]]], None]",
    stage: Stage,
) -> Traced:
    """What stand-ins for the untyped parameters of these paths are used as by the calls. Run in a forked child: they
    may stay in the module's state.
    """
    seen: dict[str, dict[str, dict[Spec, None]]] = {path: {} for path in known}
    json.loads = partial(_loads, json.loads)
    cuts = 0
    for number, paths in enumerate(planned):
        if cuts == MOST_CUTS:
            break
        ledger = Ledger(Random(number))
        given = {path: [p for p in _untyped(known[path]) if number % 2 or not p.optional] for path in paths}
        notes = {path: {p.name: Notes(ledger, 0) for p in parameters} for path, parameters in given.items()}
        held = stage.effects.holding()
        kept = bounds.within(stage.effects.outside.folder)
        with held, kept, contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
            cuts += within(stage.wall_seconds, partial(call, notes), CUT) is CUT
        for path, by_name in notes.items():
            for name, note in by_name.items():
                spec = spec_of(note)
                if spec != ANY:
                    seen[path].setdefault(name, {})[spec] = None
    return {path: {name: _best(found) for name, found in by_name.items()} for path, by_name in seen.items()}


def _loads(real: "Callable[..., Any]", text: Any, *arguments: Any, **keywords: Any) -> Any:
    return parse(text, real, *arguments, **keywords)


def _best(found: "dict[Spec, None]") -> "list[Any]":
    """The three that say most."""
    return sorted(map(list, found), key=lambda spec: -len(repr(spec)))[:3]


def _call(
    target: Target,
    known: "dict[str, list[Parameter]]",
    callables: Callables,
    maker: inputs.Maker,
    stage: Stage,
    notes: "dict[str, dict[str, Notes]]",
) -> None:
    stage.recorder.reset()
    thing: Any = None
    for path in notes:
        called = getattr(thing, path.rpartition(".")[2]) if thing is not None else callables.resolve(path)
        positional, keywords = _arguments(known[path], notes[path], maker, stage)
        thing = called(*positional, **keywords)
    if target.kind == "property" and len(notes) == 1:
        getattr(thing, target.name)
    elif hasattr(thing, "__next__"):
        for _ in zip(range(3), thing, strict=False):
            pass


def _arguments(
    parameters: "list[Parameter]", notes: "dict[str, Notes]", maker: inputs.Maker, stage: Stage
) -> "tuple[list[Any], dict[str, Any]]":
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind in ("star", "double_star"):
            continue
        if parameter.name in notes:
            value: Any = StandIn(notes[parameter.name])
        elif parameter.optional and not parameter.steadies:
            continue
        else:
            value = stage.build(maker.make(parameter.specs[0]))
        if parameter.kind == "keyword" or parameter.optional:
            keywords[parameter.name] = value
        else:
            positional.append(value)
    return positional, keywords


def _spec(text: "list[Any] | tuple[Any, ...]") -> Spec:
    """Tuples again, all the way down."""
    return tuple(_spec(item) if isinstance(item, (list, tuple)) else item for item in text)
