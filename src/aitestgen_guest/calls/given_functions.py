"""The fake functions and writers that a case gives to the code under test, and how they were called."""

import re
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.environment.fakes import FakeAsyncFunction, FakeFunction, FakeWriter
from aitestgen_guest.shapes import Case, Facts, Namespace

MADE = re.compile(r"\bFake(?:(?:Async)?Function|Writer)\(")
MOST_CALLS = 12
NEVER = "[]"
"""What is told of a function that was not called."""


class GivenFunctions:
    """Notes the fakes that a namespace makes, as they are made: what another is to answer with before that. Those that
    are called `in_any_order`, as threads call them, are told by how often they were.
    """

    def __init__(self, namespace: Namespace, *, in_any_order: bool = False) -> None:
        self.in_any_order = in_any_order
        self.made: list[Any] = []
        self._errors: list[Any] = []
        namespace["FakeFunction"] = self._noting(FakeFunction)
        namespace["FakeAsyncFunction"] = self._noting(FakeAsyncFunction)
        namespace["FakeWriter"] = self._noting(FakeWriter)

    def _noting(self, kind: Any) -> Any:
        def noted(fake: Any, *answers: Any) -> None:
            kind.__init__(fake, *answers)
            self.made.append(fake)
            self._errors += [answer for answer in answers if isinstance(answer, Exception)]

        return type(kind.__name__, (kind,), {"__init__": noted})

    def forget(self) -> None:
        self.made.clear()
        self._errors.clear()

    def raised(self, error: BaseException) -> bool:
        """Whether it is what one of them was told to raise."""
        return any(error is told for told in self._errors)

    def facts(self, case: Case, receiver: Any, writer: Writer) -> Facts:
        """`calls:0` and so on: with what each was called, as text; none where it cannot be told which is which."""
        if not self.made or len(self.made) != len(MADE.findall(" ".join(_texts(case)))):
            return {}
        told = [(number, self._told_of(fake, receiver, writer)) for number, fake in enumerate(self.made)]
        return {f"calls:{number}": text for number, text in told if text}

    def _told_of(self, fake: Any, receiver: Any, writer: Writer) -> str:
        if isinstance(fake, FakeWriter):
            return writer.literal(fake.asked) or ""
        if self.in_any_order and len(fake.calls) > 1:
            return f"#{len(fake.calls)}"
        return _told(fake.calls, receiver, writer)


def _told(calls: "list[Any]", receiver: Any, writer: Writer) -> str:
    parts = [[_argument(item, receiver, writer) for item in call] for call in calls[:MOST_CALLS]]
    if len(calls) > MOST_CALLS or any(text is None for call in parts for text in call):
        return f"#{len(calls)}"
    return "[" + ", ".join(f"({', '.join(map(str, call))}{',' if len(call) == 1 else ''})" for call in parts) + "]"


def _argument(value: Any, receiver: Any, writer: Writer) -> "str | None":
    if value is receiver and value is not None:
        return "{self}"
    text = writer.literal(value)
    return None if text is None or "{self}" in text else text


def _texts(case: Case) -> "list[str]":
    """The source texts of a case in the order in which they are evaluated."""
    steps = [item for step in case["calls"] for item in (*step[1], *step[2].values())]
    uses = [item for arguments in case.get("uses", ()) for item in arguments]
    then, again = case["then"] or (), case.get("again")
    used = [*uses, *then] if again is None else [*then, *uses, *again]
    parts = [*steps, *case["arguments"], *case["keywords"].values(), *used]
    return [inputs.source(item) for item in ([case["receiver"]] if case["receiver"] else []) + parts]
