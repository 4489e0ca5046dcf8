"""Every guest gets its verdict in bounded time, leaves nothing behind, and touches nothing of the host."""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.backends import BACKENDS, Backend
from tests.sandbox.guest import Guest
from tests.sandbox.guests_benign import BENIGN, LEFT_OUT
from tests.sandbox.guests_parent import PARENT
from tests.sandbox.host import Host, bait
from tests.sandbox.hostile import AT_ONCE, FOLLOWER, GUESTS, fault, outcome_of
from tests.sandbox.leftovers import leftovers
from tests.sandbox.matrix import cell
from tests.sandbox.tier_c import DIFFERS, IN_EVERY_TEST_RUN

from aitestgen.errors import SandboxError
from aitestgen.seams import Sandbox
from aitestgen.values import RunResult, Tier

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/sandbox.md"
IN_CONTAINERS = frozenset(
    {
        *("fork bomb", "memory bomb in many processes", "memory in /tmp", "CPU spin", "print flood", "filling /tmp"),
        *("print flood, past the capture", "filling /dev/shm"),
        *("shared memory, touched", "flood of pseudo-terminals", "socket buffers, half a MiB each"),
        *("SIGKILL to all", "daemons that ignore everything and hold the output", "closes every descriptor"),
        *("segmentation fault", "_exit in a test", "no processor time left", "memory of pid 1"),
        *("host's loopback", "host's abstract socket", "host's socket in a folder", "/etc/passwd", "own environment"),
        *("no descriptor of the host", "is nobody", "writing outside /tmp", "executing what it wrote", "raw packets"),
        *("pid 1's fd", "pid 1's root", "writing /proc/sys", "another control group", "the host's file, to write"),
        *("tells all that it can read of the host", "devices", "mount", "unshare", "keyrings", "io_uring", "ptrace"),
        *("limits, priority and processor of pid 1", "changes files of its job", "a shell"),
        *("forged frames to every descriptor", "Function.runtest does nothing", "a record in drops, by many hands"),
    }
)
"""The hostile guests for which an engine's walls matter, and one of each way to end: what there is time for."""

Case = tuple[Backend, Guest]


class Trials:
    """Runs of guests, a few at a time: while one test waits for its own, the next ones run already."""

    def __init__(self, runner: asyncio.Runner, port: int, cases: Iterable[Case]) -> None:
        self._runner = runner
        self._port = port
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._sandboxes: dict[str, Sandbox | SandboxError] = {}
        loop = runner.get_loop()
        self._tasks = {_key(case): loop.create_task(self._try(*case)) for case in cases}

    def result(self, backend: Backend, guest: Guest) -> tuple[RunResult, float]:
        """What became of one, and how many seconds it took. Without such a jail the test is skipped, or fails."""
        try:
            return self._runner.run(_done(self._tasks[_key((backend, guest))]))
        except SandboxError as error:
            if isinstance(self._sandboxes[backend.name], SandboxError):
                demanded = backend.demanded and os.environ.get("CI") == "true"
                (pytest.fail if demanded else pytest.skip)(f"NOTHING IS TRIED ON {backend.name}: {error}")
            raise

    def end(self) -> None:
        """Cancel what nobody waited for."""
        for task in self._tasks.values():
            task.cancel()
        self._runner.run(_done(asyncio.gather(*self._tasks.values(), return_exceptions=True)))
        for sandbox in self._sandboxes.values():
            if not isinstance(sandbox, SandboxError):
                self._runner.run(sandbox.aclose())

    async def _try(self, backend: Backend, guest: Guest) -> tuple[RunResult, float]:
        async with self._gate:
            sandbox = self._sandbox(backend)
            started = time.monotonic()
            return await outcome_of(guest, sandbox, self._port), time.monotonic() - started

    def _sandbox(self, backend: Backend) -> Sandbox:
        if backend.name not in self._sandboxes:
            try:
                self._sandboxes[backend.name] = backend.make()
            except SandboxError as error:
                self._sandboxes[backend.name] = error
        found = self._sandboxes[backend.name]
        if isinstance(found, SandboxError):
            raise found
        return found


async def _done(future: "asyncio.Future[Any]") -> Any:
    return await future


def _key(case: Case) -> tuple[str, str]:
    return case[0].name, case[1].name


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with bait() as host:
        yield host
        assert host.touched() == []
    assert leftovers(os.getpid()) == []


@pytest.fixture(scope="module")
def trials(request: pytest.FixtureRequest, runner: asyncio.Runner, host: Host) -> Iterator[Trials]:
    parameters = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    cases = [(found.params["backend"], found.params["guest"]) for found in parameters if found is not None]
    trials = Trials(runner, host.port, cases)
    yield trials
    trials.end()


def _cases() -> Iterator[object]:
    """Every guest on the strongest tier, and on the others those that are marked, with all benign ones."""
    for backend in BACKENDS:
        for guest in (*GUESTS, *BENIGN, FOLLOWER):
            if _is_tried(guest, backend):
                yield pytest.param(backend, guest, id=f"{backend.name}: {guest.name}")


def _is_tried(guest: Guest, backend: Backend) -> bool:
    if backend.container:
        return not backend.by_command and (guest.name in IN_CONTAINERS or guest in BENIGN or guest is FOLLOWER)
    if backend.tier is Tier.C:
        return guest in (*BENIGN, *PARENT, FOLLOWER) or guest.name in IN_EVERY_TEST_RUN
    return backend.tier is not Tier.B or guest.tier_b


def test_what_is_otherwise_in_tier_c_is_said_of_guests_that_there_are() -> None:
    names = {guest.name for guest in (*GUESTS, *BENIGN)}
    assert DIFFERS.keys() | IN_EVERY_TEST_RUN <= names


@pytest.mark.parametrize(("backend", "guest"), list(_cases()))
def test_guest_gets_its_verdict_in_time(backend: Backend, guest: Guest, trials: Trials) -> None:
    result, seconds = trials.result(backend, guest)
    assert fault(guest, backend, result) == ""
    assert seconds < guest.limits.wall_seconds + guest.seconds


def test_the_tables_of_guests_are_complete() -> None:
    names = [guest.name for guest in (*GUESTS, *BENIGN)]
    assert [name for name in names if names.count(name) > 1] == []
    assert len(GUESTS) >= 170
    assert len(BENIGN) >= 60
    assert {*names} >= IN_CONTAINERS


def test_no_benign_guest_is_left_out() -> None:
    if LEFT_OUT:
        pytest.skip(f"NOT RUN, since not installed: the guests of {', '.join(LEFT_OUT)}")


def test_every_guest_is_listed_in_the_document() -> None:
    listed = DOCUMENT.read_text(encoding="utf-8")
    assert [guest.name for guest in GUESTS if f"| {cell(guest.name)} |" not in listed] == []
