"""Guest program: which tests kill which mutants of a module.

Job, besides `path` and `seed`: `tests` (files), `root` (their folder; /job), `module`, `file`, `source`, `skip_lines`,
`reach` (node id → lines run; null: every test may reach every line), `import_lines` (lines that run on import or
collection), `seconds` (for everything), and optionally `only` (mutant ids), `part` ([k, n]: every n-th from the k-th,
to share the work), `first_only` (stop at a mutant's first killer), `patience` (the least seconds for one mutant, 1).

Frames: `{"ev":"mutants","mutants"}` all there are (see `mutants.enumerate_mutants`) ·
`{"ev":"baseline","passed","failed"}` node ids with no mutant; only those that passed take part ·
`{"ev":"fate","id","fate","killers","seconds"}` per mutant · `{"ev":"collect_error","id","text"}` where the tests
cannot be collected and run at all: then nothing is judged · `{"ev":"judged","mutants","judged","killed","tests"}` last;
`killed` 0 of many is suspicious, which the host decides.

Mutants are tried in forked children, many in one where that shows the same (mutant_groups.py). One that acts on import
gets, where it must, a child forked before anything of the module is imported.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from itertools import zip_longest
from time import monotonic  # by name: what runs here may replace time.monotonic
from typing import Any

from aitestgen_guest.jail.places import JOB
from aitestgen_guest.mutation.mutant_groups import judge_collected
from aitestgen_guest.mutation.mutant_trials import Baseline, Mutant, Trial, judge_on_import
from aitestgen_guest.mutation.mutants import compile_switchable, enumerate_mutants
from aitestgen_guest.processes.child import Send, messages
from aitestgen_guest.suite.collected_tests import Collect, in_session
from aitestgen_guest.suite.served_module import ServedModule

Job = dict[str, Any]
Frame = dict[str, Any]

PATIENCE = 1.0
GRACE = 2.0


def main(job: Job, emit: "Callable[[dict[str, Any]], None]") -> None:
    """Judge the mutants until all are, or `job["seconds"]` are over; the rest then has no fate frame."""
    stop = monotonic() + job["seconds"]
    mutants = enumerate_mutants(job["source"], skip_lines=job["skip_lines"])
    emit({"ev": "mutants", "mutants": mutants})
    fates: dict[int, str] = {}
    tests: list[str] = []
    for frame in messages(lambda send: _in_session(job, mutants, stop, send), job["seconds"] + 2 * GRACE):
        if frame["ev"] == "fate":
            fates[frame["id"]] = frame["fate"]
        elif frame["ev"] == "baseline":
            tests = frame["passed"]
        emit(frame)
    killed = sum(1 for fate in fates.values() if fate in {"killed", "timed_out"})
    emit({"ev": "judged", "mutants": len(mutants), "judged": len(fates), "killed": killed, "tests": len(tests)})


def _in_session(job: Job, mutants: "list[Mutant]", stop: float, send: Send) -> None:
    """Send all frames but the first and the last. Whatever runs the project's code is a child of this process."""
    root = job.get("root", JOB)
    served = ServedModule(job["module"], job["file"] or f"{root}/{job['module']}.py", job["source"])
    served.code = compile_switchable(served.source, served.file, mutants)
    served.install()

    def judge_all(collect: Collect) -> None:
        for frame in _frames(job, _trial(job, served, collect), _queue(job, mutants), stop):
            send(frame)
        send(None)

    in_session(root, job["tests"], judge_all, job.get("conftests", ()))


def _trial(job: Job, served: ServedModule, collect: Collect) -> Trial:
    reach = job["reach"]
    return Trial(
        served=served,
        collect=collect,
        reach=None if reach is None else {id_: frozenset(lines) for id_, lines in reach.items()},
        first_only=job.get("first_only", False),
        patience=job.get("patience", PATIENCE),
    )


def _queue(job: Job, mutants: "list[Mutant]") -> "list[Mutant]":
    """The mutants to judge in an order in which any beginning is a fair sample: in turn from every function."""
    by_scope: defaultdict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_scope[mutant["scope"]].append(mutant)
    random_ = random.Random(job["seed"])
    groups = [random_.sample(group, len(group)) for group in by_scope.values()]
    random_.shuffle(groups)
    fair = [mutant for turn in zip_longest(*groups) for mutant in turn if mutant]
    first, step = job.get("part") or (0, 1)
    only = job.get("only")
    return [mutant for mutant in fair[first::step] if only is None or mutant["id"] in only]


def _frames(job: Job, trial: Trial, queue: "list[Mutant]", stop: float) -> "Iterator[Frame]":
    """Judge first those that can be switched, within their share of the time, then those that act on import."""
    on_import = [mutant for mutant in queue if _acts_on_import(mutant, job)]
    switched = [mutant for mutant in queue if not _acts_on_import(mutant, job)]
    now = monotonic()
    share = (stop - now) * (len(switched) + 1) / (len(queue) + 1)
    baseline: Baseline | None = None
    judged = set()
    for sent in _in_child(trial, (switched, on_import), None, (now + share, stop)):
        if isinstance(sent, list):
            baseline = Baseline(*sent)
        else:
            judged.add(sent.get("id"))
            yield sent
    if baseline is None:
        yield {"ev": "collect_error", "id": "", "text": "the tests could not be collected and run with no mutant"}
        return
    for mutant in on_import:
        needed = mutant["id"] not in judged and monotonic() < stop
        frame = judge_on_import(trial, mutant, baseline, stop) if needed else None
        if frame:
            yield frame
    left = [mutant for mutant in switched if mutant["id"] not in judged]
    if left and monotonic() < stop:
        yield from _in_child(trial, (left, []), baseline, (stop, stop))


def _in_child(
    trial: Trial,
    mutants: "tuple[list[Mutant], list[Mutant]]",
    baseline: "Baseline | None",
    stops: "tuple[float, float]",
) -> "Generator[Any, None, str]":
    seconds = max(0.0, stops[1] - monotonic()) + GRACE
    return messages(lambda send: judge_collected(trial, *mutants, baseline, stops, send), seconds)


def _acts_on_import(mutant: Mutant, job: Job) -> bool:
    """Also functions that are called while the module or the tests are imported: the switch would come too late."""
    lines = range(mutant["line"], mutant["end_line"] + 1)
    return bool(mutant["import_time"]) or not set(job["import_lines"]).isdisjoint(lines)
