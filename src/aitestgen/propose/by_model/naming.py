"""Better names for tests that are verified: names may change, behaviour may not."""

import ast
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aitestgen.propose.by_model.reply_text import objects
from aitestgen.values import Candidate

MOST_NAMED = 30
_NAME = re.compile(r"test_[a-z0-9_]{4,70}")
_SAYS = re.compile(r"[A-Z][\w ,;:()/+*=<>%.'-]{10,98}")
_FAILING = re.compile(r"raise|reject|error|invalid|refus|fail|cannot|missing|unknown|not_|without|negative|empty|too_")


def groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates that share a name: single tests, and all rows of a table."""
    found: dict[str, list[Candidate]] = {}
    for item in candidates:
        found.setdefault(item.table.key if item.table else item.id, []).append(item)
    return list(found.values())[:MOST_NAMED]


def renamed(candidates: Sequence[Candidate], reply: str) -> list[Candidate]:
    """The candidates with the names and sentences of the reply, as far as these fit what the tests do."""
    offered = _offered(reply)
    changes: dict[str, Candidate] = {}
    taken = {item.name for item in candidates}
    for number, group in enumerate(groups(candidates), 1):
        name, says = offered.get(number, ("", ""))
        if name and name not in taken and _fits(name, group[0]):
            taken.add(name)
            changes.update({item.id: _with_name(item, name, says) for item in group})
    return [changes.get(item.id, item) for item in candidates]


def _offered(reply: str) -> Mapping[int, tuple[str, str]]:
    found = {}
    for item in objects(reply):
        number, name, says = item.get("number"), item.get("name"), item.get("says")
        if isinstance(number, int) and isinstance(name, str) and _NAME.fullmatch(name) and not keyword.iskeyword(name):
            found[number] = (name, _sentence(says))
    return found


def _sentence(says: object) -> str:
    """What can stand in a docstring; empty for what had to be escaped there."""
    text = " ".join(says.split()).rstrip(".") if isinstance(says, str) else ""
    return f"{text}." if _SAYS.fullmatch(text) else ""


def _fits(name: str, item: Candidate) -> bool:
    """Whether a name may be true: it speaks of the same thing, and of failure where and only where the test does."""
    raises = "pytest.raises" in item.code
    if raises != bool(_FAILING.search(name)) and (raises or re.search(r"raise|reject|refus", name)):
        return False
    words = set(re.findall(r"[a-z]{3,}", item.target_id.lower().replace("_", " ")))
    return not words or any(word in name for word in words)


def _with_name(item: Candidate, name: str, says: str) -> Candidate:
    code = item.code.replace(f"def {item.name}(", f"def {name}(", 1)
    if says and ast.get_docstring(_function(code)) is None:
        head, _, body = code.partition(":\n")
        code = f'{head}:\n    """{says}"""\n{body}' if "\n" not in head else code
    table = replace(item.table, name=name) if item.table else None
    return replace(item, name=name, code=code, table=table)


def _function(code: str) -> ast.FunctionDef:
    return next(node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef))
