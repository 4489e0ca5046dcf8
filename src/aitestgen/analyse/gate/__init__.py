"""The policy gate: refuses code by reading it. It is a policy and a courtesy; the jail is the boundary.

`source.py` turns bytes into a tree within limits, `scopes.py` and `names.py` say what each name may mean, `walk.py`
holds the checks, `rules.toml` and `modules.toml` the policy as reviewed data (docs/policy.md).
"""

import time
from collections import Counter
from collections.abc import Collection

from aitestgen.analyse.gate import rules, scopes, source, walk
from aitestgen.analyse.gate.names import Names
from aitestgen.analyse.gate.refusal import Refusal
from aitestgen.errors import CodeInvalid
from aitestgen.values import PolicyFinding

__all__ = ["as_bytes", "judge"]

_PER_NAME = 10  # findings reported for one name; the rest would only repeat them


def judge(
    code: bytes, *, seconds: float = 2.0, own_modules: Collection[str] = ("user_code",)
) -> tuple[PolicyFinding, ...]:
    """Return what the strict policy refuses in these bytes, in order of appearance; empty where all is allowed.

    `own_modules` may be imported: the module under test, judged by a call of its own. Nothing is executed. Raises
    CodeInvalid, and nothing else, for code that is empty, over a limit, not UTF-8, does not parse, or takes longer than
    about `seconds` to judge: what cannot be judged is refused.
    """
    deadline = time.monotonic() + seconds
    try:
        return _judge(code, deadline, frozenset(own_modules))
    except CodeInvalid:
        raise
    except RecursionError as error:
        raise CodeInvalid("the code is nested too deeply; split the expression or block") from error
    except Exception as error:  # fails closed: what cannot be judged is refused
        raise CodeInvalid(f"the code cannot be judged ({type(error).__name__}); simplify it") from error


def as_bytes(text: str) -> bytes:
    """Return the text as the UTF-8 bytes to judge and run. Raises CodeInvalid for lone surrogates."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        before = text[: error.start]
        line, column = before.count("\n") + 1, error.start - (before.rfind("\n") + 1) + 1
        message = f"line {line}, column {column}: half a character (a lone surrogate); remove it"
        raise CodeInvalid(message, line=line, column=column) from error


def _judge(code: bytes, deadline: float, own: frozenset[str]) -> tuple[PolicyFinding, ...]:
    tree = source.parse(code)
    names = Names(code=scopes.read(tree), rules=rules.load(), own=own)
    refusals = sorted(walk.refusals(names, deadline), key=lambda refusal: refusal.place)
    lines = source.lines_of(code)
    seen: Counter[str] = Counter()
    findings: dict[PolicyFinding, None] = {}
    for refusal in refusals:
        seen[refusal.name] += 1
        if seen[refusal.name] <= _PER_NAME:
            findings[_finding(refusal, lines)] = None
    return tuple(findings)


def _finding(refusal: Refusal, lines: list[bytes]) -> PolicyFinding:
    line, offset = refusal.place
    return PolicyFinding(
        name=refusal.name,
        line=line,
        column=source.column_of(lines[line - 1], offset),
        rule=refusal.rule.id,
        message=refusal.message,
    )
