"""Guest program: search for calls worth a test, and tell which mutants each of them kills.

Job: `path`, `seed`, `module`, `file` (the path that the module's code carries), `source`, `targets` (as the analyse
stage describes them), `constants` (source texts), `executions` (calls to spend on an average target), `attempts` (tries
per surviving mutant), `skip_lines`, `workers`, `seconds` (targets begun later get little; normally the counts end it).

Frames, in the order of the targets, however many workers ran:
`{"ev":"module","names"}` · `{"ev":"mutants","mutants"}` ·
`{"ev":"case","target","receiver","calls","arguments","keywords","then","template","observation","features","kills",
"needed","imports","number"}` with expressions as source text · `{"ev":"finding","target",…,"error","message","line"}` ·
`{"ev":"doctest","target","source","wanted","got"}`
an example that the code contradicts · `{"ev":"kills","mutant","cases"}` which numbered
cases kill a mutant that acts at import · `{"ev":"target","target","executed","cases"}` · `{"ev":"unfit","reason"}` where the module does not import.
"""

import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import random
import select
import signal
import sys
import time
from functools import partial

from aitestgen_guest import inputs, kill, literals, probes
from aitestgen_guest.callables import Callables
from aitestgen_guest.cases import Stage, Target, call_text, drop_unused
from aitestgen_guest.doctests import contradictions
from aitestgen_guest.effects import Effects
from aitestgen_guest.forks import in_child
from aitestgen_guest.search import Entry, Search
from aitestgen_guest.specs import Namer

SILENCE_SECONDS = 8.0
MAX_CASES = 90
HURRIED_EXECUTIONS = 100
IMPORT_SHARES = 8
CASES_A_TARGET = 25
MAX_IMPORT_CASES = 300


def main(job, emit):
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
    tasks = [partial(_explore, world, target) for target in job["targets"]]
    for frames in _in_order(tasks, job.get("workers", 1)):
        for frame in frames:
            if frame["ev"] == "case":
                found.append(frame.pop("case"))
                frame["number"] = len(found) - 1
            emit(frame)
    world.found = found
    for frames in _in_order(_import_time_tasks(world), job.get("workers", 1)):
        for frame in frames:
            emit(frame)


class World:
    """The module loaded twice: with probes for the search, with switchable mutants for the kills."""

    def __init__(self, job):
        self.job = job
        self.late = time.monotonic() + job.get("seconds", 1e9)
        self.probed = probes.Probed(job["source"])
        self.mutants = []
        self.recorder = probes.Recorder()
        self.switchable = None

    def load(self):
        from aitestgen_guest import mutants

        job = self.job
        with contextlib.redirect_stdout(io.StringIO()):
            module = self.import_code(self.probed.compile(job["file"]), {probes.RECORDER: self.recorder})
            self.module = module
            self.names = {name for name in vars(module) if not name.startswith("__")}
            self.imports = _borrowed(module)
            self.mutants = mutants.enumerate_mutants(job["source"], skip_lines=frozenset(job["skip_lines"]))
            drop_unused_keeping_parents(job["module"])
            code = mutants.compile_switchable(job["source"], job["file"], self.mutants)
            self.switchable = self.import_code(code, {})
        self.recorder.reset()
        gc.collect()
        gc.freeze()
        gc.disable()

    def import_code(self, code, extra):
        finder = _Finder(self.job["module"], self.job["file"], code, extra)
        sys.meta_path.insert(0, finder)
        try:
            return importlib.import_module(self.job["module"])
        finally:
            sys.meta_path.remove(finder)

    def stage(self, module, recorder):
        """A stage on one of the two copies."""
        namespace = {**literals.HELPERS, **vars(module)}
        for name in ("asyncio",):
            namespace.setdefault(name, importlib.import_module(name))
        if recorder is None:
            namespace = _Live(vars(module), literals.HELPERS)
        effects = Effects(self.job["source"], module)
        writer = literals.Writer(namespace, self.job["module"])
        stage = Stage(namespace, writer, recorder, self.job["file"], effects)
        stage.raise_lines = self.probed.raise_lines
        stage.getters = self.probed.getters
        return stage


class _Live(dict):
    """A module's own names, live (a switch set here is seen by the module), with the helpers behind them."""

    def __init__(self, module_names, helpers):
        super().__init__({**helpers, **module_names})
        self.module_names = module_names

    def __setitem__(self, name, value):
        if name == kill.SWITCH:
            self.module_names[name] = value
        super().__setitem__(name, value)


def drop_unused_keeping_parents(module):
    drop_unused(module)
    importlib.invalidate_caches()


def _borrowed(module):
    """Import lines for what the module itself imported: a test imports it from where it is at home."""
    found = {}
    for name, value in vars(module).items():
        home = getattr(value, "__module__", None)
        if isinstance(value, type(sys)):
            found[name] = f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
        elif isinstance(home, str) and home not in (module.__name__, "builtins") and not home.startswith("_"):
            if getattr(sys.modules.get(home), name, None) is value and "._" not in home:
                found[name] = f"from {home} import {name}"
    return found


class _Finder(importlib.abc.MetaPathFinder):
    """Serves one module from a code object."""

    def __init__(self, name, file, code, extra):
        self.name, self.file, self.code, self.extra = name, file, code, extra

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        folder = [os.path.dirname(self.file)] if os.path.basename(self.file) == "__init__.py" else None
        loader = _Loader(name, self.file, self.code, self.extra)
        return importlib.util.spec_from_file_location(name, self.file, loader=loader, submodule_search_locations=folder)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, file, code, extra):
        super().__init__(name, file)
        self.code, self.extra = code, extra

    def get_code(self, fullname):
        return self.code

    def exec_module(self, module):
        vars(module).update(self.extra)
        super().exec_module(module)


# -- forked workers --------------------------------------------------------------------------------------------------
def _in_order(tasks, workers):
    """Yield each task's frames in the tasks' order; up to `workers` run at once, each in a forked process."""
    waiting = list(enumerate(tasks))
    running, done, next_out = {}, {}, 0
    while waiting or running:
        while waiting and len(running) < workers:
            number, task = waiting.pop(0)
            running[number] = _Worker(task)
        _wait([worker.reading for worker in running.values()])
        for number, worker in list(running.items()):
            if worker.poll():
                done[number] = worker.frames
                del running[number]
        while next_out in done:
            yield done.pop(next_out)
            next_out += 1


def _wait(descriptors):
    select.select(descriptors, [], [], 0.2)


class _Worker:
    """A forked process that does one task, `task(send)`, and writes its frames as lines of JSON."""

    def __init__(self, task):
        self.reading, writing = os.pipe()
        self.frames = []
        self._rest = b""
        self._heard = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _child(task, self.reading, writing)
        os.close(writing)

    def poll(self):
        """Take what has come; True when the worker has ended, or was ended for its silence."""
        ready, _, _ = select.select([self.reading], [], [], 0)
        if ready:
            part = os.read(self.reading, 1 << 20)
            self._heard = time.monotonic()
            if part:
                self._take(part)
                return False
            return self._end()
        if time.monotonic() - self._heard > SILENCE_SECONDS:
            return self._end()
        return False

    def _take(self, part):
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                self.frames.append(json.loads(line))

    def _end(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.reading)
        return True


def _child(task, reading, writing):
    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "w", buffering=1) as stream:

            def send(frame):
                stream.write(json.dumps(frame) + "\n")

            task(send)
        status = 0
    finally:
        os._exit(status)


def _explore(world, description, send):
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
    blocks = {block for line, block in world.probed.block_of_line.items() if _spans(description, line)}
    search.run(HURRIED_EXECUTIONS if hurry else job["executions"], len(blocks))
    send({"ev": "progress", "target": target.id, "executed": int(search.executed)})
    examples = description.get("examples", ())
    for source, wanted, got in in_child(partial(contradictions, examples, stage.namespace)) or ():
        send({"ev": "doctest", "target": target.id, "source": source, "wanted": wanted, "got": got})
    for case, observation in search.findings.values():
        send(_finding(target, case, observation, stage))
    results = [search.shrunk(entry) for entry in search.results()[:MAX_CASES]]
    _report(world, search, results, namer, send, 0 if hurry else job["attempts"])


def _report(world, search, results, namer, send, attempts):
    """Replay the archive on the switchable copy, match it with the mutants, and send what is worth a test."""
    stage = world.stage(world.switchable, None)
    stage.namespace.update({n: v for n, v in search.stage.namespace.items() if n not in stage.namespace})
    search.stage = stage
    search.callables.namespace = stage.namespace
    entries = _repeating(stage, search.target, _unique(results))
    kills = {number: {} for number in range(len(entries))}
    wanted = _mutants_of(world, search.target)
    blocks = world.probed.block_of_line
    for mutant, found, new in kill.kill_matrix(entries, wanted, search, stage, blocks, attempts):
        for number, labels in found:
            kills[number][mutant] = labels
        if new is not None and _repeats(stage, search.target, new[0], new[1]):
            entries.append(Entry(new[0], new[1], frozenset()))
            kills[len(entries) - 1] = {mutant: new[2]}
    for number, entry in enumerate(entries):
        send(_frame(search.target, entry, kills[number], stage, {**namer.imports, **stage.writer.imports}))
    send({"ev": "target", "target": search.target.id, "executed": int(search.executed), "cases": len(entries)})


def _unique(entries):
    return list({entry.cost: entry for entry in entries}.values())


def _repeating(stage, target, entries):
    """The entries that show the same again: all in one other process, backwards, or else in a process of their own."""
    backwards = entries[::-1]
    shown = in_child(lambda: [_visible(stage.observe(target, entry.case)) for entry in backwards])
    agreed = zip(backwards, shown) if shown else ()
    alike = {entry.cost for entry, again in agreed if again == _visible(entry.observation)}
    return [e for e in entries if e.cost in alike or _repeats(stage, target, e.case, e.observation)]


def _repeats(stage, target, case, observation):
    """Whether a process of its own, where no earlier case has left anything behind, shows the same."""
    again = in_child(lambda: stage.observe(target, case))
    return again is not None and _visible(again) == _visible(observation)


def _visible(observation):
    return [observation.get(part) for part in ("outcome", "facts", "shown", "wraps", "effects")]


def _mutants_of(world, target):
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


def _frame(target, entry, kills, stage, imports):
    observation = entry.observation
    needed = sorted({label for labels in kills.values() for label in labels if label != "outcome"} - set(observation["shown"]))
    return {
        "ev": "case",
        "target": target.id,
        "case": [target.id, entry.case, observation],
        **_texts(target, entry.case),
        "observation": observation,
        "features": sorted(entry.features),
        "kills": sorted(kills),
        "needed": needed,
        "imports": imports,
        "cost": entry.cost[1],
    }


def _texts(target, case):
    calls = []
    for method, arguments, keywords in case["calls"]:
        template = Target({"id": f"X.{method}", "kind": "method", "owner": "X"}).template
        texts = [inputs.source(item) for item in arguments]
        calls.append(call_text(template, "{self}", texts, {k: inputs.source(v) for k, v in keywords.items()}))
    return {
        "receiver": inputs.source(case["receiver"]) if case["receiver"] is not None else None,
        "calls": calls,
        "arguments": [inputs.source(item) for item in case["arguments"]],
        "keywords": {name: inputs.source(item) for name, item in case["keywords"].items()},
        "then": [inputs.source(item) for item in case["then"]] if case["then"] is not None else None,
        "template": target.template,
    }


# -- mutants that act while the module is imported -------------------------------------------------------------------
def _import_time_tasks(world):
    """Tasks that try such mutants on the cases found; a share of the mutants each."""
    pending = [mutant for mutant in world.mutants if mutant.get("import_time")]
    shares = [pending[start::IMPORT_SHARES] for start in range(IMPORT_SHARES)]
    return [partial(_try_import_time, world, share) for share in shares if share]


def _try_import_time(world, mutants_here, send):
    descriptions = {target["id"]: target for target in world.job["targets"]}
    for mutant in mutants_here:
        if time.monotonic() > world.late + world.job.get("seconds", 0) * 0.5:
            return
        cases = _cases_for(mutant, world.found, descriptions)
        killed = in_child(partial(_killed_by, world, mutant, cases, descriptions))
        if killed:
            send({"ev": "kills", "mutant": mutant["id"], "cases": killed})


def _cases_for(mutant, found, descriptions):
    """(number, case) of the cases that may tell: those of the target around the mutant, else the first few of each."""
    own = [n for n, (target, _, _) in enumerate(found) if _spans(descriptions[target], mutant["line"])]
    taken = {}
    for number, (target, _, _) in enumerate(found):
        taken.setdefault(target, []).append(number)
    spread = [number for numbers in taken.values() for number in numbers[:CASES_A_TARGET]]
    return (own or spread)[:MAX_IMPORT_CASES]


def _spans(description, line):
    return description["lines"][0] <= line <= description["lines"][1]


def _killed_by(world, mutant, cases, descriptions):
    """The numbers of the cases on which the module with this mutant shows something else; none where it fails to import."""
    from aitestgen_guest import mutants

    job = world.job
    drop_unused(job["module"])
    try:
        module = world.import_code(mutants.compile_mutant(job["source"], job["file"], mutant), {})
    except Exception:  # noqa: BLE001 - a mutant that does not import is invalid: no case kills it
        return []
    stage = world.stage(module, None)
    stage.wall_seconds = kill.MUTANT_SECONDS
    killed = []
    for number in cases:
        target, case, base = world.found[number]
        other = stage.observe(Target(descriptions[target]), case)
        if any(label == "outcome" or label in base["shown"] for label in kill.differs(base, other)):
            killed.append(number)
    return killed


def _finding(target, case, observation, stage):
    return {
        "ev": "finding",
        "target": target.id,
        **_texts(target, case),
        "error": observation["facts"]["error"],
        "message": observation["facts"]["message"],
        "line": observation["line"],
    }
