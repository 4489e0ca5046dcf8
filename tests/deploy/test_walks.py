"""The tutorial and the how-to guides, command by command, against what they say."""

from pathlib import Path

import pytest
from tests.deploy.tools import ROOT
from tests.deploy.walks import Step, steps, unlike, walk
from tests.interfaces.programs import free_port

PAGES = [ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/how-to").glob("*.md"))]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all pages: what jails show is compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.jail
@pytest.mark.timeout(200)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_page_answers_as_the_page_says(path: Path, cache: Path, tmp_path: Path) -> None:
    found = steps(path.read_text())
    assert found
    said = walk(found, tmp_path, cache, {"8000": str(free_port()), "8001": str(free_port())})
    assert len(said) == len(found)
    for step, answer in zip(found, said, strict=True):
        assert unlike(step, answer) == "", f"$ {step.command}\n{answer}"


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


def test_commands_take_their_here_documents_along() -> None:
    page = "```console\n$ cat > x <<'EOF'\n$ no command\nEOF\n$ two\nanswer\n```\n"
    assert steps(page) == [
        Step(command="cat > x <<'EOF'\n$ no command\nEOF", expected=()),
        Step(command="two", expected=("answer",)),
    ]
