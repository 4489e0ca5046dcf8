"""Expected values and exceptions by running: what a proposal's steps came to, and the proposal mended by that.

A model knows plausible calls better than their results. Where the two differ, the test says what the code does, and the
difference is kept: it may be the code that is wrong.
"""

import ast
import contextlib
import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aitestgen.propose.by_model.proposals import Does, Known, Proposal, Step
from aitestgen.propose.by_model.steps import Replace, is_stored
from aitestgen.propose.by_search.checks import LONG_FLOAT, SINGLETONS, expected, operand
from aitestgen.values import Interpreter, Limits, Run, SourceFile

Text = Annotated[str, Field(max_length=4000)]
SECONDS_A_TEST = 0.5
CLOSE = 1e-6


class Told(BaseModel):
    """What one step came to, as the guest program `recapture` tells it: strict types, bounded sizes."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    came: Literal["held", "differs", "silent", "raised"]
    value: Text | None = None
    error: Text = ""
    imported: Text = Field(default="", alias="import")
    message: Text = ""
    line: int = 0
    inside: bool = False
    within: bool = False


class _Retold(BaseModel):
    """The frame of one test."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    number: int
    steps: Annotated[list[Told], Field(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """What a model expected of a call, and what the code did instead; texts are source text.

    `setup` are the statements before it. `claim` is the statement that holds if the model is right.
    """

    call: str
    setup: tuple[str, ...]
    imports: tuple[str, ...]
    claim: str
    expected: str
    observed: str
    reason: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A proposal as the code would have it: its statements in order; none where nothing of it can be asserted.

    `row` are the values of its row, where it is still one. `is_changed` tells that it says something else than the
    model did; the model's name may be wrong then.
    """

    proposal: Proposal
    lines: tuple[str, ...] = ()
    row: tuple[str, ...] | None = None
    imports: tuple[str, ...] = ()
    is_changed: bool = False
    disagreements: tuple[Disagreement, ...] = ()
    dropped: str = ""


def recapture_run(
    source: SourceFile, interpreter: Interpreter, limits: Limits, proposals: Sequence[Proposal], seed: int = 0
) -> Run:
    """The run that takes the steps of all proposals."""
    tests = [
        {"imports": list(item.imports), "fixtures": list(item.fixtures), "steps": [_asked(one) for one in _steps(item)]}
        for item in proposals
    ]
    longer = limits.wall_seconds + SECONDS_A_TEST * len(proposals)
    return Run(
        program="recapture",
        job={"path": [str(root) for root in source.roots], "seed": seed, "module": source.module, "tests": tests},
        interpreter=interpreter,
        files={} if source.path else {f"{source.module}.py": source.text.encode()},
        binds=source.binds,
        limits=dataclasses.replace(limits, wall_seconds=longer),
        hash_seed=seed,
    )


def _steps(proposal: Proposal) -> tuple[Step, ...]:
    """All steps, those that bind the arguments of a row first."""
    row = proposal.row
    bound = [f"{n} = {v}" for n, v in zip(row.arguments, row.values, strict=True)] if row else []
    return (*(Step(does=Does.DO, text=text) for text in bound), *proposal.steps)


def _asked(step: Step) -> dict[str, str]:
    match step.does:
        case Does.CHECK:
            return {"left": step.left, "check": step.check}
        case Does.RAISES:
            return {"raises": step.probe}
        case _:
            return {"do": step.text}


def read_retold(frames: Iterable[Mapping[str, Any]], proposals: Sequence[Proposal]) -> dict[int, tuple[Told, ...]]:
    """What each numbered proposal came to. A frame that does not fit its proposal is not believed."""
    found: dict[int, tuple[Told, ...]] = {}
    for frame in frames:
        if frame.get("ev") != "retold":
            continue
        with contextlib.suppress(ValidationError):
            one = _Retold.model_validate(frame)
            if 0 <= one.number < len(proposals) and len(one.steps) == len(_steps(proposals[one.number])):
                found.setdefault(one.number, tuple(one.steps))
    return found


def mended(proposal: Proposal, told: Sequence[Told], known: Known) -> Mended:
    """The proposal as it came out; its parts that cannot be asserted are left out."""
    mending = _Mending(proposal, known)
    for step, one in zip(_steps(proposal), told, strict=True):
        if not mending.take(step, one):
            break
    return mending.done()


class _Mending:
    """Takes the steps of one proposal in order."""

    def __init__(self, proposal: Proposal, known: Known) -> None:
        self._proposal = proposal
        self._known = known
        self._row = dict(zip(proposal.row.arguments, proposal.row.values, strict=True)) if proposal.row else {}
        self._bound = len(self._row)
        self._taken = 0
        self._lines: list[str] = []
        self._is_check: list[bool] = []
        self._imports = dict.fromkeys(proposal.imports)
        self._found: list[Disagreement] = []
        self._is_changed = False
        self._is_row = bool(self._row)

    def take(self, step: Step, told: Told) -> bool:
        """Keep, mend or leave out one step; whether to go on."""
        self._taken += 1
        if self._taken <= self._bound:
            if told.came != "held":
                self._lines.clear()
            return told.came == "held"
        match told.came:
            case "held":
                self._keep(step.text, check=step.does is not Does.DO or _asserts(step.text))
            case "differs":
                self._differs(step, told)
            case "silent":
                self._silent(step, told)
            case "raised":
                return self._raised(step, told)
        return True

    def done(self) -> Mended:
        """What is left: up to the last check, for what follows it shows nothing."""
        while self._is_check and not self._is_check[-1]:
            self._is_check.pop()
            self._lines.pop()
        row = tuple(self._row.values()) if self._is_row else None
        lines = tuple(self._lines)
        return Mended(
            proposal=self._proposal,
            lines=lines if row else filled(lines, self._row),
            row=row if lines else None,
            imports=tuple(self._imports),
            is_changed=self._is_changed,
            disagreements=tuple(self._found),
            dropped="" if lines else "nothing in it that could be asserted held",
        )

    def _keep(self, text: str, *, check: bool) -> None:
        self._lines.append(text)
        self._is_check.append(check)

    def _change(self) -> None:
        self._is_changed = True
        self._is_row = False

    def _differs(self, step: Step, told: Told) -> None:
        """The assertion with the value that was given in place of the one that was expected."""
        value = told.value
        if value is None:
            self._is_row = self._is_row and not step.expected
            self._is_changed = self._is_changed or bool(step.expected)
            return
        if step.expected and not _same(step.expected, value):
            self._dispute(step.left, _claim(step), step.expected, value)
            if step.expected in self._row and self._is_row:
                self._row[step.expected] = _written(value)
                self._is_changed = True
                self._keep(step.text, check=True)
                return
        if step.expected:
            self._change()
        self._keep(_equal(step.left, value), check=True)

    def _silent(self, step: Step, told: Told) -> None:
        """No exception came: the statements stay, and the last of them says what it gave."""
        self._change()
        *before, last = step.body or ("",)
        for text in before:
            self._keep(text, check=False)
        claim = step.text
        self._dispute(last, claim, f"raises {step.error}", told.value or "no exception")
        if last and told.value is not None and _is_expression(last):
            self._keep(_equal(last, told.value), check=told.value != "None")
        elif last:
            self._keep(last, check=False)

    def _raised(self, step: Step, told: Told) -> bool:
        """An exception that the code announces is what the test expects; of any other nothing is said.

        After an exception of the module's the test ends where it was no block that was to raise.
        """
        call = step.left or (step.body[-1] if step.body else step.text)
        blessed = told.inside and (told.line in self._known.raise_lines or told.error in self._known.announced)
        if told.inside and not (told.within and told.error == step.error.rpartition(".")[2]):
            wanted = f"raises {step.error}" if told.within else step.expected
            if wanted:
                claim = step.text if told.within else _claim(step)
                self._dispute(call, claim, wanted, f"raises {told.error}: {told.message}"[:200])
        self._change()
        if not blessed:
            return step.does is not Does.DO or not told.inside
        if told.imported:
            self._imports[told.imported] = None
        body = list(step.body) if step.does is Does.RAISES else [call]
        inner = "\n".join(f"    {line}" for text in body for line in text.split("\n"))
        self._keep(f"with {_raises(told)}:\n{inner}", check=True)
        return step.does is not Does.DO

    def _dispute(self, call: str, claim: str, wanted: str, observed: str) -> None:
        arranged = self._lines if not all(self._is_check) else []
        *setup, call, claim = filled((*arranged, call, claim), self._row)
        self._found.append(
            Disagreement(
                call=call,
                setup=tuple(setup),
                imports=tuple(self._imports),
                claim=claim,
                expected=self._row.get(wanted, wanted),
                observed=observed,
                reason=self._proposal.reason,
                quote=self._proposal.quote,
            )
        )


def filled(lines: Sequence[str], row: Mapping[str, str]) -> tuple[str, ...]:
    """The lines with a row's values in place of its names; bound by a statement where a line binds the name anew."""
    trees = [ast.parse(line) for line in lines]
    stored = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name) and is_stored(node)}
    values = {name: ast.parse(value, mode="eval").body for name, value in row.items() if name not in stored}
    bound = [f"{name} = {value}" for name, value in row.items() if name in stored]
    put = [ast.unparse(Replace(values).visit(tree)) for tree in trees] if values else lines
    return (*bound, *put)


def _claim(step: Step) -> str:
    return step.text if step.text.startswith("assert") else f"assert {step.text}"


def _asserts(text: str) -> bool:
    return "assert" in text or "pytest.raises" in text or "pytest.warns" in text


def _raises(told: Told) -> str:
    return expected("raises", told.error, repr(told.message))


def _equal(left: str, value: str) -> str:
    left = operand(left)
    if value in SINGLETONS:
        return f"assert {left} is {value}"
    if value == 'float("nan")':
        return f"assert math.isnan({left})"
    return f"assert {left} == {_written(value)}"


def _written(value: str) -> str:
    return f"pytest.approx({value})" if LONG_FLOAT.fullmatch(value) else value


def _is_expression(text: str) -> bool:
    with contextlib.suppress(SyntaxError):
        ast.parse(text, mode="eval")
        return True
    return False


def _same(wanted: str, value: str) -> bool:
    """Whether two texts stand for values that are as good as equal: floats that are close, a number as text."""
    left, right = _plain(wanted), _plain(value)
    if isinstance(left, int | float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(right, str) and not isinstance(left, str):
        return str(left) == right
    return left is not None and type(left) is type(right) and left == right


def _plain(text: str) -> object:
    """The plain value that is written; None for all else, and for None."""
    try:
        return ast.literal_eval(text.removeprefix("pytest.approx(").removesuffix(")") if "approx" in text else text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
