"""Guest program: search for calls worth a test, and tell which mutants each of them kills.

Job: `path`, `seed`, `module`, `file` (the path that the module's code carries), `source`, `targets` (as the analyse
stage describes them), `constants` (source texts), `words` (texts around what its regular expressions match),
`script` (whether a block of it runs where the module is run by itself),
`strategies` (files of the project with strategies of Hypothesis: `file`, `text`),
`bless` (whether cases that a suspected bug puts in doubt are told too, marked `doubtful`),
`executions` (calls to spend on an average target), `attempts` (tries
per surviving mutant), `skip_lines`, `workers`, `seconds` (of processor time: targets begun after them get little;
normally the counts end it).

Frames, in the order of the targets, however many workers ran:
`{"ev":"module","names"}` · `{"ev":"mutants","mutants"}` ·
`{"ev":"case","target","receiver","calls","arguments","keywords","then","again","uses","sends","template","loop","alone","tasks",
"after","observation","features","kills","needed","imports","definitions","number"}` with expressions as source text ·
`{"ev":"finding","target",…,"dead_name","error","message","line"}` ·
`{"ev":"doctest","target","source","wanted","got","lines"}` an example that the code contradicts ·
`{"ev":"contradiction","target","kind","rule","quote","expected","observed","lines","confidence","about"}` a broken law,
with the statements that break it and the targets whose results it puts in doubt ·
`{"ev":"unexamined","target","reason"}` no law of this target could be looked at ·
`{"ev":"kills","mutant","cases"}` which numbered cases kill a mutant that acts at import ·
`{"ev":"failed","reason"}` a part of the search broke off ·
`{"ev":"hurried","target"}` the seconds, not the count of calls, ended its search ·
`{"ev":"target","target","executed","cases"}` · `{"ev":"unfit","reason"}` where the module does not import.
"""

import json
import sys
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from aitestgen_guest.arguments.makers import factories
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.dead_names import is_dead_name
from aitestgen_guest.calls.entries import Entry, key_of, probes_of
from aitestgen_guest.calls.oracle import TEST, judge, only_repeats
from aitestgen_guest.calls.script import texts
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.doctests import contradicted
from aitestgen_guest.findings.suspicions import Suspicions, frame_of
from aitestgen_guest.processes.workers import Send, Task, in_order
from aitestgen_guest.search import import_time, kill, plain, symbolic
from aitestgen_guest.search.effort import Effort, Left, allowances, own_sizes
from aitestgen_guest.search.histories import left_behind
from aitestgen_guest.search.learning import learn, search_of
from aitestgen_guest.search.one_target import NEVER_REACHED, Search
from aitestgen_guest.search.repeating import repeating, repeats
from aitestgen_guest.search.script_run import as_script
from aitestgen_guest.search.shrink import shrunk
from aitestgen_guest.search.world import Mutant, World
from aitestgen_guest.shapes import Case, Description, Frame, Observation

MAX_CASES = 90
WHOLE_HUNT = 300
"""As much as a target's search may spend may be spent on the mutants that are left after it, by a search of so many
calls; by a smaller one less, as the square: where there are many targets, hunts come last.
"""
STILL_HERE: Frame = {"ev": "still_here"}
NO_HUNTS, HURRIED, HURRIED_EXECUTIONS = 0.8, 1.3, 100
"""From so much of the job's seconds on no mutants are hunted, and from so much on searches may spend so many calls."""
ROUNDS = 3
SECOND = 0.6
"""How much of what a target's first search may spend its second may."""
MIN_TRIES, MAX_TRIES, TRIES_SHARE = 20, 120, 8
HEAVY_TRIES = 2

Kills = dict[int, dict[int, list[str]]]
"""By the numbers of entries: the mutants that each kills, and the labels that tell."""
TEXTS = ("receiver", "calls", "arguments", "keywords", "then", "again", "uses", "sends", "inside", "after")


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
    seen = _search_all(world, emit)
    killers = _try_on_import(world, seen, emit)
    if job.get("script"):
        for frame in as_script(world):
            emit(_numbered(world, frame))
    late: list[Task] = [partial(_report_spare, world, seen[t], (n, found)) for (t, n), found in killers.items()]
    for frame in chain.from_iterable(in_order(late, world.workers)):
        emit(_numbered(world, frame))


def _search_all(world: World, emit: Send) -> "dict[str, Frame]":
    """Search every target, and send what is found; by target the cases that may come in useful later."""
    seen: dict[str, Frame] = {}
    learn(world, emit)
    left: dict[str, frozenset[int]] = {}
    for frame in chain.from_iterable(in_order(_searches(world), world.workers)):
        if frame["ev"] == "spare":
            seen[frame["target"]] = frame
        elif frame["ev"] == "left":
            left[frame["target"]] = frozenset(frame["probes"])
        elif frame != STILL_HERE:
            emit(_numbered(world, frame))
    _search_again(world, left, emit)
    return seen


def _search_again(world: World, left: "dict[str, frozenset[int]]", emit: Send) -> None:
    """Search what has code `left`, in rounds: what one finds makes objects for the next."""
    since = 0
    for _ in range(ROUNDS):
        before, tasks = len(world.found), [*_further_searches(world, left, since)]
        for frame in chain.from_iterable(in_order(tasks, world.workers)):
            if frame["ev"] == "left":
                left[frame["target"]] = frozenset(frame["probes"])
            elif frame["ev"] not in ("spare", "progress", "target") and frame != STILL_HERE:
                emit(_numbered(world, frame))
        since = before


def _try_on_import(world: World, seen: "dict[str, Frame]", emit: Send) -> "dict[tuple[str, int], Frame]":
    """Try the mutants that act on import; the spare cases (target, place) that kill some, and which."""
    world.spare = [
        import_time.Spare(name, n, case, key_of(case))
        for name, frame in seen.items()
        for n, case in enumerate(frame["cases"])
    ]
    killers: dict[tuple[str, int], Frame] = {}
    for frame in chain.from_iterable(in_order(import_time.tasks(world), world.workers)):
        if frame["ev"] == "spare_kill":
            target, place, observation = frame["spare"]
            found = killers.setdefault((target, place), {"observation": observation, "mutants": []})
            found["mutants"].append(frame["mutant"])
        else:
            emit(frame)
    return killers


def _searches(world: World) -> "Iterator[Task]":
    """The search of each target, with the calls that it may spend; less where the job's time is used up."""
    targets = world.job["targets"]
    sizes = own_sizes(targets, world.probed.block_of_line)
    for target, size, calls in zip(targets, sizes, allowances(sizes, world.job["executions"]), strict=True):
        attempts = 0 if world.is_late(NO_HUNTS) else world.job["attempts"]
        spent = min(calls, HURRIED_EXECUTIONS) if world.is_late(HURRIED) else calls
        yield partial(_explore, world, target, Effort(size, spent, attempts))


def _further_searches(world: World, left: "dict[str, frozenset[int]]", since: int) -> "Iterator[Task]":
    """Searches of methods with code that none of their calls reached, on objects as other methods leave them in cases
    that were found `since`.
    """
    targets, made_by = world.job["targets"], factories(world.job["targets"])
    sizes = own_sizes(targets, world.probed.block_of_line)
    for target, size, calls in zip(targets, sizes, allowances(sizes, world.job["executions"]), strict=True):
        again = Left(
            probes=left.get(target["id"], frozenset()),
            pasts=left_behind(world.found[since:], target, made_by.get(target["owner"], ())),
            through="" if since else world.definitions.sample_of(target["id"]),
        )
        if again.probes and (again.pasts or again.through) and not world.is_late(import_time.LATEST):
            effort = Effort(size, int(calls * SECOND), world.job["attempts"])
            yield partial(_explore_again, world, target, effort, again)


def _numbered(world: World, frame: Frame) -> Frame:
    """The frame, a case with its number and without what only this process needs of it."""
    if frame["ev"] != "case":
        return frame
    world.found.append(frame["case"])
    world.killed.update(frame["kills"])
    told = {name: item for name, item in frame.items() if name != "case"}
    facts = {label: text for label, text in told["observation"]["facts"].items() if label != "message"}  # it is prose
    needs = world.definitions.used_in(json.dumps([told.get(part) for part in ("template", *TEXTS)] + [facts]))
    return {**told, "definitions": needs, "number": len(world.found) - 1}


def _report_spare(world: World, seen: Frame, killer: "tuple[int, Frame]", send: Send) -> None:
    """Send a spare case that kills mutants which act on import, if it shows the same in a process of its own."""
    place, found = killer
    description = next(item for item in world.job["targets"] if item["id"] == seen["target"])
    target, observation = Target(description, world.definitions.users), found["observation"]
    entry = Entry(seen["cases"][place], observation, frozenset())
    announced = {name.rpartition(".")[2] for name in description.get("raises", ())}
    usable = judge(target, observation, announced=announced, typed=False) == TEST
    if usable and repeats(world.stage(world.switchable, None), target, entry.case, observation):
        send(_frame(target, entry, {mutant: [] for mutant in found["mutants"]}, seen["imports"]))


def _explore(world: World, description: Description, effort: Effort, send: Send) -> None:
    job = world.job
    if not effort.attempts and job["attempts"]:
        send({"ev": "hurried", "target": description["id"]})
    search = search_of(world, description, description["id"])
    if search is None:
        return
    target = search.target
    search.words = job.get("words", [])
    search.open = world.probed.within(tuple(description["lines"])) or search.open
    search.tell = partial(send, STILL_HERE)
    if effort.attempts:
        search.solve = partial(symbolic.solved, world, search)
    search.run(effort.calls, effort.size)
    send({"ev": "progress", "target": target.id, "executed": int(search.executed)})
    known = target.bound or world.definitions.sample_of(target.id)
    if known and (left := search.open - {NEVER_REACHED}):
        send({"ev": "left", "target": target.id, "probes": sorted(left)})
    _tell(world, search, description, effort, send)


def _explore_again(world: World, description: Description, effort: Effort, again: Left, send: Send) -> None:
    """Search once more from other histories or through a subclass, and tell what reaches a probe that was left."""
    search = search_of(world, description, f"{description['id']} again")
    if search is None:
        return
    search.words = world.job.get("words", [])
    search.cases.histories = again.pasts
    search.target.through = again.through
    search.open = again.probes
    search.tell = partial(send, STILL_HERE)
    search.run(effort.calls, effort.size)
    send({"ev": "left", "target": search.target.id, "probes": sorted(search.open - {NEVER_REACHED})})
    if search.open != again.probes:
        _tell(world, search, description, effort, send, again.probes - search.open)


def _tell(
    world: World,
    search: Search,
    description: Description,
    effort: Effort,
    send: Send,
    wanted: "frozenset[int] | None" = None,
) -> None:
    """Send what was found: suspicions, and cases that are worth a test; only those with `wanted` probes, if given."""
    suspicions = _suspect(world, search, description, effort.calls, send)
    kept = [entry for entry in search.kept.results() if not suspicions.bans(entry.case)]
    if wanted is not None:
        kept = [entry for entry in kept if wanted & probes_of(entry.features)]
    results = kept if search.is_patient else [shrunk(search, entry) for entry in kept[:MAX_CASES]]
    done = frozenset[int]() if wanted is None else frozenset(world.killed)
    _report(world, suspicions, results, send, effort, done)


def _suspect(world: World, search: Search, description: Description, executions: int, send: Send) -> Suspicions:
    """Send every suspected bug of the target: contradicted examples, unannounced exceptions, broken laws."""
    examples, top = description.get("examples", ()), world.job["module"].partition(".")[0]
    namespace = {top: sys.modules[top], **search.stage.namespace}
    search.stage.recorder.reset()
    frames = list(contradicted(search.target.id, examples, namespace))
    for frame in frames:
        send(frame)
    for case, observation in search.findings.values():
        send(_finding(search, case, observation))
    suspicions = Suspicions(search, description, world.job, frozenset(frame["source"] for frame in frames))
    try:
        tries = max(MIN_TRIES, min(MAX_TRIES, executions // TRIES_SHARE))
        found = suspicions.found(HEAVY_TRIES if search.is_patient else tries)
    except Exception as error:  # noqa: BLE001 - odd code under test must not cost its tests: it is said, and they go on
        send({"ev": "unexamined", "target": search.target.id, "reason": f"{type(error).__name__}: {error}"[:500]})
        return suspicions
    for suspicion in found:
        send(frame_of(search.target.id, suspicion))
    return suspicions


def _report(
    world: World,
    suspicions: Suspicions,
    results: "list[Entry]",
    send: Send,
    effort: Effort,
    done: "frozenset[int]",
) -> None:
    """Replay the archive on the switchable copy, match it with the mutants but those that are `done`, and send what is
    worth a test.
    """
    search = suspicions.search
    namer = search.callables.namer
    probed = kill.measuring(search.stage, vars(world.module))
    stage = _switchable(world, search)
    entries = repeating(stage, search.target, list({entry.cost: entry for entry in results}.values()))
    kills: Kills = {number: {} for number in range(len(entries))}
    wanted = [] if search.is_patient else _mutants_of(world, search.target)  # each costs what a call costs
    wanted = [mutant for mutant in wanted if mutant["id"] not in done]
    blocks = world.probed.block_of_line
    spare = [entry for entry in search.kept.spare() if not suspicions.bans(entry.case)]
    archive = kill.Archive(entries[:], spare)
    hunter = kill.Hunter(search, stage, probed, effort.attempts)
    hunting = int(effort.calls * min(1.0, effort.calls / WHOLE_HUNT))
    for mutant, found, new in kill.kill_matrix(archive, wanted, hunter, blocks, hunting):
        send(STILL_HERE)
        for number, labels in found:
            kills[number][mutant] = labels
        if new is not None and not suspicions.bans(new[0]) and repeats(stage, search.target, new[0], new[1]):
            entries.append(Entry(new[0], new[1], frozenset()))
            kills[len(entries) - 1] = {mutant: new[2]}
    sought = _make_plainer(hunter, suspicions, entries, kills, effort.calls)
    if world.run_on_import or any(mutant["import_time"] for mutant in world.mutants):
        cases = [entry.case for entry in search.kept.spare()]
        send(import_time.spare_frame(search.target.id, cases, {**namer.imports, **stage.writer.imports}))
    for number, entry in enumerate(entries):
        if not kills[number] and only_repeats(entry.case, entry.observation):
            continue
        frame = _frame(search.target, entry, kills[number], {**namer.imports, **stage.writer.imports})
        send({**frame, "doubtful": suspicions.doubts(entry.case), "spare": number not in sought})
    send({"ev": "target", "target": search.target.id, "executed": int(search.executed), "cases": len(entries)})


def _switchable(world: World, search: Search) -> Stage:
    """The search moved to a stage on the switchable copy, which is as patient as the search was."""
    stage = world.stage(world.switchable, None)
    stage.namespace.update({n: v for n, v in search.stage.namespace.items() if n not in stage.namespace})
    search.stage = stage
    search.callables.namespace = stage.namespace
    if search.is_patient:
        stage.be_patient()
    return stage


def _make_plainer(
    hunter: kill.Hunter, suspicions: Suspicions, entries: "list[Entry]", kills: "Kills", calls: int
) -> "frozenset[int]":
    """Put plainer cases in the place of entries that a suite will need; the numbers of these."""
    if hunter.search.is_patient:
        return frozenset(range(len(entries)))
    chosen = plain.needed(entries, kills)
    told = dict(plain.all_plainer(hunter, entries, chosen, kills, calls))
    made = {number: Entry(one.case, one.observation, frozenset(one.features)) for number, one in told.items()}
    usable = [entry for entry in made.values() if not suspicions.bans(entry.case)]
    sound = {entry.cost for entry in repeating(hunter.stage, hunter.search.target, usable)}
    keys = {key_of(entry.case) for entry in entries}
    for number, entry in made.items():
        if entry.cost in sound and key_of(entry.case) not in keys:
            keys.add(key_of(entry.case))
            entries[number], kills[number] = entry, dict(told[number].kills)
    return frozenset(chosen)


def _mutants_of(world: World, target: Target) -> "list[Mutant]":
    """The mutants that this target's cases are tried on: its own lines, and lines that belong to no target; a public
    target's also on the lines of private ones, which are called by tests only where public ones do not do.
    """
    described = {t["id"]: t["lines"] for t in world.job["targets"]}
    first, last = described[target.id]
    others = [name for name in described if name != target.id and not target.id.startswith(name + ".")]
    owned = [described[name] for name in others if _is_private(target.id) or not _is_private(name)]
    foreign = {line for a, b in owned if (a, b) != (first, last) for line in range(a, b + 1)}
    inner = {line for a, b in owned if (a, b) != (first, last) and a > first for line in range(a, b + 1)}
    return [
        mutant
        for mutant in world.mutants
        if not mutant.get("import_time")
        and mutant["line"] not in (inner if first <= mutant["line"] <= last else foreign)
    ]


def _is_private(target_id: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in target_id.split("."))


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


def _finding(search: Search, case: Case, observation: Observation) -> Frame:
    return {
        "ev": "finding",
        "target": search.target.id,
        **texts(search.target, case, observation),
        "dead_name": is_dead_name(search.stage.effects.outside.source, observation),
        "error": observation["facts"]["error"],
        "message": observation["facts"]["message"],
        "line": observation["line"],
    }
