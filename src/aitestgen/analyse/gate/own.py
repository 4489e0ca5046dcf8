"""Which modules files make, so that they may import each other once all of them are judged."""

import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath


def modules_made_by(names: Iterable[str]) -> frozenset[str]:
    """The dotted names of these Python files, relative to their import root, and of the packages that they lie in.

    Left out is what has the name of a module that an interpreter or an installed distribution has: which one an import
    would give depends on what was imported before.
    """
    paths = [PurePosixPath(name).with_suffix("") for name in names if name.endswith(".py")]
    parts = [path.parts[:-1] if path.name == "__init__" else path.parts for path in paths]
    dotted = {".".join(each[:depth]) for each in parts for depth in range(1, len(each) + 1)}
    return frozenset(name for name in dotted if name.partition(".")[0] not in _known())


@cache
def _known() -> frozenset[str]:
    return frozenset({*sys.stdlib_module_names, *packages_distributions(), "aitestgen_guest"})
