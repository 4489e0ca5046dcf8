"""Several modules in one command: side by side, remembered, and summed up in a table."""

import asyncio
import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.interfaces.flows import INTERPRETER, SUITE, a_report, a_result

from aitestgen.analyse.project_tests import Known, ProjectTests, project_tests
from aitestgen.cli import outputs
from aitestgen.cli.bounded import BoundedSandbox
from aitestgen.cli.generate import check_destinations, finish, recalled, with_question, with_tests
from aitestgen.cli.inputs import Input, from_paths
from aitestgen.cli.jobs import Choices, Ended, Job
from aitestgen.cli.live import LiveBoard
from aitestgen.cli.memory import Memory, memory_of
from aitestgen.cli.work import Work
from aitestgen.errors import NothingToTest, SandboxError, UsageError
from aitestgen.render.report_text import table
from aitestgen.seams import OnFrame
from aitestgen.testing import PassingSandbox
from aitestgen.values import (
    Before,
    Coverage,
    Event,
    Mutation,
    Options,
    Report,
    Request,
    Run,
    RunResult,
    SourceFile,
    Verdict,
)

Output = pytest.CaptureFixture[str]
NAMES = ("a", "b", "c", "d")


@dataclass
class Modules:
    """A flow that does for each module what `fates` says; a module ends only when those in `after` have begun."""

    fates: dict[str, Exception | Report] = field(default_factory=dict)
    after: dict[str, set[str]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    most: int = 0
    running: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        module = request.source.module
        async with self.changed:
            self.begun.append(module)
            self.running += 1
            self.most = max(self.most, self.running)
            self.changed.notify_all()
            await self.changed.wait_for(lambda: self.after.get(module, set()) <= set(self.begun))
        yield Event(seq=1, at=0.0, stage="analyse", detail="")
        self.running -= 1
        fate = self.fates.get(module, a_report(module=module))
        if isinstance(fate, Exception):
            raise fate
        if fate.interrupted and stop:
            stop.set()
        yield Event(seq=2, at=0.1, stage="report", detail="", report=fate)


def jobs_in(folder: Path, names: tuple[str, ...] = NAMES) -> list[Job]:
    sources = [SourceFile(text=f"{name} = 1\n", module=name, path=folder / f"{name}.py") for name in names]
    return [Job(input=Input(source=one, named=False), path=folder / f"test_{one.module}.py") for one in sources]


def done(flow: Modules, jobs: list[Job], at_a_time: int, memory: Memory | None = None) -> list[Ended]:
    work = Work(
        choices=Choices(),
        options=Options(),
        interpreter=INTERPRETER,
        jail=PassingSandbox(),
        flow=flow,
        tests=ProjectTests(Path("tests")),
        jobs=at_a_time,
        memory=memory,
    )
    return asyncio.run(work.each(jobs))


def test_so_many_modules_run_at_a_time_and_the_results_keep_their_order(tmp_path: Path) -> None:
    flow = Modules(after={"a": {"b", "c"}})
    ended = done(flow, jobs_in(tmp_path), 2)
    assert [one.job.module for one in ended] == list(NAMES)
    assert [one.exit_code for one in ended] == [0, 0, 0, 0]
    assert flow.most == 2
    assert [path.name for path in sorted(tmp_path.iterdir())] == [f"test_{name}.py" for name in NAMES]


def test_one_module_that_fails_stops_no_other(tmp_path: Path, capsys: Output) -> None:
    fates = {"b": NothingToTest("3 constants"), "c": ValueError("a defect"), "d": SandboxError("too large")}
    ended = done(Modules(fates=fates), jobs_in(tmp_path, (*NAMES, "e")), 1)
    assert [one.exit_code for one in ended] == [0, 5, 70, 4, 0]
    assert "c: internal error: ValueError: a defect" in capsys.readouterr().err


def test_without_any_jail_no_module_is_tried_after_those_that_run(tmp_path: Path) -> None:
    flow = Modules(fates={name: SandboxError("none") for name in NAMES})
    with pytest.raises(SandboxError):
        done(flow, jobs_in(tmp_path), 2)
    assert len(flow.begun) == 2


def test_a_file_of_a_folder_that_cannot_be_imported_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "well.py").write_text("def f(): ...\n")
    (tmp_path / "not-a-name.py").write_text("def f(): ...\n")
    found = {one.source.module: one.trouble for one in from_paths([str(tmp_path)], None)}
    assert found["well"] is None
    assert "no module name" in str(found["not-a-name"])
    with pytest.raises(UsageError):
        from_paths([str(tmp_path / "not-a-name.py")], None)


def remembering(folder: Path) -> tuple[list[Job], Memory]:
    jobs = [with_question(job, Choices(), Options(), INTERPRETER) for job in jobs_in(folder)]
    return jobs, memory_of(folder)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_after_an_interrupt_only_what_is_not_finished_is_left(place: Path) -> None:
    jobs, memory = remembering(place)
    flow = Modules(fates={"a": NothingToTest("nothing"), "c": a_report(interrupted=True, module="c")})
    assert [one.exit_code for one in done(flow, jobs, 1, memory)] == [5, 0, 130, 130]
    again = recalled(jobs, memory_of(place), Choices())
    assert {job.module: ended.exit_code for job, ended in again.items()} == {"a": 5, "b": 0}
    assert again[jobs[1]].facts["tests"] == 1
    assert again[jobs[1]].facts["done_before"]


def test_what_an_interrupt_left_is_replaced_and_what_was_edited_since_is_not(place: Path) -> None:
    jobs, memory = remembering(place)
    done(Modules(fates={"a": a_report(interrupted=True, module="a")}), jobs, 1, memory)
    path = jobs[0].path
    assert path
    assert path.read_text() == SUITE
    check_destinations(jobs, Choices(), memory_of(place))
    path.write_text(f"{SUITE}# mine\n")
    with pytest.raises(UsageError, match="exists"):
        check_destinations(jobs, Choices(), memory_of(place))


def test_files_that_an_interrupted_run_wrote_are_no_existing_tests_of_other_modules(place: Path) -> None:
    jobs, memory = remembering(place)
    done(Modules(), jobs, 1, memory)
    path = jobs[1].path
    assert path
    path.write_text(f"{SUITE}# mine\n")
    own = memory_of(place).own_files()
    assert [one.name for one in own] == ["test_a.py", "test_c.py", "test_d.py"]
    known = tuple(Known(one.path, frozenset({"a"})) for one in jobs if one.path)
    found = with_tests(jobs[0], Choices(), ProjectTests(place, known), own)
    assert [one.path.name for one in found.tests] == ["test_b.py"]


@pytest.mark.parametrize(
    "change",
    [
        {"source": SourceFile(text="b = 2\n", module="b", path=Path("b.py"))},
        {"options": Options(seed=2)},
        {"options": Options(budget_seconds=60)},
        {"interpreter": replace(INTERPRETER, version=(3, 12))},
        {"more": ("update",)},
    ],
)
def test_what_the_result_depends_on_makes_it_another_question(change: dict[str, object], place: Path) -> None:
    [job, *_], _ = remembering(place)
    assert job.question
    other = replace(job.question, **change)  # type: ignore[arg-type]  # fields by name
    assert other.digest != job.question.digest


def test_tests_that_are_gone_are_made_again_and_edited_ones_only_by_force(place: Path) -> None:
    jobs, memory = remembering(place)
    done(Modules(), jobs, 1, memory)
    assert jobs[0].path
    assert jobs[1].path
    jobs[0].path.unlink()
    jobs[1].path.write_text(f"{SUITE}# mine\n")
    left = [
        set(NAMES) - {job.module for job in recalled(jobs, memory, Choices(force=force))} for force in (False, True)
    ]
    assert left == [{"a"}, {"a", "b"}]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "modules": [1]}', "\0"])
def test_a_spoilt_memory_is_an_empty_one(text: str, place: Path) -> None:
    memory = memory_of(place)
    memory.path.parent.mkdir(parents=True)
    memory.path.write_text(text)
    assert memory_of(place).known == {}


def test_a_memory_that_cannot_be_written_is_told(place: Path, capsys: Output) -> None:
    (place / "cache").write_text("no folder")
    jobs, memory = remembering(place)
    assert [one.exit_code for one in done(Modules(), jobs, 1, memory)] == [0, 0, 0, 0]
    assert "cannot be remembered" in capsys.readouterr().err


def test_the_table_has_a_line_a_module_and_the_totals_of_all(tmp_path: Path, capsys: Output) -> None:
    failed = a_report(a_result(Verdict.FAILED), module="b")
    ended = done(Modules(fates={"b": failed, "c": NothingToTest("no function\nhere")}), jobs_in(tmp_path), 1)
    capsys.readouterr()
    assert finish(ended, Choices()) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].split() == ["module", "tests", "line", "branch", "mutation", "bugs", "seconds", "note"]
    assert lines[2].split() == ["a", "1", "75%", "50%", "50%", "1", "2.3", "1", "mutant", "not", "judged"]
    assert "not written: failed" in lines[3]
    assert lines[4].split() == ["c", "-", "-", "-", "-", "-", "-", "no", "function"]
    assert lines[-1].split() == ["3", "of", "4", "modules", "3", "75%", "50%", "50%", "3", "7.0"]


def test_a_module_whose_tests_have_it_all_is_well_and_nothing_is_written(tmp_path: Path, capsys: Output) -> None:
    before = Before(tests=4, coverage=Coverage(), mutation=Mutation())
    full = replace(a_report(module="a"), before=before, tests=(), tests_file="")
    ended = done(Modules(fates={"a": full}), jobs_in(tmp_path, ("a",)), 1)
    assert (ended[0].exit_code, ended[0].written, list(tmp_path.iterdir())) == (0, None, [])
    assert "nothing: the existing tests have it all" in capsys.readouterr().err
    assert "0 new" in table([ended[0].facts, ended[0].facts])


def test_a_file_that_is_edited_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("x = 1\n")
    [job] = jobs_in(tmp_path, ("a",))
    job = with_tests(job, Choices(update=True), ProjectTests(tmp_path))
    check_destinations([job], Choices(update=True), None)
    (tmp_path / "test_a.py").write_text("x = 2\n")
    assert [one.exit_code for one in done(Modules(), [job], 1)] == [2]
    assert (tmp_path / "test_a.py").read_text() == "x = 2\n"


def test_new_files_follow_the_layout_and_the_names_of_the_others(tmp_path: Path) -> None:
    for name in ("__init__.py", "sales/__init__.py", "sales/till_test.py"):
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import shop.sales.till\n")
    sources = [
        SourceFile(text="", module=f"shop.{name}") for name in ("sales.till", "sales.cart", "stock.shelf", "top")
    ]
    found = outputs.destinations(sources, None, project_tests(tmp_path))
    names = [str(path.relative_to(tmp_path / "tests")) for path in found if path]
    assert names == ["sales/till_test.py", "sales/cart_test.py", "stock/shelf_test.py", "top_test.py"]
    outputs.make_packages(tmp_path / "tests" / "stock", tmp_path / "tests")
    assert (tmp_path / "tests" / "stock" / "__init__.py").is_file()


def drawn(board: LiveBoard) -> list[str]:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(board)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_live_block_shows_stages_figures_and_the_time_left() -> None:
    now = 0.0
    board = LiveBoard(4, 2, clock=lambda: now)
    board.started("a")
    board.started("b")
    now = 10.0
    board.ended("a")
    board.started("c")
    board.show("b", Event(seq=1, at=9.0, stage="run", detail="", coverage=0.917))
    board.show("b", Event(seq=2, at=9.5, stage="mutate", detail="", kills=0.5))
    *running, whole = drawn(board)
    assert [line.split()[1:] for line in running] == [
        ["b", "report", "91%", "covered", "50%", "killed", "10", "s"],
        ["c", "analyse", "0", "s"],
    ]
    assert whole.endswith("1 of 4 modules, about 10 s left")


def test_the_live_block_of_one_module_is_its_line() -> None:
    board = LiveBoard(1, 2)
    board.started("a")
    assert len(drawn(board)) == 1


class CountingSandbox(PassingSandbox):
    """Counts what runs at a time; a search counts for its workers. A run ends when others had a chance to begin."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        self.now += run.job.get("workers", 1)
        self.most = max(self.most, self.now)
        for _ in range(20):
            await asyncio.sleep(0)
        self.now -= run.job.get("workers", 1)
        return await super().run(run, on_frame)


def test_all_modules_together_run_no_more_jails_than_there_are_slots() -> None:
    counting = CountingSandbox()
    bounded = BoundedSandbox(counting, 3)
    one = Run(program="mutate", job={}, interpreter=INTERPRETER)
    search = replace(one, program="explore", job={"workers": 2})
    cancelled = 4

    async def scene() -> None:
        tasks = [asyncio.ensure_future(bounded.run(run)) for run in (one, search, one, search, search, one, search)]
        await asyncio.sleep(0)
        tasks[cancelled].cancel()
        await asyncio.wait(tasks)

    asyncio.run(asyncio.wait_for(scene(), 10))
    assert [run.program for run in counting.runs].count("explore") == 3
    assert len(counting.runs) == 6
    assert counting.most == 3
