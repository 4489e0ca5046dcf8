"""Where words go: data on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aitestgen.render.report_json import document
from aitestgen.values import PolicyFinding


def say(text: str) -> None:
    """A message for people, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """Data, on stdout."""
    sys.stdout.write(printable(text))
    sys.stdout.flush()


def printable(text: str) -> str:
    """The text with what UTF-8 cannot hold (lone surrogates) replaced."""
    return text.encode("utf-8", "replace").decode()


def to_json(modules: Iterable[Mapping[str, Any]], **more: Any) -> str:
    return to_text(document(modules, **more))


def to_text(facts: Mapping[str, Any]) -> str:
    """Plain facts as JSON for people to read."""
    return printable(json.dumps(facts, indent=2, ensure_ascii=False)) + "\n"


def print_json(modules: Iterable[Mapping[str, Any]], **more: Any) -> None:
    put(to_json(modules, **more))


def describe(finding: PolicyFinding, place: str = "") -> str:
    """`path:line:column: rule: message`, as compilers say it."""
    return f"{place}{finding.line}:{finding.column}: {finding.rule}: {finding.message}"


def say_findings(findings: Iterable[PolicyFinding], place: str = "") -> None:
    for finding in findings:
        say(describe(finding, place))


def shown(path: Path) -> str:
    """The path as the user would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
