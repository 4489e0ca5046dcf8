"""Workflows, Action and hooks: valid, without what their linter finds, and the Action's programs as they run."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.tools import DEPLOY, ROOT, missing, ran, read_yaml, tool

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
TARGETS = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The Action's programs as modules: they lie outside of every package."""
    monkeypatch.syspath_prepend(DEPLOY / "action")
    modules = {name: importlib.import_module(name) for name in ("changed", "report")}

    yield modules
    for name in modules:
        sys.modules.pop(name, None)


def validate(document: Any, schema: str) -> None:
    tool("jsonschema").validate(document, tool("check_jsonschema.builtin_schemas").get_builtin_schema(schema))


def plain(document: Any) -> Any:
    """YAML reads `on` as true; JSON's keys are texts."""
    if isinstance(document, dict):
        return {"on" if key is True else str(key): plain(value) for key, value in document.items()}
    return [plain(value) for value in document] if isinstance(document, list) else document


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_fits_the_schema_and_may_do_nothing_by_default(path: Path) -> None:
    workflow = plain(read_yaml(path))
    validate(workflow, "vendor.github-workflows")
    assert workflow["permissions"] == {}
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


def test_action_and_dependabot_fit_their_schemas() -> None:
    validate(read_yaml(ROOT / "action.yml"), "vendor.github-actions")
    validate(read_yaml(ROOT / ".github/dependabot.yml"), "vendor.dependabot")


def test_the_linter_of_workflows_finds_nothing() -> None:
    tool("check_jsonschema")
    if not (BIN / "zizmor").exists():
        missing("zizmor is not installed: make deploy-tools")
    command = [BIN / "zizmor", "--offline", "--no-progress", "--quiet", ROOT / ".github", ROOT / "action.yml"]
    said = ran(command)
    assert said.returncode == 0, said.stdout


def test_the_linter_of_scripts_finds_nothing() -> None:
    if not (BIN / "shellcheck").exists():
        missing("shellcheck is not installed: make deploy-tools")
    scripts = [*DEPLOY.rglob("*.sh"), *(ROOT / ".ci").iterdir()]
    steps = read_yaml(ROOT / "action.yml")["runs"]["steps"]
    inline = "\n".join(step["run"] for step in steps)
    said = ran([BIN / "shellcheck", *scripts])
    assert said.returncode == 0, said.stdout
    pasted = ran([BIN / "shellcheck", "--shell=bash", "-"], input=inline)
    assert pasted.returncode == 0, pasted.stdout


def test_workflows_call_make_targets_that_exist() -> None:
    known = set(TARGETS.findall((ROOT / "Makefile").read_text()))
    called = {name for path in WORKFLOWS for name in re.findall(r"\bmake ([a-z-]+)", path.read_text())}
    assert called
    assert called - known == set()


def test_the_tests_run_on_every_python_that_is_promised() -> None:
    matrix = plain(read_yaml(ROOT / ".github/workflows/test.yml"))["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert matrix == ["3.11", "3.12", "3.13", "3.14"]


def test_hooks_have_what_pre_commit_demands() -> None:
    for hook in read_yaml(ROOT / ".pre-commit-hooks.yaml"):
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert hook["language"] == "python"
        assert hook["types"] == ["python"]
        re.compile(hook["exclude"])


def test_every_output_of_the_action_is_one_that_its_programs_write(action: Any) -> None:
    outputs = read_yaml(ROOT / "action.yml")["outputs"]
    written = {*action["report"].figures([]), "exit-code", "report", "summary"}
    named = set(re.findall(r"steps\.run\.outputs\.([a-z-]+)", (ROOT / "action.yml").read_text()))
    assert named - written == set()
    assert set(outputs) <= written


@pytest.mark.parametrize(
    ("diff", "lines"),
    [
        ("+++ b/a.py\n@@ -1 +1 @@\n", {"a.py": {1}}),
        ("+++ b/a.py\n@@ -4,2 +7,3 @@\n", {"a.py": {7, 8, 9}}),
        ("+++ b/a.py\n@@ -4,2 +3,0 @@\n", {"a.py": {3, 4}}),
        ("+++ /dev/null\n@@ -1,9 +0,0 @@\n", {}),
        ("+++ b/a.py\n@@ -1 +1 @@\n+++ b/b.py\n@@ -2 +2,2 @@\n", {"a.py": {1}, "b.py": {2, 3}}),
    ],
)
def test_changed_lines_are_those_of_the_new_file(diff: str, lines: dict[str, set[int]], action: Any) -> None:
    assert action["changed"].changed_lines(diff) == lines


SOURCE = "import os\n\n\n@cache\ndef one():\n    return 1\n\n\nclass Two:\n    x = 1\n"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ({6}, ["m.py::one"]),
        ({4}, ["m.py::one"]),
        ({10}, ["m.py::Two"]),
        ({6, 9}, ["m.py::one", "m.py::Two"]),
        ({1, 6}, ["m.py"]),
        ({3}, []),
    ],
)
def test_a_change_stands_for_its_function_or_for_the_file(lines: set[int], wanted: list[str], action: Any) -> None:
    assert action["changed"].targets("m.py", SOURCE, lines) == wanted
    assert action["changed"].targets("m.py", "def (", lines) == []


def module(**more: Any) -> dict[str, Any]:
    mutants = {"total": 4, "killed": 3, "invalid": 0, "survived": 1, "unreached": 0}
    survivor = {"line": 3, "before": "a < b", "after": "a <= b"}
    fields = {
        "module": "m",
        "path": "/w/m.py",
        "tests": 2,
        "line_coverage": 1.0,
        "branch_coverage": 0.5,
        "mutants": mutants,
    }
    return fields | {"survivors": [survivor], "suspected_bugs": [], "coverage": {"lines": 4, "covered_lines": 4}} | more


BUG = {
    "line": 7,
    "input": "f(0)",
    "observed": "0\n::error::forged",
    "expected": "1",
    "why": "<img onerror=x> | @everyone",
    "confidence": "high",
    "reproducer": "assert f(0) == 1\n```\n# escape",
}


def test_the_summary_shows_names_and_values_as_text_only(action: Any) -> None:
    text = action["report"].summary([module(suspected_bugs=[BUG])])
    assert text.startswith(action["report"].MARK)
    assert "<img" not in text.replace(action["report"].MARK, "")
    assert "@everyone" not in text
    assert "````python" in text


def test_annotations_cannot_carry_commands_and_are_of_changed_lines(action: Any) -> None:
    told = list(action["report"].annotations([module(suspected_bugs=[BUG])], Path("/w")))
    assert told[0].startswith("::warning file=m.py,line=7::Suspected bug")
    assert all("\n" not in line for line in told)
    assert told[1] == "::notice file=m.py,line=3::No test notices `a < b` changed to `a <= b`"
    assert len(list(action["report"].annotations([module(suspected_bugs=[BUG])], Path("/w"), {"m.py": {3}}))) == 1


def test_few_annotations_are_shown_however_much_survives(action: Any) -> None:
    survivors = [{"line": n, "before": "1", "after": "2"} for n in range(50)]
    told = list(action["report"].annotations([module(survivors=survivors)], Path("/w")))
    assert len(told) == action["report"].ANNOTATIONS


def test_outputs_are_the_figures_of_all_modules(action: Any) -> None:
    assert action["report"].figures([module(), module()]) == {
        "tests": "4",
        "coverage": "1.0000",
        "mutation-score": "0.7500",
        "survived": "2",
        "suspected-bugs": "0",
    }


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        [shutil.which("git") or "git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.jail
def test_the_action_generates_for_what_a_branch_changed_and_tells_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "m.py").write_text(
        "def one(x: int) -> int:\n    return x + 1\n\n\ndef two(x: int) -> int:\n    return x * 2\n"
    )
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "before")
    before = git(project, "rev-parse", "HEAD")
    (project / "m.py").write_text((project / "m.py").read_text().replace("x * 2", "x * 3"))
    git(project, "commit", "-qam", "after")
    files = {"GITHUB_OUTPUT": tmp_path / "outputs", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    variables = {"MODE": "generate", "BASE": before, "PATHS": ".", "RUNNER_TEMP": str(tmp_path)}
    paths = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path), **{k: str(v) for k, v in files.items()}}
    ended = ran([DEPLOY / "action/run.sh"], cwd=project, env={**variables, **paths})
    assert ended.returncode == 0, ended.stderr
    written = (project / "tests/test_m.py").read_text()
    assert "two" in written
    assert "one" not in written
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    assert int(outputs["tests"]) >= 1
    assert outputs["exit-code"] == "0"
    assert json.loads(Path(outputs["report"]).read_text())["modules"][0]["module"] == "m"
    assert "| m |" in files["GITHUB_STEP_SUMMARY"].read_text()
