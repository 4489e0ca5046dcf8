"""The policy gate, as HTTP uses it. Nothing here runs or imports the code."""

import ast

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.analyse.source import parse
from aitestgen.api.answers import ValidateAnswer
from aitestgen.errors import CodeInvalid, PolicyRefused
from aitestgen.values import Policy


def admit(code: str, policy: Policy) -> None:
    """Raises CodeInvalid for code that does not parse, PolicyRefused for what the strict policy refuses."""
    findings = judge(as_bytes(code))
    if findings and policy is Policy.STRICT:
        raise PolicyRefused(findings)


def validate(code: str) -> ValidateAnswer:
    """What the gate says, with the names of the functions and classes at the top level."""
    try:
        findings = judge(as_bytes(code))
        tree = parse(code.removeprefix("\ufeff"))
    except CodeInvalid as error:
        return _invalid(str(error), code)
    return ValidateAnswer(
        is_safe=not findings,
        error_message=str(PolicyRefused(findings)) if findings else None,
        dangerous_items=tuple(dict.fromkeys(finding.name for finding in findings)),
        functions=tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)),
        classes=tuple(node.name for node in tree.body if isinstance(node, ast.ClassDef)),
        code_length=len(code),
        findings=findings,
    )


def _invalid(message: str, code: str) -> ValidateAnswer:
    return ValidateAnswer(
        is_safe=False, error_message=message, dangerous_items=(), functions=(), classes=(), code_length=len(code)
    )
