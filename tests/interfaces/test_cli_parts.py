"""The parts of `generate`: inputs, destinations, progress, delivery, the exit code."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest
from tests.interfaces.flows import INTERPRETER, SUITE, PlayedFlow, a_report, a_result

from aitestgen.analyse.project_tests import ProjectTests, project_tests
from aitestgen.cli import outputs
from aitestgen.cli.generate import finish, worst
from aitestgen.cli.inputs import Input, from_paths, project_of
from aitestgen.cli.interrupt import interruptible
from aitestgen.cli.jobs import Choices, Ended, Job
from aitestgen.cli.progress import PlainProgress
from aitestgen.cli.work import Work
from aitestgen.errors import NothingToTest, SandboxError, UsageError
from aitestgen.testing import PassingSandbox
from aitestgen.values import Event, Options, Policy, SourceFile, Verdict

Output = pytest.CaptureFixture[str]


def an_input(module: str = "shop.cart", text: str = "x = 1\n") -> Input:
    return Input(source=SourceFile(text=text, module=module), root="import root: .")


def work(flow: PlayedFlow, policy: Policy = Policy.SANDBOX, *, json: bool = False) -> Work:
    options = Options(policy=policy)
    return Work(
        choices=Choices(json=json),
        options=options,
        interpreter=INTERPRETER,
        jail=PassingSandbox(),
        flow=flow,
        tests=ProjectTests(Path("tests")),
    )


def done(flow: PlayedFlow, *jobs: Job, policy: Policy = Policy.SANDBOX) -> list[Ended]:
    return asyncio.run(work(flow, policy).each(jobs))


def test_names_of_one_file_come_together(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("def a(): ...\ndef b(): ...\n")
    found = from_paths([f"{path}::a", f"{path}::b"], None)
    assert [(one.source.module, one.only) for one in found] == [("shop", ("a", "b"))]


def test_a_folder_gives_each_of_its_modules_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("def f(): ...\n")
    found = from_paths([str(tmp_path), str(tmp_path / "b.py")], None)
    assert sorted(one.source.module for one in found) == ["a", "b"]


def test_a_folder_without_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Python file"):
        from_paths([str(tmp_path)], None)


def test_the_project_is_the_nearest_folder_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src" / "shop").mkdir(parents=True)
    assert project_of([str(tmp_path / "src" / "shop" / "cart.py::Cart")]) == tmp_path


def test_destinations_default_to_the_tests_folder_of_the_project(tmp_path: Path) -> None:
    sources = [SourceFile(text="", module=name) for name in ("shop.cart", "shop.till")]
    wanted = [tmp_path / "tests" / "test_cart.py", tmp_path / "tests" / "test_till.py"]
    assert outputs.destinations(sources, None, project_tests(tmp_path)) == wanted


def test_modules_that_share_a_name_do_not_share_a_file() -> None:
    assert outputs.file_names(["a.models", "b.models", "c"]) == ["test_a_models.py", "test_b_models.py", "test_c.py"]


@pytest.mark.parametrize(
    ("output", "wanted"), [("-", None), ("out.py", Path("out.py")), ("out", Path("out/test_cart.py"))]
)
def test_output_is_stdout_a_file_or_a_folder(output: str, wanted: Path | None) -> None:
    assert outputs.destinations([SourceFile(text="", module="shop.cart")], output, ProjectTests(Path("tests"))) == [
        wanted
    ]


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "test_a.py"
    path.write_text("old")
    with pytest.raises(UsageError, match="--force"):
        outputs.check_writable(path, force=False)
    outputs.check_writable(path, force=True)
    outputs.write(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_plain_progress_shows_each_stage_and_not_every_step(capsys: Output) -> None:
    now = 0.0
    progress = PlainProgress("shop", clock=lambda: now)
    steps = [("search", 0.0, False), ("mutate", 1.0, True), ("mutate", 6.0, True), ("mutate", 6.5, False)]
    for seq, (stage, at, under_way) in enumerate(steps):
        now = at
        progress.show(Event(seq=seq, at=at, stage=stage, detail=f"step {seq}", under_way=under_way))
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["0", "2", "3"]


def test_a_verified_suite_is_written_and_summed_up_on_stderr(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "tests" / "test_cart.py"
    ended = done(PlayedFlow(), Job(input=an_input(), path=path))
    assert (ended[0].exit_code, path.read_text()) == (0, SUITE)
    captured = capsys.readouterr()
    assert captured.out == ""
    for words in (
        "1 test, 1 passed",
        "3/4 lines (75%)",
        "1/2 killed (50%)",
        "suspected bug in add",
        str(path),
        "python -m pytest",
    ):
        assert words in captured.err


def test_output_to_stdout_is_the_file_alone(capsys: Output) -> None:
    done(PlayedFlow(), Job(input=an_input(), path=None))
    assert capsys.readouterr().out == SUITE


def test_a_suite_that_failed_is_not_written_and_is_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "test_cart.py"
    ended = done(PlayedFlow(report=a_report(a_result(Verdict.FAILED))), Job(input=an_input(), path=path))
    assert ended[0].exit_code == 1
    assert not path.exists()


def test_an_interrupted_suite_is_written_and_is_exit_130(tmp_path: Path) -> None:
    path = tmp_path / "test_cart.py"
    ended = done(PlayedFlow(report=a_report(interrupted=True)), Job(input=an_input(), path=path))
    assert (ended[0].exit_code, path.read_text()) == (130, SUITE)


def test_after_an_interrupt_the_other_modules_are_left_out_and_it_is_exit_130() -> None:
    flow = PlayedFlow(error=NothingToTest("nothing found by then"), stops=True)
    ended = done(flow, Job(input=an_input("a"), path=None), Job(input=an_input("b"), path=None))
    assert [one.exit_code for one in ended] == [130, 130]
    assert len(flow.requests) == 1


def test_refused_code_is_exit_3_with_its_findings_and_never_reaches_the_flow(capsys: Output) -> None:
    flow = PlayedFlow()
    job = Job(input=an_input(text="import os\n"), path=None)
    assert done(flow, job, policy=Policy.STRICT)[0].exit_code == 3
    assert "1:8: system" in capsys.readouterr().err
    assert flow.requests == []


def test_one_module_without_targets_does_not_stop_the_others() -> None:
    empty = PlayedFlow(error=NothingToTest("3 constants"))
    ended = done(empty, Job(input=an_input("a"), path=None), Job(input=an_input("b"), path=None))
    assert [one.exit_code for one in ended] == [5, 5]


def test_without_a_jail_nothing_else_is_tried() -> None:
    flow = PlayedFlow(error=SandboxError("none"))
    with pytest.raises(SandboxError):
        done(flow, Job(input=an_input("a"), path=None), Job(input=an_input("b"), path=None))
    assert len(flow.requests) == 1


@pytest.mark.parametrize(
    ("codes", "code"), [([5, 5], 5), ([0, 5], 0), ([0, 1], 1), ([1, 2], 2), ([3, 1], 3), ([130, 3], 130)]
)
def test_the_exit_code_is_the_worst(codes: list[int], code: int) -> None:
    assert worst(codes) == code


def test_the_report_holds_the_contract_keys(tmp_path: Path, capsys: Output) -> None:
    job = Job(input=an_input(), path=tmp_path / "test_cart.py")
    ended = done(PlayedFlow(), job)
    assert finish(ended, Choices(report=tmp_path / "report.json", json=True)) == 0
    written = json.loads((tmp_path / "report.json").read_text())
    assert json.loads(capsys.readouterr().out) == written
    assert written["schema_version"] == 1
    module = written["modules"][0]
    assert {
        "tests": 1,
        "passed": 1,
        "line_coverage": 0.75,
        "branch_coverage": 0.5,
        "mutation_score": 0.5,
        "seconds": 2.3456,
        "seed": 7,
        "output": str(job.path),
    }.items() <= module.items()
    assert {"total": 3, "killed": 1, "survived": 1, "timed_out": 0, "invalid": 0}.items() <= module["mutants"].items()
    assert {"suspected_bugs", "stages", "spend"} <= module.keys()


def test_the_first_interrupt_asks_to_finish_and_the_second_stops_at_once() -> None:
    told: list[str] = []

    async def scene() -> None:
        async with interruptible(told.append) as stop:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.wait_for(stop.wait(), 5)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(30)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())
    assert len(told) == 1
