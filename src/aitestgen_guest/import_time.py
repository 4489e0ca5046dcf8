"""Mutants that act while the module is imported: each is imported afresh in a child, where the cases found are run."""

import time
from functools import partial
from typing import Any

from aitestgen_guest import kill
from aitestgen_guest.cases import differs, drop_unused
from aitestgen_guest.forks import in_child
from aitestgen_guest.shapes import Description
from aitestgen_guest.templates import Target
from aitestgen_guest.workers import Send, Task
from aitestgen_guest.world import Mutant, World

IMPORT_SHARES = 8
CASES_A_TARGET = 25
MAX_IMPORT_CASES = 300


def tasks(world: World) -> "list[Task]":
    """Tasks that try such mutants on the cases found; a share of the mutants each."""
    pending = [mutant for mutant in world.mutants if mutant.get("import_time")]
    shares = [pending[start::IMPORT_SHARES] for start in range(IMPORT_SHARES)]
    return [partial(_try_import_time, world, share) for share in shares if share]


def _try_import_time(world: World, mutants_here: "list[Mutant]", send: Send) -> None:
    descriptions = {target["id"]: target for target in world.job["targets"]}
    for mutant in mutants_here:
        if time.monotonic() > world.late + world.job.get("seconds", 0) * 0.5:
            return
        cases = _cases_for(mutant, world.found, descriptions)
        killed = in_child(partial(_killed_by, world, mutant, cases, descriptions))
        if killed:
            send({"ev": "kills", "mutant": mutant["id"], "cases": killed})


def _cases_for(mutant: Mutant, found: "list[Any]", descriptions: "dict[str, Description]") -> "list[int]":
    """(number, case) of the cases that may tell: those of the target around the mutant, else the first few of each."""
    own = [n for n, (target, _, _) in enumerate(found) if spans(descriptions[target], mutant["line"])]
    taken: dict[str, list[int]] = {}
    for number, (target, _, _) in enumerate(found):
        taken.setdefault(target, []).append(number)
    spread = [number for numbers in taken.values() for number in numbers[:CASES_A_TARGET]]
    return (own or spread)[:MAX_IMPORT_CASES]


def spans(description: Description, line: int) -> bool:
    first, last = description["lines"]
    return bool(first <= line <= last)


def _killed_by(world: World, mutant: Mutant, cases: "list[int]", descriptions: "dict[str, Description]") -> "list[int]":
    """The numbers of the cases on which the module with this mutant shows something else."""
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
        if any(label == "outcome" or label in base["shown"] for label in differs(base, other)):
            killed.append(number)
    return killed
