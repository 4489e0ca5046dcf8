"""SARIF: valid by the parts of the 2.1.0 schema that we use, and saying what the report says."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from tests.render.exported_reports import BUG, REPORT, ended, evil, exported

from aitestgen.render.exported import Exported
from aitestgen.render.report_sarif import sarif
from aitestgen.values import Confidence, FindingKind, Verdict

MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
REGION = {
    "type": "object",
    "required": ["startLine"],
    "properties": {"startLine": {"type": "integer", "minimum": 1}, "endLine": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
ARTIFACT = {
    "type": "object",
    "required": ["uri"],
    "properties": {
        "uri": {"type": "string", "pattern": "^[!-~]+$"},
        "uriBaseId": {"type": "string", "pattern": "^%[A-Z]+%$"},
    },
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {"artifactLocation": ARTIFACT, "region": REGION},
            "additionalProperties": False,
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"fullyQualifiedName": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "kind", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"const": "fail"},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "defaultConfiguration"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}, "additionalProperties": False},
    },
    "additionalProperties": False,
}
DRIVER = {
    "type": "object",
    "required": ["name", "rules"],
    "properties": {
        "name": {"const": "aitestgen"},
        "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
    },
    "additionalProperties": False,
}
INVOCATION = {
    "type": "object",
    "required": ["executionSuccessful"],
    "properties": {
        "executionSuccessful": {"type": "boolean"},
        "endTimeUtc": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    },
    "additionalProperties": False,
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "invocations": {"type": "array", "items": INVOCATION},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
    "additionalProperties": False,
}
LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
    "additionalProperties": False,
}


def run_of(*modules: Exported) -> dict[str, Any]:
    log = json.loads(sarif(modules))
    jsonschema.validate(log, LOG)
    run: dict[str, Any] = log["runs"][0]
    return run


@pytest.mark.parametrize(
    "modules",
    [[], [exported()], [exported(), evil()], [exported(replace(REPORT, findings=()))]],
    ids=["none", "one", "evil", "no bug"],
)
def test_the_log_is_valid_and_its_results_name_their_rules(modules: list[Exported]) -> None:
    run = run_of(*modules)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_a_schema_refuses_what_the_format_does_not_know() -> None:
    log = json.loads(sarif([exported()]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, LOG)


def test_a_suspected_bug_is_a_result_at_its_line() -> None:
    bug = run_of(exported())["results"][0]
    assert (bug["ruleId"], bug["level"]) == ("suspected-bug/docstring", "error")
    assert bug["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "school/marks.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "endLine": 4},
    }
    for text in (BUG.why, BUG.quote, BUG.observed, BUG.expected, BUG.reproducer):
        assert text in bug["message"]["text"]


@pytest.mark.parametrize(
    ("confidence", "level"), [(Confidence.HIGH, "error"), (Confidence.MEDIUM, "warning"), (Confidence.LOW, "note")]
)
def test_a_level_says_how_sure_a_bug_is(confidence: Confidence, level: str) -> None:
    report = replace(REPORT, findings=(replace(BUG, confidence=confidence),))
    assert run_of(exported(report))["results"][0]["level"] == level


@pytest.mark.parametrize("kind", FindingKind)
def test_every_kind_of_bug_has_a_rule(kind: FindingKind) -> None:
    report = replace(REPORT, findings=(replace(BUG, kind=kind),))
    assert run_of(exported(report))["results"][0]["ruleId"] == f"suspected-bug/{kind}"


def test_mutants_that_lived_are_notes_and_others_are_not_told() -> None:
    told = [one["message"]["text"] for one in run_of(exported())["results"] if one["ruleId"] == "surviving-mutant"]
    assert told == [
        "Every test passes when `>` → `>=` (comparison).",
        "No test reaches this when `x` → `None` (comparison).",
    ]


def test_a_bug_without_a_line_in_the_file_has_no_region() -> None:
    for line in (0, 400):
        report = replace(REPORT, findings=(replace(BUG, line=line),))
        assert "region" not in run_of(exported(report))["results"][0]["locations"][0]["physicalLocation"]


def test_a_path_becomes_an_address() -> None:
    def uri(path: str) -> dict[str, str]:
        location = run_of(exported(path=path))["results"][0]["locations"][0]
        found: dict[str, str] = location["physicalLocation"]["artifactLocation"]
        return found

    assert uri("my code/a#1.py") == {"uri": "my%20code/a%231.py", "uriBaseId": "%SRCROOT%"}
    assert uri("/else where/a.py") == {"uri": "file:///else%20where/a.py"}


def test_fingerprints_stay_when_lines_move_and_differ_between_results() -> None:
    def prints(module: Exported) -> list[str]:
        return [one["partialFingerprints"]["aitestgenSubject/v1"] for one in run_of(module)["results"]]

    twice = replace(REPORT, findings=(BUG, BUG))
    moved = replace(REPORT, findings=(replace(BUG, line=9), replace(BUG, line=9)))
    assert len(set(prints(exported(twice)))) == 4
    assert prints(exported(twice)) == prints(exported(moved))


def test_a_run_that_failed_is_told() -> None:
    told = [run_of(module)["invocations"][0]["executionSuccessful"] for module in (exported(), ended(Verdict.CRASHED))]
    assert told == [True, False]


def test_text_that_tries_to_act_is_plain_signs() -> None:
    texts = [one["message"]["text"] for one in run_of(evil())["results"]]
    assert all("\\x1b[31m\\u202e" in text for text in texts)
    assert not {"\x1b", "\u202e", "\ud800"} & set("".join(texts))
