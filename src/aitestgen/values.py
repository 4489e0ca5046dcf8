"""The vocabulary: frozen values that pass between the stages. Read this file first.

Each shape is defined once; the API, the JSON output and the history use these same classes.
Seconds are floats, sizes are bytes, coverage and scores are ratios from 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

MIB = 1024 * 1024

Arc = tuple[int, int]
"""A jump between two lines of one file, as coverage.py counts it: negative numbers enter or leave a code object."""


class Verdict(StrEnum):
    """How one run in the jail ended. A guest that misbehaves is a verdict, never an exception."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    NOT_COLLECTED = "not_collected"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    PROCESS_LIMIT = "process_limit"
    CRASHED = "crashed"
    INCOMPLETE = "incomplete"
    FORGED = "forged"


class Outcome(StrEnum):
    """How one test ended. It stays `incomplete` until a call-phase report came."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    INCOMPLETE = "incomplete"


class Tier(StrEnum):
    """How strong the jail is, best first (docs/sandbox.md)."""

    VM = "vm"
    A = "A"
    B = "B"
    C = "C"

    def reaches(self, floor: "Tier") -> bool:
        """Whether it is at least as strong as `floor`."""
        order = list(Tier)
        return order.index(self) <= order.index(floor)


class Policy(StrEnum):
    """Whether the policy gate refuses code by reading it (`strict`) or leaves it to the jail alone (`sandbox`)."""

    STRICT = "strict"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A CPython under which guests run. Its `folders` have to be seen in the jail; `path` is its sys.path."""

    executable: Path
    version: tuple[int, int]
    folders: tuple[Path, ...]
    path: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one guest may use (CONTRACT §3)."""

    wall_seconds: float = 5.0
    cpu_cores: float = 0.5
    memory_bytes: int = 256 * MIB
    processes: int = 64
    output_bytes: int = MIB
    tmp_bytes: int = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One guest program to run in a fresh jail.

    `program` is a module of aitestgen_guest (`run_tests`, `explore`, `mutate`, `ask`); `job` is its JSON argument.
    `files` appear read-only under /job; `binds` appear read-only at their own path.
    `expected` holds the base node ids (`test_x.py::test_a`, `test_x.py::TestB::test_c`, no parameters)
    that must all be reported, and no other; None where the caller does not know them.
    """

    program: str
    job: Mapping[str, Any]
    interpreter: Interpreter
    files: Mapping[str, bytes] = field(default_factory=dict)
    binds: tuple[Path, ...] = ()
    limits: Limits = Limits()
    hash_seed: int = 0
    expected: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """What one test did. `id` is pytest's node id; `arcs` were run in the traced file during this test."""

    __test__ = False

    id: str
    outcome: Outcome
    seconds: float
    message: str = ""
    arcs: frozenset[Arc] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came out of the jail. `frames` are the guest's own JSON messages, kept even when it was cut off."""

    verdict: Verdict
    outcomes: tuple[TestOutcome, ...] = ()
    frames: tuple[Mapping[str, Any], ...] = ()
    output: str = ""
    output_cut: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    backend: str = ""
    tier: Tier = Tier.B
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """One place that the policy gate refuses. `name` is the offending top-level name; lines and columns from 1."""

    name: str
    line: int
    column: int
    rule: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """The module under test.

    `module` is the dotted name that tests import; `roots` go on sys.path in front; `binds` are the project's own
    files that the jail shows read-only. A snippet has no path: its text travels with the run as `/job/<module>.py`.
    """

    text: str
    module: str
    path: Path | None = None
    roots: tuple[Path, ...] = ()
    binds: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestModule:
    """A test file that the project has. Encoded by `encoding`, `text` is the file again, byte for byte.

    `roots` and `binds` are what its imports and those of its `conftests` (the outermost first) need, as in SourceFile.
    """

    __test__ = False

    path: Path
    text: str
    encoding: str = "utf-8"
    roots: tuple[Path, ...] = ()
    binds: tuple[Path, ...] = ()
    conftests: tuple["TestModule", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How generated tests are formatted."""

    line_length: int = 88
    single_quotes: bool = False
    tabs: bool = False


class Kind(StrEnum):
    """What a target is."""

    FUNCTION = "function"
    METHOD = "method"
    STATIC_METHOD = "static method"
    CLASS_METHOD = "class method"
    PROPERTY = "property"
    CLASS = "class"
    DATACLASS = "dataclass"
    ENUM = "enum"
    SCRIPT = "script"
    """What the module does where it is run by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter as written. `hints` are guesses of its type, best first, from name, default, docstring and use.

    `constants` are literals at the limits that it declares, and such as the code compares it with, as source text; of
    `**kwargs` the keys that it looks up.
    """

    name: str
    kind: str  # positional | normal | star | keyword | double_star
    annotation: str | None = None
    default: str | None = None
    hints: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCall:
    """A call that the project's own code makes, as source text in the names of the module under test.

    `receiver` makes the object of a method or property, on which the `steps` are taken before (`verb`: a method, or
    `set:name`); `raises` are the exceptions of which a test says that one is raised.
    """

    arguments: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    receiver: str = ""
    steps: tuple["ShownCall", ...] = ()
    verb: str = ""
    raises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to test. `id` is its qualified name; `lines` run from its first decorator to its end.

    `answers` where a `return` gives something: then a None is an answer too.
    """

    id: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    lines: tuple[int, int]
    docstring: str = ""
    returns: str | None = None
    owner: str | None = None
    is_async: bool = False
    is_generator: bool = False
    is_context_manager: bool = False
    answers: bool = False
    examples: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    shown: tuple[ShownCall, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether its name, or its class's, asks others to leave it alone."""
        return any(part.startswith("_") and not part.startswith("__") for part in self.id.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A module understood: its targets, the constants worth trying, and the tests that it already holds.

    `words` are texts around what the module's regular expressions match.
    """

    source: SourceFile
    targets: tuple[Target, ...]
    constants: tuple[Any, ...]
    existing_tests: tuple[str, ...] = ()
    test_lines: frozenset[int] = frozenset()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One proposed test: a function, or one row of a table.

    `imports` are the lines its code needs, `definitions` the classes that its file has to define for it. Candidates
    with one table key are rendered as rows of one parametrized test. `differences` are name endings that tell it from
    tests of the same name, best first. `features` and `kills` are the own measure of the proposer: a claim that runs
    have to prove. `returns` where the call does, and raises nothing. `is_doubtful` where it states what a suspected bug
    does; `is_spare` where, by its proposer's measure, others bring all that it does in plainer words.
    """

    id: str
    target_id: str
    name: str
    code: str
    imports: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    origin: str = "search"
    kills: frozenset[int] = frozenset()
    features: frozenset[int] = frozenset()
    cost: int = 0
    differences: tuple[str, ...] = ()
    table: "Table | None" = None
    returns: bool = True
    is_doubtful: bool = False
    is_spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a candidate becomes a row: equal `key`s share one test. `arguments` and `row` are source text."""

    key: str
    name: str
    arguments: tuple[str, ...]
    row: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One small fault put into the module. Lines are of the original file."""

    id: int
    operator: str
    line: int
    end_line: int
    before: str
    after: str


class MutantFate(StrEnum):
    """What became of a mutant. Invalid (it does not import) never counts as killed."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed_out"
    INVALID = "invalid"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One file as coverage.py counts it, with the lines and branches behind the counts; ratios are 1 of nothing."""

    lines: int = 0
    covered_lines: int = 0
    branches: int = 0
    covered_branches: int = 0
    missing_lines: tuple[int, ...] = ()
    missing_arcs: tuple[Arc, ...] = ()
    hit_lines: tuple[int, ...] = ()
    hit_arcs: tuple[Arc, ...] = ()

    @property
    def line_ratio(self) -> float:
        return self.covered_lines / self.lines if self.lines else 1.0

    @property
    def branch_ratio(self) -> float:
        return self.covered_branches / self.branches if self.branches else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """The mutation analysis of a suite. `judged` < len(mutants) where the time ran out: then the score is a sample."""

    mutants: tuple[Mutant, ...] = ()
    fates: Mapping[int, MutantFate] = field(default_factory=dict)
    kills: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def count(self, fate: MutantFate) -> int:
        return sum(1 for f in self.fates.values() if f is fate)

    @property
    def valid(self) -> int:
        """Judged mutants that could have been killed."""
        return len(self.fates) - self.count(MutantFate.INVALID)

    @property
    def killed(self) -> int:
        """Killed ones, time-outs included: a test that hangs on a mutant tells it apart."""
        return self.count(MutantFate.KILLED) + self.count(MutantFate.TIMED_OUT)

    @property
    def score(self) -> float:
        return self.killed / self.valid if self.valid else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a test is in the suite: what it alone, or it first, adds. `id` is the node id in the rendered file."""

    id: str
    new_lines: tuple[int, ...]
    new_arcs: tuple[Arc, ...]
    kills: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of the tests that were tried: how many expect plain values, of how many the value oracle had an answer to their
    calls, and how many passed although that answer was another (docs/sandbox.md).
    """

    tests: int = 0
    answered: int = 0
    different: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A candidate that was not kept, and why."""

    name: str
    reason: str


class FindingKind(StrEnum):
    """What a suspected bug contradicts; `crash`: nothing announces the exception, `expectation`: a language model's."""

    CRASH = "crash"
    DOCTEST = "doctest"
    DOCSTRING = "docstring"
    ANNOTATION = "annotation"
    INVERSE = "inverse"
    PROTOCOL = "protocol"
    EXPECTATION = "expectation"


class Confidence(StrEnum):
    """How sure a suspected bug is (docs/findings.md says by which rules)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A suspected bug: never turned into a test that blesses it, unless that was asked for.

    `reproducer` is a program that fails, with `error`, where the bug is; `quote` is the text that is contradicted.
    `doubtful` are targets of whose results no test may be made.
    """

    target_id: str
    input: str
    observed: str
    expected: str
    why: str
    reproducer: str
    line: int = 0
    kind: FindingKind = FindingKind.CRASH
    confidence: Confidence = Confidence.MEDIUM
    quote: str = ""
    error: str = ""
    doubtful: tuple[str, ...] = ()


EXPECTED_FAILURE = "suspected bug "
"""How the ids of candidates begin that have to fail, as each shows a suspected bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a language model cost."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    def plus(self, other: "Spend") -> "Spend":
        """Both together."""
        return Spend(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=self.usd + other.usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question to a language model. With `schema` the answer is to be JSON of that schema, where the server can."""

    system: str
    user: str
    schema: Mapping[str, Any] | None = None
    temperature: float = 0.0
    max_tokens: int = 1024
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a language model answered. `cut` where its token limit ended the answer; `model` is what it calls itself."""

    text: str
    model: str
    spend: Spend
    seconds: float
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSpend:
    """What the questions of one kind cost, how long they took, and how many delivered tests came of them."""

    question: str
    spend: Spend
    seconds: float
    tests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What was sent to a language model, and what it brought.

    `host` is where it was asked, empty where recorded answers took its place and nothing left. In `characters` of
    prompts there were source text of `modules`, and tests of them. `tests` were delivered of its making; what each of
    these cost counts all questions, and is None where there are none. `ended` is why no more was asked, if that was
    not by itself.
    """

    model: str
    host: str
    modules: tuple[str, ...]
    characters: int
    questions: tuple[QuestionSpend, ...]
    tests: int
    tokens_per_test: float | None
    usd_per_test: float | None
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the flow, how long it took, and what a language model cost in it."""

    name: str
    seconds: float
    spend: Spend = Spend()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller chose (CONTRACT §4)."""

    budget_seconds: float = 10.0
    max_tests: int | None = None
    llm: str = "auto"
    policy: Policy = Policy.SANDBOX
    seed: int = 1
    targets: tuple[str, ...] = ()
    xfail_bugs: bool = False
    bless_bugs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A module to test, under an interpreter, with options.

    `tests` test it already: only what they miss is added. New tests go into a copy of `into`, which is one of them, or
    into an own file, at `place` where fixtures act on every test. `strategies`: files with Hypothesis strategies.
    """

    source: SourceFile
    interpreter: Interpreter
    options: Options = Options()
    tests: tuple[TestModule, ...] = ()
    into: TestModule | None = None
    place: TestModule | None = None
    style: Style = Style()
    strategies: tuple[TestModule, ...] = ()

    @property
    def known_tests(self) -> tuple[TestModule, ...]:
        """All of them."""
        return self.tests if self.into is None else (self.into, *self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the test files of the project bring without anything added: how many of their tests passed, and how far.

    `suite` tells of each of these tests what it is the first of its file to bring.
    """

    tests: int
    coverage: Coverage
    mutation: Mutation
    suite: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a run of the flow found. `tests_file` is exactly the text that `final` ran, in `encoding`.

    Where the project has tests of the module already, `before` tells of them; `tests` are the new ones alone, coverage
    and mutation those of all together, and `tests_file` is empty where nothing can be added.
    """

    module: str
    tests_file: str
    tests: tuple[Evidence, ...]
    rejected: tuple[Rejected, ...]
    coverage: Coverage
    mutation: Mutation
    findings: tuple[Finding, ...]
    final: RunResult
    stages: tuple[Stage, ...]
    spend: Spend
    seconds: float
    seed: int
    engine: str
    notes: tuple[str, ...] = ()
    oracle: Asked = Asked()
    interrupted: bool = False
    before: Before | None = None
    encoding: str = "utf-8"
    llm: ModelUse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTest:
    """One test function as it stands in a test file, its decorators included."""

    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of the flow, printed by the CLI, streamed by the API. The last one carries the report.

    `seconds` is what the stage took. `coverage` of lines and `kills` of mutants are ratios, told, with the lines that
    tests run, those that are missing, and the mutants behind the ratio, where the stage has measured them; `tests` are
    all that are verified by then, and `findings` those that the stage has added. One that is `under_way` tells of a
    stage before its end.
    """

    seq: int
    at: float
    stage: str
    detail: str
    seconds: float = 0.0
    coverage: float | None = None
    missing_lines: tuple[int, ...] = ()
    hit_lines: tuple[int, ...] = ()
    kills: float | None = None
    mutation: Mutation | None = None
    tests: tuple[WrittenTest, ...] | None = None
    findings: tuple[Finding, ...] = ()
    under_way: bool = False
    report: Report | None = None
