"""The command line as users meet it: arguments in, words, data and an exit code out. No jail is started here."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aitestgen.cli.main import main

ADD = "def add(a, b):\n    return a + b\n"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, and the working directory."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    (tmp_path / "add.py").write_text(ADD)
    (tmp_path / "wild.py").write_text("import os\n\n\ndef here():\n    return os.getcwd()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    return tmp_path


LEAST = """
import typer

app = typer.Typer()


@app.command()
def one(x: int = 1): ...


@app.command()
def other(x: int = 1): ...


app()
"""


def processor_seconds(*command: str) -> float:
    """What one run of Python takes at least."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def test_help_costs_little_more_than_that_of_the_least_program() -> None:
    least, ours = processor_seconds("-c", LEAST, "--help"), processor_seconds("-m", "aitestgen", "--help")
    assert ours < 1.75 * least


def test_help_imports_no_framework_of_the_servers() -> None:
    code = "import sys, aitestgen.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"fastapi", "pydantic", "structlog", "uvicorn", "rich.progress"}.isdisjoint(loaded)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("command", ["generate", "check", "run", "doctor", "serve", "sandbox-service", "mcp"])
def test_every_command_has_help(command: str, capsys: Output) -> None:
    assert main([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_version_is_printed(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("aitestgen ")


@pytest.mark.parametrize(
    "args",
    [
        ["generate"],
        ["generate", "missing.py"],
        ["generate", "add.py::"],
        ["generate", "notes.txt"],
        ["generate", "-m", "no.such.module"],
        ["generate", "add.py", "--budget", "0"],
        ["generate", "add.py", "--budget", "soon"],
        ["generate", "add.py", "--policy", "loose"],
        ["generate", "add.py", "--sandbox", "none"],
        ["generate", "add.py", "--python", "missing-python"],
        ["generate", "add.py", "wild.py", "--output", "one.py"],
        ["generate", "add.py", "wild.py", "--output", "-"],
        ["generate", "add.py", "--root", "elsewhere"],
        ["check", "missing.py"],
        ["run", "add.py", "missing.py"],
        ["nonsense"],
        ["generate", "--nonsense"],
    ],
)
def test_wrong_usage_is_exit_2_with_words_on_stderr(args: list[str], capsys: Output) -> None:
    assert main(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip()
    assert "Traceback" not in captured.err


def test_an_existing_file_is_refused_before_the_budget_is_spent(project: Path, capsys: Output) -> None:
    (project / "tests").mkdir()
    mine = project / "tests" / "test_add.py"
    mine.write_text("# mine\n")
    started = time.monotonic()
    assert main(["generate", "add.py", "--budget", "60"]) == 2
    assert time.monotonic() - started < 10
    assert "tests/test_add.py exists: use --force" in capsys.readouterr().err
    assert mine.read_text() == "# mine\n"


@pytest.mark.usefixtures("project")
def test_a_demanded_model_is_exit_1(capsys: Output) -> None:
    assert main(["generate", "add.py", "--llm", "groq:llama-3.1-8b-instant"]) == 1
    assert "no provider is configured" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_an_engine_that_is_not_installed_is_exit_4_and_says_how_to_get_it(
    engine: str, project: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert main(["generate", "add.py", "--sandbox", engine]) == 4
    assert f"{engine} is not installed: " in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_a_remote_sandbox_without_a_service_is_exit_4_and_names_the_setting(capsys: Output) -> None:
    assert main(["generate", "add.py", "--sandbox", "remote"]) == 4
    assert "set SANDBOX_SERVICE_URL" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_a_bad_configuration_is_exit_2(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("AITESTGEN_SEEED", "1")
    assert main(["generate", "add.py"]) == 2
    assert "the nearest one is AITESTGEN_SEED" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_with_json_an_error_is_one_object(capsys: Output) -> None:
    assert main(["generate", "missing.py", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["exit_code"]) == (1, 2)
    assert "missing.py" in document["error"]["message"]


@pytest.mark.usefixtures("project")
def test_check_of_allowed_code_says_so(capsys: Output) -> None:
    assert main(["check", "add.py"]) == 0
    assert capsys.readouterr().out == "nothing to refuse\n"


@pytest.mark.usefixtures("project")
def test_check_of_refused_code_shows_place_and_rule(capsys: Output) -> None:
    assert main(["check", "wild.py"]) == 3
    assert capsys.readouterr().out.startswith("wild.py:1:8: system: os ")


@pytest.mark.usefixtures("project")
def test_check_of_a_folder_judges_every_file(capsys: Output) -> None:
    assert main(["check", ".", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert {Path(one["path"]).name: bool(one["findings"]) for one in document["modules"]} == {
        "add.py": False,
        "wild.py": True,
    }
    assert (document["is_safe"], document["exit_code"]) == (False, 3)


def test_check_of_code_that_does_not_parse_is_exit_2(project: Path, capsys: Output) -> None:
    (project / "broken.py").write_text("def f(:\n")
    assert main(["check", "broken.py"]) == 2
    assert "broken.py:1:7" in capsys.readouterr().err
