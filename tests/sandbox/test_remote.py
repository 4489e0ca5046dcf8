"""The remote sandbox against real services, and against sockets that misbehave."""

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.sandbox.guest import HONEST
from tests.sandbox.served import HEALTHY, STREAMED, Script, answered, scripted, served, wait_until

from aitestgen.analyse import understand
from aitestgen.analyse.project import locate
from aitestgen.errors import OutcomeUnknown, SandboxError
from aitestgen.measure.test_runs import test_run as run_of
from aitestgen.propose.by_search.generator import SearchEngine
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.remote import Order, RemoteSandbox, Service
from aitestgen.sandbox.run_json import line
from aitestgen.sandbox.service_link import Link, NeverRan
from aitestgen.settings import Settings
from aitestgen.testing import BrokenSandbox, PassingSandbox
from aitestgen.values import Limits, Run, RunResult, SourceFile, Verdict

ADD = "def add(a, b):\n    return a + b\n"
NOWHERE = "http://127.0.0.1:9"
RESULT: dict[str, Any] = {
    "verdict": "passed",
    "outcomes": [],
    "output": "",
    "output_cut": False,
    "seconds": 0.1,
    "cpu_seconds": 0.1,
    "peak_bytes": 1,
    "backend": "bubblewrap",
    "tier": "A",
    "detail": "",
}
FRAME = {"ev": "collected", "ids": []}


def a_run(**more: Any) -> Run:
    files = {"user_code.py": ADD.encode(), "test_user_code.py": HONEST.encode()}
    fields: dict[str, Any] = {
        "program": "run_tests",
        "job": {"tests": ["test_user_code.py"], "trace": None, "path": []},
        "interpreter": own_interpreter(),
        "files": files,
        "limits": Limits(wall_seconds=20.0),
    }
    return Run(**{**fields, **more})


def ask(sandbox: RemoteSandbox, run: Run | None = None, **more: Any) -> RunResult:
    return asyncio.run(sandbox.run(run or a_run(), **more))


class Gate(PassingSandbox):
    """Passes everything; what is not the proof of a service only once it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.opened = threading.Event(), threading.Event()

    async def run(self, run: Run, on_frame: Any = None) -> RunResult:
        if "user_code.py" in run.files:
            self.entered.set()
            await asyncio.to_thread(self.opened.wait, 20)
        return await super().run(run, on_frame)


@pytest.fixture
def settings() -> Settings:
    return Settings().model_copy(update={"wall_seconds": 20.0})


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def play(stack: ExitStack, answer: Callable[[socket.socket], None], **more: Any) -> Script:
    return stack.enter_context(scripted(Script(answer=answer, **more)))


def say(*parts: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(b"".join(parts))


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_the_backend_and_tier_are_what_the_service_said(settings: Settings, stack: ExitStack) -> None:
    result = ask(RemoteSandbox([stack.enter_context(served(settings, BubblewrapSandbox(cgroups="none"))).url]))
    assert (result.verdict, result.backend, result.tier) == (Verdict.PASSED, "bubblewrap", "B")


def test_a_search_far_away_gives_the_same_frames_as_one_here(settings: Settings, stack: ExitStack) -> None:
    drafting = PassingSandbox()
    limits = Limits(cpu_cores=1.0, memory_bytes=512 << 20)
    subject = understand(
        SourceFile(text=f"{ADD}\ndef sign(x: int) -> int:\n    return -1 if x < 0 else 1\n", module="user_code")
    )
    asyncio.run(SearchEngine(drafting, limits, 1).explore(subject, own_interpreter(), 2.0, lambda _: None))
    local, run = BubblewrapSandbox(), drafting.runs[0]
    heard: list[Mapping[str, Any]] = []
    remote = RemoteSandbox([stack.enter_context(served(settings, local)).url])
    result = ask(remote, run, on_frame=heard.append)
    assert result.frames == asyncio.run(local.run(run)).frames
    assert tuple(heard) == result.frames
    assert len(heard) > 5


def test_the_projects_own_files_go_along(settings: Settings, stack: ExitStack, tmp_path: Path) -> None:
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "prices.py").write_text("VAT = 20\n")
    (package / "cart.py").write_text(
        "from shop.prices import VAT\n\n\ndef total(net):\n    return net * (100 + VAT) // 100\n"
    )
    source = locate(package / "cart.py")
    tests = "from shop.cart import total\n\n\ndef test_total():\n    assert total(100) == 120\n"
    run = run_of(source, own_interpreter(), "test_cart.py", tests, Limits(wall_seconds=20.0))
    result = ask(RemoteSandbox([stack.enter_context(served(settings, BubblewrapSandbox())).url]), run)
    assert result.verdict is Verdict.PASSED, result.output
    assert (5, -4) in result.outcomes[0].arcs


def test_where_one_service_is_killed_the_other_takes_over(settings: Settings, stack: ExitStack) -> None:
    first, second = (stack.enter_context(served(settings, BubblewrapSandbox())) for _ in range(2))
    sandbox = RemoteSandbox([first.url, second.url])
    assert ask(sandbox).verdict is Verdict.PASSED
    first.stop()
    assert ask(sandbox).verdict is Verdict.PASSED
    second.stop()
    with pytest.raises(SandboxError, match="no sandbox service took the run") as raised:
        ask(sandbox)
    assert first.url in str(raised.value)
    assert second.url in str(raised.value)


def test_a_service_that_stops_in_the_midst_of_a_run_leaves_it_unknown(settings: Settings, stack: ExitStack) -> None:
    stopping, other = (stack.enter_context(served(settings, BubblewrapSandbox())) for _ in range(2))
    run = a_run(files={"test_user_code.py": b"import time\ndef test_a(): time.sleep(60)\n"})

    async def scene() -> None:
        begun = asyncio.Event()
        running = asyncio.create_task(RemoteSandbox([stopping.url, other.url]).run(run, lambda _: begun.set()))
        await begun.wait()
        await asyncio.to_thread(stopping.stop)
        await running

    with pytest.raises(OutcomeUnknown):
        asyncio.run(scene())


def test_a_service_that_comes_back_is_used_again(stack: ExitStack) -> None:
    now = [0.0]
    broken = play(stack, say(answered(b"{}", "503 Service Unavailable")))
    good = play(stack, say(STREAMED, line("result", RESULT)), health={**HEALTHY, "slots": {"total": 1, "free": 1}})
    sandbox = RemoteSandbox([broken.url, good.url], clock=lambda: now[0])
    ask(sandbox)
    ask(sandbox)
    assert (broken.runs, good.runs) == (1, 2)
    broken.answer = good.answer
    now[0] = 1.5
    ask(sandbox)
    assert (broken.runs, good.runs) == (2, 2)


def test_a_service_that_fails_again_is_left_alone_for_longer(stack: ExitStack) -> None:
    now = [0.0]
    broken = play(stack, say(answered(b"{}", "503 Service Unavailable")))
    good = play(stack, say(STREAMED, line("result", RESULT)), health={**HEALTHY, "slots": {"total": 1, "free": 1}})
    sandbox = RemoteSandbox([broken.url, good.url], clock=lambda: now[0])
    for at in (0.0, 1.5, 2.6, 3.6, 5.0, 7.5):
        now[0] = at
        ask(sandbox)
    assert broken.runs == 3


def test_runs_that_meet_the_same_failure_count_as_one(stack: ExitStack) -> None:
    broken = play(stack, say(answered(b"{}", "503 Unavailable")))
    service = Service(Link(url=broken.url, tls=ssl.create_default_context()), lambda: 0.0)

    async def several() -> list[Any]:
        await service.ask()
        runs = (service.run(Order(a_run()), None) for _ in range(3))
        return await asyncio.gather(*runs, return_exceptions=True)

    assert [type(failure) for failure in asyncio.run(several())] == [NeverRan] * 3
    assert (broken.runs, service.resting_until) == (3, 1.0)


def test_the_service_with_the_most_free_slots_comes_first(stack: ExitStack) -> None:
    full, free = (
        play(stack, say(STREAMED, line("result", RESULT)), health={**HEALTHY, "slots": {"total": 4, "free": number}})
        for number in (1, 3)
    )
    ask(RemoteSandbox([full.url, free.url]))
    assert (full.runs, free.runs) == (0, 1)


def test_a_busy_service_is_passed_over_for_another(settings: Settings, stack: ExitStack) -> None:
    gate = Gate()
    narrow = settings.model_copy(update={"slots": 1, "queue_length": 0})
    busy, idle = stack.enter_context(served(narrow, gate)), stack.enter_context(served(settings, PassingSandbox()))

    async def scene() -> RunResult:
        blocking = asyncio.create_task(RemoteSandbox([busy.url]).run(a_run()))
        await asyncio.to_thread(gate.entered.wait, 20)
        result = await RemoteSandbox([busy.url, idle.url]).run(a_run())
        gate.opened.set()
        await blocking
        return result

    assert asyncio.run(scene()).verdict is Verdict.PASSED


def test_a_busy_service_is_asked_again_after_the_time_that_it_names(stack: ExitStack) -> None:
    asked: list[float] = []

    def answer(connection: socket.socket) -> None:
        asked.append(time.monotonic())
        first = len(asked) == 1
        connection.sendall(answered(b"{}", "429 Too Many Requests", "Retry-After: 1\r\n") if first else ready)

    ready = STREAMED + line("result", RESULT)
    assert ask(RemoteSandbox([play(stack, answer).url])).verdict is Verdict.PASSED
    assert asked[1] - asked[0] > 0.95


def test_services_that_stay_busy_are_not_waited_for_longer_than_allowed(stack: ExitStack) -> None:
    script = play(stack, say(answered(b"{}", "429 Too Many Requests", "Retry-After: 30\r\n")))
    with pytest.raises(SandboxError, match="it is busy"):
        ask(RemoteSandbox([script.url], patience_seconds=2.0))
    assert script.runs == 1


def test_a_wrong_token_is_an_error_that_names_the_setting(settings: Settings, stack: ExitStack) -> None:
    guarded = settings.model_copy(update={"sandbox_token": SecretStr("hush")})
    service = stack.enter_context(served(guarded, PassingSandbox()))
    assert ask(RemoteSandbox([service.url], token="hush")).verdict is Verdict.PASSED  # noqa: S106 # made up
    with pytest.raises(SandboxError, match="AITESTGEN_SANDBOX_TOKEN"):
        ask(RemoteSandbox([service.url], token="loud"), a_run(files={"big": bytes(8 << 20)}))  # noqa: S106 # made up


def test_a_python_that_no_service_has_is_an_error_that_says_what_there_is(settings: Settings, stack: ExitStack) -> None:
    service = stack.enter_context(served(settings, PassingSandbox(), own_interpreter()))
    other = replace(own_interpreter(), version=(3, 99))
    with pytest.raises(SandboxError, match=r"no Python 3\.99, only 3\."):
        ask(RemoteSandbox([service.url]), a_run(interpreter=other))


def test_a_service_without_a_jail_is_passed_over(settings: Settings, stack: ExitStack) -> None:
    broken, good = (
        stack.enter_context(served(settings, BrokenSandbox())),
        stack.enter_context(served(settings, PassingSandbox())),
    )
    assert ask(RemoteSandbox([broken.url, good.url])).verdict is Verdict.PASSED
    with pytest.raises(SandboxError, match="it has no jail: no jail can be had here"):
        ask(RemoteSandbox([broken.url]))


REFUSALS = ["401 Unauthorized", "404 Not Found", "422 Unprocessable", "503 Unavailable", "307 Temporary Redirect"]


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_run_goes_to_the_next_service(stack: ExitStack, status: str) -> None:
    refusing = play(stack, say(answered(b'{"detail": "not me"}', status, "Location: http://127.0.0.1:9/\r\n")))
    good = play(stack, say(STREAMED, line("result", RESULT)))
    assert ask(RemoteSandbox([refusing.url, good.url])).verdict is Verdict.PASSED
    assert (refusing.runs, good.runs) == (1, 1)


def test_a_jail_that_fails_over_there_is_tried_elsewhere_before_its_first_message(stack: ExitStack) -> None:
    failure = line("error", {"detail": "no room", "error_type": "SandboxError", "retryable": True})
    failing = play(stack, say(STREAMED, line("accepted", {}), failure))
    good = play(stack, say(STREAMED, line("result", RESULT)))
    assert ask(RemoteSandbox([failing.url, good.url])).verdict is Verdict.PASSED
    failing.answer = say(STREAMED, line("frame", FRAME), failure)
    with pytest.raises(SandboxError, match="the jail of .* failed: no room"):
        ask(RemoteSandbox([failing.url]))


def test_a_connection_that_is_cut_before_the_run_was_sent_goes_to_the_next_service(stack: ExitStack) -> None:
    cutting = play(stack, reset, reads_body=False)
    good = play(stack, say(STREAMED, line("result", RESULT)))
    run = a_run(files={"big": bytes(16 << 20)})
    assert ask(RemoteSandbox([cutting.url, good.url]), run).verdict is Verdict.PASSED
    assert (cutting.runs, good.runs) == (1, 1)


LOST = {
    "before the first byte": [],
    "reset": None,
    "in the head": [b"HTTP/1.1 200 OK\r\nConte"],
    "after the head": [STREAMED],
    "after a message": [STREAMED, line("accepted", {}), line("frame", FRAME)],
    "in a line": [STREAMED, line("result", RESULT)[:-20]],
    "bad gateway": [answered(b"", "502 Bad Gateway")],
    "internal error": [answered(b'{"detail": "Internal error"}', "500 Internal Server Error")],
    "not HTTP": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "not JSON": [STREAMED, b"<html>\n"],
    "no object": [STREAMED, b"[1]\n"],
    "two keys": [STREAMED, b'{"frame": {}, "result": {}}\n'],
    "no result": [STREAMED, line("result", {})],
    "wrong verdict": [STREAMED, line("result", {**RESULT, "verdict": "splendid"})],
    "wrong figure": [STREAMED, line("result", {**RESULT, "seconds": float("nan")})],
    "wrong outcome": [STREAMED, line("result", {**RESULT, "outcomes": [7]})],
    "deep": [STREAMED, b"[" * 100_000 + b"\n"],
}


@pytest.mark.parametrize("how", LOST)
def test_a_run_that_is_lost_once_it_was_sent_is_not_tried_again(stack: ExitStack, how: str) -> None:
    parts = LOST[how]
    losing = play(stack, reset if parts is None else say(*parts))
    good = play(stack, say(STREAMED, line("result", RESULT)), health={**HEALTHY, "slots": {"total": 1, "free": 1}})
    with pytest.raises(OutcomeUnknown, match=f"{losing.url} was lost after it had the run") as raised:
        ask(RemoteSandbox([losing.url, good.url]))
    assert (raised.value.retryable, good.runs) == (False, 0)


def test_a_lost_run_is_tried_again_where_that_was_asked_for(stack: ExitStack) -> None:
    losing = play(stack, say(STREAMED, line("frame", FRAME)))
    good = play(
        stack,
        say(STREAMED, line("frame", FRAME), line("result", RESULT)),
        health={**HEALTHY, "slots": {"total": 1, "free": 1}},
    )
    heard: list[Any] = []
    result = ask(RemoteSandbox([losing.url, good.url], rerun_unknown=True), on_frame=heard.append)
    assert (result.frames, heard) == ((FRAME,), [FRAME, FRAME])


def test_an_answer_in_the_smallest_pieces_is_read(stack: ExitStack) -> None:
    def drip(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in STREAMED + b"\n\n" + line("frame", FRAME) + b"\n" + line("result", RESULT):
            connection.sendall(bytes([byte]))

    result = ask(RemoteSandbox([play(stack, drip).url]))
    assert (result.verdict, result.frames) == (Verdict.PASSED, (FRAME,))


@pytest.mark.parametrize(
    "head", [STREAMED, STREAMED.replace(b"200 OK", b"500 Internal Server Error"), b"HTTP/1.1 200 OK\r\nX: "]
)
def test_a_line_of_200_mb_is_cut_off(stack: ExitStack, head: bytes) -> None:
    sent = [0]

    def flood(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x" * 1_000_000)
            sent[0] += 1

    script = play(stack, flood)
    with pytest.raises(OutcomeUnknown):
        ask(RemoteSandbox([script.url]))
    assert sent[0] < 100


def test_endless_short_lines_are_cut_off(stack: ExitStack) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(STREAMED)
        while True:
            connection.sendall(line("frame", {"ev": "x" * 100_000}) * 10)

    with pytest.raises(OutcomeUnknown, match="more than any run has to tell"):
        ask(RemoteSandbox([play(stack, flood).url]))


def test_what_is_compressed_is_not_inflated(stack: ExitStack) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    assert ask(RemoteSandbox([play(stack, say(head, line("result", RESULT))).url])).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "health", [[], {}, {"status": "healthy"}, {**HEALTHY, "slots": None}, {**HEALTHY, "pythons": "3.11"}]
)
def test_what_is_not_healthy_as_a_sandbox_service_gets_no_run(stack: ExitStack, health: Any) -> None:
    script = play(stack, say(), health=health)
    with pytest.raises(SandboxError, match="not answered as by a sandbox service"):
        ask(RemoteSandbox([script.url]))
    assert script.runs == 0


def test_a_service_that_says_nothing_is_given_up(stack: ExitStack) -> None:
    def wait(connection: socket.socket) -> None:
        connection.sendall(STREAMED)
        connection.recv(1)

    with pytest.raises(OutcomeUnknown, match="it sent nothing for"):
        asyncio.run(silent(play(stack, wait).url).run(b"{}", 5.0, 5.0, lambda *_: None))


def silent(url: str) -> Link:
    return Link(url=url, tls=ssl.create_default_context(), silence_seconds=0.2)


def test_a_proxy_of_the_environment_is_not_used(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    assert ask(RemoteSandbox([play(stack, say(STREAMED, line("result", RESULT))).url])).verdict is Verdict.PASSED


def test_a_listener_that_raises_ends_the_run_with_its_own_error(stack: ExitStack) -> None:
    def refuse(frame: Mapping[str, Any]) -> None:
        raise LookupError(frame["ev"])

    script = play(stack, say(STREAMED, line("frame", FRAME), line("result", RESULT)))
    with pytest.raises(LookupError):
        ask(RemoteSandbox([script.url]), on_frame=refuse)


def test_closing_hangs_up_on_the_runs_under_way(settings: Settings, stack: ExitStack) -> None:
    gate = Gate()
    service = stack.enter_context(served(settings, gate))

    async def scene() -> None:
        sandbox = RemoteSandbox([service.url])
        running = asyncio.create_task(sandbox.run(a_run()))
        await asyncio.to_thread(gate.entered.wait, 20)
        await sandbox.aclose()
        gate.opened.set()
        await running

    with pytest.raises(SandboxError, match="closed while the run was under way"):
        asyncio.run(scene())
    wait_until(lambda: service.app.state.service.slots.free == 2)


def test_without_an_address_there_is_no_remote_sandbox() -> None:
    with pytest.raises(SandboxError, match="SANDBOX_SERVICE_URL"):
        RemoteSandbox([])
