"""Where a test imports things from that their own module keeps to itself, as most compiled ones do."""

import sys
from typing import Any

from aitestgen_guest.arguments.asking import answer
from aitestgen_guest.shapes import Namespace


def public_home(thing: Any, top: str, namespace: Namespace) -> "str | None":
    """The module to import `top` from, by which `thing` is found; None where there is no public one.

    Of a private module a package that the code under test uses anyway, or else the nearest public package above.
    """
    home = str(answer(thing, "__module__") or "")
    public = home.partition("._")[0]
    if home.startswith("_") or home not in sys.modules:
        return None
    if public == home:
        return home
    used = dict.fromkeys(str(answer(item, "__module__") or "").partition(".")[0] for item in list(namespace.values()))
    return next((name for name in (*used, public) if _has(name, top, thing)), None)


def _has(module: str, top: str, thing: Any) -> bool:
    found = sys.modules.get(module)
    if found is None or module.startswith("_") or module == "builtins":
        return False
    try:
        return getattr(found, top, None) is thing
    except Exception:  # noqa: BLE001 - a module's own __getattr__ is foreign code: what it does not give is not there
        return False
