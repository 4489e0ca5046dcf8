"""`--export`: what is asked for is read before any time is spent, and written as the formats have it."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.interfaces.flows import SUITE, a_report

from aitestgen.cli.exports import Export, check_exports, exported, read_exports, write_exports
from aitestgen.cli.generate import finish
from aitestgen.cli.inputs import Input
from aitestgen.cli.jobs import Choices, Ended, Job
from aitestgen.cli.main import main
from aitestgen.errors import NothingToTest, UsageError
from aitestgen.values import SourceFile

Output = pytest.CaptureFixture[str]
TEXT = "def add(a, b):\n    if a:\n        return a + b\n    return b\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_job(folder: Path, name: str = "add") -> Job:
    source = SourceFile(text=TEXT, module=name, path=folder / "src" / f"{name}.py")
    return Job(input=Input(source=source), path=folder / "tests" / f"test_{name}.py")


def worked(job: Job) -> Ended:
    return Ended(job=job, exit_code=0, report=a_report(module=job.module), written=job.path)


@pytest.mark.parametrize("text", ["lcov", "lcov=", "=x", "word=x.doc", "", "LCOV=x"])
def test_a_wish_that_cannot_be_read_names_the_formats(text: str) -> None:
    with pytest.raises(UsageError, match="one of pytest, json, junit, lcov, cobertura, html, sarif"):
        read_exports([text])


def test_a_path_may_hold_the_sign() -> None:
    assert read_exports(["lcov=a=b/c.info"]) == (Export("lcov", Path("a=b/c.info")),)


def test_one_file_for_two_formats_is_refused() -> None:
    with pytest.raises(UsageError, match="written twice"):
        read_exports(["lcov=x", "junit=./x"])


@pytest.mark.parametrize("path", ["src/add.py", "tests/test_add.py"])
def test_a_module_and_its_tests_are_never_overwritten(path: str, here: Path) -> None:
    with pytest.raises(UsageError, match="name another file"):
        check_exports(read_exports([f"lcov={path}"]), [a_job(here)])


def test_a_folder_is_no_file(here: Path) -> None:
    (here / "out").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_exports(read_exports(["lcov=out"]), [a_job(here)])


def test_a_pytest_file_of_two_modules_is_refused_at_once(here: Path) -> None:
    with pytest.raises(UsageError, match="takes one module, and there are 2"):
        check_exports(read_exports(["pytest=x.py"]), [a_job(here), a_job(here, "b")])


def test_every_format_is_written_with_paths_as_seen_from_here(here: Path, capsys: Output) -> None:
    names = {"pytest": "t.py", "json": "r.json", "junit": "j.xml", "lcov": "l.info"}
    names |= {"cobertura": "c.xml", "html": "r.html", "sarif": "s.sarif"}
    exports = read_exports(f"{name}=out/{file}" for name, file in names.items())
    assert finish([worked(a_job(here, "user_code"))], Choices(), exports) == 0
    assert capsys.readouterr().out == ""
    assert (here / "out" / "t.py").read_text() == SUITE
    assert "SF:src/user_code.py" in (here / "out" / "l.info").read_text()
    case = next(ET.parse(here / "out" / "j.xml").iter("testcase"))  # noqa: S314 # our own
    assert (case.get("file"), case.get("classname")) == ("tests/test_user_code.py", "tests.test_user_code")
    assert json.loads((here / "out" / "r.json").read_text())["modules"][0]["path"] == "src/user_code.py"


def test_modules_without_a_report_are_left_out_and_those_done_before_are_told(here: Path, capsys: Output) -> None:
    failed = Ended(job=a_job(here, "b"), exit_code=5, error=NothingToTest("nothing"))
    before = Ended(job=a_job(here, "c"), exit_code=0, before={"module": "c"})
    write_exports(read_exports(["lcov=l.info"]), [worked(a_job(here)), failed, before])
    assert (here / "l.info").read_text().count("SF:") == 1
    assert "not in the exported files: 1 module done before" in capsys.readouterr().err


def test_a_suite_on_stdout_is_named_as_it_ran() -> None:
    ended = Ended(job=Job(input=Input(source=SourceFile(text=TEXT, module="user_code")), path=None), exit_code=0)
    assert exported(ended, 0.0) is None
    found = exported(Ended(job=ended.job, exit_code=0, report=a_report()), 0.0)
    assert found
    assert (found.path, found.tests_path) == ("user_code.py", "test_user_code.py")


def test_a_wrong_format_is_exit_2_before_anything_is_done(here: Path, capsys: Output) -> None:
    (here / "add.py").write_text(TEXT)
    assert main(["generate", "add.py", "--export", "word=x"]) == 2
    assert "write FORMAT=FILE" in capsys.readouterr().err
    assert not (here / "tests").exists()
