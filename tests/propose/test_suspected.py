"""Suspected bugs as findings: reproducers that run when pasted, one a cause, and tests that are expected to fail."""

import ast
from typing import Any

import pytest

from aitestgen.analyse import understand
from aitestgen.propose.by_search.observed import read, reproductions
from aitestgen.propose.by_search.suspected import expected_failure, reproducing, suspected
from aitestgen.values import Confidence, Finding, FindingKind, SourceFile

CODE = '''
from decimal import Decimal

def f(n: int) -> Decimal:
    """Half of it."""
    return helper(n)

def helper(n: int):
    """The number must not be zero."""
    return 1 / n

def _hidden(n: int):
    return n
'''
SUBJECT = understand(SourceFile(text=CODE, module="shop.prices"))
MODULE = {
    "ev": "module",
    "names": ["f", "helper", "_hidden", "Decimal"],
    "imports": {"Decimal": "from decimal import Decimal"},
}
CRASH = {
    "ev": "finding", "target": "f", "template": "f({args})", "receiver": None, "calls": [], "arguments": ["0"],
    "keywords": {}, "dead_name": False, "error": "ZeroDivisionError", "message": "'division by zero'", "line": 9,
}  # fmt: skip
BROKEN = {
    "ev": "contradiction", "target": "f", "kind": "docstring", "rule": "sign", "quote": "Never negative.",
    "expected": "at least 0", "observed": "Decimal('-1')", "lines": ["n = Decimal('1')", "assert f(n) >= 0"],
    "confidence": "high", "about": [],
}  # fmt: skip
DOCTEST = {
    "ev": "doctest", "target": "f", "source": "f(1)", "wanted": "2", "got": "1", "lines": ["assert f(1) == 2"],
}  # fmt: skip


def found(*frames: dict[str, Any]) -> list[Finding]:
    return suspected(read([MODULE, *frames]), SUBJECT)


def test_a_reproducer_imports_what_it_uses_and_nothing_else() -> None:
    [finding] = found(BROKEN)
    assert finding.reproducer == (
        "from decimal import Decimal\nfrom shop.prices import f\nn = Decimal('1')\nassert f(n) >= 0"
    )


def test_one_cause_is_told_once_and_the_surest_first() -> None:
    again = {**CRASH, "target": "helper", "template": "helper({args})"}
    findings = found(CRASH, again, BROKEN, {**BROKEN, "confidence": "low", "lines": ["assert f(0)"]}, DOCTEST)
    kinds = [finding.kind for finding in findings]
    assert kinds == [FindingKind.DOCTEST, FindingKind.DOCSTRING, FindingKind.CRASH]
    assert [finding.confidence for finding in findings] == ["high", "high", "medium"]


def test_private_targets_are_left_to_those_that_use_them() -> None:
    assert found({**BROKEN, "target": "_hidden"}) == []


@pytest.mark.parametrize(
    ("error", "target", "confidence"),
    [
        ("UnboundLocalError", "f", Confidence.HIGH),
        ("ZeroDivisionError", "f", Confidence.MEDIUM),
        ("KeyError", "f", Confidence.LOW),
        ("ZeroDivisionError", "helper", Confidence.LOW),
    ],
)
def test_a_crash_is_as_sure_as_its_exception_and_its_docstring_let_it_be(
    error: str, target: str, confidence: Confidence
) -> None:
    [finding] = found({**CRASH, "error": error, "target": target})
    assert finding.confidence is confidence


def test_a_name_that_exists_nowhere_is_a_sure_crash_whatever_is_passed() -> None:
    odd = {"arguments": ["_hidden"], "target": "helper", "error": "AttributeError", "dead_name": True}
    [finding] = found({**CRASH, **odd})
    assert finding.confidence is Confidence.HIGH
    assert "exists nowhere" in finding.why


@pytest.mark.parametrize(
    "given",
    [
        {"arguments": ["_hidden"]},
        {"arguments": [], "keywords": {"number_format": "''"}},
        {"arguments": ["'{\"id\": []}'"]},
        {"arguments": ["'<a><b/></a>'"]},
        {"arguments": ["'port = true\\n'"]},
    ],
)
def test_a_crash_on_what_may_not_be_meant_to_come_is_of_low_confidence(given: dict[str, Any]) -> None:
    assert [item.confidence for item in found({**CRASH, **given})] == [Confidence.LOW]


def test_an_object_is_not_named_as_its_class() -> None:
    subject = understand(SourceFile(text="class lexer:\n    def pop(self, n: int):\n        return n\n", module="m"))
    frame = {**CRASH, "target": "lexer.pop", "template": "{self}.pop({args})", "receiver": "lexer()"}
    [finding] = suspected(read([{**MODULE, "names": ["lexer"]}, frame]), subject)
    assert finding.reproducer == "from m import lexer\nsubject = lexer()\nsubject.pop(0)"


def test_only_what_fails_again_as_told_is_kept() -> None:
    findings = found(CRASH, BROKEN)
    number = {finding.kind: place for place, finding in enumerate(findings)}
    frames = [
        {"ev": "reproduced", "number": number[FindingKind.CRASH], "error": "IndexError", "message": ""},
        {"ev": "reproduced", "number": number[FindingKind.DOCSTRING], "error": "AssertionError", "message": ""},
        {"ev": "reproduced", "number": "7"},
    ]
    assert [one.kind for one in reproducing(findings, reproductions(frames))] == [FindingKind.DOCSTRING]
    assert reproducing(findings, {}) == []


def test_an_expected_failure_is_a_strict_test_with_its_reason() -> None:
    [finding] = found(BROKEN)
    candidate = expected_failure(finding, 1)
    [function] = ast.parse(candidate.code).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == candidate.name == "test_f_contradicts_its_docstring"
    assert "strict=True" in candidate.code
    assert "Never negative." in candidate.code
    assert candidate.imports == ("from decimal import Decimal", "from shop.prices import f")


def test_a_malformed_frame_is_not_believed() -> None:
    assert found({**BROKEN, "confidence": "certain"}, {**BROKEN, "lines": "assert f(1)"}) == []
