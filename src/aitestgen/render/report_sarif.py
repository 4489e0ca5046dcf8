"""Suspected bugs and surviving mutants as SARIF 2.1.0, which code hosts and editors show at their lines."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from aitestgen.render.exported import MEANINGS, Exported, survivors
from aitestgen.render.visible import one_line, visible
from aitestgen.values import Confidence, Finding, FindingKind, Mutant, MutantFate, Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Confidence.HIGH: "error", Confidence.MEDIUM: "warning", Confidence.LOW: "note"}
SURVIVOR = "surviving-mutant"
FINGERPRINT = "aitestgenSubject/v1"


def sarif(modules: Sequence[Exported]) -> bytes:
    """One run with a result for each suspected bug (its level says how sure it is) and each mutant that survived."""
    rules = list(_rules())
    places = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "aitestgen", "semanticVersion": version("aitestgen"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(modules)],
        "columnKind": "unicodeCodePoints",
        "results": [{**one, "ruleIndex": places[one["ruleId"]]} for item in modules for one in _results(item)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).encode() + b"\n"


def _rules() -> Iterator[dict[str, Any]]:
    for kind, text in MEANINGS.items():
        yield _rule(_rule_of(kind), f"Suspected bug: {kind}", text, "warning")
    told = "The tests pass as well with this small fault put into the code, so they do not check what it changes."
    yield _rule(SURVIVOR, "Surviving mutant", told, "note")


def _rule(id_: str, name: str, text: str, level: str) -> dict[str, Any]:
    return {
        "id": id_,
        "shortDescription": {"text": name},
        "fullDescription": {"text": text},
        "defaultConfiguration": {"level": level},
    }


def _rule_of(kind: FindingKind) -> str:
    return f"suspected-bug/{kind}"


def _invocation(modules: Sequence[Exported]) -> dict[str, Any]:
    return {
        "executionSuccessful": all(item.report.final.verdict is Verdict.PASSED for item in modules),
        "endTimeUtc": datetime.fromtimestamp(max((item.at for item in modules), default=0.0), UTC).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        ),
    }


def _results(module: Exported) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    found = [
        *(_bug(module, finding) for finding in module.report.findings),
        *(_survivor(module, mutant, fate) for mutant, fate in survivors(module.report)),
    ]
    for result in found:
        subject = result["partialFingerprints"][FINGERPRINT]
        seen[subject] += 1
        yield {**result, "partialFingerprints": {FINGERPRINT: f"{subject}:{seen[subject]}"}}


def _bug(module: Exported, finding: Finding) -> dict[str, Any]:
    parts = [
        f"{finding.target_id}: {finding.why}",
        *([f"It says: {finding.quote}"] if finding.quote else []),
        f"Observed: {finding.observed}",
        f"Expected: {finding.expected}",
        f"Reproduce:\n{finding.reproducer}",
    ]
    return {
        "ruleId": _rule_of(finding.kind),
        "kind": "fail",
        "level": LEVELS[finding.confidence],
        "message": {"text": visible("\n".join(parts))},
        "locations": [_location(module, finding.line, finding.line, finding.target_id)],
        "partialFingerprints": {FINGERPRINT: _print(module.report.module, finding.target_id, finding.input)},
        "properties": {"confidence": str(finding.confidence)},
    }


def _survivor(module: Exported, mutant: Mutant, fate: MutantFate) -> dict[str, Any]:
    why = "No test reaches this" if fate is MutantFate.UNREACHED else "Every test passes"
    change = f"`{one_line(mutant.before)}` → `{one_line(mutant.after)}`"
    return {
        "ruleId": SURVIVOR,
        "kind": "fail",
        "level": "note",
        "message": {"text": f"{why} when {change} ({one_line(mutant.operator)})."},
        "locations": [_location(module, mutant.line, mutant.end_line)],
        "partialFingerprints": {
            FINGERPRINT: _print(module.report.module, mutant.operator, mutant.before, mutant.after)
        },
    }


def _location(module: Exported, line: int, end_line: int, name: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(module.path)}
    if 1 <= line <= end_line <= len(module.lines):
        physical["region"] = {"startLine": line, "endLine": end_line}
    location: dict[str, Any] = {"physicalLocation": physical}
    return {**location, "logicalLocations": [{"fullyQualifiedName": visible(name)}]} if name else location


def _artifact(path: str) -> Mapping[str, str]:
    """A file of the project is relative to its root, which the reader of the log knows."""
    quoted = quote(path, errors="surrogatepass")
    return {"uri": f"file://{quoted}"} if path.startswith("/") else {"uri": quoted, "uriBaseId": "%SRCROOT%"}


def _print(*parts: str) -> str:
    """The same for the same subject, also after lines have moved."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
