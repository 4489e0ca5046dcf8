"""Suspected bugs from what the exploration told: each with evidence, a confidence and a program that shows it."""

import ast
import builtins
import json
import keyword
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from aitestgen.helper_imports import HELPER_IMPORTS
from aitestgen.propose.by_search import names
from aitestgen.propose.by_search.observed import Broken, Contradiction, Exploration, Reproduced, Suspect
from aitestgen.values import EXPECTED_FAILURE, Candidate, Confidence, Finding, FindingKind, Subject, Target

_CRASHES = {
    "UnboundLocalError": Confidence.HIGH,
    "NameError": Confidence.HIGH,
    "KeyError": Confidence.LOW,
    "AssertionError": Confidence.LOW,
}
_MISSING = "what this line asks for exists nowhere, whatever is passed"
_UNANNOUNCED = "every argument fits its annotation, and no `raise` and no docstring announces this exception"
_ELEMENT = re.compile(r"\s*<[A-Za-z_].*>\s*", re.DOTALL)
_CONDITIONS = ("must", "non-empty", "nonempty", "not empty", "not be empty", "positive", "assume", "require", "expect",
               "valid", "at least one", "non-zero", "nonzero", "undefined", "caller")  # fmt: skip
"""Words of a docstring by which it may exclude the input of a crash."""
_GRAMMARS = ("format", "fmt", "pattern", "regex", "template", "encoding", "locale")
"""Parts of the names of parameters that take only texts of some grammar."""
_FORMATTING = ("Replacement index", "not all arguments converted", "not enough arguments for format", "format code")
"""What Python says of a text that is no fitting format string."""


def suspected(exploration: Exploration, subject: Subject) -> list[Finding]:
    """The findings, the surest first, one for each cause; private targets are left to those that use them."""
    targets = {target.id: target for target in subject.targets}
    imports = Imports(exploration, subject)
    found = [
        _shown(item, targets[item.target], imports) for item in exploration.contradictions if item.target in targets
    ]
    found += [_broken(item, targets[item.target], imports) for item in exploration.broken if item.target in targets]
    found += [_crash(item, targets[item.target], imports) for item in exploration.suspects if item.target in targets]
    public = [item for item in found if item.kind is FindingKind.DOCTEST or not targets[item.target_id].is_private]
    return _one_a_cause(
        sorted(public, key=lambda item: (list(Confidence).index(item.confidence), len(item.reproducer)))
    )


def reproducing(findings: Sequence[Finding], ended: Mapping[int, Reproduced]) -> list[Finding]:
    """The findings whose reproducer ended with the error that it is to show."""
    return [item for number, item in enumerate(findings) if number in ended and _shows(item, ended[number])]


def _shows(finding: Finding, ended: Reproduced) -> bool:
    return ended.error == finding.error if finding.error else bool(ended.error)


def expected_failure(finding: Finding, number: int) -> Candidate:
    """The finding as a test that is expected to fail until the bug is mended; then it has to be unmarked."""
    lines = finding.reproducer.splitlines()
    brought = tuple(line for line in lines if _is_import(line))
    body = "\n".join(f"    {line}" for line in lines if not _is_import(line))
    name = names.joined(names.snake(finding.target_id), "contradicts_its", str(finding.kind))
    reason = f"{finding.why}: {finding.quote}" if finding.quote else finding.why
    if finding.kind is FindingKind.CRASH:
        name = names.joined(names.snake(finding.target_id), "crashes")
        reason = finding.observed
    mark = f"@pytest.mark.xfail(strict=True, reason={reason[:200]!r})"
    return Candidate(
        id=f"{EXPECTED_FAILURE}{number}",
        target_id=finding.target_id,
        name=name,
        code=f"{mark}\ndef {name}():\n{body}\n",
        imports=brought,
        origin="finding",
    )


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


class Imports:
    """Import lines for the names that statements use."""

    def __init__(self, exploration: Exploration, subject: Subject) -> None:
        self._exploration = exploration
        self._module = subject.source.module

    def program(self, lines: Iterable[str]) -> str:
        """The statements with every import that they need in front."""
        text = "\n".join(lines)
        used = _used(text)
        own = sorted(name for name in used & self._exploration.names if name not in self._exploration.imports)
        top = self._module.partition(".")[0]
        head = {f"from {self._module} import {', '.join(own)}"} if own else set()
        if top in used and top not in self._exploration.names:
            head.add(f"import {self._module}")
        for name in used - set(own):
            line = self._exploration.imports.get(name) or HELPER_IMPORTS.get(name)
            head |= {line} if line else set()
        return "\n".join([*sorted(head, key=lambda line: (self._module in line, line)), text])


def _used(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    imported = {
        item.asname or item.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for item in node.names
    }
    return {name for name in read - stored - imported if not hasattr(builtins, name)} | (read & set(HELPER_IMPORTS))


def _one_a_cause(findings: Iterable[Finding]) -> list[Finding]:
    """The first of those of one kind in one place: a broken function breaks most that is said of it."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for item in findings:
        causes = _causes(item)
        if not causes & seen:
            kept.append(item)
        seen |= causes
    return kept


def _causes(item: Finding) -> set[tuple[str, ...]]:
    """What tells a cause: kind and target; of a crash the line that raised, and the target with what it says."""
    if item.kind is not FindingKind.CRASH:
        return {(item.kind, item.target_id)}
    return {(item.error, str(item.line)), (item.target_id, item.observed)}


def _shown(item: Contradiction, target: Target, imports: Imports) -> Finding:
    return Finding(
        target_id=item.target,
        input=item.source,
        observed=item.got or "no output",
        expected=item.wanted or "no output",
        why="the docstring shows this example with another outcome",
        reproducer=imports.program(item.lines),
        line=target.lines[0],
        kind=FindingKind.DOCTEST,
        confidence=Confidence.HIGH,
        quote=f">>> {item.source}\n{item.wanted}",
    )


def _broken(item: Broken, target: Target, imports: Imports) -> Finding:
    why = {
        "docstring": "the docstring says otherwise",
        "annotation": "the annotation says otherwise",
        "inverse": "names promise otherwise",
        "protocol": "Python's protocols promise otherwise",
    }[item.kind]
    return Finding(
        target_id=item.target,
        input="; ".join(line.strip() for line in item.lines[:-1]) or item.lines[-1],
        observed=item.observed,
        expected=item.expected,
        why=why,
        reproducer=imports.program(item.lines),
        line=target.lines[0],
        kind=FindingKind(item.kind),
        confidence=Confidence(item.confidence),
        quote=item.quote,
        doubtful=tuple(item.about),
    )


def _crash(suspect: Suspect, target: Target, imports: Imports) -> Finding:
    owner = suspect.target.rpartition(".")[0]
    receiver = names.snake(owner)
    if receiver in {"", owner} or keyword.iskeyword(receiver):
        receiver = "subject"
    keywords = [f"{name}={text}" for name, text in suspect.keywords.items()]
    call = suspect.template.format(*suspect.arguments, self=receiver, args=", ".join([*suspect.arguments, *keywords]))
    lines = [f"{receiver} = {suspect.receiver}"] if suspect.receiver else []
    lines += [text.replace("{self}", receiver) for text in suspect.calls]
    return Finding(
        target_id=suspect.target,
        input="; ".join([*lines, call]),
        observed=f"{suspect.error}: {ast.literal_eval(suspect.message)}",
        expected="a result, or an exception that the code or its docstring announces",
        why=_MISSING if suspect.dead_name else _UNANNOUNCED,
        reproducer=imports.program([*lines, _driven(call, target)]),
        line=suspect.line,
        confidence=_crash_confidence(suspect, target),
        error=suspect.error.rpartition(".")[2],
    )


def _driven(call: str, target: Target) -> str:
    return f"asyncio.run({call})" if target.is_async else f"list({call})" if target.is_generator else call


def _crash_confidence(suspect: Suspect, target: Target) -> Confidence:
    """By the kind of exception; low where the docstring speaks of conditions, or the input may not be meant to come."""
    if suspect.dead_name:
        return Confidence.HIGH
    conditional = any(word in target.docstring.lower() for word in _CONDITIONS)
    annotated = target.returns or any(item.annotation for item in target.parameters)
    if conditional or not annotated or _is_odd(suspect, target):
        return Confidence.LOW
    return _CRASHES.get(suspect.error.rpartition(".")[2], Confidence.MEDIUM)


def _is_odd(suspect: Suspect, target: Target) -> bool:
    """Whether a private object is passed, or a text where only texts of some grammar are meant, as format strings, or a
    document in JSON, TOML or XML: no annotation tells which fields it has to have.
    """
    texts = [suspect.receiver or "", *suspect.calls, *suspect.arguments, *suspect.keywords.values()]
    if any(name.startswith("_") for name in _used("\n".join(texts))):
        return True
    if any(words in suspect.message for words in _FORMATTING):
        return True
    if any(_is_document(text) for text in texts):
        return True
    given = [item.name for item in target.parameters[: len(suspect.arguments)]] + list(suspect.keywords)
    return any(word in name.lower() for name in given for word in _GRAMMARS)


def _is_document(text: str) -> bool:
    """Whether it is the literal of a text that holds a JSON object or list, TOML, or an XML element."""
    try:
        content = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return isinstance(content, str) and (_ELEMENT.fullmatch(content) is not None or any(_reads(content)))


def _reads(content: str) -> Iterator[bool]:
    for read in (json.loads, tomllib.loads) if "\n" in content else (json.loads,):
        with suppress(ValueError, RecursionError):
            yield isinstance(document := read(content), dict | list) and bool(document)
