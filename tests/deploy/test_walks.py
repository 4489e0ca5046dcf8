"""Every page with commands, typed as it stands: each answer and status; and a list of what no test types."""

import re
import shutil
from pathlib import Path

import pytest
from tests.deploy.readers import ELSEWHERE, UNTYPED, WALKS, Walk
from tests.deploy.tools import ROOT
from tests.deploy.walks import Answer, Step, amiss, kinds, parts, replaced, section, steps, unlike, walk
from tests.interfaces.programs import free_port

PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
KINDS = {"", "console", "shell-session", "sh", "python", "json", "toml", "yaml", "mermaid"}
PORTS = ("8000", "8001", "8002", "5173")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all pages: what jails show is compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.jail
@pytest.mark.timeout(400)
@pytest.mark.parametrize("wanted", WALKS, ids=lambda wanted: Path(wanted.pages[-1]).stem)
def test_every_command_of_a_page_answers_as_the_page_says(
    wanted: Walk, cache: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    found = [step for name in wanted.pages for step in steps((ROOT / name).read_text())]
    with wanted.has(tmp_path, request) as others:
        answers_as_it_says(found, tmp_path, cache, others)


@pytest.mark.jail
@pytest.mark.timeout(200)
def test_the_first_deployment_answers_as_the_page_says(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/checks.sh", tmp_path / "deploy")
    page = section((ROOT / "DEPLOYMENT.md").read_text(), "Without containers")
    answers_as_it_says(steps(page), tmp_path, cache, {})


def answers_as_it_says(found: list[Step], folder: Path, cache: Path, others: dict[str, str]) -> None:
    assert found
    own = {port: str(free_port()) for port in PORTS} | others
    said = walk(found, folder, cache, own)
    assert len(said) == len(found)
    for step, answer in zip(found, said, strict=True):
        expected = step.expecting([replaced(line, own) for line in step.expected])
        assert amiss(expected, answer) == "", f"$ {step.command}\n{answer.said}"


def test_each_page_with_commands_is_typed_by_a_test() -> None:
    typed = {name for each in WALKS for name in each.pages} | ELSEWHERE
    assert {name for name in PAGES if "console" in kinds((ROOT / name).read_text())} == typed


def test_no_command_hides_in_a_block_of_another_kind() -> None:
    assert {kind for name in PAGES for kind in kinds((ROOT / name).read_text())} <= KINDS
    hidden = [
        (name, line)
        for name in PAGES
        for kind in KINDS - {"console", "shell-session"}
        for line in lines_of(name, kind)
        if re.match(r"(\w+)?\$ ", line)
    ]
    assert hidden == []


def lines_of(name: str, kind: str) -> list[str]:
    found = re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / name).read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


@pytest.mark.parametrize("need", UNTYPED)
def test_what_no_test_types_is_counted_with_what_it_needs(need: str) -> None:
    """A command more or less has to be thought about: what can be had in a test has to be typed."""
    number, form = UNTYPED[need]
    assert len([command for command in untyped() if re.fullmatch(form, command)]) == number


def test_no_command_is_left_untyped_without_a_need() -> None:
    forms = [form for _, form in UNTYPED.values()]
    needs = {command: sum(bool(re.fullmatch(form, command)) for form in forms) for command in untyped()}
    assert {command: number for command, number in needs.items() if number != 1} == {}


def untyped() -> list[str]:
    return [step.command for name in PAGES for step in steps((ROOT / name).read_text(), "shell-session")]


STEP = Step(command="x", expected=("one", "…", "two … three"))


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("one\ntwo or three\n", ""),
        ("zero\none\nmore\ntwo  three\nrest\n", ""),
        ("two and three\none\n", "two … three"),
        ("one\n", "two … three"),
        ("", "one"),
    ],
)
def test_an_answer_that_differs_is_noticed(said: str, missing: str) -> None:
    assert unlike(STEP, said) == missing


def test_a_command_that_fails_is_noticed_whatever_it_prints() -> None:
    answers = parts("one\ntwo x three\n@@@walk 0\none\ntwo x three@@@walk 7\nrest", 2)
    assert [amiss(STEP, answer) for answer in answers] == ["", "status 7"]
    assert answers[1] == Answer(said="one\ntwo x three", status=7)


def test_names_are_replaced_once_and_the_longest_first() -> None:
    assert replaced("elsewhere:8001 there:8001", {"there": "8001", "8001": "1", "elsewhere:8001": "x"}) == "x 8001:1"


def test_commands_take_their_here_documents_along() -> None:
    page = "```console\n$ cat > x <<'EOF'\n$ no command\nEOF\n$ two\nanswer\n```\n"
    assert steps(page) == [
        Step(command="cat > x <<'EOF'\n$ no command\nEOF", expected=()),
        Step(command="two", expected=("answer",)),
    ]
