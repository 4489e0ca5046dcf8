"""Workflows, Action and hooks: valid, without what their linter finds, and the Action's programs as they run."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.actions import Runner
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
    scripts = [*DEPLOY.rglob("*.sh"), DEPLOY / "pin-bases", *(ROOT / ".ci").iterdir()]
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


BEFORE = "def one(x: int) -> int:\n    return x + 1\n\n\ndef two(x: int) -> int:\n    return x * 2\n"
HALF = """

def half(x: int) -> int:
    \"\"\"Half of it.

    >>> half(7)
    4
    \"\"\"
    return x // 2
"""
CLIENT = r"""#!/bin/sh
echo "$*" >> "$RUNNER_TEMP/asked"
for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" "$RUNNER_TEMP/body" ;; esac; done
case "$*" in *--paginate*) cat "$RUNNER_TEMP/comments" ;; esac
"""
"""Stands for GitHub's client, since no test asks GitHub: what it was asked, with the comment that was sent."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "m.py").write_text(BEFORE)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "before")
    return folder


@pytest.fixture
def runner(project: Path, tmp_path: Path) -> Callable[..., Runner]:
    """Of a pull request that is based on the first commit. Our own environment stands for what `Install` makes."""
    event = {"pull_request": {"number": 7, "base": {"sha": git(project, "rev-parse", "HEAD")}}}
    (tmp_path / "aitestgen-venv").symlink_to(BIN.parent)
    (tmp_path / "comments").touch()
    (tmp_path / "gh").write_text(CLIENT)
    (tmp_path / "gh").chmod(0o755)

    def made(**inputs: str) -> Runner:
        return Runner(checkout=project, temporary=tmp_path, event=event, inputs=inputs, path=str(tmp_path))

    return made


@pytest.mark.jail
@pytest.mark.timeout(180)
def test_the_action_tells_of_a_pull_request_what_its_changed_lines_need(
    project: Path, runner: Callable[..., Runner], tmp_path: Path
) -> None:
    (project / "m.py").write_text(BEFORE.replace("x * 2", "x * 3") + HALF)
    git(project, "commit", "-qam", "after")
    job = runner(comment="true")
    ran_step = job.run("Run")
    assert ran_step.returncode == 0, ran_step.stderr
    written = (project / "tests/test_m.py").read_text()
    assert ("two" in written, "half" in written, "one" in written) == (True, True, False)
    outputs = job.outputs["run"]
    assert int(outputs["tests"]) >= 1
    assert (outputs["exit-code"], outputs["suspected-bugs"]) == ("0", "1")
    assert set(read_yaml(ROOT / "action.yml")["outputs"]) <= set(outputs)
    assert json.loads(Path(outputs["report"]).read_text())["modules"][0]["module"] == "m"
    told = [line for line in ran_step.stdout.splitlines() if line.startswith("::warning ")]
    assert [line.partition("::Suspected bug")[0] for line in told] == ["::warning file=m.py,line=9"]
    assert "| m |" in (tmp_path / "step-summary").read_text()

    for existing, wanted in (
        ("", "--method POST repos/owner/project/issues/7/comments"),
        ("41\n42\n", "--method PATCH"),
    ):
        (tmp_path / "comments").write_text(existing)
        assert job.run("Comment").returncode == 0
        assert wanted in (tmp_path / "asked").read_text().splitlines()[-1]
    assert "issues/comments/41 " in (tmp_path / "asked").read_text().splitlines()[-1]
    body = (tmp_path / "body").read_text()
    assert body.startswith("<!-- aitestgen-report -->")
    assert "**Suspected bug** in m, line 9" in body


def test_the_action_has_nothing_to_do_where_no_code_has_changed(
    project: Path, runner: Callable[..., Runner], tmp_path: Path
) -> None:
    (project / "README.md").write_text("x\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "words")
    job = runner()
    assert job.run("Run").returncode == 0
    assert (job.outputs["run"]["tests"], job.outputs["run"]["exit-code"]) == ("0", "0")
    assert "Nothing to test has changed." in (tmp_path / "step-summary").read_text()
    assert not (project / "tests").exists()


def test_the_action_that_only_checks_fails_where_the_policy_finds_something_in_what_changed(
    project: Path, runner: Callable[..., Runner]
) -> None:
    (project / "untouched.py").write_text("import os\n\n\ndef f():\n    return os.getcwd()\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "old sins")
    event = {"pull_request": {"number": 7, "base": {"sha": git(project, "rev-parse", "HEAD")}}}
    (project / "m.py").write_text(BEFORE.replace("x * 2", "x * 3"))
    git(project, "commit", "-qam", "harmless")
    job = replace(runner(mode="check"), event=event)
    assert job.run("Run").returncode == 0
    (project / "m.py").write_text("import subprocess\n\n\n" + BEFORE.replace("x * 2", "subprocess.run(['x'])"))
    git(project, "commit", "-qam", "harmful")
    ended = job.run("Run")
    assert (ended.returncode, job.outputs["run"]["exit-code"]) == (3, "3")
    assert "subprocess" in ended.stdout + ended.stderr


def test_a_comment_is_written_for_pull_requests_that_ask_for_one_only() -> None:
    (step,) = [step for step in read_yaml(ROOT / "action.yml")["runs"]["steps"] if step["name"] == "Comment"]
    assert step["if"] == "${{ always() && inputs.comment == 'true' && github.event.pull_request.number }}"


@pytest.mark.skipif(not os.environ.get("EVERY_PYTHON"), reason="half a minute: `make wheel` tries it")
@pytest.mark.timeout(300)
def test_the_action_installs_itself_into_an_environment_of_its_own(project: Path, tmp_path: Path) -> None:
    (tmp_path / "sudo").write_text("#!/bin/sh\n")
    (tmp_path / "sudo").chmod(0o755)
    job = Runner(checkout=project, temporary=tmp_path, event={}, inputs={}, path=str(tmp_path))
    ended = job.run("Install")
    assert ended.returncode == 0, ended.stderr
    assert "the jail works" in ended.stdout + ended.stderr
