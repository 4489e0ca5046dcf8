"""What a model proposes, taken apart: tests as steps, each of which can be kept, mended or left out by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

GIVEN = "_given_"
"""Under this name the guest program `recapture` keeps what an expression gave."""


class Does(StrEnum):
    """What a step does: some statement, a check of a value, or a block that is to raise."""

    DO = "do"
    CHECK = "check"
    RAISES = "raises"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement of a test; all texts are source text that parses.

    A check looks at what `left` gives; `check` is the assertion about GIVEN ("" where only the value is wanted), and
    `expected` what was expected of it. Of a block that is to raise `error`, `probe` is the statement for the guest, and
    `body` are the statements within.
    """

    does: Does
    text: str
    left: str = ""
    check: str = ""
    expected: str = ""
    error: str = ""
    probe: str = ""
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A proposal that is one row of a table: the same steps for other arguments."""

    table: str
    arguments: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One test that a model proposes. `reason` and `quote` are its own words for what it expects; `source` is the name
    of the function, or the number of the case, that it was made of.
    """

    name: str
    steps: tuple[Step, ...]
    imports: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    row: Row | None = None
    reason: str = ""
    quote: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the module under test when an answer is read.

    `names` can be imported from it, `own` are those that it defines itself; `properties` are names of attributes that a
    call would break; `constants` are its literals by name, as source text, and `makers` the expressions that make an
    object of its classes, by the name that a variable for one usually has. `raise_lines` are those of its `raise`
    statements, `announced` the exceptions that it or its docstrings name.
    """

    module: str
    names: frozenset[str]
    own: frozenset[str]
    properties: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    raise_lines: frozenset[int] = frozenset()
    announced: frozenset[str] = frozenset()
    makers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What could be read in one answer, and why the rest could not."""

    proposals: tuple[Proposal, ...] = ()
    dropped: tuple[str, ...] = ()
