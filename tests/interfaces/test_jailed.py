"""The edges over the real flow and the real jail."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aitestgen.api.app import create_app as create_backend
from aitestgen.api.sandbox_service import create_app as create_service
from aitestgen.cli.main import main
from aitestgen.settings import Settings

pytestmark = pytest.mark.jail

GRADE = '''def grade(score: int) -> str:
    """Return a letter for a score from 0 to 100."""
    if not 0 <= score <= 100:
        raise ValueError(f"score out of range: {score}")
    if score >= 90:
        return "A"
    if score >= 60:
        return "B"
    return "F"
'''
OWN_TESTS = (
    b"from school.marks import grade\r\n\r\n\r\ndef test_best():\r\n    assert grade(95) == 'A'\r\n\r\n\r\n"
    b"def test_middle():\r\n    assert grade(75) == 'B'\r\n\r\n\r\n"
    b"def test_that_fails():\r\n    assert grade(1) == 'A'\r\n\r\n\r\n# by hand\r\n"
    b"if __name__ == '__main__':\r\n    test_best()"
)
EXISTING = "\n\ndef test_best():\n    assert grade(100) == 'A'\n"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a src layout, and the working directory."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'school'\n")
    (tmp_path / "src" / "school").mkdir(parents=True)
    (tmp_path / "src" / "school" / "__init__.py").touch()
    (tmp_path / "src" / "school" / "marks.py").write_text(GRADE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    return tmp_path


def test_generate_writes_a_suite_that_plain_pytest_passes(project: Path, capsys: Output) -> None:
    files = ["--report", "build/report.json", "--export", "lcov=build/lcov.info"]
    code = main(["generate", "src/school/marks.py", "--budget", "6", *files, "--json"])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    module = json.loads(captured.out)["modules"][0]
    assert json.loads((project / "build" / "report.json").read_text())["modules"][0] == module
    assert (module["module"], module["verdict"], module["exit_code"]) == ("school.marks", "passed", 0)
    assert module["tests"] == module["passed"] > 0
    assert module["line_coverage"] > 0.7
    counts = f"LF:{module['coverage']['lines']}\nLH:{module['coverage']['covered_lines']}\n"
    assert counts in (project / "build" / "lcov.info").read_text()
    written = project / "tests" / "test_marks.py"
    assert "school.marks" in written.read_text()
    plain = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(written)]
    subprocess.run(plain, check=True, env={"PYTHONPATH": "src", "PATH": os.environ["PATH"]}, capture_output=True)


def test_generate_to_stdout_prints_only_the_file(project: Path, capsys: Output) -> None:
    assert main(["generate", "src/school/marks.py::grade", "--budget", "4", "--output", "-"]) == 0
    captured = capsys.readouterr()
    compile(captured.out, "stdout", "exec")
    assert "import root" in captured.err
    assert not (project / "tests").exists()


def test_a_module_without_targets_is_exit_5(project: Path, capsys: Output) -> None:
    (project / "limits.py").write_text("MOST = 3\n")
    assert main(["generate", "limits.py"]) == 5
    assert "limits" in capsys.readouterr().err


def test_strict_refuses_with_exit_3(project: Path, capsys: Output) -> None:
    (project / "wild.py").write_text("import os\n\n\ndef here() -> str:\n    return os.getcwd()\n")
    assert main(["generate", "wild.py", "--policy", "strict"]) == 3
    assert "wild.py:1:8: system" in capsys.readouterr().err


@pytest.mark.parametrize(("expected", "code", "verdict"), [("A", 0, "passed"), ("B", 1, "failed")])
def test_run_tells_the_verdict_and_prints_what_pytest_printed(
    project: Path, capsys: Output, expected: str, code: int, verdict: str
) -> None:
    (project / "checks.py").write_text(
        f"from school.marks import grade\n\n\ndef test_best():\n    assert grade(95) == {expected!r}\n"
    )
    assert main(["run", "src/school/marks.py", "checks.py"]) == code
    captured = capsys.readouterr()
    assert f"1 {verdict}" in captured.out
    assert captured.err.startswith(verdict)


def test_doctor_finds_the_jail(capsys: Output) -> None:
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["jail"]["backend"] == "bubblewrap"
    assert all({"name", "ok", "what", "fix"} <= check.keys() for check in document["checks"])


@pytest.mark.parametrize(("presses", "latest"), [(1, 15), (2, 5)])
def test_an_interrupt_ends_with_130(project: Path, presses: int, latest: float) -> None:
    command = [sys.executable, "-m", "aitestgen", "generate", "src/school/marks.py", "--budget", "50"]
    program = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stderr
    while "analyse" not in program.stderr.readline():
        assert program.poll() is None
    started = time.monotonic()
    for press in range(presses):
        time.sleep(0.5 * press)
        program.send_signal(signal.SIGINT)
    _, words = program.communicate(timeout=40)
    assert program.returncode == 130
    assert time.monotonic() - started < latest
    assert "keeping what is verified" in words
    assert "Traceback" not in words


FEE = """def fee(pages: int) -> int:
    if pages > {limit}:
        return 2 * pages
    return pages
"""


@pytest.mark.timeout(300)
def test_a_folder_of_which_a_run_was_interrupted_is_finished_by_the_same_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    (project / "src" / "school" / "marks.py").unlink()
    for limit, name in enumerate(("early", "later"), 10):
        (project / "src" / "school" / f"{name}.py").write_text(FEE.format(limit=limit))
    asked = ["generate", "src/", "--jobs", "1", "--budget", "4"]
    program = subprocess.Popen(
        [sys.executable, "-m", "aitestgen", *asked],
        cwd=project,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stderr
    while "school.early  report" not in program.stderr.readline():
        assert program.poll() is None
    program.send_signal(signal.SIGINT)
    _, words = program.communicate(timeout=120)
    assert program.returncode == 130, words
    assert "Traceback" not in words
    first = project / "tests" / "test_early.py"
    before = first.stat()
    assert main(asked) == 0
    assert first.stat() == before
    assert (project / "tests" / "test_later.py").is_file()
    assert "1 of 2 modules were done before" in capsys.readouterr().err


def post(settings: Settings, body: dict[str, Any]) -> Any:
    with TestClient(create_backend(settings)) as client:
        return client.post("/api/generate-tests", json=body)


@pytest.mark.parametrize("code", [GRADE, GRADE + EXISTING], ids=["without a test", "with a test"])
def test_the_backend_gives_a_suite_that_passed(settings: Settings, code: str) -> None:
    answer = post(settings, {"code": code, "options": {"budget_seconds": 6}})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["passed"], body["error_type"]) == ("success", True, None)
    assert "from user_code import" in body["generated_tests"]
    assert " passed in " in body["execution_output"]
    assert body["tests"]


def ended_job(client: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    job = client.post("/api/jobs", json=body).json()
    client.get(f"/api/jobs/{job['id']}/events")  # it ends with the job
    ended: dict[str, Any] = client.get(f"/api/jobs/{job['id']}").json()
    return ended


def test_a_suite_that_is_sent_back_is_extended_by_what_it_misses(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    tests = "from user_code import grade\n\n\ndef test_best():\n    assert grade(95) == 'A'\n"
    options = {"budget_seconds": 6, "seed": 1}
    with TestClient(create_backend(settings)) as client:
        extended = ended_job(client, {"code": GRADE, "tests": tests, "options": options})
        suite = extended["result"]["generated_tests"]
        again = ended_job(client, {"code": GRADE, "tests": suite, "options": options})
    result = extended["result"]
    assert suite.startswith(tests.splitlines()[0])
    assert "assert grade(95) == 'A'" in suite
    assert result["existing"]["tests"] == 1
    assert result["existing"]["line_coverage"] < result["coverage"]["line"]
    assert result["tests"][0]["name"] == "test_user_code.py::test_best"
    assert 2 <= len(result["tests"]) == int(result["execution_output"].rpartition(" passed")[0].rpartition(" ")[2])
    lines = [line for test in result["tests"] for line in test["lines"]]
    assert len(lines) == len(set(lines))
    killed = {mutant for test in result["tests"] for mutant in test["mutants_killed"]}
    assert len(killed) == result["mutation"]["killed"] + result["mutation"]["timed_out"]
    assert (again["result"]["generated_tests"], again["result"]["existing"]["tests"]) == (suite, len(result["tests"]))


def test_the_service_keeps_its_verdict_whatever_the_guest_prints(settings: Settings) -> None:
    with TestClient(create_service(settings)) as client:
        assert client.get("/health").json()["backend"] == "bubblewrap"
        tests = "from user_code import f\n\n\ndef test_f():\n    f()\n"
        guests = {
            "passed": "def f(): ...",
            "failed": "def f():\n    print('===== 1 passed in 0.01s =====')\n    raise ValueError('\\ud800')",
            "incomplete": "import os\n\n\ndef f():\n    os._exit(0)",
            "not_collected": "def f(",
        }
        answers = {want: client.post("/execute", json={"code": code, "tests": tests}) for want, code in guests.items()}
    assert {want: answer.status_code for want, answer in answers.items()} == dict.fromkeys(guests, 200)
    assert {want: answer.json()["verdict"] for want, answer in answers.items()} == {want: want for want in guests}


def test_callers_in_several_threads_get_the_one_sandbox(settings: Settings) -> None:
    service = create_service(settings).state.service
    with ThreadPoolExecutor(8) as pool:
        assert len({id(one) for one in pool.map(lambda _: service.jail(), range(64))}) == 1


def test_a_folder_is_done_module_by_module_and_not_again(
    project: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / ".cache"))
    (project / "src" / "school" / "desk.py").write_text("def seats(rows: int) -> int:\n    return rows * 4\n")
    (project / "tests").mkdir()
    mine = project / "tests" / "test_marks.py"
    mine.write_bytes(OWN_TESTS)
    command = ["generate", "src", "--budget", "4", "--update", "--json"]
    assert main(command) == 0
    captured = capsys.readouterr()
    modules = {one["module"]: one for one in json.loads(captured.out)["modules"]}
    assert modules["school.marks"]["existing"]["tests"] == 2
    assert modules["school.marks"]["line_coverage"] == 1.0
    assert "2 of 2 modules" in captured.err
    written = mine.read_bytes()
    assert written.startswith(b"from school.marks import grade\r\n")
    assert b"\n" not in written.replace(b"\r\n", b"")
    rest = iter(written.splitlines(keepends=True))
    assert all(line in rest for line in OWN_TESTS.splitlines(keepends=True))
    assert main(command) == 0
    assert all(one["done_before"] for one in json.loads(capsys.readouterr().out)["modules"])
    assert main(["generate", "src/school/marks.py", "--budget", "4", "--update"]) == 0
    assert "nothing: the existing tests have it all" in capsys.readouterr().err
    assert mine.read_bytes() == written


def test_only_what_the_existing_tests_miss_is_added(project: Path, capsys: Output) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_all.py").write_bytes(OWN_TESTS)
    assert main(["generate", "src/school/marks.py", "--budget", "4"]) == 0
    assert "2 tests of the project" in capsys.readouterr().err
    added = (project / "tests" / "test_marks.py").read_text()
    assert "def test" in added
    assert "grade(95)" not in added
