"""A law: something that has to hold for every valid call of a target, and the text that says so.

Laws come from docstrings (claims.py), annotations (type_tests.py) and from what names and protocols promise
(algebra.py); suspicions.py looks for calls that break them. All parts are source text, so that a broken law is a
program that anybody can run.
"""

from dataclasses import dataclass, replace

HIGH, MEDIUM, LOW = "high", "medium", "low"
ORDER = (HIGH, MEDIUM, LOW)


@dataclass(frozen=True)
class Law:
    """`test` is an expression over `result`, the parameters' names, and `$name` for an argument as it was written.

    It speaks only of calls for which `guard` is true. `call` wraps the target's own call; with `raises` the call has to
    raise that. `{call:name=text}` is the call with another argument. `shows` is evaluated to tell what was observed
    instead. `broken_by` says what breaks the law when the test is evaluated: that it is `false`, an `error`, or either
    (`both`); what does not break it says nothing. `quote` is the evidence: text of the module itself. A `silent` law
    is not reported: it only keeps doubtful observations out of the tests.
    """

    kind: str
    rule: str
    quote: str
    expected: str
    test: str = "True"
    guard: str = "True"
    call: str = "{call}"
    raises: str = ""
    shows: str = "result"
    broken_by: str = "false"
    confidence: str = HIGH
    silent: bool = False


def weaker(law: Law) -> Law:
    """The law with its confidence one step lower."""
    return replace(law, confidence=ORDER[min(len(ORDER) - 1, ORDER.index(law.confidence) + 1)])
