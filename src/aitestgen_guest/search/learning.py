"""What is learnt once, for all targets: how objects of each class are made, and what can happen to them."""

import contextlib
import random
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.answers import document_for
from aitestgen_guest.arguments.asking import is_a
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.characters import alphabets
from aitestgen_guest.arguments.definitions import DATACLASSES
from aitestgen_guest.arguments.drawn import Makings, draw_into, drawn, strategies_in
from aitestgen_guest.arguments.makers import in_rounds, makers
from aitestgen_guest.arguments.module_data import Where
from aitestgen_guest.arguments.own_classes import own_classes
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.arguments.structures import handed_on, structures
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.processes.workers import FAILED, MOST_SAID, Send, in_order
from aitestgen_guest.search.case_maker import CaseMaker
from aitestgen_guest.search.descent import Frontier
from aitestgen_guest.search.documented import shown_receivers, shown_values
from aitestgen_guest.search.earlier import changers
from aitestgen_guest.search.histories import History, histories
from aitestgen_guest.search.makings import accepted, made, results
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.prepared import prepared
from aitestgen_guest.search.type_tracing import trace_types
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Description, Frame, Making

_CLASSES = ("class", "dataclass")
MOST_GROUPS, MOST_CALLS, MOST_SHOWN = 12, 1500, 60


def learn(world: World, emit: Send) -> None:
    """How objects of each class can be made, what can happen to them, and what functions accept that others hand
    their arguments to: learnt once, for all targets.
    """
    _learn_drawn(world, emit)
    targets = [Target(description, world.definitions.users) for description in world.job["targets"]]
    classes = [description for description in world.job["targets"] if description["kind"] in ("class", "dataclass")]
    _learn_makings(world, classes, emit)
    _learn_makings(world, [one for one in classes if _takes(one, world.made)], emit)
    owners = dict.fromkeys(target.owner for target in targets if target.bound)
    for frame in chain.from_iterable(in_order((partial(_explore_class, world, one) for one in owners), world.workers)):
        if _is_told(frame, emit):
            world.histories[frame["owner"]] = [History(*history) for history in frame["histories"]]
    tasks = [partial(_accept, world, group) for group in handed_on(world.job["source"])[:MOST_GROUPS]]
    for frame in chain.from_iterable(in_order(tasks, world.workers)):
        if _is_told(frame, emit):
            world.accepted.update({(path, name): tuple(frame["texts"]) for path, name in frame["group"]})
    _learn_results(world, emit)


def _learn_drawn(world: World, emit: Send) -> None:
    """What the project's strategies draw: objects of its classes, and plain values."""
    tasks = [partial(draw, world, file) for file in world.job.get("strategies", ())]
    for frame in chain.from_iterable(in_order(tasks, world.workers)):
        for owner, value in frame["made"] if _is_told(frame, emit) else ():
            world.drawn.setdefault(owner, []).append(value)


def draw(world: World, file: "dict[str, str]", send: Send) -> None:
    """Send what the strategies of a file draw, and what went wrong. Spoils the process: classes are watched."""
    stage = world.stage(world.module, world.recorder)
    namer = Namer(stage.namespace, stage.writer.imports)
    makings = Makings(namer, stage.writer)
    for cls in own_classes(stage.namespace, ()):
        makings.watch(cls)
    with _telling(file, send):
        for strategy in strategies_in(file["text"], file["file"]):
            values: list[Any] = []
            with _telling(file, send):
                draw_into(values, strategy)
            send({"ev": "drawn", "made": [*drawn(values, makings, namer)]})


@contextlib.contextmanager
def _telling(file: "dict[str, str]", send: Send) -> "Iterator[None]":
    """Send what the project's own file raises: it may do anything, and the search goes on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        reason = f"the strategies of {file['file']}: {type(error).__name__}: {error}"
        send({"ev": FAILED, "reason": reason[:MOST_SAID]})


def _learn_results(world: World, emit: Send) -> None:
    """What functions make that others take, from those on that take nothing of others."""
    taken = makers(world.job["source"])
    known = {description["id"]: description for description in world.job["targets"]}
    for names in in_rounds(taken):
        tasks = [partial(_give, world, known[name]) for name in names[:MOST_GROUPS] if name in known]
        gave: dict[str, list[Making]] = {}
        for frame in chain.from_iterable(in_order(tasks, world.workers)):
            if _is_told(frame, emit):
                gave[frame["target"]] = [(made, arguments) for made, arguments in frame["made"]]
        for where, functions in taken.items():
            if found := [one for name in functions for one in gave.get(name, ())]:
                world.given.setdefault(where, []).extend(found)


def _give(world: World, description: Description, send: Send) -> None:
    search = search_of(world, description, f"given by {description['id']}")
    if search is not None and (found := results(search, min(MOST_CALLS, world.job["executions"]))):
        send({"ev": "given", "target": description["id"], "made": found})


def _accept(world: World, group: "list[Where]", send: Send) -> None:
    """Send what the function accepts to which the others of the group hand it on: that with the fewest parameters."""
    known = {description["id"]: description for description in world.job["targets"]}
    members = [(known[path], name) for path, name in group if path in known]
    if len(members) < 2:
        return
    description, name = min(members, key=lambda member: len(member[0]["parameters"]))
    search = search_of(world, description, f"accepted by {description['id']}")
    if search is not None and (found := accepted(search, name, min(MOST_CALLS, world.job["executions"]))):
        send({"ev": "accepted", "group": group, "texts": found})


def _learn_makings(world: World, classes: "list[Description]", emit: Send) -> None:
    for frame in chain.from_iterable(in_order((partial(_make, world, one) for one in classes), world.workers)):
        if _is_told(frame, emit):
            world.made[frame["owner"]] = frame["made"]


def _takes(description: Description, names: "Iterable[str]") -> bool:
    """Whether one of these classes is named where its parameters are annotated."""
    words = {word for one in description["parameters"] for word in re.findall(r"\w+", one["annotation"] or "")}
    return not words.isdisjoint(names)


def _is_told(frame: Frame, emit: Send) -> bool:
    """Whether the frame tells something; that its task broke off is passed on."""
    if frame["ev"] == FAILED:
        emit(frame)
    return bool(frame["ev"] != FAILED)


def _make(world: World, description: Description, send: Send) -> None:
    """Of a class whose objects are seldom made by chance, send calls that make some."""
    search = search_of(world, description, f"making {description['id']}")
    if search is not None and (found := made(search)):
        send({"ev": "made", "owner": description["id"], "made": found})


def _explore_class(world: World, owner: str, send: Send) -> None:
    stage = world.stage(world.module, world.recorder)
    callables, maker = _makers(world, stage, Namer(stage.namespace, stage.writer.imports), f"objects of {owner}")
    target = Target({"id": owner, "kind": "class"})
    try:
        cases = CaseMaker(target, maker, callables, stage.effects)
    except (AttributeError, KeyError):
        return
    if cases.steps is not None:
        trace_types(target, callables, maker, stage, cases.steps.plain_methods())
        send({"ev": "histories", "owner": owner, "histories": histories(cases.steps, callables, maker, stage)})


def _makers(world: World, stage: Stage, namer: Namer, purpose: str) -> "tuple[Callables, inputs.Maker]":
    """What makes calls and arguments for this purpose, drawn by the job's seed."""
    job = world.job
    callables = Callables(stage.namespace, namer, job["targets"])
    callables.built = structures(job["source"])
    callables.accepted = world.accepted
    callables.given = world.given
    callables.users = frozenset(world.definitions.users.values())
    callables.known = {path: list(calls) for path, calls in world.made.items()}
    drawn_objects = ((path, call) for path, calls in world.drawn.items() if path for call in calls)
    for path, call in chain(shown_receivers(job["targets"], callables), drawn_objects):
        callables.worked(path, call)
    callables.prepared = {
        owner: made for owner, pasts in world.histories.items() if (made := prepared(owner, pasts, callables))
    }
    callables.dataclasses = [name for name in DATACLASSES if name in world.definitions.sources]
    learnt = [*shown_values(job["targets"])[:MOST_SHOWN], *(value[1] for value in world.drawn.get("", ()))]
    pool = Pool([*job["constants"], *learnt, *world.definitions.words()])
    pool.reckon_with(job["source"])
    maker = inputs.Maker(random.Random(f"{job['seed']} {purpose}"), pool, callables)
    maker.answer = document_for(job["source"])
    maker.editor.alphabets = alphabets(job["source"])
    return callables, maker


def search_of(world: World, description: Description, purpose: str) -> "Search | None":
    """The search of a target, or None where there is nothing to call."""
    target = Target(description, world.definitions.users)
    stage = world.stage(world.module, world.recorder)
    callables, maker = _makers(world, stage, Namer(stage.namespace, stage.writer.imports), purpose)
    try:
        callables.resolve(target.id)
    except (AttributeError, KeyError):
        return None
    owner = target.id if target.kind in _CLASSES else target.owner
    if target.template is None or (owner and not is_a(callables.resolve(owner), type)):  # its name means another thing
        return None
    search = Search(target, description, stage, maker, callables, Frontier(world.probed.holds))
    search.cases.histories = world.histories.get(target.owner, [])
    search.cases.earlier.functions = changers(world.job["source"], stage.state.watched).get(target.id, [])
    return search
