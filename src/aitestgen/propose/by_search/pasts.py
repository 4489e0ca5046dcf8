"""Words for what happened to an object before the call under test: `after_deposit`, `with_rules`, `when_strict`."""

import re
from collections.abc import Iterable

from aitestgen.propose.by_search import names

_PASSES = re.compile(r"(await asyncio\.sleep|clock\.advance)\(")
_SET = re.compile(r"\{self\}\.(\w+) = (.+)$", re.DOTALL)
_METHOD = re.compile(r"\{self\}\.(\w+)")
_CALLED = re.compile(r"^(?:await |asyncio\.run\(|list\()?(\w+)\(")


def told(steps: Iterable[str]) -> str:
    """What the steps did, in words for a name; empty where they have none."""
    set_to = {found[1]: found[2] for text in steps if (found := _SET.match(text))}
    called = dict.fromkeys(word for text in steps if not _SET.match(text) and (word := _word(text)))
    flags = [_flag(name, text == "True") for name, text in set_to.items() if text in ("True", "False")]
    others = [names.snake(name) for name, text in set_to.items() if text not in ("True", "False")]
    said = [f"after_{names.listed(called)}"] if called else []
    said += [f"with_{names.listed(others)}"] if others else []
    return "_".join([*said, *flags])


def _flag(name: str, holds: bool) -> str:
    return f"{'when' if holds else 'unless'}_{names.snake(name)}"


def _word(text: str) -> str:
    if _PASSES.match(text):
        return "time_passes"
    called = _METHOD.search(text) or _CALLED.search(text)
    return names.snake(called[1]) if called else "entering" if text.endswith("with {self}:") else ""
