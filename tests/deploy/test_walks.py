"""README, tutorial, how-to guides and what DEPLOYMENT.md says of one machine: command by command, as they say."""

import shutil
from pathlib import Path

import pytest
from tests.deploy.tools import ROOT
from tests.deploy.walks import Step, section, steps, unlike, walk
from tests.interfaces.programs import free_port

PAGES = [ROOT / "README.md", ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/how-to").glob("*.md"))]
PRICES = """def discount(cents: int, percent: int) -> int:
    \"\"\"What is left of a price.\"\"\"
    if not 0 <= percent <= 100:
        raise ValueError("percent goes from 0 to 100")
    return cents * (100 - percent) // 100
"""
FOREIGN = ("docker ", "helm ", "kubectl ", "export ", "JOBS_IN_SERVER=0 docker ", "make images LOCAL=1")
ABROAD = ("onrender.com", "vercel.app")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all pages: what jails show is compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.jail
@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_page_answers_as_the_page_says(path: Path, cache: Path, tmp_path: Path) -> None:
    put_down_what_the_reader_has(path, tmp_path)
    answers_as_it_says(steps(path.read_text()), tmp_path, cache)


@pytest.mark.jail
@pytest.mark.timeout(200)
def test_the_first_deployment_answers_as_the_page_says(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/checks.sh", tmp_path / "deploy")
    page = section((ROOT / "DEPLOYMENT.md").read_text(), "Without containers")
    answers_as_it_says(steps(page), tmp_path, cache)


def put_down_what_the_reader_has(page: Path, folder: Path) -> None:
    if page.stem == "README":
        shutil.copy(ROOT / "examples/initials.py", folder)
        (folder / "src/shop").mkdir(parents=True)
        (folder / "src/shop/__init__.py").touch()
        (folder / "src/shop/prices.py").write_text(PRICES)
        (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')


def answers_as_it_says(found: list[Step], tmp_path: Path, cache: Path) -> None:
    assert found
    said = walk(found, tmp_path, cache, {"8000": str(free_port()), "8001": str(free_port())})
    assert len(said) == len(found)
    for step, answer in zip(found, said, strict=True):
        assert unlike(step, answer) == "", f"$ {step.command}\n{answer}"


def test_what_no_test_types_on_the_page_of_the_deployment_needs_what_is_not_here() -> None:
    """Everything else is in `console` blocks, which are typed: here, or on the machine of test_machine.py."""
    page = (ROOT / "DEPLOYMENT.md").read_text()
    others = [
        step.command for step in steps(page.replace("```console", "```other").replace("```shell-session", "```console"))
    ]
    assert len(others) > 20
    quadlet = (
        section(page, "3. The sandbox on a virtual machine").partition("Or, in place of that")[2].partition("TLS in")[0]
    )
    doors = section(page, "2. The machine's doors")
    told = [step.command for text in (quadlet, doors) for step in steps(text.replace("shell-session", "console"))]
    left = [c for c in others if c not in told and not c.startswith(FOREIGN) and not any(name in c for name in ABROAD)]
    assert left == ["deploy/checks.sh http://localhost:8000"] * 2


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
