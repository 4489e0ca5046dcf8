"""What parameters without a type are used as, learnt from a few calls with stand-ins (stand_ins.py)."""

import contextlib
import io
import json
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables, Parameter
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.arguments.stand_ins import Ledger, Notes, StandIn, parse, spec_of
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.shapes import Spec

CALLS = 40
LEAST_WEIGHT = 2.0
Traced = dict[str, dict[str, list[Any]]]
"""By path and parameter the specs that were seen, each as nested lists."""


def trace_types(target: Target, callables: Callables, maker: inputs.Maker, stage: Stage) -> None:
    """Give the target's untyped parameters, and those of its class, the types that they were used as."""
    paths = [target.owner, target.id] if target.bound else [target.id]
    paths = [path for path in paths if path and not (target.kind == "property" and path == target.id)]
    if not any(_untyped(callables, path) for path in paths):
        return
    seen: Traced = in_child(partial(_traced, target, paths, callables, maker, stage)) or {}
    for path, parameters in seen.items():
        by_name = {parameter.name: parameter for parameter in _untyped(callables, path)}
        for name, found in parameters.items():
            for spec in found:
                by_name[name].suggest(_spec(spec), LEAST_WEIGHT + 10.0 / len(found))


def _untyped(callables: Callables, path: str) -> "list[Parameter]":
    return [
        parameter
        for parameter in callables.parameters(path)
        if parameter.annotated is None and parameter.kind in ("normal", "keyword")
    ]


def _traced(target: Target, paths: "list[str]", callables: Callables, maker: inputs.Maker, stage: Stage) -> Traced:
    """Run in a forked child: stand-ins may stay in the module's state."""
    seen: dict[str, dict[str, dict[Spec, None]]] = {path: {} for path in paths}
    json.loads = partial(_loads, json.loads)
    for number in range(CALLS):
        ledger = Ledger(Random(number))
        notes = {path: {p.name: Notes(ledger, 0) for p in _untyped(callables, path)} for path in paths}
        call = partial(_call, target, notes, callables, maker, stage)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
            within(stage.wall_seconds, call, None)
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
    target: Target, notes: "dict[str, dict[str, Notes]]", callables: Callables, maker: inputs.Maker, stage: Stage
) -> None:
    stage.recorder.reset()
    thing: Any = None
    for path in notes:
        called = getattr(thing, target.name) if thing is not None else callables.resolve(path)
        positional, keywords = _arguments(path, notes[path], callables, maker, stage)
        thing = called(*positional, **keywords)
    if target.kind == "property":
        getattr(thing, target.name)
    elif hasattr(thing, "__next__"):
        for _ in zip(range(3), thing, strict=False):
            pass


def _arguments(
    path: str, notes: "dict[str, Notes]", callables: Callables, maker: inputs.Maker, stage: Stage
) -> "tuple[list[Any], dict[str, Any]]":
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for parameter in callables.parameters(path):
        if parameter.kind in ("star", "double_star"):
            continue
        if parameter.name in notes:
            value: Any = StandIn(notes[parameter.name])
        elif parameter.optional:
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
