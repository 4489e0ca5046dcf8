"""What the explore program reported, checked before it is believed: frames come from a jail that ran foreign code."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from aitestgen.wording import counted

Text = Annotated[str, Field(max_length=4000)]
Texts = Annotated[list[Text], Field(max_length=200)]
Named = Annotated[dict[Text, Text], Field(max_length=2000)]
Numbers = Annotated[list[int], Field(max_length=5000)]


class Checked(BaseModel):
    """A frame's shape: strict types, bounded sizes, unknown keys ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


Manner = Literal[
    "run",
    "await",
    "list",
    "islice",
    "collected",
    "streamed",
    "read_twice",
    "call",
    "used",
    "sent",
    "again",
    "with",
    "async with",
]
"""What was done with a result to drive it to its end."""


class Observation(Checked):
    """What a test could see of one call; the labels are described in aitestgen_guest/calls/cases.py."""

    outcome: Literal["returns", "raises"]
    facts: Named
    shown: Texts
    wraps: list[Manner]
    effects: Texts


class Observed(Checked):
    """One call that is worth a test: how to make it, what it did, what it reached (`features`) and what it kills."""

    ev: Literal["case"]
    target: Text
    template: Text
    receiver: Text | None
    calls: Texts
    arguments: Texts
    keywords: Named
    then: Texts | None
    again: Texts | None = None
    handed: Texts = []
    """The names of the parameters that are given a value in the last call of what is returned."""
    uses: Annotated[list[Texts], Field(max_length=20)] = []
    """Arguments for calls, before the last, of what is called in the end."""
    sends: Texts = []
    """What is sent to the generator."""
    fakes: Named = {}
    """Fake functions that the test makes beforehand, by the names of their variables."""
    loop: bool = False
    """Whether all of it happens on one event loop, except for the first `alone` of the `calls`."""
    alone: int = 0
    tasks: Texts = []
    """The names of the tasks that `calls` start."""
    inside: Texts = []
    """What happens in the block that the call opens."""
    after: Texts = []
    observation: Observation
    features: Numbers
    kills: Numbers
    needed: Texts
    imports: Named
    definitions: Texts = []
    doubtful: bool = False
    """Whether a suspected bug puts in doubt what it shows."""
    spare: bool = False
    """Whether others of its target bring all that it does."""
    cost: int
    number: int

    @property
    def handed_over(self) -> Texts:
        """Arguments of the last call of what is returned."""
        last = self.again if "again" in self.observation.wraps else self.then
        return last or [] if "call" in self.observation.wraps else []


class Suspect(Checked):
    """A call on fitting arguments that raised what nothing announced; on any, where a name exists nowhere."""

    ev: Literal["finding"]
    target: Text
    template: Text
    receiver: Text | None
    calls: Texts
    arguments: Texts
    keywords: Named
    dead_name: bool
    error: Text
    message: Text
    line: int


class Contradiction(Checked):
    """An example of a docstring whose outcome is not the documented one."""

    ev: Literal["doctest"]
    target: Text
    source: Text
    wanted: Text
    got: Text
    lines: Texts


class Broken(Checked):
    """A law that calls of a target break: `lines` are statements that fail; `about` are targets put in doubt."""

    ev: Literal["contradiction"]
    target: Text
    kind: Literal["docstring", "annotation", "inverse", "protocol"]
    rule: Text
    quote: Text
    expected: Text
    observed: Text
    lines: Texts
    confidence: Literal["high", "medium", "low"]
    about: Texts


class Reproduced(Checked):
    """How a reproducer ended: the exception's type and message, or "" where it ran to its end."""

    ev: Literal["reproduced"]
    number: int
    error: Text
    message: Text


class Place(Checked):
    """A mutant, its line, and what it puts in place of what (empty where nobody said it)."""

    id: int
    line: int
    before: Text = ""
    after: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """All that one exploration told. `malformed` counts frames that were not believed.

    `names` can be imported from the module; for those that it imported itself, `imports` has a better line.
    """

    names: frozenset[str]
    imports: Mapping[str, str]
    cases: tuple[Observed, ...]
    suspects: tuple[Suspect, ...]
    contradictions: tuple[Contradiction, ...]
    broken: tuple[Broken, ...]
    mutant_lines: Mapping[int, int]
    unfit: str
    malformed: int
    mutants: Mapping[int, Place] = field(default_factory=dict)
    hurried: int = 0
    """How many targets had little of the search, because its time was used up."""
    failed: tuple[str, ...] = ()
    """Why parts of the search broke off, for each of them."""
    ended_by: str = ""
    """What ended the search before all targets had theirs; empty where nothing did."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know of the search."""
        unread = f"{counted(self.malformed, 'record')} of the search could not be read, and may be missing here"
        return (*self._on_time, *self._broken_off, *([unread] if self.malformed else []))

    @property
    def _broken_off(self) -> tuple[str, ...]:
        if not self.failed:
            return ()
        return (
            f"{counted(len(self.failed), 'part')} of the search broke off, and may be missing here: {self.failed[0]}",
        )

    @property
    def _on_time(self) -> tuple[str, ...]:
        if self.ended_by:
            return (f"the search was ended by {self.ended_by}: another run may find more, and other tests",)
        if self.hurried:
            return (f"the search had no time left for {self.hurried} of the targets: another run may find other tests",)
        return ()


MOST_REASON = 200
_NUMBERS = TypeAdapter(Numbers)
_NUMBER = TypeAdapter(Annotated[int, Field(strict=True)])
_IMPORTS = TypeAdapter(Named)
_NAMES = TypeAdapter(Annotated[list[Text], Field(max_length=20_000)])
_PLACES = TypeAdapter(Annotated[list[Place], Field(max_length=5000)])


class _Reader:
    """Takes frames one by one; a method for each kind. Kinds without one are progress, and pass."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self.imports: dict[str, str] = {}
        self.mutants: dict[int, Place] = {}
        self.cases: dict[int, Observed] = {}
        self.late_kills: dict[int, set[int]] = defaultdict(set)
        self.suspects: list[Suspect] = []
        self.contradictions: list[Contradiction] = []
        self.broken: list[Broken] = []
        self.unfit = ""
        self.hurried = 0
        self.failed: list[str] = []

    def take(self, frame: Mapping[str, Any]) -> None:
        """Raises ValidationError or TypeError where the frame is not of its kind's shape."""
        read_one = getattr(self, f"_take_{frame.get('ev')}", None)
        if read_one is not None:
            read_one(frame)

    def _take_module(self, frame: Mapping[str, Any]) -> None:
        self.names = frozenset(_NAMES.validate_python(frame.get("names")))
        self.imports = _IMPORTS.validate_python(frame.get("imports"))

    def _take_mutants(self, frame: Mapping[str, Any]) -> None:
        self.mutants = {item.id: item for item in _PLACES.validate_python(frame.get("mutants"))}

    def _take_case(self, frame: Mapping[str, Any]) -> None:
        found = Observed.model_validate(frame)
        self.cases[found.number] = found

    def _take_kills(self, frame: Mapping[str, Any]) -> None:
        mutant = _NUMBER.validate_python(frame.get("mutant"))
        for number in _NUMBERS.validate_python(frame.get("cases")):
            self.late_kills[number].add(mutant)

    def _take_finding(self, frame: Mapping[str, Any]) -> None:
        self.suspects.append(Suspect.model_validate(frame))

    def _take_doctest(self, frame: Mapping[str, Any]) -> None:
        self.contradictions.append(Contradiction.model_validate(frame))

    def _take_contradiction(self, frame: Mapping[str, Any]) -> None:
        self.broken.append(Broken.model_validate(frame))

    def _take_failed(self, frame: Mapping[str, Any]) -> None:
        reason = frame.get("reason")
        said = reason[:MOST_REASON] if isinstance(reason, str) else "no reason was told"
        self.failed.append("".join(letter if letter.isprintable() else "?" for letter in said))

    def _take_hurried(self, _frame: Mapping[str, Any]) -> None:
        self.hurried += 1

    def _take_unfit(self, frame: Mapping[str, Any]) -> None:
        self.unfit = str(frame.get("reason", ""))[:500]


def read(frames: Iterable[Mapping[str, Any]]) -> Exploration:
    """The exploration that `frames` tell of; malformed frames are counted and left out."""
    reader, malformed = _Reader(), 0
    for frame in frames:
        try:
            reader.take(frame)
        except (ValidationError, TypeError):
            malformed += 1
    return Exploration(
        names=reader.names,
        imports=reader.imports,
        cases=tuple(_with_kills(case, reader.late_kills[number]) for number, case in reader.cases.items()),
        suspects=tuple(reader.suspects),
        contradictions=tuple(reader.contradictions),
        broken=tuple(reader.broken),
        mutant_lines={number: item.line for number, item in reader.mutants.items()},
        mutants=reader.mutants,
        unfit=reader.unfit,
        malformed=malformed,
        hurried=reader.hurried,
        failed=tuple(reader.failed),
    )


def reproductions(frames: Iterable[Mapping[str, Any]]) -> dict[int, Reproduced]:
    """How each numbered reproducer ended; malformed frames are left out."""
    found: dict[int, Reproduced] = {}
    for frame in frames:
        with contextlib.suppress(ValidationError):
            one = Reproduced.model_validate(frame)
            found[one.number] = one
    return found


def _with_kills(case: Observed, more: Iterable[int]) -> Observed:
    return case.model_copy(update={"kills": sorted({*case.kills, *more})})
