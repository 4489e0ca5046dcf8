"""From a mended proposal to a candidate: its target, its name, and the row that it is in a table."""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping

from aitestgen.propose.by_model.proposals import Known
from aitestgen.propose.by_model.recapture import Mended, filled
from aitestgen.propose.by_model.rows import row_of
from aitestgen.propose.by_model.steps import Replace
from aitestgen.propose.by_search import names
from aitestgen.values import Candidate, Subject, Table

COST = 60
"""On top of a test's length: where the search has a test that brings the same, that one is taken."""


def candidate_of(mended: Mended, subject: Subject, known: Known) -> Candidate | None:
    """The candidate; None where the test calls nothing of the module, or nothing of it is left."""
    if not mended.lines:
        return None
    target = target_of(mended.lines, subject)
    if target is None:
        return None
    name = _name(mended, target)
    lines = mended.lines
    if mended.proposal.row is not None and mended.row is not None:
        lines = filled(lines, dict(zip(mended.proposal.row.arguments, mended.row, strict=True)))
    lines = _in_one(lines)
    body = _indented(lines)
    fixtures = ", ".join(mended.proposal.fixtures)
    code = f"def {name}({fixtures}):\n{body}"
    return Candidate(
        id=hashlib.sha256(code.encode()).hexdigest()[:16],
        target_id=target,
        name=name,
        code=code,
        imports=mended.imports,
        origin="model",
        cost=COST + len(code) // 4,
        differences=tuple(_differences(mended)),
        table=_table(mended, target, name) if mended.row else row_of(lines, subject, target, known),
    )


def _in_one(lines: tuple[str, ...]) -> tuple[str, ...]:
    """A call whose result is looked at once, in the line after it, in that line."""
    match [statement for line in lines for statement in ast.parse(line).body]:
        case [ast.Assign([ast.Name(name)], ast.Call() as call), ast.Assert(ast.Compare(ast.Name(used))) as check]:
            mentions = sum(1 for node in ast.walk(check) if isinstance(node, ast.Name) and node.id == name)
            if used == name and mentions == 1:
                return (ast.unparse(Replace({name: call}).visit(check)),)
    return lines


def _table(mended: Mended, target: str, name: str) -> Table | None:
    row = mended.proposal.row
    if row is None or mended.row is None or mended.proposal.fixtures or not mended.lines:
        return None
    body = _indented(mended.lines)
    key = f"model|{target}|{row.arguments}|{body}"
    return Table(key=key, name=name, arguments=row.arguments, row=mended.row, body=body)


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"    {part}\n" for line in lines for part in line.split("\n"))


# -- targets -------------------------------------------------------------------------------------------------------
def target_of(lines: Iterable[str], subject: Subject) -> str | None:
    """The target that the last statement with a call of the module is about: of several in it the outermost."""
    ids = {target.id: target.id for target in subject.targets}
    ends: dict[str, str] = {}
    for target in subject.targets:
        ends.setdefault(target.id.rpartition(".")[2], target.id)
    for text in reversed(list(lines)):
        for name in _called(text):
            found = ids.get(name) or ids.get(f"{name}.__init__")
            if found is None and "." in name:
                found = ends.get(name.rpartition(".")[2])
            if found is not None:
                return found
    return _by_mention(lines, ids)


def _called(text: str) -> Iterator[str]:
    """The names of what a statement calls, or looks up, outermost first."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(ast.Name(name)):
                yield name
            case ast.Attribute(attr=name):
                yield f".{name}"


def _by_mention(lines: Iterable[str], ids: Mapping[str, str]) -> str | None:
    used = {node.id for text in lines for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return next((target for target in ids if target.partition(".")[0] in used), None)


# -- names ---------------------------------------------------------------------------------------------------------
def _name(mended: Mended, target: str) -> str:
    """The model's name where the test says what it said; else one of what it says now."""
    own = mended.proposal.name
    if own != "test" and not mended.is_changed:
        return own
    return names.joined(names.snake(target), _outcome(mended.lines[-1]))


def _outcome(text: str) -> str:
    statement = ast.parse(text).body[0]
    match statement:
        case ast.With(items=[ast.withitem(ast.Call(args=[error, *_]))]):
            return f"raises_{names.snake(ast.unparse(error))}"
        case ast.Assert(ast.Compare(_, [ast.Eq() | ast.Is()], [value])):
            text = ast.unparse(value).removeprefix("pytest.approx(").removesuffix(")")
            return f"returns_{names.of_value(text)}" if names.of_value(text) else "returns_expected_value"
    return "holds"


def _differences(mended: Mended) -> Iterator[str]:
    row = mended.proposal.row
    if row is not None:
        for name, value in zip(row.arguments, row.values, strict=True):
            yield names.fitting(f"for_{names.snake(name)}_{names.of_value(value)}")[:40]
        return
    for text in mended.lines:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                yield names.fitting(f"for_{names.of_value(ast.unparse(node.args[0]))}")[:40]
