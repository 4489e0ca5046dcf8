"""The tools for agents, driven by the client of the protocol's own SDK. No jail is started here."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp import Client
from mcp.types import CallToolResult
from pydantic import SecretStr
from tests.interfaces.flows import BUG, INTERPRETER, NODE, SUITE, PlayedFlow, a_mutant, a_report, a_result
from tests.interfaces.programs import until

from aitestgen.cli.main import main
from aitestgen.errors import NothingToTest, SandboxError
from aitestgen.mcp.answers import MOST_OUTPUT, MOST_SURVIVORS, shortened
from aitestgen.mcp.desk import Bench, Desk, Place
from aitestgen.mcp.ledger import Ledger
from aitestgen.mcp.server import Guarded, build_server
from aitestgen.seams import OnFrame, Sandbox
from aitestgen.setting_forms import is_loopback
from aitestgen.settings import Settings
from aitestgen.testing import FixedSandbox
from aitestgen.values import (
    Before,
    Coverage,
    Event,
    MutantFate,
    Mutation,
    Outcome,
    Policy,
    Rejected,
    Request,
    Run,
    RunResult,
    SourceFile,
    TestModule,
    TestOutcome,
    Verdict,
)

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ["generate_tests", "run_tests", "find_survivors", "explain_finding"]
CODE = "def add(a, b):\n    return a + b\n"
TESTS = "from user_code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
SNIPPET = {"code": CODE}
Output = pytest.CaptureFixture[str]


class AuditFlow(PlayedFlow):
    """Remembers the tests that it was to measure."""

    async def measure(self, request: Request, tests: TestModule) -> AsyncIterator[Event]:
        self.tests = tests
        async for event in self(request, None):
            yield event


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of one module with one test file, and a file beside it."""
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[project]\nname = 'add'\n[tool.ruff]\nline-length = 99\n")
    (project / "add.py").write_text(CODE)
    (project / "tests" / "test_add.py").write_text(TESTS.replace("user_code", "add"))
    (tmp_path / "secret.py").write_text("KEY = 1\n")
    (project / "link.py").symlink_to(tmp_path / "secret.py")
    return project


def a_desk(folder: Path, settings: Settings, flow: PlayedFlow | None = None, sandbox: Sandbox | None = None) -> Desk:
    played = flow or PlayedFlow()
    bench = Bench(
        sandbox=sandbox or FixedSandbox(a_result()),
        interpreter=INTERPRETER,
        flow=played,
        audit=played.measure if isinstance(played, AuditFlow) else AuditFlow().measure,  # type: ignore[arg-type]  # it is a generator
    )
    return Desk(Place(folder=folder.resolve(), settings=settings), build=lambda _: bench)


@pytest.fixture
def desk(folder: Path, settings: Settings) -> Desk:
    return a_desk(folder, settings)


async def call(desk: Desk, name: str, **arguments: Any) -> CallToolResult:
    async with Client(build_server(desk)) as client:
        return await client.call_tool(name, arguments)


async def answer(desk: Desk, name: str, **arguments: Any) -> dict[str, Any]:
    result = await call(desk, name, **arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def complaint(desk: Desk, name: str, **arguments: Any) -> dict[str, Any]:
    result = await call(desk, name, **arguments)
    assert result.is_error
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_every_tool_is_listed_with_its_schemas(desk: Desk, mode: str) -> None:
    async with Client(build_server(desk), mode=mode) as client:
        tools = (await client.list_tools()).tools
        assert client.instructions
    assert [tool.name for tool in tools] == NAMES
    for tool in tools:
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert tool.annotations.read_only_hint
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)


async def test_every_tool_and_argument_is_documented(desk: Desk) -> None:
    page = (DOCS / "mcp.md").read_text()
    for tool in await build_server(desk).list_tools():
        assert f"`{tool.name}`" in page
        for name in tool.input_schema["properties"]:
            assert re.search(rf"`{name}`", page), name


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_generated_tests_come_with_their_worth(desk: Desk, mode: str) -> None:
    async with Client(build_server(desk), mode=mode) as client:
        result = await client.call_tool("generate_tests", SNIPPET)
        schema = next(tool.output_schema for tool in (await client.list_tools()).tools if tool.name == "generate_tests")
    facts = result.structured_content
    assert facts is not None
    jsonschema.validate(facts, schema or {})
    assert (facts["module"], facts["verdict"], facts["tests_file"]) == ("user_code", "passed", SUITE)
    assert facts["tests"] == [{"id": NODE, "adds_lines": 2, "adds_branches": 1, "kills": 1}]
    assert facts["score"]["line_coverage"] == 0.75
    assert facts["score"]["mutants_not_judged_in_time"] == 1
    assert [(one["before"], one["after"], one["reached"]) for one in facts["survivors"]] == [("a + b", "a - b", True)]
    assert facts["suspected_bugs"][0]["why"] == BUG.why
    assert facts["suggested_path"] == "test_user_code.py"


async def test_progress_is_reported_step_by_step(desk: Desk) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with Client(build_server(desk)) as client:
        await client.call_tool("generate_tests", SNIPPET, progress_callback=hear)
    assert heard == [(1, 9, "analyse: 1 target"), (2, 9, "done: ")]


async def test_what_the_agent_wants_reaches_the_flow(folder: Path, settings: Settings) -> None:
    flow = PlayedFlow()
    wishes = {"budget_seconds": 3, "max_tests": 2, "seed": 9}
    await answer(a_desk(folder, settings, flow), "generate_tests", path="add.py::add", **wishes)
    (request,) = flow.requests
    assert request.source.path == folder / "add.py"
    assert request.options.targets == ("add",)
    assert (request.options.budget_seconds, request.options.max_tests, request.options.seed) == (3, 2, 9)
    assert request.options.policy is Policy.SANDBOX
    assert request.style.line_length == 99
    assert [one.path for one in request.tests] == [folder / "tests" / "test_add.py"]


async def test_existing_tests_may_be_left_out_and_a_free_place_is_suggested(folder: Path, settings: Settings) -> None:
    flow = PlayedFlow()
    facts = await answer(a_desk(folder, settings, flow), "generate_tests", path="add.py", use_existing=False)
    assert flow.requests[0].tests == ()
    assert facts["suggested_path"] == "tests/test_add_generated.py"


async def test_where_nothing_is_missing_there_is_no_file(folder: Path, settings: Settings) -> None:
    before = Before(tests=3, coverage=Coverage(), mutation=Mutation())
    flow = PlayedFlow(report=replace(a_report(), tests_file="", tests=(), before=before))
    facts = await answer(a_desk(folder, settings, flow), "generate_tests", path="add.py")
    assert (facts["tests_file"], facts["suggested_path"], facts["existing_tests"]) == ("", "", 3)


async def test_a_run_tells_verdict_tests_and_output(folder: Path, settings: Settings) -> None:
    sandbox = FixedSandbox(a_result(Verdict.FAILED, output="no\x1b[0m", peak_bytes=5))
    facts = await answer(a_desk(folder, settings, sandbox=sandbox), "run_tests", code=CODE, tests=TESTS)
    assert (facts["verdict"], facts["passed"], facts["output"]) == ("failed", False, "no\\x1b[0m")
    assert facts["tests"] == [{"id": NODE, "outcome": "failed", "seconds": 0.01, "message": "assert 4 == 3"}]
    (run,) = sandbox.runs
    assert run.files == {"test_user_code.py": TESTS.encode(), "user_code.py": CODE.encode()}
    assert run.limits == settings.limits


async def test_a_test_file_of_the_project_is_run_byte_for_byte(folder: Path, settings: Settings) -> None:
    text = "# -*- coding: latin-1 -*-\n# caf\xe9\n"
    (folder / "tests" / "test_add.py").write_bytes(text.encode("latin-1"))
    sandbox = FixedSandbox(a_result())
    await answer(a_desk(folder, settings, sandbox=sandbox), "run_tests", path="add.py", tests_path="tests/test_add.py")
    assert sandbox.runs[0].files == {"test_add.py": text.encode("latin-1")}


async def test_survivors_of_given_tests_are_told(folder: Path, settings: Settings) -> None:
    flow = AuditFlow(report=replace(a_report(), rejected=(Rejected(name="test_b", reason="failed"),)))
    facts = await answer(a_desk(folder, settings, flow), "find_survivors", code=CODE, tests=TESTS, budget_seconds=4)
    assert flow.tests.text == TESTS
    assert flow.requests[0].options.budget_seconds == 4
    assert (facts["passing"], facts["failing"], len(facts["survivors"])) == (1, ["test_b: failed"], 1)


async def test_a_suspected_bug_is_explained_with_a_test_and_run_again(folder: Path, settings: Settings) -> None:
    sandbox = FixedSandbox(a_result(Verdict.FAILED, output="TypeError"))
    desk = a_desk(folder, settings, sandbox=sandbox)
    id_ = (await answer(desk, "generate_tests", code=CODE))["suspected_bugs"][0]["id"]
    facts = await answer(desk, "explain_finding", id=id_)
    assert facts["reproduced"] is True
    assert BUG.why in facts["summary"]
    assert "raise" in facts["meaning"]
    assert ">    2     return a + b" in facts["source"]
    assert facts["output"] == "TypeError"
    compile(facts["test"], "test", "exec")
    assert "xfail(strict=True" in facts["test"]
    assert repr(BUG.reproducer).encode() in sandbox.runs[0].files["test_reproducer.py"]


@pytest.mark.parametrize(
    ("verdict", "reproduced"), [(Verdict.PASSED, False), (Verdict.FAILED, True), (Verdict.TIMED_OUT, None)]
)
async def test_a_run_that_cannot_tell_is_not_taken_for_a_bug(
    folder: Path, settings: Settings, verdict: Verdict, reproduced: bool | None
) -> None:
    desk = a_desk(folder, settings, sandbox=FixedSandbox(a_result(verdict, output="", detail="why")))
    id_ = (await answer(desk, "generate_tests", code=CODE))["suspected_bugs"][0]["id"]
    facts = await answer(desk, "explain_finding", id=id_)
    assert (facts["reproduced"], facts["output"]) == (reproduced, f"{verdict}: why")


async def test_a_survivor_is_explained_without_a_run(desk: Desk) -> None:
    id_ = (await answer(desk, "generate_tests", code=CODE))["survivors"][0]["id"]
    facts = await answer(desk, "explain_finding", id=id_)
    assert "`a + b` was replaced by `a - b` (line 2)" in facts["summary"]
    assert facts["reproduced"] is None


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("generate_tests", {}, "either `path`"),
        ("generate_tests", {"path": "add.py", "code": CODE}, "either `path`"),
        ("generate_tests", {"path": "../secret.py"}, "leads out of"),
        ("generate_tests", {"path": "link.py"}, "leads out of"),
        ("generate_tests", {"path": "/etc/passwd"}, "leads out of"),
        ("generate_tests", {"path": "a\0.py"}, "no null"),
        ("generate_tests", {"path": "none.py"}, "no such file"),
        ("generate_tests", {"path": "tests"}, "no such file"),
        ("generate_tests", {"path": "pyproject.toml"}, "pyproject.toml"),
        ("generate_tests", {"path": "add.py::"}, "is no target"),
        ("generate_tests", {"code": "\ud800"}, "lone surrogate"),
        ("generate_tests", {"code": CODE, "budget_seconds": 61}, "at most 60"),
        ("generate_tests", {"code": CODE, "budget_seconds": 0}, "more than 0"),
        ("run_tests", {"code": CODE}, "either `tests_path`"),
        ("run_tests", {"path": "add.py", "tests_path": "../secret.py"}, "leads out of"),
        ("find_survivors", {"code": CODE, "tests": TESTS, "tests_path": "tests/test_add.py"}, "either `tests_path`"),
        ("explain_finding", {"id": "bug-0000000000"}, "no finding"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_an_answer_that_says_why(
    desk: Desk, name: str, arguments: dict[str, Any], words: str
) -> None:
    facts = await complaint(desk, name, **arguments)
    assert facts["error_type"] == "CodeInvalid"
    assert words in facts["message"]
    assert facts["retryable"] is False


@pytest.mark.parametrize(
    "arguments", [{"seed": -1}, {"max_tests": 0}, {"budget_seconds": "soon"}, {"path": 5}, {"use_existing": "maybe"}]
)
async def test_arguments_outside_of_the_schema_are_refused(desk: Desk, arguments: dict[str, Any]) -> None:
    assert (await call(desk, "generate_tests", **arguments)).is_error


async def test_errors_of_the_flow_are_answers(folder: Path, settings: Settings) -> None:
    for error, type_, retryable in (
        (SandboxError("no jail: apt-get install bubblewrap"), "SandboxError", True),
        (NothingToTest("only constants"), "CodeInvalid", False),
    ):
        facts = await complaint(a_desk(folder, settings, PlayedFlow(error=error)), "generate_tests", code=CODE)
        assert facts == {"error_type": type_, "message": str(error), "retryable": retryable}


async def test_a_defect_of_ours_is_told_without_its_inside(folder: Path, settings: Settings) -> None:
    desk = a_desk(folder, settings, PlayedFlow(error=RuntimeError("the inside")))
    result = await call(desk, "generate_tests", code=CODE)
    assert result.is_error
    assert "the inside" not in str(result.content)


async def test_without_a_jail_each_call_says_how_to_get_one_and_a_later_one_finds_it(
    folder: Path, settings: Settings
) -> None:
    answers: list[Callable[[], Bench]] = []
    whole = a_desk(folder, settings)

    def build(place: Place) -> Bench:
        if not answers:
            answers.append(lambda: whole.build(place))
            raise SandboxError("install bubblewrap")
        return answers[0]()

    desk = Desk(whole.place, build=build)
    assert (await complaint(desk, "generate_tests", code=CODE))["message"] == "install bubblewrap"
    assert (await answer(desk, "generate_tests", code=CODE))["verdict"] == "passed"


@pytest.mark.parametrize("name", ["run_tests", "find_survivors"])
async def test_the_strict_policy_refuses_before_anything_runs(folder: Path, settings: Settings, name: str) -> None:
    strict = settings.model_copy(update={"policy": Policy.STRICT})
    sandbox, flow = FixedSandbox(a_result()), AuditFlow()
    wild = "import os\n\n\ndef test_here():\n    assert os.getcwd()\n"
    desk = a_desk(folder, strict, flow, sandbox)
    facts = await complaint(desk, name, code=CODE, tests=wild)
    assert facts["error_type"] == "SecurityViolation"
    assert "line 1: " in facts["message"]
    assert (sandbox.runs, flow.requests) == ([], [])
    await answer(desk, "generate_tests", code=CODE)
    assert flow.requests[0].options.policy is Policy.STRICT


class TidyFlow(PlayedFlow):
    """Takes several steps to clean up where it is cut off, as a jail does."""

    tidied = False

    async def __call__(
        self,
        request: Request,
        stop: asyncio.Event | None,  # noqa: ARG002 # the flow's shape
    ) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            self.tidied = True
        yield Event(seq=1, at=0.0, stage="never", detail="")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_cancelled_flow_cleans_up_undisturbed(folder: Path, settings: Settings, mode: str) -> None:
    flow = TidyFlow()
    async with Client(build_server(a_desk(folder, settings, flow)), mode=mode) as client:
        task = asyncio.ensure_future(client.call_tool("generate_tests", SNIPPET))
        await flow.started.wait()
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: flow.tidied)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_cancelled_call_ends_the_flow_and_frees_its_slot(folder: Path, settings: Settings, mode: str) -> None:
    flow = PlayedFlow(hold=asyncio.Event())
    desk = a_desk(folder, settings.model_copy(update={"slots": 1}), flow)
    async with Client(build_server(desk), mode=mode) as client:
        task = asyncio.ensure_future(client.call_tool("generate_tests", SNIPPET))
        await flow.started.wait()
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: flow.cancelled)
        assert not (await client.call_tool("run_tests", {"code": CODE, "tests": TESTS})).is_error


async def test_no_more_calls_work_than_there_are_slots_and_a_full_line_is_told(
    folder: Path, settings: Settings
) -> None:
    flow = PlayedFlow(hold=asyncio.Event())
    desk = a_desk(folder, settings.model_copy(update={"slots": 1, "queue_length": 1}), flow)
    async with Client(build_server(desk)) as client:
        first = asyncio.ensure_future(client.call_tool("generate_tests", SNIPPET))
        await flow.started.wait()
        second = asyncio.ensure_future(client.call_tool("generate_tests", SNIPPET))
        await until(lambda: desk.waiting == 1)
        third = await client.call_tool("generate_tests", SNIPPET)
        assert third.is_error
        assert third.structured_content
        assert third.structured_content["retryable"] is True
        assert len(flow.requests) == 1
        assert flow.hold
        flow.hold.set()
        assert [(await one).is_error for one in (first, second)] == [False, False]


async def test_text_that_no_json_can_hold_is_answered_all_the_same(folder: Path, settings: Settings) -> None:
    report = replace(a_report(a_result(output="\ud800\x00")), tests_file="# \ud800\n", notes=("\ud800",))
    facts = await answer(a_desk(folder, settings, PlayedFlow(report=report)), "generate_tests", code=CODE)
    assert (facts["tests_file"], facts["output"], facts["notes"]) == ("# ?\n", "\\ud800\\x00", ["\\ud800"])


async def test_a_flood_of_survivors_is_cut_and_said(folder: Path, settings: Settings) -> None:
    mutants = tuple(a_mutant(number) for number in range(1, 101))
    fates = dict.fromkeys(range(1, 101), MutantFate.UNREACHED)
    report = replace(a_report(), mutation=Mutation(mutants=mutants, fates=fates))
    facts = await answer(a_desk(folder, settings, PlayedFlow(report=report)), "generate_tests", code=CODE)
    assert (len(facts["survivors"]), facts["survivors_left_out"]) == (MOST_SURVIVORS, 100 - MOST_SURVIVORS)
    assert facts["survivors"][0]["reached"] is False


async def test_a_flood_of_output_is_cut_in_the_middle() -> None:
    text = shortened("a" * 20_000 + "z")
    assert len(text) < MOST_OUTPUT + 100
    assert f"{20_001 - MOST_OUTPUT} characters left out" in text
    assert text.endswith("z")


async def test_old_findings_are_forgotten() -> None:
    ledger, source = Ledger(most=2), SourceFile(text="", module="m")
    ids = [ledger.noted(source, a_mutant(number)) for number in (1, 2, 1, 3)]
    assert ids[0] == ids[2]
    assert ledger.entry(ids[0]).subject == a_mutant(1)
    with pytest.raises(Exception, match="no finding"):
        ledger.entry(ids[1])


class Counting:
    """A sandbox that runs nothing, and says when it was closed."""

    closed = 0

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002 # the seam's shape
        outcome = TestOutcome(id=NODE, outcome=Outcome.PASSED, seconds=0.0)
        return RunResult(verdict=Verdict.PASSED, outcomes=(outcome,))

    async def aclose(self) -> None:
        self.closed += 1


async def test_what_stands_ready_is_ended_with_the_desk(folder: Path, settings: Settings) -> None:
    sandbox = Counting()
    desk = a_desk(folder, settings, sandbox=sandbox)
    await answer(desk, "run_tests", code=CODE, tests=TESTS)
    await desk.aclose()
    assert sandbox.closed == 1


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("a.example", False),
        ("", False),
    ],
)
async def test_only_addresses_of_this_machine_are_served(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ([(b"authorization", b"Bearer secret")], True),
        ([], False),
        ([(b"authorization", b"Bearer other")], False),
        ([(b"authorization", b"secret")], False),
        ([(b"authorization", b"Bearer secret"), (b"authorization", b"Bearer secret")], False),
    ],
)
async def test_a_token_lets_in(headers: list[tuple[bytes, bytes]], let_in: bool) -> None:
    token = SecretStr("secret")
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 # the protocol's shape
        await send({"type": "let in"})

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    guarded = Guarded(app, token.get_secret_value())
    await guarded({"type": "http", "headers": headers}, receive, send)
    assert (sent[0]["type"] == "let in") is let_in
    assert let_in or sent[0]["status"] == 401


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--folder", "missing"], "no such folder"),
        (["--port", "8002"], "go with --http"),
        (["--http", "--host", "0.0.0.0"], "on this machine alone"),  # noqa: S104 # refused
    ],
)
def test_wrong_usage_is_exit_2(args: list[str], words: str, capsys: Output) -> None:
    assert main(["mcp", *args]) == 2
    assert words in capsys.readouterr().err
