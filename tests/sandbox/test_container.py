"""The jail in containers of a real Podman: the same verdicts, and nothing of a container stays."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.leftovers import MARK
from tests.sandbox.podman import HUNGRY_CHILDREN, IMAGE, QUICK, a_run, once

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.values import MIB, Limits, Outcome, Run, RunResult, Tier, Verdict

SHORT = Limits(wall_seconds=1.0, cpu_cores=2.0)

pytestmark = pytest.mark.usefixtures("podman_image")

MISBEHAVING = {
    "fails": ("def test_a(): assert 1 == 2\n", QUICK, Verdict.FAILED),
    "hangs": ("def test_a():\n    while True: pass\n", SHORT, Verdict.TIMED_OUT),
    "eats memory": (
        "def test_a():\n    x = []\n    while True: x.append(b'x' * 999999)\n",
        QUICK,
        Verdict.OUT_OF_MEMORY,
    ),
    "eats memory in children": (HUNGRY_CHILDREN, QUICK, Verdict.OUT_OF_MEMORY),
    "forks": (
        "import os, time\ndef test_a():\n    for _ in range(200):\n        if os.fork() == 0: time.sleep(9)\n",
        QUICK,
        Verdict.PROCESS_LIMIT,
    ),
    "prints": ("def test_a():\n    while True: print('x' * 99999)\n", QUICK, Verdict.OUTPUT_LIMIT),
    "prints past pytest": (
        "import os\ndef test_a():\n    os.dup2(os.open('/proc/self/fd/2', 1), 1)\n"
        "    while True: os.write(1, b'x' * 99999)\n",
        QUICK,
        Verdict.OUTPUT_LIMIT,
    ),
    "kills itself": ("import os\ndef test_a(): os.kill(os.getpid(), 9)\n", QUICK, Verdict.CRASHED),
    "leaves": ("import os\ndef test_a(): os._exit(0)\n", QUICK, Verdict.INCOMPLETE),
    "writes records": (
        "import os\ndef test_a():\n    for fd in range(3, 64):\n        try: os.write(fd, b'\\0\\0\\0\\2f[')\n"
        "        except OSError: pass\n",
        QUICK,
        Verdict.FORGED,
    ),
    "replaces reports": (
        "import pytest\npytest.Function.runtest = lambda self: None\ndef test_a(): assert False\n",
        QUICK,
        Verdict.FORGED,
    ),
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_guest_that_misbehaves_gets_its_verdict(name: str, warm: ContainerSandbox, runner: asyncio.Runner) -> None:
    tests, limits, verdict = MISBEHAVING[name]
    result = runner.run(warm.run(a_run(tests, limits=limits)))
    assert result.verdict is verdict, (result.detail, result.output)
    assert result.tier is Tier.A
    assert not Path("oom").exists()


def test_an_honest_guest_passes_with_its_arcs_and_its_whole_output(
    warm: ContainerSandbox, runner: asyncio.Runner
) -> None:
    result = runner.run(warm.run(a_run()))
    assert (result.verdict, result.tier, result.backend) == (Verdict.PASSED, Tier.A, "podman"), result.output
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}
    assert result.output.splitlines()[-1].startswith("=")
    assert "1 passed in " in result.output.splitlines()[-1]
    assert 0.0 < result.cpu_seconds < 5.0
    assert 5 * MIB < result.peak_bytes < 256 * MIB


def test_threads_processes_locks_files_and_databases_work(warm: ContainerSandbox, runner: asyncio.Runner) -> None:
    tests = """
import multiprocessing, sqlite3, subprocess, sys, threading
def test_a(tmp_path):
    threads = [threading.Thread(target=int) for _ in range(4)]
    [thread.start() for thread in threads]; [thread.join() for thread in threads]
    queue, lock = multiprocessing.Queue(), multiprocessing.Lock()
    process = multiprocessing.get_context("fork").Process(target=queue.put, args=(1,))
    with lock: process.start()
    assert queue.get(timeout=5) == 1
    process.join()
    assert subprocess.run([sys.executable, "-c", "print(42)"], capture_output=True, text=True).stdout == "42\\n"
    (tmp_path / "a").write_text("b")
    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
"""
    result = runner.run(warm.run(a_run(tests)))
    assert result.verdict is Verdict.PASSED, result.output


def test_a_guest_is_nobody_sees_no_network_and_writes_nowhere_but_below_tmp(
    warm: ContainerSandbox, runner: asyncio.Runner
) -> None:
    tests = """
import ctypes, os, pytest, socket, sys
def test_a():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert os.getuid() != 0 and os.listdir("/sys/class/net") == ["lo"]
    with pytest.raises(OSError): socket.socket(socket.AF_INET)
    for folder in ("/", "/job", "/usr", "/aitestgen/lib", "/dev", "/proc", "/etc", "/run", "/var/tmp"):
        with pytest.raises(OSError): open(folder + "/planted", "w")
    with pytest.raises(OSError): os.truncate("/job/user_code.py", 0)
    with pytest.raises(OSError): os.unlink("/job/user_code.py")
    assert open("/job/more/data.txt").read() == "here"
    libc = ctypes.CDLL(None, use_errno=True)
    unshare, mount = (272, 0x10000000), (165, b"none", b"/tmp", b"tmpfs", 0, None)
    for call in (unshare, mount, (250, 0, -3, 0), (101, 0, 0, None, None)):
        assert libc.syscall(*call) == -1
    assert libc.syscall(435, None, 0) == -1 and ctypes.get_errno() == 38
    assert libc.syscall(16, 0, ctypes.c_ulong(0x100005412), b"x") == -1 and ctypes.get_errno() == 1
    assert not {"TERM", "container", "HOSTNAME"} & set(os.environ)
    open("/tmp/program", "wb").write(open(sys.executable, "rb").read()); os.chmod("/tmp/program", 0o755)
    with pytest.raises(PermissionError): os.execv("/tmp/program", ["x"])
    with pytest.raises(OSError):
        with open("/tmp/big", "wb") as big:
            for _ in range(80): big.write(bytes(1 << 20))
"""
    result = runner.run(warm.run(a_run(tests, files={"more/data.txt": b"here"})))
    assert result.verdict is Verdict.PASSED, result.output


@pytest.mark.usefixtures("nothing_is_left")
def test_a_bound_project_is_importable_and_read_only(cold: ContainerSandbox, tmp_path: Path) -> None:
    package = tmp_path / "project" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("answer = 42\n")
    for folder in (package.parent, package):
        folder.chmod(0o777)
    tests = f"""
import pytest
from pack import answer
def test_a():
    assert answer == 42
    with pytest.raises(OSError): open({str(package / "new.py")!r}, "w")
"""
    result = once(cold, a_run(tests, binds=(package.parent,), job={"path": [str(package.parent)]}))
    assert result.verdict is Verdict.PASSED, result.output
    with pytest.raises(SandboxError, match="folder of its own"):
        once(cold, a_run(binds=(Path("/tmp"),)))  # noqa: S108  # refused


def test_when_a_result_is_there_nobody_but_pid_1_is_left_in_the_container(cold: ContainerSandbox) -> None:
    tests = """
import os, time
def test_a():
    for _ in range(20):
        if os.fork() == 0:
            os.setsid(); x = bytearray(b"x") * (4 << 20)
            while True: time.sleep(0.01)
"""

    async def left() -> list[str]:
        result = await cold.run(a_run(tests, hash_seed=MARK))
        assert result.verdict is Verdict.PASSED, result.output
        inside = [numbers_of(process) for process in processes_of(str(MARK))]
        await cold.aclose()
        return [f"{numbers}" for numbers in inside if len(numbers) > 1 and numbers[-1] != 1]

    assert asyncio.run(left()) == []


def processes_of(mark: str) -> Iterator[Path]:
    """Those in whose environment the mark is."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked, or is not ours
            if f"PYTHONHASHSEED={mark}".encode() in (folder / "environ").read_bytes():
                yield folder


def numbers_of(process: Path) -> list[int]:
    """Its number in each pid namespace that it is in, the innermost last."""
    with suppress(OSError):
        line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("NSpid:"))
        return [int(number) for number in line.split()[1:]]
    return []


@pytest.mark.usefixtures("nothing_is_left")
def test_cpu_is_rationed_from_the_hello_on(cold: ContainerSandbox) -> None:
    limits = Limits(wall_seconds=2.0, cpu_cores=0.25)
    result = once(cold, a_run("def test_a():\n    while True: pass\n", limits=limits))
    assert result.verdict is Verdict.TIMED_OUT
    assert result.cpu_seconds < 1.5  # of which a start takes a third


def test_frames_come_as_they_happen_and_the_hash_seed_is_the_runs(cold: ContainerSandbox) -> None:
    seen: list[float] = []
    tests = "import os\ndef test_a(): print(hash('a')); assert False\ndef test_b(): __import__('time').sleep(0.5)\n"
    first = asyncio.run(closed(cold, a_run(tests, hash_seed=1), lambda _frame: seen.append(time.monotonic())))
    second = once(cold, a_run(tests, hash_seed=2))
    assert seen[-1] - seen[0] > 0.4
    printed = [result.output.split("-- Captured stdout")[1].splitlines()[1] for result in (first, second)]
    assert printed[0] != printed[1]
    assert [outcome.outcome for outcome in first.outcomes] == [Outcome.FAILED, Outcome.PASSED]


async def closed(sandbox: ContainerSandbox, run: Run, on_frame: Any) -> RunResult:
    try:
        return await sandbox.run(run, on_frame)
    finally:
        await sandbox.aclose()


def test_other_guest_programs_run_too(cold: ContainerSandbox) -> None:
    source = "def double(x):\n    return 2 * x\n"
    job = {
        "module": "user_code",
        "file": None,
        "source": source,
        "targets": [],
        "constants": [],
        "seconds": 0.2,
        "path": [],
    }
    result = once(cold, replace(a_run(), program="explore", job=job))
    assert result.verdict in {Verdict.PASSED, Verdict.ERRORED}, (result.detail, result.output)


def test_a_container_on_standby_is_taken_once_and_replaced(warm: ContainerSandbox, runner: asyncio.Runner) -> None:
    run = a_run("import os\ndef test_a(): assert not os.path.exists('/tmp/mark'); open('/tmp/mark', 'w')\n")

    async def several() -> list[RunResult]:
        await warm.warm_up(run)
        assert warm.depth.ready >= 1
        return [await warm.run(run) for _ in range(3)]

    assert [result.verdict for result in runner.run(several())] == [Verdict.PASSED] * 3


def test_what_is_weaker_than_the_operator_allows_is_refused() -> None:
    sandbox = ContainerSandbox("podman", image=IMAGE, floor=Tier.VM)
    with pytest.raises(SandboxError, match="tier A, and AITESTGEN_SANDBOX_FLOOR asks for vm"):
        once(sandbox, a_run())
