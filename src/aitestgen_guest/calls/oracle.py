"""Which observations may become tests, which are suspected bugs, and which say nothing.

An exception is expected where the module's own `raise` announced it, where the docstring names it, or where Python's
protocols do (KeyError from `__getitem__`). Any other exception on arguments that fit the annotations is a finding.
"""

import re
from typing import TYPE_CHECKING

from aitestgen_guest.shapes import Case, Observation

if TYPE_CHECKING:
    from aitestgen_guest.calls.templates import Target

TEST, FINDING, DROP = "test", "finding", "drop"
PROTOCOL = {
    "KeyError": ("__getitem__", "__delitem__", "pop", "popitem", "remove", "get", "peekitem", "update"),
    "IndexError": ("__getitem__", "__delitem__", "__setitem__", "pop", "popleft", "peek", "peekitem", "popitem"),
    "StopIteration": ("__next__",),
    "AttributeError": ("__getattr__",),
    "ZeroDivisionError": (
        "__truediv__", "__floordiv__", "__mod__", "__divmod__", "__itruediv__", "__ifloordiv__", "__imod__",
        "__rtruediv__", "__rfloordiv__", "__rmod__", "__rdivmod__",
    ),
}  # fmt: skip
_SUSPECT = (
    "IndexError", "KeyError", "ZeroDivisionError", "AttributeError", "TypeError", "UnboundLocalError", "NameError",
    "RecursionError", "AssertionError",
)  # fmt: skip
_REFUSALS = ("unsupported operand type", "not supported between instances")
"""What Python says where a method of an operator has answered NotImplemented."""
_MISCALLED = re.compile(r"(?<![\w.])<lambda>\(\) (?:missing|takes|got) ")
"""What Python says where a function that a test gives is called with other arguments than it takes."""
_NEVER = ("MemoryError", "KeyboardInterrupt", "GeneratorExit", "Cut", "RecursionError")


def only_repeats(case: Case, observation: Observation) -> bool:
    """Whether all that a test of this could say is what its own world or fake was told to answer."""
    facts, world = observation["facts"], str(case.get("world", ""))
    given = world + str([item for item in case["arguments"] if "FakeFunction" in str(item)])
    if observation["outcome"] != "returns" or observation["shown"] != ["result"] or given in ("", "[]"):
        return False
    result = facts["result"]
    return result not in ("None", "True", "False", "''", "[]", "{}") and result.strip("'\"") in given


def judge(target: "Target", observation: Observation, *, announced: "set[str]", typed: bool) -> str:
    """TEST, FINDING or DROP. `announced` are exceptions that the docstring names; `typed`: all arguments fit."""
    if observation["outcome"] not in ("returns", "raises") or _shows_a_miscall(observation):
        return DROP
    if observation["outcome"] == "returns":
        return TEST if observation["facts"] else DROP
    name = observation["facts"]["error"].rpartition(".")[2]
    if not observation["nameable"] or (name in _NEVER and not observation["announced"]):
        return DROP
    if observation["announced"] or name in announced or target.name in PROTOCOL.get(name, ()):
        return TEST
    if observation["elsewhere"] and name not in _SUSPECT:
        return TEST
    if name == "TypeError" and not observation["reached"] and _is_refused(target, observation):
        return TEST
    if typed and observation["reached"] and name in _SUSPECT:
        return FINDING
    return DROP


def _shows_a_miscall(observation: Observation) -> bool:
    """Whether it tells of a function of the test that was called wrongly: nobody means that, and there that function
    has another name.
    """
    return _MISCALLED.search(" ".join(observation["facts"].values())) is not None


def _is_refused(target: "Target", observation: Observation) -> bool:
    """Whether the operator's method would not deal with what it was given."""
    return target.bound and any(text in observation["facts"].get("message", "") for text in _REFUSALS)
