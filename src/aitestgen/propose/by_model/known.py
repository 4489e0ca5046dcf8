"""What has to be known of the module under test to read a model's answer about it."""

import ast

from aitestgen.propose.by_model.proposals import Known
from aitestgen.propose.by_search import names as naming
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.values import Kind, Subject

MOST_CONSTANT = 4_000
CLASSES = (Kind.CLASS, Kind.DATACLASS)


def known_of(subject: Subject, exploration: Exploration) -> Known:
    """By reading, but for the names: those come from the import that the search made in the jail."""
    tree = ast.parse(subject.source.text)
    names = exploration.names or frozenset(target.id.partition(".")[0] for target in subject.targets)
    return Known(
        module=subject.source.module,
        names=names,
        own=names - set(exploration.imports),
        properties=frozenset(one.id.rpartition(".")[2] for one in subject.targets if one.kind is Kind.PROPERTY),
        constants=_constants(tree),
        raise_lines=_raise_lines(tree),
        announced=frozenset(name.rpartition(".")[2] for target in subject.targets for name in target.raises),
        makers=_makers(subject, exploration),
    )


def _makers(subject: Subject, exploration: Exploration) -> dict[str, str]:
    """As the search made objects, the plainest way of each; else without arguments, where none are needed."""
    receivers = sorted({case.receiver for case in exploration.cases if case.receiver}, key=lambda one: (-len(one), one))
    made = {receiver.partition("(")[0]: receiver for receiver in receivers}
    classes = [one for one in subject.targets if one.kind in CLASSES and not one.is_private]
    for one in classes:
        if all(item.default or "star" in item.kind for item in one.parameters):
            made.setdefault(one.id, f"{one.id}()")
    return {naming.snake(one.id): made[one.id] for one in classes if one.id in made}


def _constants(tree: ast.Module) -> dict[str, str]:
    found = {}
    for statement in tree.body:
        match statement:
            case ast.Assign([ast.Name(name)], ast.List() | ast.Tuple() as value):
                text = ast.unparse(value)
                if len(text) <= MOST_CONSTANT:
                    found[name] = text
    return found


def _raise_lines(tree: ast.Module) -> frozenset[int]:
    raising = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return frozenset(line for node in raising for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))
