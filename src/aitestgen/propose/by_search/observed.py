"""What the explore program reported, checked before it is believed: frames come from a jail that ran foreign code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Text = Annotated[str, Field(max_length=4000)]
Texts = Annotated[list[Text], Field(max_length=200)]
Named = Annotated[dict[Text, Text], Field(max_length=2000)]
Numbers = Annotated[list[int], Field(max_length=5000)]


class Checked(BaseModel):
    """A frame's shape: strict types, bounded sizes, unknown keys ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Observation(Checked):
    """What a test could see of one call; the labels are described in aitestgen_guest/cases.py."""

    outcome: Literal["returns", "raises"]
    facts: Named
    shown: Texts
    wraps: list[Literal["run", "list", "islice", "call", "enter"]]
    effects: Texts


class Observed(Checked):
    """One call that is worth a test: how to make it, what it did, what it reached (`features`) and which mutants it kills."""

    ev: Literal["case"]
    target: Text
    template: Text
    receiver: Text | None
    calls: Texts
    arguments: Texts
    keywords: Named
    then: Texts | None
    observation: Observation
    features: Numbers
    kills: Numbers
    needed: Texts
    imports: Named
    cost: int
    number: int


class Suspect(Checked):
    """A call on fitting arguments that raised what nothing announced."""

    ev: Literal["finding"]
    target: Text
    template: Text
    receiver: Text | None
    calls: Texts
    arguments: Texts
    keywords: Named
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


class Place(Checked):
    """A mutant and its line."""

    id: int
    line: int


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
    mutant_lines: Mapping[int, int]
    unfit: str
    malformed: int


_CASE = TypeAdapter(Observed)
_SUSPECT = TypeAdapter(Suspect)
_CONTRADICTION = TypeAdapter(Contradiction)
_MUTANTS = TypeAdapter(Annotated[list[Place], Field(max_length=5000)])
_NUMBERS = TypeAdapter(Numbers)
_NUMBER = TypeAdapter(Annotated[int, Field(strict=True)])
_IMPORTS = TypeAdapter(Named)
_NAMES = TypeAdapter(Annotated[list[Text], Field(max_length=20_000)])


def read(frames: Iterable[Mapping[str, Any]]) -> Exploration:
    """The exploration that `frames` tell of; malformed frames are counted and left out."""
    names: frozenset[str] = frozenset()
    imports: dict[str, str] = {}
    cases: dict[int, Observed] = {}
    late_kills: dict[int, set[int]] = defaultdict(set)
    suspects = []
    contradictions = []
    mutant_lines: dict[int, int] = {}
    unfit, malformed = "", 0
    for frame in frames:
        try:
            match frame.get("ev"):
                case "module":
                    names = frozenset(_NAMES.validate_python(frame.get("names")))
                    imports = _IMPORTS.validate_python(frame.get("imports"))
                case "mutants":
                    mutant_lines = {item.id: item.line for item in _MUTANTS.validate_python(frame.get("mutants"))}
                case "case":
                    found = _CASE.validate_python(frame)
                    cases[found.number] = found
                case "kills":
                    for number in _NUMBERS.validate_python(frame.get("cases")):
                        late_kills[number].add(_NUMBER.validate_python(frame.get("mutant")))
                case "finding":
                    suspects.append(_SUSPECT.validate_python(frame))
                case "doctest":
                    contradictions.append(_CONTRADICTION.validate_python(frame))
                case "unfit":
                    unfit = str(frame.get("reason", ""))[:500]
        except (ValidationError, TypeError):
            malformed += 1
    return Exploration(
        names=names,
        imports=imports,
        cases=tuple(_with_kills(case, late_kills[number]) for number, case in cases.items()),
        suspects=tuple(suspects),
        contradictions=tuple(contradictions),
        mutant_lines=mutant_lines,
        unfit=unfit,
        malformed=malformed,
    )


def _with_kills(case: Observed, more: Iterable[int]) -> Observed:
    return case.model_copy(update={"kills": sorted({*case.kills, *more})})
