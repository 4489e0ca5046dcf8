"""The fixtures of a project's `conftest.py` files, given to its tests. Their hooks are about other runs: left alone."""

import sys
import traceback
from collections.abc import Iterable
from types import ModuleType
from typing import Any

MODULE = "aitestgen_conftest"
_ABOUT_RUNS = ("pytest_", "__")


def give_fixtures(manager: Any, files: "Iterable[dict[str, str]]") -> None:
    """Run the files (`file`, `text`), the outermost first, and register what they define with pytest's plugin manager.

    Of fixtures with one name that of the last file is used. A file that raises gives none, and prints why.
    """
    for number, one in enumerate(files):
        module = ModuleType(f"{MODULE}_{number}")
        module.__file__ = one["file"]
        sys.modules[module.__name__] = module
        try:
            exec(compile(one["text"], one["file"], "exec", dont_inherit=True), vars(module))  # noqa: S102 - in the jail
        except Exception:  # noqa: BLE001 - the project's own file may do anything: pytest tells which tests miss it
            traceback.print_exc(file=sys.stdout)
            continue
        fixtures = ModuleType(module.__name__)
        vars(fixtures).update({name: item for name, item in vars(module).items() if not name.startswith(_ABOUT_RUNS)})
        manager.register(fixtures, module.__name__)
