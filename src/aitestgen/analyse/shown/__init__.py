"""Calls of a module's targets as its project's own code makes them: seeds for the search, and evidence for types.

The code is read line by line as if each were run once: whatever that gets wrong is only a seed that leads nowhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from aitestgen.analyse.shown.callers import Caller, callers
from aitestgen.analyse.shown.plain import Known
from aitestgen.analyse.shown.reading import Reader
from aitestgen.analyse.targets import Everything
from aitestgen.values import ShownCall, Target

__all__ = ["callers", "shown_calls"]

MOST_OF_TARGET = 40


def shown_calls(
    code: Iterable[Caller], targets: Iterable[Target], found: Everything
) -> Mapping[str, tuple[ShownCall, ...]]:
    """By target at most MOST_OF_TARGET different calls, in the order of the files, all of whose arguments are plain.

    Plain are literals, and what is made of these by names of the module and by builtin types. Values that the code
    keeps in variables, fixtures and tables of pytest are put in their places; objects bring the steps taken on them.
    """
    known = Known({target.id: target for target in targets}, found)
    calls: dict[str, dict[ShownCall, None]] = defaultdict(dict)
    for caller in code:
        try:
            made = Reader(caller, known).calls()
        except RecursionError:  # nested too deeply to be read: it shows nothing
            continue
        for target, call in made:
            if len(calls[target]) < MOST_OF_TARGET:
                calls[target][call] = None
    return {target: tuple(unique) for target, unique in calls.items()}
