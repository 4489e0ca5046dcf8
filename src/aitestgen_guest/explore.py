"""Guest program: search for calls worth a test, and tell which mutants each of them kills.

Job: `path`, `seed`, `module`, `file` (the path that the module's code carries), `source`, `targets` (as the analyse
stage describes them), `constants` (source texts), `executions` (calls to spend on an average target), `attempts` (tries
per surviving mutant), `skip_lines`, `workers`, `seconds` (targets begun later get little; normally the counts end it).

Frames, in the order of the targets, however many workers ran:
`{"ev":"module","names"}` · `{"ev":"mutants","mutants"}` ·
`{"ev":"case","target","receiver","calls","arguments","keywords","then","template","loop","alone","tasks","after","observation","features","kills",
"needed","imports","number"}` with expressions as source text · `{"ev":"finding","target",…,"error","message","line"}` ·
`{"ev":"doctest","target","source","wanted","got"}` an example that the code contradicts ·
`{"ev":"kills","mutant","cases"}` which numbered cases kill a mutant that acts at import ·
`{"ev":"target","target","executed","cases"}` · `{"ev":"unfit","reason"}` where the module does not import.
"""

import random
import sys
import time
from functools import partial
from typing import Any

from aitestgen_guest import import_time, inputs, kill
from aitestgen_guest.callables import Callables
from aitestgen_guest.cases import Stage
from aitestgen_guest.doctests import contradictions
from aitestgen_guest.entries import Entry
from aitestgen_guest.forks import in_child
from aitestgen_guest.import_time import spans
from aitestgen_guest.oracle import only_repeats
from aitestgen_guest.script import texts
from aitestgen_guest.search import Search
from aitestgen_guest.shapes import Case, Description, Frame, Observation
from aitestgen_guest.shrink import shrunk
from aitestgen_guest.specs import Namer
from aitestgen_guest.templates import Target
from aitestgen_guest.workers import Send, Task, in_order
from aitestgen_guest.world import Mutant, World

MAX_CASES = 90
HURRIED_EXECUTIONS = 100


def main(job: "dict[str, Any]", emit: Send) -> None:
    """Explore every target of the job's module; returns when all are done."""
    sys.path[:0] = job["path"]
    world = World(job)
    try:
        world.load()
    except BaseException as error:  # noqa: BLE001 - whatever stops the import is the answer
        emit({"ev": "unfit", "reason": f"{type(error).__name__}: {error}"[:500]})
        return
    emit({"ev": "module", "names": sorted(world.names), "imports": world.imports})
    emit({"ev": "mutants", "mutants": world.mutants})
    found = []
    tasks: list[Task] = [partial(_explore, world, target) for target in job["targets"]]
    for frames in in_order(tasks, job.get("workers", 1)):
        for frame in frames:
            if frame["ev"] == "case":
                found.append(frame.pop("case"))
                frame["number"] = len(found) - 1
            emit(frame)
    world.found = found
    for frames in in_order(import_time.tasks(world), job.get("workers", 1)):
        for frame in frames:
            emit(frame)


def _explore(world: World, description: Description, send: Send) -> None:
    job = world.job
    target = Target(description)
    stage = world.stage(world.module, world.recorder)
    namer = Namer(stage.namespace, stage.writer.imports)
    callables = Callables(stage.namespace, namer, job["targets"])
    pool = inputs.Pool(job["constants"])
    maker = inputs.Maker(random.Random(f"{job['seed']} {target.id}"), pool, callables)
    try:
        callables.resolve(target.id)
    except (AttributeError, KeyError):
        return
    if target.template is None:
        return
    search = Search(target, description, stage, maker, callables)
    hurry = time.monotonic() > world.late
    blocks = {block for line, block in world.probed.block_of_line.items() if spans(description, line)}
    search.run(HURRIED_EXECUTIONS if hurry else job["executions"], len(blocks))
    send({"ev": "progress", "target": target.id, "executed": int(search.executed)})
    examples, top = description.get("examples", ()), job["module"].partition(".")[0]
    for source, wanted, got in (
        in_child(partial(contradictions, examples, {top: sys.modules[top], **stage.namespace})) or ()
    ):
        send({"ev": "doctest", "target": target.id, "source": source, "wanted": wanted, "got": got})
    for case, observation in search.findings.values():
        send(_finding(target, case, observation))
    results = [shrunk(search, entry) for entry in search.results()[:MAX_CASES]]
    _report(world, search, results, namer, send, 0 if hurry else job["attempts"])


def _report(world: World, search: Search, results: "list[Entry]", namer: Namer, send: Send, attempts: int) -> None:
    """Replay the archive on the switchable copy, match it with the mutants, and send what is worth a test."""
    stage = world.stage(world.switchable, None)
    stage.namespace.update({n: v for n, v in search.stage.namespace.items() if n not in stage.namespace})
    search.stage = stage
    search.callables.namespace = stage.namespace
    entries = _repeating(stage, search.target, _unique(results))
    kills: dict[int, dict[int, list[str]]] = {number: {} for number in range(len(entries))}
    wanted = _mutants_of(world, search.target)
    blocks = world.probed.block_of_line
    for mutant, found, new in kill.kill_matrix(entries, wanted, search, stage, blocks, attempts):
        for number, labels in found:
            kills[number][mutant] = labels
        if new is not None and _repeats(stage, search.target, new[0], new[1]):
            entries.append(Entry(new[0], new[1], frozenset()))
            kills[len(entries) - 1] = {mutant: new[2]}
    for number, entry in enumerate(entries):
        if not kills[number] and only_repeats(entry.case, entry.observation):
            continue
        send(_frame(search.target, entry, kills[number], {**namer.imports, **stage.writer.imports}))
    send({"ev": "target", "target": search.target.id, "executed": int(search.executed), "cases": len(entries)})


def _unique(entries: "list[Entry]") -> "list[Entry]":
    return list({entry.cost: entry for entry in entries}.values())


def _repeating(stage: Stage, target: Target, entries: "list[Entry]") -> "list[Entry]":
    """The entries that show the same again: all in one other process, backwards, or else in a process of their own."""
    backwards = entries[::-1]
    shown = in_child(lambda: [_visible(stage.observe(target, entry.case)) for entry in backwards])
    agreed = zip(backwards, shown, strict=False) if shown else ()
    alike = {entry.cost for entry, again in agreed if again == _visible(entry.observation)}
    return [e for e in entries if e.cost in alike or _repeats(stage, target, e.case, e.observation)]


def _repeats(stage: Stage, target: Target, case: Case, observation: Observation) -> bool:
    """Whether a process of its own, where no earlier case has left anything behind, shows the same."""
    again = in_child(lambda: stage.observe(target, case))
    return again is not None and _visible(again) == _visible(observation)


def _visible(observation: Observation) -> "list[Any]":
    return [observation.get(part) for part in ("outcome", "facts", "shown", "wraps", "effects")]


def _mutants_of(world: World, target: Target) -> "list[Mutant]":
    """The mutants that this target's cases are tried on: its own lines, and lines that belong to no target."""
    described = {t["id"]: t["lines"] for t in world.job["targets"]}
    first, last = described[target.id]
    owned = [lines for name, lines in described.items() if name != target.id and not target.id.startswith(name + ".")]
    found = []
    for mutant in world.mutants:
        if mutant.get("import_time"):
            continue
        own = first <= mutant["line"] <= last
        foreign = any(a <= mutant["line"] <= b and (a, b) != (first, last) for a, b in owned if not own or a > first)
        if own or not foreign:
            found.append(mutant)
    return found


def _frame(target: Target, entry: Entry, kills: "dict[int, list[str]]", imports: "dict[str, str]") -> Frame:
    observation = entry.observation
    needed = sorted(
        {label for labels in kills.values() for label in labels if label != "outcome"} - set(observation["shown"])
    )
    return {
        "ev": "case",
        "target": target.id,
        "case": [target.id, entry.case, observation],
        **texts(target, entry.case, observation),
        "observation": observation,
        "features": sorted(entry.features),
        "kills": sorted(kills),
        "needed": needed,
        "imports": imports,
        "cost": entry.cost[1],
    }


def _finding(target: Target, case: Case, observation: Observation) -> Frame:
    return {
        "ev": "finding",
        "target": target.id,
        **texts(target, case, observation),
        "error": observation["facts"]["error"],
        "message": observation["facts"]["message"],
        "line": observation["line"],
    }
