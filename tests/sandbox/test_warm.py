"""Jails that stand ready: as closed as cold ones, used once, replaced, bounded, and gone when the pool is closed."""

import asyncio
import os
import re
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox.guest import Guest
from tests.sandbox.leftovers import MARK, leftovers
from tests.sandbox.test_bubblewrap import HONEST, PYTHONS, ROOM, a_run_of

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import inspect_interpreter
from aitestgen.sandbox.warm import Warmth
from aitestgen.values import Limits, Run, RunResult, Verdict

PATIENCE_SECONDS = 20.0
PLAIN = replace(Guest(name="honest", verdicts=(), limits=ROOM).run(), hash_seed=MARK)
FORKS = "import os\n    [os.fork() or __import__('time').sleep(9) for _ in range(50)]"
FLOODS = "import sys\n    while True: print('x' * 9999, file=sys.__stderr__)"
CLOSED = """
import os, re, sys
import pytest

def status(name):
    return re.search(rf"^{name}:\\s*(\\S+)", open("/proc/self/status").read(), re.M).group(1)

def test_it_has_no_rights():
    assert {status(name) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status("NoNewPrivs"), status("Seccomp"), os.getuid()) == ("1", "2", 65534)

def test_it_is_alone():
    assert sorted(name for name in os.listdir("/proc") if name.isdigit()) == ["1", "2"]
    shown = {sys.executable.split("/")[2]}  # where the interpreter itself lies below /tmp
    assert {*os.listdir("/tmp"), *os.listdir("/dev/shm")} <= shown
    assert os.listdir("/mnt") == []

@pytest.mark.parametrize("folder", ["/", "/job", "/aitestgen", "/mnt", "/dev", "/proc", "/proc/sys/kernel"])
def test_it_cannot_write(folder):
    with pytest.raises(OSError):
        open(folder + "/x", "w")

def test_it_executes_nothing_that_it_wrote(tmp_path):
    (tmp_path / "x").write_text("#!/bin/true")
    (tmp_path / "x").chmod(0o755)
    with pytest.raises(PermissionError):
        os.execv(tmp_path / "x", ["x"])

def test_pid_1_is_out_of_reach():
    for name in ("mem", "fd", "environ", "root"):
        with pytest.raises(OSError):
            os.listdir(f"/proc/1/{name}") if name in ("fd", "root") else open(f"/proc/1/{name}").read()

def test_only_its_own_descriptors_are_open():
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd") if int(name) > 2]
    targets = [os.readlink(link) for link in links if os.path.lexists(link)]
    assert all(target.startswith(("pipe:", "/dev/null", "/tmp/")) for target in targets), targets
"""


@asynccontextmanager
async def warm(run: Run = PLAIN, *, cgroups: str = "auto", **warmth: int) -> AsyncIterator[BubblewrapSandbox]:
    """A sandbox in which jails for runs like `run` stand ready."""
    sandbox = BubblewrapSandbox(cgroups=cgroups, warmth=Warmth(**{"spares": 2} | warmth))  # type: ignore[arg-type]  # one of the words
    try:
        await sandbox.warm_up(run)
        yield sandbox
    finally:
        await sandbox.aclose()


async def ready(sandbox: BubblewrapSandbox, count: int = 2) -> None:
    """Return when so many jails stand ready."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sandbox.depth.ready < count:  # noqa: ASYNC110  # a pool has no event that only tests would wait for
            await asyncio.sleep(0.01)


async def warm_result(run: Run, **options: str) -> RunResult:
    """The result of a run in a jail that stood ready; it was not started cold."""
    async with warm(run, **options) as sandbox:  # type: ignore[arg-type]  # as above
        await ready(sandbox)
        result = await sandbox.run(run)
        await ready(sandbox)
        return result


@pytest.fixture(params=["auto", "none"], ids=["best", "tier_b"])
def cgroups(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parts[-3])
def test_honest_tests_under_each_python_pass_in_a_warm_jail(python: Path, cgroups: str) -> None:
    interpreter = inspect_interpreter(python)
    run = a_run_of("def double(x):\n    return 2 * x\n", HONEST, interpreter=interpreter, hash_seed=MARK)
    result = asyncio.run(warm_result(run, cgroups=cgroups))
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}
    assert result.output.count("test session starts") == 1
    assert re.search(r"8 passed(, \d warnings?)? in ", result.output)  # forking beside a thread warns since 3.12


def test_a_warm_jail_is_as_closed_as_a_cold_one(cgroups: str) -> None:
    result = asyncio.run(warm_result(a_run_of("", CLOSED, hash_seed=MARK), cgroups=cgroups))
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)


def test_files_in_folders_arrive(cgroups: str) -> None:
    files = {"pack/__init__.py": b"", "pack/deep/__init__.py": b"answer = 42\n", "data.bin": bytes(range(256)) * 4096}
    tests = "from pack.deep import answer\ndef test_a(): assert answer == 42\n"
    tests += "def test_b(): assert len(open('/job/data.bin', 'rb').read()) == 1 << 20\n"
    result = asyncio.run(warm_result(a_run_of("", tests, files=files, hash_seed=MARK), cgroups=cgroups))
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)


def test_nothing_of_a_run_is_there_in_the_next() -> None:
    traces = "import builtins, os, sys\ndef test_a():\n"
    traces += "    assert not hasattr(builtins, 'mark') and 'mark' not in os.listdir('/tmp')\n"
    traces += "    builtins.mark = sys.mark = 1\n    open('/tmp/mark', 'w').close()\n    os.environ['MARK'] = '1'\n"

    async def twice() -> list[RunResult]:
        async with warm() as sandbox:
            return [await sandbox.run(a_run_of("", traces, hash_seed=MARK)) for _ in range(4)]

    assert [result.verdict for result in asyncio.run(twice())] == [Verdict.PASSED] * 4


@pytest.mark.parametrize(
    ("body", "limits", "verdict"),
    [
        ("while True: pass", Limits(wall_seconds=0.5), Verdict.TIMED_OUT),
        ("x = [bytearray(1 << 20) for _ in range(100)]", Limits(memory_bytes=64 << 20), Verdict.OUT_OF_MEMORY),
        (FORKS, Limits(processes=8), Verdict.PROCESS_LIMIT),
        (FLOODS, Limits(output_bytes=1 << 16), Verdict.OUTPUT_LIMIT),
        ("import os; os._exit(0)", Limits(), Verdict.INCOMPLETE),
        ("import os; os.kill(os.getpid(), 11)", Limits(), Verdict.CRASHED),
        ("assert 1 == 2", Limits(), Verdict.FAILED),
    ],
)  # fmt: skip
def test_a_runs_own_limits_hold_in_a_jail_made_before(
    body: str, limits: Limits, verdict: Verdict, cgroups: str
) -> None:
    run = a_run_of("", f"def test_a():\n    {body}\n", limits=limits, hash_seed=MARK)
    result = asyncio.run(warm_result(run, cgroups=cgroups))
    assert result.verdict is verdict, (result.detail, result.output[-500:])


def test_a_cancelled_warm_run_is_gone_at_once(cgroups: str) -> None:
    spinning = a_run_of("", "def test_a():\n    while True: pass\n", hash_seed=MARK)

    async def cancelled() -> float:
        async with warm(spinning, cgroups=cgroups) as sandbox:
            begun = asyncio.Event()
            task = asyncio.create_task(sandbox.run(spinning, lambda _frame: begun.set()))
            await begun.wait()
            began = time.monotonic()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return time.monotonic() - began

    assert asyncio.run(cancelled()) < 0.5
    assert leftovers(os.getpid()) == []


def test_a_zygote_is_replaced_after_its_number_of_jails() -> None:
    async def several() -> list[str]:
        async with warm(jobs=3) as sandbox:
            found = []
            for _ in range(6):
                await ready(sandbox)
                found.append((await sandbox.run(PLAIN)).verdict)
            return found

    assert asyncio.run(several()) == [Verdict.PASSED] * 6


def test_a_dead_zygote_is_replaced_and_no_run_is_lost() -> None:
    async def killed() -> list[str]:
        async with warm() as sandbox:
            await ready(sandbox)
            os.kill(_child_named("bwrap"), signal.SIGKILL)
            found = [(await sandbox.run(PLAIN)).verdict for _ in range(3)]
            await ready(sandbox)
            return [*found, (await sandbox.run(PLAIN)).verdict]

    assert asyncio.run(killed()) == [Verdict.PASSED] * 4


def test_runs_that_see_something_else_have_zygotes_of_their_own_within_bounds() -> None:
    async def several() -> tuple[int, list[str]]:
        async with warm(zygotes=2, spares=1) as sandbox:
            verdicts = [
                (await sandbox.run(replace(PLAIN, hash_seed=MARK + seed))).verdict for seed in (1, 1, 2, 2, 3, 3, 1)
            ]
            return sandbox.depth.zygotes, verdicts

    zygotes, verdicts = asyncio.run(several())
    assert zygotes <= 2
    assert verdicts == [Verdict.PASSED] * 7


def test_other_programs_run_in_warm_jails_too() -> None:
    run = replace(PLAIN, program="explore", job={"path": [], "broken": True})
    result = asyncio.run(warm_result(run))
    assert result.verdict is Verdict.ERRORED
    assert "KeyError" in result.detail


def test_closing_leaves_nothing_behind() -> None:
    asyncio.run(warm_result(PLAIN))
    assert leftovers(os.getpid()) == []


def test_a_view_that_cannot_be_shown_is_said_before_anything_starts() -> None:
    async def refused() -> None:
        async with warm(replace(PLAIN, binds=(Path("/tmp"),))):  # noqa: S108  # refused
            raise AssertionError("unreachable")

    with pytest.raises(SandboxError, match="folder of its own"):
        asyncio.run(refused())


def _child_named(name: str) -> int:
    """The process of ours that is the outer jail of a zygote."""
    own = os.getpid()
    children = Path(f"/proc/self/task/{own}/children").read_text(encoding="ascii").split()
    return next(int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == name)


def test_an_order_that_is_cancelled_is_not_taken_for_the_next() -> None:
    async def cancelled() -> list[str]:
        async with warm(spares=1) as sandbox:
            for wait in (0.0, 0.001, 0.003, 0.01):
                tasks = [asyncio.create_task(sandbox.run(PLAIN)) for _ in range(4)]
                await asyncio.sleep(wait)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            return [result.verdict for result in await asyncio.gather(*(sandbox.run(PLAIN) for _ in range(4)))]

    assert asyncio.run(cancelled()) == [Verdict.PASSED] * 4
    assert leftovers(os.getpid()) == []


def test_a_project_below_tmp_is_shown_in_a_warm_jail_too(tmp_path: Path, cgroups: str) -> None:
    project = Path("/tmp") / f"aitestgen-{tmp_path.name}-{os.getpid()}"  # noqa: S108  # the case under test
    package = project / "deep" / "pack"
    package.mkdir(parents=True)
    for folder in (project, project / "deep", package):
        folder.chmod(0o755)
    (package / "__init__.py").write_text("answer = 42\n", encoding="utf-8")
    tests = f"""
import os, pytest
from pack import answer
def test_a(tmp_path):
    assert answer == 42
    with pytest.raises(OSError): open({str(package / "new.py")!r}, "w")
    assert sorted(os.listdir({str(project / "deep")!r})) == ["pack"]
"""
    run = a_run_of("", tests, binds=(package,), job={"path": [str(project / "deep")]}, hash_seed=MARK)
    try:
        result = asyncio.run(warm_result(run, cgroups=cgroups))
    finally:
        shutil.rmtree(project)
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)
